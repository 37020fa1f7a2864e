import { defineConfig } from 'vite';
import { forElectron } from './vite.main.config.ts';

/** The thread of a fit, beside the host that starts it. */
export default defineConfig(forElectron('engine/tuning/fit-worker.ts'));
