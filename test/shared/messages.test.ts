import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostMessage, pageMemory, pageMessage } from '../../src/shared/messages';
import type { HostMessage, PageMessage, PanelState } from '../../src/shared/protocol';
import type { Problem } from '../../src/shared/problem';
import { suggestedSettings } from '../../src/shared/settings';
import type { DumpSummary } from '../../src/shared/summary';

const SETTINGS = suggestedSettings({ rows: 120, metadata: { learningRate: 0.1, batchSize: 32 } });
const SUMMARY: DumpSummary = {
  dump: {
    name: 'grad.npy',
    path: '/runs/grad.npy',
    format: 'npy',
    rows: 120,
    parameters: 610,
    dtype: 'float32',
    bytes: 292_928,
    layers: [],
    metadata: {},
    notes: [],
  },
};
/** With every field that there is, so that none can be lost at the door. */
const PROBLEM: Required<Problem> = {
  code: 'file/missing',
  found: 'There is no file',
  where: '/runs',
  remedy: 'Choose another.',
  fix: 'ls',
  rows: [3],
  memory: { bytes: 2 ** 30, otherwise: 'dump fewer rows' },
};
const STATE: Required<PanelState> = {
  run: 3,
  path: 'file:///runs/grad.npy',
  fileName: 'grad.npy',
  origin: 'as of the stop at train.py:41',
  problem: PROBLEM,
  companions: { hessian: '/runs/hessian.npy', compared: false },
  phase: 'done',
  summary: SUMMARY,
  updated: 1_700_000_000_000,
  stale: false,
  settings: SETTINGS,
  section: 'temperature',
};
const PAGE_MESSAGES: readonly PageMessage[] = [
  { kind: 'ready' },
  { kind: 'cancel' },
  { kind: 'analyze-again' },
  { kind: 'resample' },
  { kind: 'choose-companion', companion: 'hessian' },
  { kind: 'drop-companion', companion: 'compared' },
  { kind: 'choose-file' },
  { kind: 'show-log' },
  { kind: 'learn-more', code: 'npy/truncated' },
  { kind: 'settings', settings: SETTINGS },
  { kind: 'exclude-rows', rows: [0, 17] },
  { kind: 'save', name: 'spectrum.csv', bytes: Uint8Array.of(49, 10) },
  { kind: 'save', name: `${'a'.repeat(255)}.json`, bytes: Uint8Array.of(49, 10) },
  { kind: 'copy', text: 'η = 0.1' },
  { kind: 'picture-copied' },
  { kind: 'picture-not-copied', name: 'spectrum.png', bytes: Uint8Array.of(137, 80) },
  { kind: 'fault', text: 'TypeError' },
];
const HOST_MESSAGES: readonly HostMessage[] = [
  { kind: 'state', state: STATE },
  { kind: 'state', state: { run: 0, path: 'file:///a', fileName: 'a', phase: 'analyzing' } },
  {
    kind: 'state',
    state: {
      ...STATE,
      phase: 'failed',
      problem: { code: 'file/missing', found: 'There is no file', remedy: 'Choose another.' },
    },
  },
  {
    kind: 'runs',
    state: {
      chosen: [{ files: ['file:///runs'], said: false }],
      paused: false,
      runs: [
        { name: 'runs', phase: 'done', order: 'names', notes: ['n'], points: [{ step: 1, file: 'a.npy' }], step: 1, newer: 2, problem: PROBLEM, updated: 1 }, // prettier-ignore
      ],
    },
  },
  { kind: 'export', target: { webviewSection: 'plot', id: 'eigen-spectrum' }, form: 'image' },
  { kind: 'progress', run: 3, progress: { stage: 'spectrum', block: 1, blocks: 4, bytesDone: 10, bytesTotal: 40 } },
];

describe('the door of the host', () => {
  test.each(PAGE_MESSAGES)('lets $kind through unchanged', (message) => {
    expect(pageMessage(message)).toEqual(message);
  });

  test.each([
    ['nothing', undefined],
    ['a string', 'ready'],
    ['an unknown kind', { kind: 'execute', command: 'workbench.action.quit' }],
    ['a kind of the prototype', { kind: '__proto__' }],
    ['a missing field', { kind: 'copy' }],
    ['a wrong type', { kind: 'copy', text: 5 }],
    ['a code that does not exist', { kind: 'learn-more', code: '../../secrets' }],
    ['a companion that is a path', { kind: 'choose-companion', companion: '/etc/passwd' }],
    ['a row that is no index', { kind: 'exclude-rows', rows: [-1] }],
    ['a list instead of bytes', { kind: 'save', name: 'a.csv', bytes: [1, 2] }],
    ['a name without end', { kind: 'save', name: 'a'.repeat(20_001), bytes: new Uint8Array() }],
    ['bytes without end', { kind: 'save', name: 'a', bytes: new Uint8Array(64 * 2 ** 20 + 1) }],
    ['a fault without end', { kind: 'fault', text: 'x'.repeat(1e6) }],
    ['a number that is none', { kind: 'settings', settings: { ...SETTINGS, learningRate: NaN } }],
    ['settings of another version', { kind: 'settings', settings: { ...SETTINGS, optimizer: 'lion' } }],
  ])('drops %s', (_, message) => {
    expect(pageMessage(message)).toBeUndefined();
  });

  test('drops fields that do not belong to a message', () => {
    expect(pageMessage(JSON.parse('{"kind":"ready","run":7,"__proto__":{"kind":"cancel"}}'))).toEqual({
      kind: 'ready',
    });
  });
});

describe('both doors', () => {
  test('drop whatever else arrives, and never throw', () => {
    const kinds = [...PAGE_MESSAGES, ...HOST_MESSAGES].map(({ kind }) => kind);
    const anything = fc.oneof(
      fc.anything({ withTypedArray: true, withSparseArray: true, withNullPrototype: true }),
      fc.record({
        kind: fc.constantFrom(...kinds),
        state: fc.anything(),
        rows: fc.anything(),
        settings: fc.anything(),
      }),
    );
    fc.assert(
      fc.property(anything, (message) => {
        const [fromPage, fromHost] = [pageMessage(message), hostMessage(message)];
        // only messages without a content can be hit by chance
        if (fromPage !== undefined) expect(Object.keys(fromPage)).toEqual(['kind']);
        expect(fromHost).toBeUndefined();
      }),
      { numRuns: 2000, seed: 7 },
    );
  });
});

describe('the door of the page', () => {
  test.each(HOST_MESSAGES)('lets $kind through unchanged', (message) => {
    expect(hostMessage(message)).toEqual(message);
  });

  test('keeps what it does not look into', () => {
    const message = { kind: 'state', state: { ...STATE, summary: { ...SUMMARY, spectrumProblem: { code: 'x' } } } };
    expect(hostMessage(message)).toEqual(message);
  });

  test.each([
    ['an unknown phase', { ...STATE, phase: 'thinking' }],
    ['a summary without a dump', { ...STATE, summary: {} }],
    ['eigenvalues that arrive as a list', { ...STATE, summary: { ...SUMMARY, spectrum: { eigenvalues: [1] } } }],
    ['a companion that is no path', { ...STATE, companions: { hessian: 7 } }],
    ['a state without a run', { ...STATE, run: undefined }],
  ])('drops %s', (_, state) => {
    expect(hostMessage({ kind: 'state', state })).toBeUndefined();
  });
});

describe('the memory of a page', () => {
  test('is read back as it was kept', () => {
    const companions = { hessian: '/runs/hessian.npy', compared: false };
    const memory = { path: 'file:///runs/grad.npy', settings: SETTINGS, companions, scroll: 120.5, unfolded: ['sde'] };
    expect(pageMemory(memory)).toEqual(memory);
  });

  test.each([
    undefined,
    {},
    { path: '' },
    { path: 7 },
    { path: 'file:///a', scroll: 'far' },
    { path: 'file:///a', unfolded: [7] },
    { path: 'a', settings: {} },
    { path: 'a', companions: { hessian: true } },
    { path: 'a', companions: { fisher: '' } },
  ])('that was edited into %j is not used', (memory) => expect(pageMemory(memory)).toBeUndefined());
});
