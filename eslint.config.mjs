import tseslint from 'typescript-eslint';

const layer = (files, groups, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: groups, message }] }] },
});
const core = (folder, ...above) =>
  layer(
    [`src/core/${folder}/**/*.ts`],
    [
      ...above.map((a) => `**/${a}/*`),
      'vscode',
      'node:*',
      '**/analyzer/**',
      '**/extension/**',
      '**/capture-helper/**',
      '**/webview/**',
      '@vscode/*',
      'chart.js*',
    ],
    'The core depends downwards only: bytes, pcap, stats -> decode -> flows -> detectors, findings -> features -> model -> engine, filter, export.',
  );

export default tseslint.config(
  {
    ignores: [
      'src/core/filter/generated/',
      'dist/',
      '.tsbuild/',
      '.artefacts/',
      '.vscode-test/',
      'samples/',
      '**/node_modules/',
    ],
  },
  ...tseslint.configs.strict,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipComments: true, skipBlankLines: true }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
    },
  },
  {
    files: ['src/**/*.ts', 'webview/**/*.ts', 'test/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  { files: ['**/*.config.mjs'], rules: { 'no-restricted-exports': 'off' } },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  {
    files: ['src/core/**/*.ts', 'src/protocol/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'performance', 'process', 'console'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: "The core's only clock is packet time." },
      ],
    },
  },
  layer(
    ['src/protocol/**/*.ts'],
    ['**/core/**', '**/analyzer/**', '**/extension/**', '**/capture-helper/**', '**/webview/**', 'vscode', 'node:*'],
    'The protocol knows nothing but itself.',
  ),
  core('bytes', 'decode', 'flows', 'detectors', 'findings', 'engine', 'filter', 'export', 'pcap', 'stats'),
  core('pcap', 'decode', 'flows', 'detectors', 'findings', 'engine', 'filter', 'export'),
  core('stats', 'decode', 'flows', 'detectors', 'findings', 'engine', 'filter', 'export'),
  core('decode', 'flows', 'detectors', 'findings', 'engine', 'filter', 'export'),
  core('reassembly', 'streams', 'flows', 'detectors', 'findings', 'engine', 'filter', 'export'),
  core('naming', 'flows', 'detectors', 'findings', 'engine', 'filter', 'export'),
  core('streams', 'flows', 'detectors', 'findings', 'engine', 'filter', 'export'),
  core('follow', 'flows', 'detectors', 'findings', 'engine', 'filter', 'export', 'tables'),
  core('flows', 'detectors', 'findings', 'engine', 'filter', 'export'),
  core('detectors', 'features', 'model', 'engine', 'filter', 'export'),
  core('features', 'model', 'engine', 'filter', 'export'),
  core('model', 'engine', 'filter', 'export'),
  core('findings', 'detectors', 'engine', 'filter', 'export'),
  core('filter', 'engine', 'export', 'tables'),
  core('engine', 'export', 'tables'),
  core('tables', 'export'),
  core('export'),
  layer(
    ['src/analyzer/**/*.ts'],
    ['**/extension/**', '**/capture-helper/**', '**/webview/**', 'vscode'],
    'Edges never import each other.',
  ),
  layer(
    ['src/capture-helper/**/*.ts'],
    ['**/core/**', '**/extension/**', '**/analyzer/**', '**/webview/**', 'vscode', 'valibot'],
    'The helper knows the wire and nothing else.',
  ),
  layer(
    ['src/extension/**/*.ts'],
    ['**/core/**', '**/analyzer/**', '**/capture-helper/**', '**/webview/**', 'cap', 'onnxruntime-node'],
    'The extension host never parses a packet.',
  ),
  layer(
    ['ml/**/*.ts'],
    ['**/extension/**', '**/capture-helper/**', '**/webview/**', 'vscode'],
    'Training knows the core, and the analyzer for reading captures.',
  ),
  layer(
    ['webview/**/*.ts'],
    ['**/core/**', '**/analyzer/**', '**/capture-helper/**', '**/extension/**', 'vscode', 'node:*'],
    'Webviews know messages only.',
  ),
  {
    files: ['webview/**/*.ts'],
    ignores: ['webview/common/ui.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "ImportDeclaration[source.value='@vscode/webview-ui-toolkit']",
          message: 'Only webview/common/ui.ts knows the toolkit.',
        },
      ],
    },
  },
);
