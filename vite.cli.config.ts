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
  build: {
    ssr: 'main/cli/kneepoint.ts',
    outDir: 'dist/cli',
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    rolldownOptions: {
      output: { format: 'es', entryFileNames: 'kneepoint.js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
