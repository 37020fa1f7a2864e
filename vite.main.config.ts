import { builtinModules } from 'node:module';
import { defineConfig, type UserConfig } from 'vite';

/** One CommonJS file for Electron in .vite/build, beside the others'; all in it but Electron, Node and `kept`. */
export const forElectron = (entry: string, kept: RegExp[] = []): UserConfig => ({
  build: {
    ssr: true,
    outDir: '.vite/build',
    emptyOutDir: false,
    copyPublicDir: false,
    target: 'node24',
    minify: false,
    lib: { entry, formats: ['cjs'], fileName: () => '[name].cjs' },
    rolldownOptions: {
      platform: 'node',
      external: ['electron', /^node:/, ...builtinModules, ...kept],
      output: { codeSplitting: false },
    },
  },
  ssr: { noExternal: true },
});

/** The desktop's main process. */
export default defineConfig(forElectron('main/desktop/main.ts'));
