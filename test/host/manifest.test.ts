import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json';

const { contributes } = manifest;
const root = path.resolve(import.meta.dirname, '../..');
const menu = contributes.menus['explorer/context'];

/** The expressions of a when clause that are compared with a key. */
function pattern(when: string, key: string): RegExp {
  const [, source, flags] = new RegExp(`${key} =~ /((?:[^/\\\\]|\\\\.)+)/(\\w*)`).exec(when) ?? [];
  return new RegExp(source!, flags);
}
const offered = (when: string, name: string): boolean =>
  pattern(when, 'resourceExtname').test(path.extname(name)) || pattern(when, 'resourceFilename').test(name);

describe('the menu of the Explorer', () => {
  test('offers both analyses, for the same files', () => {
    expect(menu.map(({ command }) => command)).toEqual([
      'gradientCovariance.analyze',
      'gradientCovariance.analyzeTemperature',
    ]);
    expect(new Set(menu.map(({ when }) => when)).size).toBe(1);
  });

  test('offers them for one file only, never for a folder', () => {
    expect(menu[0]!.when).toMatch(/^!explorerResourceIsFolder && !listMultiSelection && \(.*\)$/);
  });

  test.each([
    'grad-step-000020.npy',
    'G.NPY',
    'layers.npz',
    'model.safetensors',
    'grad.json',
    'step-20.gradients.json',
    'GRAD.JSON',
    'run.json',
    'grads.pt',
    'grad_batch.PTH',
    'gradients.bin',
    'gradients.csv',
    'trak.mmap',
  ])('offers them for %s', (name) => expect(offered(menu[0]!.when, name)).toBe(true));

  test.each([
    'package.json',
    'grad.meta.json',
    'run.meta.json',
    'my-run.json',
    'run.json.bak',
    'grad.jsonl',
    'grad.txt',
    'npy',
    'a.npy.txt',
    'weights.pt',
  ])('leaves %s alone', (name) => expect(offered(menu[0]!.when, name)).toBe(false));
});

describe('gradients of a running program', () => {
  const places = ['debug/variables/context', 'debug/watch/context', 'editor/context', 'commandPalette'] as const;

  test.each(places)('are offered in %s for Python, in trusted workspaces only', (place) => {
    const [{ command, when }, ...others] = contributes.menus[place] as [{ command: string; when: string }];
    expect(others).toEqual([]);
    expect(command).toBe('gradientCovariance.analyzeGradients');
    expect(when).toMatch(/^isWorkspaceTrusted && debugType =~ /);
    for (const type of ['debugpy', 'python', 'Python Kernel Debug Adapter'])
      expect(pattern(when, 'debugType').test(type)).toBe(true);
    for (const type of ['node', 'pythonic', 'cppdbg']) expect(pattern(when, 'debugType').test(type)).toBe(false);
  });

  test.each(['ndarray', 'Tensor', 'Parameter', 'ArrayImpl', 'dict', 'OrderedDict', 'list', 'tuple'])(
    'are offered for variables of the type %s, which have an expression',
    (type) => {
      const { when } = contributes.menus['debug/variables/context'][0]!;
      expect(when).toContain('variableEvaluateNamePresent');
      expect(pattern(when, 'variableType').test(type)).toBe(true);
      for (const other of ['str', 'Module', 'my_dict']) expect(pattern(when, 'variableType').test(other)).toBe(false);
    },
  );
});

describe('the manifest', () => {
  test('names the commands as the documentation does', () => {
    expect(Object.fromEntries(contributes.commands.map(({ command, title }) => [command, title]))).toEqual({
      'gradientCovariance.analyze': 'Analyze Gradient Dump',
      'gradientCovariance.analyzeTemperature': 'Analyze SGD Temperature',
      'gradientCovariance.analyzeGradients': 'Analyze Gradients',
      'gradientCovariance.trySample': 'Try with Sample Data',
      'gradientCovariance.showLog': 'Show Log',
    });
    expect(new Set(contributes.commands.map(({ category }) => category))).toEqual(new Set(['Gradient Covariance']));
  });

  test('activates by commands, which imply it, and by a panel that comes back; by nothing else', () => {
    expect(manifest.activationEvents).toEqual(['onWebviewPanel:gradientCovariance.report']);
  });

  test('works in restricted mode, and says what it and virtual workspaces cannot do', () => {
    expect(manifest.capabilities).toEqual({
      untrustedWorkspaces: {
        supported: 'limited',
        description: expect.stringMatching(/within the workspace/) as string,
      },
      virtualWorkspaces: { supported: 'limited', description: expect.stringMatching(/\.$/) as string },
    });
  });

  test('lets no workspace raise a limit of memory', () => {
    const scopes = Object.entries(contributes.configuration.properties).map(([name, property]) => [
      name.replace('gradientCovariance.', ''),
      'scope' in property ? property.scope : 'window',
    ]);
    expect(Object.fromEntries(scopes)).toEqual({
      followChanges: 'window',
      learningRate: 'window',
      batchSize: 'window',
      memoryBudgetMiB: 'machine',
      remoteFileLimitMiB: 'machine',
    });
  });

  test('leads through four steps, whose pictures exist and are described', () => {
    const [walkthrough, ...others] = contributes.walkthroughs;
    expect(others).toEqual([]);
    expect(walkthrough!.steps).toHaveLength(4);
    for (const { media } of walkthrough!.steps) {
      const file = 'svg' in media ? media.svg : media.markdown;
      expect(existsSync(path.join(root, file)), file).toBe(true);
      if ('svg' in media) expect(media.altText).toMatch(/\.$/);
    }
  });

  test('leads to commands that exist', () => {
    const known = new Set(contributes.commands.map(({ command }) => command));
    const named = JSON.stringify([contributes.walkthroughs, contributes.menus]).match(/gradientCovariance\.\w+/g) ?? [];
    const settings = new Set(Object.keys(contributes.configuration.properties));
    expect(named.filter((name) => !known.has(name) && !settings.has(name))).toEqual([]);
  });
});
