import { defineConfig } from 'vite';
import { forElectron } from './vite.main.config.ts';

/** The bridge into the page: a sandboxed preload may require `electron` and nothing else. */
export default defineConfig(forElectron('main/desktop/preload.ts'));
