import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** The floor plan: a room may import itself and the rooms it names, nothing else. */
export const ROOMS = {
  shared: [],
  theory: ['shared'],
  storage: ['shared'],
  kernel: ['shared', 'storage'],
  formats: ['shared', 'storage'],
  metrics: ['shared', 'theory'],
  plots: ['shared', 'theory', 'metrics'],
  report: ['shared', 'theory', 'metrics', 'plots'],
  analysis: ['shared', 'storage', 'theory', 'kernel', 'formats'],
  worker: ['shared', 'storage', 'kernel', 'formats', 'analysis', 'report'],
  terminal: ['shared', 'storage', 'metrics', 'report', 'analysis'],
  host: ['shared'],
};
/** What the page may import. */
export const PAGE = ['shared', 'theory', 'metrics', 'plots', 'report'];
const zones = Object.entries(ROOMS).map(([room, allowed]) => ({
  target: `./src/${room}`,
  from: './src',
  except: [room, ...allowed].map((name) => `./${name}`),
  message: `src/${room} may import ${allowed.join(', ') || 'nothing'} only (see "Floor plan" in CONTRIBUTING.md)`,
}));
zones.push({
  target: './webview',
  from: './src',
  except: PAGE.map((name) => `./${name}`),
  message: 'the page sees the report only',
});

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      'coverage/**',
      '.vscode-test*/**',
      '.python/**',
      'src/kernel/wasm/assembly/**',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './webview/tsconfig.json', './test/page/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    settings: { 'import-x/resolver': { typescript: true, node: true } },
    rules: {
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
      'no-restricted-imports': 'off',
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'names from files are text nodes' },
        { property: 'outerHTML', message: 'names from files are text nodes' },
        { property: 'insertAdjacentHTML', message: 'names from files are text nodes' },
      ],
    },
  },
  {
    // hot loops on typed arrays, where an index is in range by construction
    files: ['src/kernel/**/*.ts', 'test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/host/**', 'src/extension.ts'],
    rules: {
      'no-restricted-imports': ['error', { paths: [{ name: 'vscode', message: 'only the host knows VS Code' }] }],
    },
  },
);
