#!/usr/bin/env node
// The launcher: everything else is built from main/cli into dist by `npm run build` (which `npm ci` runs).
import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/cli/kneepoint.js', import.meta.url);
if (!existsSync(built)) {
  process.stderr.write('kneepoint is not built yet: run `npm run build` in its folder.\n');
  process.exit(3);
}
// Compiled once and kept beside the build, where no other user can write (Node 22 and newer; a fifth of the start).
modules.enableCompileCache?.(fileURLToPath(new URL('../dist/compiled', import.meta.url)));
await import(built.href);
