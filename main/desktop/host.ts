/** The entry of the engine's process (a utility process of Electron; it imports nothing of it). */
import { createWorkbench } from '../../engine/workbench.ts';
import { hostEngine } from './engine-host.ts';

hostEngine(process.parentPort, createWorkbench, (code) => process.exit(code));
