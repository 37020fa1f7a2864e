import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The screens: renderer/index.html → dist/renderer, all in it; paths are relative for both doors. */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    assetsInlineLimit: 0,
  },
});
