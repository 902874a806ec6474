import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { serialize } from 'node:v8';
import * as fc from 'fast-check';
import { hostMessage, pageMemory, pageMessage } from '../../src/shared/messages';
import { AnalysisError, PROBLEMS } from '../../src/shared/problem';
import { connect, serve } from '../../src/shared/rpc';

/* --- what may pass, written down once more, by hand, from the types of the protocol ------------------------------------ */

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const oneOf =
  (...names: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && names.includes(value);
const finite: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const count: Check = (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const text =
  (most: number, least = 0): Check =>
  (value) =>
    typeof value === 'string' && value.length >= least && value.length <= most;
const words = text(20_000);
const any: Check = () => true;
const flag: Check = (value) => typeof value === 'boolean';
const record =
  (needed: Fields, optional: Fields = {}): Check =>
  (value) =>
    isRecord(value) &&
    Object.entries(needed).every(([name, check]) => name in value && check(value[name])) &&
    Object.entries(optional).every(([name, check]) => !(name in value) || check(value[name]));
const list =
  (check: Check, least = 0): Check =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.length <= 1_000_000 && Array.from(value).every(check);

const codes = oneOf(...Object.keys(PROBLEMS));
const problem = record({ code: codes, found: words, remedy: words }, { where: words, fix: words, rows: list(count) });
const settings = record(
  {
    scaleFactor: finite,
    momentum: finite,
    optimizer: oneOf('sgd', 'momentum', 'adam'),
    convention: oneOf('population', 'sample'),
    conventionFrom: oneOf('option', 'metadata', 'answer', 'data-set size', 'unknown data set'),
    replacement: oneOf('without', 'with'),
  },
  {
    learningRate: finite,
    batchSize: finite,
    datasetSize: finite,
    gradientScale: finite,
    dampening: finite,
    clip: finite,
    privacyNoise: finite,
  },
);
const fileOrNone: Check = (value) => value === false || text(20_000, 1)(value);
const KINDS = ['hessian', 'fisher', 'modelLabels', 'compared', 'secondMoments'] as const;
const companions = record({}, Object.fromEntries(KINDS.map((kind) => [kind, fileOrNone])));
const doubles: Check = (value) => value instanceof Float64Array;
const summary = record(
  { dump: record({ name: text(Infinity), path: text(Infinity), rows: count, parameters: count }) },
  { moments: record({ centeredSquaredNorms: doubles }), spectrum: record({ eigenvalues: doubles }) },
);
const state = record(
  { run: count, path: words, fileName: words, phase: oneOf('analyzing', 'done', 'canceled', 'failed') },
  {
    ...{ summary, problem, updated: finite, stale: flag, settings, companions },
    section: words,
  },
);
const progress = record({
  stage: oneOf('reading', 'spectrum', 'directions', 'resampling', 'companions'),
  ...{ block: count, blocks: count, bytesDone: count, bytesTotal: count },
});
const bytes: Check = (value) => value instanceof Uint8Array && value.byteLength <= 64 * 2 ** 20;

const byKind =
  (kinds: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && typeof value['kind'] === 'string' && Object.hasOwn(kinds, value['kind']) && kinds[value['kind']]!(value); // prettier-ignore
const simple = record({});
const aboutCompanion = record({ companion: oneOf(...KINDS) });
const FROM_PAGE = byKind({
  ...{ ready: simple, cancel: simple, 'analyze-again': simple, resample: simple, 'write-sidecar': simple },
  ...{ 'choose-file': simple, 'show-log': simple, 'picture-copied': simple },
  ...{ 'choose-companion': aboutCompanion, 'drop-companion': aboutCompanion },
  'learn-more': record({ code: codes }),
  settings: record({ settings }),
  'exclude-rows': record({ rows: list(count, 1) }),
  save: record({ name: words, bytes }),
  'picture-not-copied': record({ name: words, bytes }),
  copy: record({ text: text(16 * 2 ** 20) }),
  fault: record({ text: words }),
});
const exported = record({
  target: record({ webviewSection: oneOf('plot', 'table', 'metric', 'formula'), id: text(20_000, 1) }),
  form: oneOf('image', 'svg', 'png', 'csv', 'latex', 'formula', 'value'),
});
const FROM_HOST = byKind({ state: record({ state }), progress: record({ run: count, progress }), export: exported });
const MEMORY = record({ path: text(20_000, 1) }, { settings, companions, scroll: finite, unfolded: list(words) });
const idOf = (value: unknown): number | undefined =>
  isRecord(value) && typeof value['id'] === 'number' && !Number.isNaN(value['id']) ? value['id'] : undefined;
const CALL: Check = (value) => idOf(value) !== undefined && record({ method: text(Infinity), argument: any })(value);
const REPLY = byKind({
  event: record({ event: any }),
  value: record({ value: any }),
  problem: record({ problem }),
});

/* --- what arrives: messages as they should be, changed a little ------------------------------------------------------- */

const SETTINGS = { learningRate: 0.1, batchSize: 32, scaleFactor: 4, momentum: 0, optimizer: 'sgd', convention: 'sample', conventionFrom: 'answer', replacement: 'with' }; // prettier-ignore
const PROBLEM = {
  code: 'npy/truncated',
  found: '9 of 10 bytes',
  where: 'byte 9',
  remedy: 'Write it again.',
  rows: [3],
};
const STATE = {
  ...{
    run: 3,
    path: 'file:///g.npy',
    fileName: 'g.npy',
    phase: 'done',
    updated: 1.7e12,
    stale: false,
    section: 'scaling',
  },
  summary: {
    dump: { name: 'g.npy', path: '/g.npy', rows: 3, parameters: 2, layers: [] },
    moments: { centeredSquaredNorms: Float64Array.of(1, 2, 3), scatter: 6 },
    spectrum: { eigenvalues: Float64Array.of(2, 1) },
  },
  ...{ settings: SETTINGS, problem: PROBLEM, companions: { hessian: '/h.npy', compared: false } },
};
const PROGRESS = { stage: 'spectrum', block: 1, blocks: 4, bytesDone: 10, bytesTotal: 40 };
const GOOD: Readonly<Record<string, readonly object[]>> = {
  page: [
    ...['ready', 'cancel', 'analyze-again', 'resample', 'choose-file', 'show-log'].map((kind) => ({ kind })),
    ...KINDS.map((companion) => ({ kind: 'choose-companion', companion })),
    { kind: 'drop-companion', companion: 'fisher' },
    { kind: 'learn-more', code: 'data/non-finite' },
    { kind: 'settings', settings: SETTINGS },
    { kind: 'settings', settings: { ...SETTINGS, datasetSize: 1e6, gradientScale: 0.5 } },
    { kind: 'exclude-rows', rows: [0, 17] },
    { kind: 'save', name: 'spectrum.csv', bytes: Uint8Array.of(49, 10) },
    { kind: 'copy', text: 'η = 0.1' },
    { kind: 'picture-not-copied', name: 'spectrum.png', bytes: Uint8Array.of(137, 80) },
    { kind: 'fault', text: 'TypeError' },
  ],
  host: [
    { kind: 'state', state: STATE },
    { kind: 'state', state: { run: 0, path: 'a', fileName: 'a', phase: 'analyzing' } },
    { kind: 'export', target: { webviewSection: 'table', id: 'layers' }, form: 'latex' },
    { kind: 'progress', run: 3, progress: PROGRESS },
  ],
  memory: [
    { path: 'file:///g.npy', settings: SETTINGS, companions: { fisher: 'f.npy' }, scroll: 7.5, unfolded: ['sde'] },
    { path: 'a' },
  ],
  call: [
    { id: 1, method: 'analyze', argument: { path: '/g.npy' } },
    { id: 2, method: 'toString', argument: undefined },
  ],
  reply: [
    { kind: 'event', id: 1, event: { kind: 'progress', progress: PROGRESS } },
    { kind: 'value', id: 1, value: STATE.summary },
    { kind: 'problem', id: 1, problem: PROBLEM },
    { kind: 'value', id: 2, value: 5 },
  ],
};
const ALL = Object.values(GOOD).flat();

const ODD: readonly unknown[] = [
  ...[undefined, null, true, false, 0, -0, 1, -1, 0.5, NaN, Infinity, -Infinity, 2 ** 53, 1e300, 5e-324, 3n],
  ...[
    '',
    '0',
    'ready',
    'state',
    'sgd',
    'adam ',
    '__proto__',
    'constructor',
    '../../etc/passwd',
    '\u0000',
    'x'.repeat(201),
  ],
  ...['x'.repeat(20_000), 'x'.repeat(20_001), [], [0], [-1], [0.5], ['0'], [[0]], {}, { length: 1 }, { 0: 1 }],
  ...[new Date(0), /a/, new Map([['kind', 'ready']]), new Set([1]), new Uint8Array(3), new Uint16Array(2)],
  ...[new Float64Array(2), new Float32Array(2), new ArrayBuffer(8), new DataView(new ArrayBuffer(8)), new Error('no')],
];
const NAMES = [...new Set([...ALL.flatMap(Object.keys), ...Object.keys(SETTINGS), ...Object.keys(STATE), ...KINDS]), '__proto__', 'toString', 'where', '']; // prettier-ignore

/** Objects and lists inside a value, itself first. */
function insides(value: unknown): (Record<string, unknown> | unknown[])[] {
  if (Array.isArray(value)) return [value as unknown[], ...value.flatMap(insides)];
  if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return [];
  return [value, ...Object.values(value).flatMap(insides)];
}

/** An own property, also where the name is one of the prototype. */
const put = (parts: object, name: string, value: unknown): unknown =>
  Object.defineProperty(parts, name, { value, enumerable: true, configurable: true, writable: true });

/** A change of one part of a message, or another message in its place. */
type Change = (message: unknown) => unknown;
const changeOf =
  (apply: (parts: Record<string, unknown>, name: string) => unknown, within: number, which: number): Change =>
  (message) => {
    const places = insides(message);
    if (places.length === 0) return message;
    const parts = places[within % places.length] as Record<string, unknown>;
    const names = Object.keys(parts);
    apply(parts, names[which % names.length] ?? '0');
    return message;
  };
// anywhere: left alone, fast-check prefers what is small, and so what comes first
const anywhere = fc.noBias(fc.nat(999));
const place = fc.tuple(anywhere, anywhere);
const odd = fc.constantFrom(...ODD);
/** An odd value of the same type: what a check of types alone lets in. */
const alike = (value: unknown, which: number): unknown => {
  const odds = ODD.filter((other) => typeof other === typeof value && Array.isArray(other) === Array.isArray(value));
  return odds[which % odds.length];
};
const anyName = fc.constantFrom(...NAMES);
const anyPart = fc.constantFrom(...ALL.flatMap(insides));
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, odd).map(([at, value]) => changeOf((parts, name) => (parts[name] = value), ...at)),
  { weight: 4, arbitrary: fc.tuple(place, anywhere).map(([at, which]) => changeOf((parts, name) => (parts[name] = alike(parts[name], which)), ...at)) }, // prettier-ignore
  place.map((at) => changeOf((parts, name) => Reflect.deleteProperty(parts, name), ...at)),
  fc.tuple(place, anyName, odd).map(([at, other, value]) => changeOf((parts) => put(parts, other, value), ...at)),
  fc.tuple(place, anyName).map(([at, other]) => changeOf((parts, name) => put(parts, other, parts[name]), ...at)),
  fc.tuple(place, anyPart).map(([at, part]) => changeOf((parts, name) => (parts[name] = part), ...at)),
  fc.tuple(place, fc.constantFrom(...ALL)).map(([at, other]) => changeOf((parts) => 'kind' in parts && (parts['kind'] = (other as { kind?: unknown }).kind), ...at)), // prettier-ignore
  fc.constantFrom<Change>(
    (message) => [message],
    (message) => JSON.stringify(message, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value)),
    (message) => insides(message).at(-1),
    (message) => Object.assign([], message),
  ),
);
const anything = fc.anything({ withTypedArray: true, withSparseArray: true, withMap: true, withSet: true, withDate: true, withBigInt: true }); // prettier-ignore

/** A message as it arrives at a door: as it should be, changed a little, or anything; a copy, as nothing else crosses threads. */
export const arrival: fc.Arbitrary<readonly [door: string, message: unknown]> = fc
  .constantFrom(...Object.entries(GOOD))
  .chain(([door, good]) => {
    const message = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...good) }, fc.constantFrom(...ALL));
    const made = fc
      .tuple(message, fc.array(change, { maxLength: 3 }))
      .map(([begin, changes]) =>
        structuredClone(
          changes.reduce<unknown>((value, apply) => structuredClone(apply(value)), structuredClone(begin)),
        ),
      );
    return fc.tuple(fc.constant(door), fc.oneof({ weight: 9, arbitrary: made }, anything.map((value) => structuredClone(value)))); // prettier-ignore
  });

/**
 * Hands a message to its door.
 *
 * @returns whether it was let in
 * @throws AssertionError when a door lets in what the protocol does not have, drops what it has, throws, calls a method for
 *   what is not a call, or ends the waiting of a call with what is not an answer to it
 */
export async function handled(door: string, message: unknown): Promise<boolean> {
  const before = structuredClone(message);
  const accepted = await HANDLED[door]!(message);
  strictEqual(same(message, before), true, 'the message was changed');
  return accepted;
}

/** The same bytes on the way to another thread, also where nothing is equal to itself. */
const same = (a: unknown, b: unknown): boolean => serialize(a).equals(serialize(b));

/** A door that reads: lets in exactly what fits, with no field of its own making and none that the protocol lacks. */
const reads =
  (read: (message: unknown) => unknown, fits: Check): ((message: unknown) => Promise<boolean>) =>
  async (message) => {
    const passed = read(message);
    strictEqual(passed !== undefined, fits(message), 'let in or dropped');
    if (passed !== undefined) {
      checkPart(passed, message);
      // what was let in is let in again, as it is
      strictEqual(same(read(passed), passed), true);
    }
    return Promise.resolve(passed !== undefined);
  };

/** Every field that was let in is a field of the message, and is the same. */
function checkPart(part: unknown, whole: unknown): void {
  if (Array.isArray(part) && Array.isArray(whole)) {
    deepStrictEqual([...(part as unknown[])], [...(whole as unknown[])]);
    return;
  }
  if (!isRecord(part) || part === whole || Object.getPrototypeOf(part) !== Object.prototype) {
    strictEqual(part, whole);
    return;
  }
  for (const [name, value] of Object.entries(part)) checkPart(value, (whole as Record<string, unknown>)[name]);
}

const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The serving end: a method is called for a call of that method only, and every call is answered once. */
async function served(message: unknown): Promise<boolean> {
  let listener: (message: unknown) => void = () => undefined;
  const answers: unknown[] = [];
  const called: unknown[] = [];
  serve<{ readonly analyze: (argument: unknown) => Promise<number> }, never>(
    { postMessage: (answer) => answers.push(answer), onMessage: (listen) => (listener = listen) },
    { analyze: async (argument) => Promise.resolve(called.push(argument)) },
  );
  listener(message);
  await turn();
  const isCall = CALL(message);
  const { id, method, argument } = (isCall ? message : {}) as { id?: number; method?: string; argument?: unknown };
  strictEqual(called.length, Number(method === 'analyze'));
  if (method === 'analyze') strictEqual(called[0], argument);
  strictEqual(answers.length, Number(isCall));
  if (isCall) {
    strictEqual((answers[0] as { id: number }).id, id);
    strictEqual((answers[0] as { kind: string }).kind, method === 'analyze' ? 'value' : 'problem');
    // the sentence about a name that is endless itself is too long to be read at the other end
    if (method!.length < 1000) strictEqual(REPLY(answers[0]), true);
  }
  return method === 'analyze';
}

/** The calling end: waits until an answer to its own call arrives, or what claims to be one. */
async function answered(message: unknown): Promise<boolean> {
  let listener: (message: unknown) => void = () => undefined;
  const events: unknown[] = [];
  const connection = connect<{ readonly analyze: (argument: number) => Promise<unknown> }, unknown>({
    postMessage: () => undefined,
    onMessage: (listen) => (listener = listen),
  });
  let outcome: { readonly value?: unknown; readonly error?: unknown } | undefined;
  connection
    .call('analyze', 0, (event) => events.push(event))
    .then(
      (value) => (outcome = { value }),
      (error: unknown) => (outcome = { error }),
    );
  listener(message);
  await turn();
  const ours = idOf(message) === 1;
  const good = ours && REPLY(message);
  const { kind, value, event, problem: told } = (good ? message : {}) as Record<string, unknown>;
  strictEqual(events.length, Number(kind === 'event'));
  if (kind === 'event') strictEqual(events[0], event);
  if (!ours || kind === 'event') strictEqual(outcome, undefined);
  else if (kind === 'value') strictEqual(outcome?.value, value);
  else {
    const error = outcome?.error;
    if (!(error instanceof AnalysisError)) throw new Error('no problem', { cause: error });
    if (kind === 'problem') checkPart(error.problem, told);
    else strictEqual(error.problem.found, 'TypeError: an answer was malformed');
  }
  return good;
}

const HANDLED: Readonly<Record<string, (message: unknown) => Promise<boolean>>> = {
  page: reads(pageMessage, FROM_PAGE),
  host: reads(hostMessage, FROM_HOST),
  memory: reads(pageMemory, MEMORY),
  call: served,
  reply: answered,
};
