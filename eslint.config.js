import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';

// Few rules, each for a mistake that the compiler lets pass and that hurts people here.
const rules = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/no-explicit-any': 'error',
  'no-restricted-imports': [
    'error',
    { patterns: [{ group: ['**/index.ts', '**/index.js'], message: 'No barrels: import the file that says it.' }] },
  ],
};

// The rules are pure: an instant and the facts come in, so that the page, the server and a test ask the same question.
const clock = 'Rules take the instant as an argument: ask for it outside.';
const pure = {
  'no-restricted-globals': [
    'error',
    ...['process', 'window', 'document', 'fetch', 'setTimeout', 'setInterval'].map((name) => ({
      name,
      message: 'shared/ knows neither Node nor the browser.',
    })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: clock },
    { object: 'Math', property: 'random', message: 'The same facts must give the same answer.' },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: clock },
    { selector: 'CallExpression[callee.object.object.name="Temporal"][callee.object.property.name="Now"]', message: clock },
  ],
};

const parserOptions = { projectService: true, tsconfigRootDir: import.meta.dirname };

export default ts.config(
  { ignores: ['**/node_modules/', '**/build/', '**/.svelte-kit/', '.homeward/', 'db/types.ts', 'test-output/'] },
  { files: ['**/*.ts'], extends: [ts.configs.base], languageOptions: { parserOptions }, rules },
  ...svelte.configs.recommended.map((config) => ({ ...config, files: config.files ?? ['**/*.svelte'] })),
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    plugins: { '@typescript-eslint': ts.plugin },
    languageOptions: { parserOptions: { ...parserOptions, parser: ts.parser, extraFileExtensions: ['.svelte'] } },
    rules: { ...rules, 'svelte/no-navigation-without-resolve': 'off' },
  },
  { files: ['shared/src/**/*.ts'], ignores: ['**/*.test.ts'], rules: pure },
);
