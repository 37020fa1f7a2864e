/** The desktop app's entry: the only file of the main process that imports Electron. */
import electron from 'electron';
import { createShell } from './shell.ts';

void createShell(electron);
