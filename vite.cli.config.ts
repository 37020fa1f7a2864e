import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { defineConfig, type Plugin } from 'vite';

/** The two evaluators as files of their own: they ship inside every exported bundle. */
export function evaluatorAssets(folder: string): Plugin {
  return {
    name: 'evaluator-assets',
    apply: 'build',
    closeBundle() {
      mkdirSync(folder, { recursive: true });
      const source = readFileSync('engine/policy/evaluator.ts', 'utf8');
      writeFileSync(`${folder}/evaluator.js`, stripTypeScriptTypes(source));
      copyFileSync('engine/policy/evaluator.py', `${folder}/evaluator.py`);
    },
  };
}

/** The command line: main/cli → dist/cli. What a command does not need is a chunk it does not load. */
export default defineConfig({
  plugins: [evaluatorAssets('dist/assets')],
  // Packages of many small files: found and read one by one, they are a quarter of every command's start.
  ssr: {
    noExternal: [/^zod/, /^ajv/, /^@stdlib\/(?!datasets)/, 'commander', 'csv-parse', 'yaml', /^hyparquet/],
  },
  build: {
    ssr: true,
    outDir: 'dist/cli',
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    rolldownOptions: {
      // The second is the thread of a fit, found by its name beside whatever bundle starts it.
      input: { kneepoint: 'main/cli/kneepoint.ts', 'fit-worker': 'engine/tuning/fit-worker.ts' },
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
