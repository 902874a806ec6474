import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json';
import { offered } from '../../src/host/dump-name';
import { DUMP_NAMES } from '../../src/shared/dump-names';
import type { Offer } from '../../src/shared/dump-names';

const { contributes } = manifest;
const root = path.resolve(import.meta.dirname, '../..');
const menu = contributes.menus['explorer/context'];

/** The expressions of a when clause that are compared with a key. */
function pattern(when: string, key: string): RegExp {
  const [, source, flags] = new RegExp(`${key} =~ /((?:[^/\\\\]|\\\\.)+)/(\\w*)`).exec(when) ?? [];
  return new RegExp(source!, flags);
}

/** A when clause as VS Code reads it, as far as ours go: ||, &&, !, parentheses, =~ and ==. */
function holds(when: string, context: Readonly<Record<string, string | boolean>>): boolean {
  const tokens = when.match(/\|\||&&|!(?!=)|[()]|=~|==|\/(?:[^/\\]|\\.)+\/\w*|[\w.]+/g) ?? [];
  let at = 0;
  const value = (): boolean => {
    const token = tokens[at++]!;
    if (token === '!') return !value();
    if (token === '(') {
      const inner = either();
      at++;
      return inner;
    }
    if (tokens[at] === '=~') {
      const [, source, flags] = /^\/(.*)\/(\w*)$/.exec(tokens[at + 1]!)!;
      at += 2;
      return new RegExp(source!, flags).test(String(context[token] ?? ''));
    }
    if (tokens[at] === '==') return String(context[token]) === tokens[(at += 2) - 1]!;
    return context[token] === true;
  };
  const both = (): boolean => {
    let result = value();
    for (; tokens[at] === '&&'; result = value() && result) at++;
    return result;
  };
  const either = (): boolean => {
    let result = both();
    for (; tokens[at] === '||'; result = both() || result) at++;
    return result;
  };
  return either();
}

/** A pattern of names: alternatives in braces, sets in brackets, and stars. */
const glob = (text: string): RegExp =>
  new RegExp(
    `^${text
      .replaceAll('.', '\\.')
      .replaceAll('*', '.*')
      .replaceAll('[!', '[^')
      .replaceAll(/\{([^}]*)\}/g, (_, list: string) => `(${list.replaceAll(',', '|')})`)}$`,
  );

const fileOf = (name: string) => ({ resourceFilename: name, resourceExtname: path.posix.extname(name) });
const [analyze, temperature, run, compared] = menu.map(({ when }) => when) as [string, string, string, string];

const DUMPS = [
  'grad-step-000020.npy', 'G.NPY', 'layers.npz', 'model.safetensors', 'trak.mmap', 'upgrade.npy', 'weights.gradstats.npz',
  'grad.json', 'step-20.gradients.json', 'GRAD.JSON', 'run.json', 'RUN.json', 'grads.pt', 'grad_batch.PTH', 'gradients.bin',
  'gradients.csv', 'perSampleGrads.pt', 'Gradients.tsv', 'my grad 2.dat', 'GRADIENTS_2.pth', 'per_sample_grad.json', 'grad2.json',
]; // prettier-ignore
const OTHERS = [
  'package.json', 'grad.meta.json', 'run.meta.json', 'my-run.json', 'run.json.bak', 'grad.jsonl', 'grad.txt', 'npy', 'a.npy.txt',
  'weights.pt', 'upgrade.json', 'gradle.json', 'GRADLE.JSON', 'build.gradle.json', 'grades.csv', 'grade.json', 'degrade.bin',
  'gradient_utils.py', 'gradio.json', 'undergrads.csv', 'autograd.json', 'gradual.csv', 'Leningrad.tsv', 'retrograde.dat',
]; // prettier-ignore
/** Under the name of its dump and an ending, as the page proposes it. */
const EXPORTS = ['grad.npy', 'g.npz', 'grads.pt', 'grad.json', 'gradients.csv', 'Grad.SAFETENSORS', 'grad.bin'].flatMap(
  (dump) => [`${dump}.json`, `${dump}.csv`],
);

describe('the menu of the Explorer', () => {
  test('offers the analyses of dumps and of runs, and the comparison of two dumps', () => {
    expect(menu.map(({ command }) => command)).toEqual([
      'gradientCovariance.analyze',
      'gradientCovariance.analyzeTemperature',
      'gradientCovariance.analyzeRun',
      'gradientCovariance.compare',
    ]);
  });

  test.each(DUMPS)('offers them for %s', (name) => {
    for (const when of [analyze, temperature]) expect(holds(when, fileOf(name))).toBe(true);
  });

  test.each([...OTHERS, ...EXPORTS])('leaves %s alone', (name) => {
    for (const when of [analyze, temperature]) expect(holds(when, fileOf(name))).toBe(false);
  });

  test('offers one report for several files, and the temperature of one file only', () => {
    const several = { ...fileOf('rank0.npy'), listMultiSelection: true };
    expect([analyze, temperature].map((when) => holds(when, several))).toEqual([true, false]);
  });

  test('offers runs for a run.json, a norm log, three dumps or more, and folders, on a disk only', () => {
    const disk = { resourceScheme: 'file' };
    const several = { listMultiSelection: true };
    for (const name of ['run.json', 'a.gradnorms.jsonl', 'b.gradnorms.csv']) {
      expect(holds(run, { ...fileOf(name), ...disk })).toBe(true);
      expect(holds(run, { ...fileOf(name), resourceScheme: 'memory' })).toBe(false);
    }
    for (const name of ['step-1.npy', 'grads.pt']) {
      expect(holds(run, { ...fileOf(name), ...disk })).toBe(false);
      expect(holds(run, { ...fileOf(name), ...disk, ...several })).toBe(true);
      expect(holds(run, { ...fileOf(name), ...disk, ...several, listDoubleSelection: true })).toBe(false);
    }
    expect(holds(run, { ...fileOf('package.json'), ...disk, ...several })).toBe(false);
    const folder = { ...fileOf('runs'), ...disk, explorerResourceIsFolder: true };
    expect(holds(run, folder)).toBe(false);
    expect(holds(run, { ...folder, 'gradientCovariance.used': true })).toBe(true);
  });

  test.each([...DUMPS, ...OTHERS])('compares two selected files, where the clicked one is a dump: %s', (name) => {
    const two = { ...fileOf(name), listMultiSelection: true, listDoubleSelection: true };
    expect(holds(compared, two)).toBe(DUMPS.includes(name) && !/^run\.json$/i.test(name));
    expect(holds(compared, { ...two, listDoubleSelection: false })).toBe(false);
    expect(holds(compared, { ...two, explorerResourceIsFolder: true })).toBe(false);
  });

  test('offers folders after the first report only, whatever they are called', () => {
    for (const name of ['runs', 'grad.npy']) {
      const folder = { ...fileOf(name), explorerResourceIsFolder: true };
      expect([analyze, temperature].map((when) => holds(when, folder))).toEqual([false, false]);
      expect(holds(analyze, { ...folder, 'gradientCovariance.used': true })).toBe(true);
    }
  });
});

describe('files are offered', () => {
  test.each([...DUMPS, ...OTHERS, ...EXPORTS])('by the same rule in menus and lists: %s', (name) => {
    expect(offered(name)).toBe(DUMPS.includes(name));
  });

  test('in the menu of their tabs', () => {
    const [{ command, when }, ...rest] = contributes.menus['editor/title/context'] as [(typeof menu)[0]];
    expect([command, rest]).toEqual(['gradientCovariance.analyze', []]);
    for (const name of [...DUMPS, ...OTHERS, ...EXPORTS]) expect(holds(when, fileOf(name))).toBe(DUMPS.includes(name));
  });

  test('by a button where the text of a run is edited, and nowhere else', () => {
    const [{ command, when, group }] = contributes.menus['editor/title'] as [(typeof menu)[0]];
    expect(command).toBe('gradientCovariance.analyzeRun');
    expect(group).toMatch(/^navigation/);
    const text = { activeEditor: 'workbench.editors.files.textFileEditor', resourceScheme: 'file' };
    expect(holds(when, { ...fileOf('run.json'), ...text })).toBe(true);
    expect(holds(when, fileOf('run.json'))).toBe(false);
    expect(holds(when, { ...fileOf('grad.json'), ...text })).toBe(false);
    expect(contributes.commands.find((each) => each.command === command)).toHaveProperty('icon');
  });

  test('a report becomes the baseline by a button of its tab, and others are compared with it from then on', () => {
    const [, use, withIt] = contributes.menus['editor/title'] as [unknown, (typeof menu)[0], (typeof menu)[0]];
    expect([use.command, withIt.command]).toEqual(['gradientCovariance.useAsBaseline', 'gradientCovariance.compareWithBaseline']); // prettier-ignore
    for (const shown of [
      { activeWebviewPanelId: 'gradientCovariance.report' },
      { activeCustomEditorId: 'gradientCovariance.editor' },
    ]) {
      expect([use, withIt].map(({ when }) => holds(when, shown))).toEqual([true, false]);
      expect(holds(withIt.when, { ...shown, 'gradientCovariance.baseline': true })).toBe(true);
    }
    expect(holds(use.when, { activeWebviewPanelId: 'another.panel' })).toBe(false);
    for (const each of [use, withIt])
      expect(contributes.commands.find(({ command }) => command === each.command)).toHaveProperty('icon');
  });
});

describe('each extension of a format', () => {
  const all = Object.values(DUMP_NAMES).flatMap((names) => Object.entries(names) as [string, Offer][]);
  const menus = { 'explorer/context': analyze, 'editor/title/context': contributes.menus['editor/title/context'][0]!.when }; // prettier-ignore
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const table = readme.slice(readme.indexOf('## Formats'), readme.indexOf('## Metrics'));

  test.each(all)('is offered by package.json as DUMP_NAMES says: %s %s', (extension, offer) => {
    const called = { plain: `x${extension}`, gradients: `grad${extension}` };
    const expected = { plain: offer === 'always', gradients: offer !== 'never' };
    for (const [menu, when] of Object.entries(menus))
      expect({ plain: holds(when, fileOf(called.plain)), gradients: holds(when, fileOf(called.gradients)) }, `"when" of ${menu}, for ${extension}`).toEqual(expected); // prettier-ignore
    expect(holds(temperature, fileOf(called.gradients)), `"when" of the temperature, for ${extension}`).toBe(expected.gradients); // prettier-ignore
    // a table opens in an editor of text only
    const editors = contributes.customEditors.flatMap(({ selector }) => selector.map(({ filenamePattern }) => glob(filenamePattern))); // prettier-ignore
    if (!['.csv', '.tsv'].includes(extension))
      expect(editors.some((name) => name.test(called.gradients)), `"customEditors", for ${extension}`).toBe(expected.gradients); // prettier-ignore
    // a report saved under the name of such a dump is no dump
    if (offer !== 'never') expect(holds(analyze, fileOf(`grad${extension}.json`)), `${extension} before .json`).toBe(false); // prettier-ignore
  });

  test.each(all.filter(([, offer]) => offer !== 'never'))(
    'stands in the table of formats in README.md: %s',
    (extension) => {
      expect(table).toContain(`\`${extension}\``);
    },
  );
});

describe('the editor of reports', () => {
  const [editor, ...rest] = contributes.customEditors;

  test('is an option of Open With…: a double click stays what it was', () => {
    expect(rest).toEqual([]);
    expect(editor).toMatchObject({ viewType: 'gradientCovariance.editor', priority: 'option' });
  });

  test.each([
    ...DUMPS.filter((name) => !/run|\.(json|csv|tsv)$/i.test(name) && !/[a-z]G/.test(name)),
    'grad.json',
    'step-20.gradients.json',
  ])('can be chosen for %s', (name) => expect(chosenFor(name)).toBe(true));

  test.each([...OTHERS, ...EXPORTS])('cannot be chosen for %s', (name) => expect(chosenFor(name)).toBe(false));

  /** VS Code compares names without case, so a word that only a capital begins is not seen. */
  function chosenFor(name: string): boolean {
    return editor!.selector.some(({ filenamePattern }) => glob(filenamePattern).test(name.toLowerCase()));
  }
});

describe('the tool for language models', () => {
  const [tool, ...rest] = contributes.languageModelTools;

  test('has a name of our own, and says what it is for and that it runs no code', () => {
    expect(rest).toEqual([]);
    expect(tool!.name).toBe('gradient-covariance_analyze_gradient_dump');
    expect(tool!.name).toMatch(/^[\w-]+$/);
    expect(tool!.modelDescription).toMatch(/runs no code/);
  });

  test('describes each part of its input, of which only the path is needed', () => {
    const { required, properties, additionalProperties } = tool!.inputSchema;
    expect([required, additionalProperties]).toEqual([['path'], false]);
    for (const { description } of Object.values(properties)) expect(description).toMatch(/\.$/);
  });
});

describe('gradients of a running program', () => {
  const places = ['debug/variables/context', 'debug/watch/context', 'editor/context', 'commandPalette'] as const;

  test.each(places)('are offered in %s for Python, in trusted workspaces only', (place) => {
    const [{ command, when }, ...others] = contributes.menus[place] as [{ command: string; when: string }];
    expect((others as { command: string }[]).filter((other) => other.command === command)).toEqual([]);
    expect(command).toBe('gradientCovariance.analyzeGradients');
    expect(when).toMatch(/^isWorkspaceTrusted && debugType =~ /);
    for (const type of ['debugpy', 'python', 'Python Kernel Debug Adapter'])
      expect(pattern(when, 'debugType').test(type)).toBe(true);
    for (const type of ['node', 'pythonic', 'cppdbg']) expect(pattern(when, 'debugType').test(type)).toBe(false);
  });

  test('are offered for variables of a notebook of Python, and in the palette where a notebook is the editor', () => {
    const { command, when } = contributes.menus['notebook/variables/context'][0]!;
    expect(command).toBe('gradientCovariance.analyzeGradients');
    expect(when).toMatch(/^isWorkspaceTrusted && variableLanguage == 'python' && variableType =~ /);
    expect(pattern(when, 'variableType')).toEqual(
      pattern(contributes.menus['debug/variables/context'][0]!.when, 'variableType'),
    );
    const { when: palette } = contributes.menus.commandPalette[0]!;
    expect(palette).toContain(' || isWorkspaceTrusted && notebookType =~ ');
    expect(pattern(palette, 'notebookType').test('jupyter-notebook')).toBe(true);
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
      'gradientCovariance.analyzeRun': 'Analyze Training Run',
      'gradientCovariance.analyzeTemperature': 'Analyze SGD Temperature',
      'gradientCovariance.analyzeGradients': 'Analyze Gradients',
      'gradientCovariance.compare': 'Compare Gradient Dumps',
      'gradientCovariance.useAsBaseline': 'Use as Baseline',
      'gradientCovariance.compareWithBaseline': 'Compare with Baseline',
      'gradientCovariance.trySample': 'Try with Sample Data',
      'gradientCovariance.copyImage': 'Copy Image',
      'gradientCovariance.saveSvg': 'Save as SVG…',
      'gradientCovariance.savePng': 'Save as PNG…',
      'gradientCovariance.copyCsv': 'Copy Data as CSV',
      'gradientCovariance.copyLatexTable': 'Copy Table as LaTeX',
      'gradientCovariance.copyValue': 'Copy Value',
      'gradientCovariance.copyFormula': 'Copy Formula as LaTeX',
      'gradientCovariance.copyClusterScript': 'Copy Cluster Script',
      'gradientCovariance.showLog': 'Show Log',
    });
    expect(new Set(contributes.commands.map(({ category }) => category))).toEqual(new Set(['Gradient Covariance']));
  });

  test('activates by what implies it, a panel that comes back, and metadata files to look at; by nothing else', () => {
    expect(manifest.activationEvents).toEqual([
      'onWebviewPanel:gradientCovariance.report',
      'onWebviewPanel:gradientCovariance.run',
      'onWebviewPanel:gradientCovariance.comparison',
      'workspaceContains:**/*.meta.json',
    ]);
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
    // keys of when clauses, which are set when a report is opened, and names of panels
    const keys = new Set(['used', 'baseline', 'report', 'editor'].map((key) => `gradientCovariance.${key}`));
    expect(named.filter((name) => !known.has(name) && !settings.has(name) && !keys.has(name))).toEqual([]);
  });
});

describe('the menu of the page', () => {
  const entries = contributes.menus['webview/context'];
  const of = (context: Readonly<Record<string, string | boolean>>): string[] =>
    entries
      .filter(({ when }) => holds(when, context))
      .map(({ command }) => contributes.commands.find((each) => each.command === command)!.title);

  test.each(['report', 'run', 'editor'])('offers what can be taken from a plot, in a page of kind %s', (kind) => {
    expect(of({ webviewId: `gradientCovariance.${kind}`, webviewSection: 'plot' })).toEqual([
      'Copy Image',
      'Copy Data as CSV',
      'Save as SVG…',
      'Save as PNG…',
    ]);
  });

  test('offers LaTeX of tables and formulas, and the value of a number where there is one', () => {
    const webviewId = 'gradientCovariance.report';
    expect(of({ webviewId, webviewSection: 'table' })).toEqual(['Copy Table as LaTeX', 'Copy Data as CSV']);
    expect(of({ webviewId, webviewSection: 'formula' })).toEqual(['Copy Formula as LaTeX']);
    expect(of({ webviewId, webviewSection: 'metric', hasValue: true })).toEqual([
      'Copy Value',
      'Copy Formula as LaTeX',
    ]);
    expect(of({ webviewId, webviewSection: 'metric', hasValue: false })).toEqual(['Copy Formula as LaTeX']);
  });

  test('is not shown on pages of other extensions, and its commands not in the palette', () => {
    expect(of({ webviewId: 'another.page', webviewSection: 'plot' })).toEqual([]);
    const hidden = contributes.menus.commandPalette
      .filter(({ when }) => when === 'false')
      .map(({ command }) => command);
    expect([...new Set(entries.map(({ command }) => command))].filter((each) => !hidden.includes(each))).toEqual([]);
  });
});
