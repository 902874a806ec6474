// Writes the colors that the page may take from each built-in theme of VS Code, as the test of its inks reads them.
// usage: node test/webview/themes.mjs FOLDER, the "extensions" folder of an installation of VS Code or code-server
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const [root] = process.argv.slice(2);
if (root === undefined) throw new Error('say where the extensions of VS Code are');

/** JSON with comments and commas at the end of lists. */
const parse = (text) =>
  JSON.parse(
    text
      .replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[^]*?\*\//g, (_, string = '') => string)
      .replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_, string = '') => string),
  );

/** With what a theme includes. */
function colorsOf(file) {
  const { include, colors } = parse(readFileSync(file, 'utf8'));
  return { ...(include && colorsOf(path.join(path.dirname(file), include))), ...colors };
}

/** What VS Code registers where a theme says nothing, by kind of theme: src/vs/platform/theme/common/colors. */
function withDefaults(colors, kind) {
  const light = kind === 'vs' || kind === 'hc-light';
  const high = kind.startsWith('hc');
  const either = (dark, bright) => (light ? bright : dark);
  const find = colors['editor.findMatchHighlightBackground'] ?? (high ? undefined : '#EA5C0055');
  return {
    paper: colors['editor.background'] ?? (high ? either('#000000', '#ffffff') : either('#1e1e1e', '#ffffff')),
    text: colors.foreground ?? (high ? either('#ffffff', '#292929') : either('#cccccc', '#616161')),
    'charts-blue': colors['charts.blue'] ?? colors['editorInfo.foreground'] ?? either('#59a4f9', '#0063d3'),
    'charts-orange': colors['charts.orange'] ?? colors['minimap.findMatchHighlight'] ?? find,
    'charts-purple': colors['charts.purple'] ?? either('#b180d7', '#652d90'),
    'charts-green': colors['charts.green'] ?? either('#89d185', '#388a34'),
    'charts-red': colors['charts.red'] ?? colors['editorError.foreground'] ?? either('#f14c4c', '#e51400'),
  };
}

const themes = readdirSync(root)
  .filter((name) => name.startsWith('theme-'))
  .flatMap((name) => {
    const { contributes } = parse(readFileSync(path.join(root, name, 'package.json'), 'utf8'));
    return (contributes?.themes ?? []).map(({ id, label, uiTheme, path: file }) => ({
      name: label.startsWith('%') ? id : label,
      kind: uiTheme,
      colors: withDefaults(colorsOf(path.join(root, name, file)), uiTheme),
    }));
  });
const target = path.join(import.meta.dirname, '../fixtures/themes.json');
writeFileSync(target, `[\n${themes.map((theme) => `  ${JSON.stringify(theme)}`).join(',\n')}\n]\n`);
console.log(`${themes.length} themes`);
