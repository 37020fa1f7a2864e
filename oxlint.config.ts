import { defineConfig } from 'oxlint';

/** Which rooms a room may import (docs/ARCHITECTURE.md). Everything else is a violation. */
const rooms = [
  'api',
  'math',
  'text',
  'retrieval',
  'store',
  'providers',
  'pipeline',
  'runs',
  'scoring',
  'compare',
  'tuning',
  'policy',
  'review',
  'observe',
  'transport',
];
const mayImport: Record<string, string[]> = {
  api: [],
  math: ['api'],
  text: [],
  retrieval: ['api'],
  transport: ['api'],
  store: ['api', 'math', 'text'],
  providers: ['api', 'math', 'text'],
  scoring: ['api', 'math', 'policy'],
  review: ['api', 'math', 'store'],
  observe: ['api'],
  policy: ['api', 'math'],
  pipeline: ['api', 'math', 'text', 'retrieval', 'providers', 'scoring', 'policy'],
  runs: ['api', 'math', 'pipeline', 'providers', 'scoring', 'store', 'datasets'],
  compare: ['api', 'math', 'text', 'store', 'scoring'],
  tuning: ['api', 'math', 'text', 'store', 'scoring', 'policy'],
};
const doors = ['main', 'renderer'];

type Pattern = { message: string } & ({ regex: string } | { group: string[] });
const up = String.raw`^(\.\./)+`;
const forbidRoom = (room: string): Pattern => ({
  regex: `${up}(engine/)?${room}/`,
  message: `this room may not import ${room} (import rules in docs/architecture.md)`,
});
/** Another room is entered by its front door only. These few files are doors of their own. */
const frontDoors = ['index.ts', 'csv-cells.ts', 'evaluator.ts', 'store.ts', 'provider.ts', 'random.ts'];
const interior = (room: string): Pattern => ({
  group: [`**/${room}/**`, ...frontDoors.map((file) => `!**/${room}/${file}`)],
  message: `import ${room}/index.ts, not its interior`,
});
const packages = (names: string[], room: string): Pattern => ({
  regex: `^(${names.join('|')})($|/)`,
  message: `only ${room} may import this package`,
});
const duckdb = packages(['@duckdb/node-api'], 'engine/store');
const sdks = packages(['openai', '@anthropic-ai/sdk', '@energetic-ai/[a-z-]+'], 'engine/providers');
const electron = packages(['electron'], 'main/desktop');
const doorsClosed = doors.map(forbidRoom);

const rule = (patterns: Pattern[]): { 'no-restricted-imports': ['error', { patterns: Pattern[] }] } => ({
  'no-restricted-imports': ['error', { patterns }],
});
const outside = [duckdb, sdks, electron];

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'oxc', 'react', 'promise'],
  categories: { correctness: 'error', suspicious: 'error' },
  ignorePatterns: ['dist', '.vite', 'out', 'node_modules', 'test/fixtures/planted'],
  rules: {
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/consistent-type-imports': 'error',
    'import/no-cycle': 'error',
    eqeqeq: 'error',
    'no-console': 'error',
    'no-eval': 'error',
    // Off, each for a reason: JSX runtime is automatic; await in a loop is how back-pressure is written here.
    'react/react-in-jsx-scope': 'off',
    'no-await-in-loop': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/no-array-reverse': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'import/no-unassigned-import': 'off',
    'no-shadow': 'off',
    // Control characters are matched on purpose, to make text safe; loops wait on variables that callbacks change;
    // exhaustive switches return in every case, which consistent-return does not see.
    'no-control-regex': 'off',
    'no-unmodified-loop-condition': 'off',
    'typescript/consistent-return': 'off',
    // Our services are plain objects of closures: nothing here has a `this`.
    'typescript/unbound-method': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/no-unnecessary-type-assertion': 'error',
  },
  overrides: [
    ...rooms.map((room) => {
      const allowed = mayImport[room] ?? [];
      const others = rooms.filter((other) => other !== room);
      return {
        files: [`engine/${room}/**`],
        rules: rule([
          ...others.filter((other) => !allowed.includes(other)).map(forbidRoom),
          ...others.filter((other) => allowed.includes(other)).map(interior),
          ...(allowed.includes('datasets') ? [] : [forbidRoom('datasets')]),
          ...doorsClosed,
          ...(room === 'store' ? [] : [duckdb]),
          ...(room === 'providers' ? [] : [sdks]),
          electron,
        ]),
      };
    }),
    {
      files: ['datasets/**'],
      rules: rule([
        ...rooms.filter((room) => !['api', 'math', 'text'].includes(room)).map(forbidRoom),
        ...doorsClosed,
        ...outside,
      ]),
    },
    {
      files: ['renderer/**'],
      rules: rule([
        ...rooms.filter((room) => !['api', 'math', 'text', 'transport'].includes(room)).map(forbidRoom),
        forbidRoom('datasets'),
        forbidRoom('main'),
        ...outside,
      ]),
    },
    {
      files: ['main/**'],
      rules: rule([
        ...rooms.filter((room) => !['api', 'transport'].includes(room)).map(forbidRoom),
        duckdb,
        sdks,
        forbidRoom('renderer'),
      ]),
    },
    {
      files: ['main/cli/**', 'main/serve/**'],
      rules: rule([
        ...rooms.filter((room) => !['api', 'transport'].includes(room)).map(forbidRoom),
        ...outside,
        forbidRoom('renderer'),
      ]),
    },
    {
      files: ['main/**', 'test/**', '*.config.ts'],
      rules: { 'no-console': 'off', 'typescript/no-base-to-string': 'off' },
    },
    {
      files: ['engine/policy/evaluator.ts'],
      rules: rule([{ regex: '.*', message: 'the evaluator ships to production alone: it imports nothing' }]),
    },
  ],
});
