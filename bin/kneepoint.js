#!/usr/bin/env node
// The launcher: everything else is built from main/cli into dist by `npm run build` (which `npm ci` runs).
import { existsSync } from 'node:fs';

const built = new URL('../dist/cli/kneepoint.js', import.meta.url);
if (!existsSync(built)) {
  process.stderr.write('kneepoint is not built yet: run `npm run build` in its folder.\n');
  process.exit(3);
}
await import(built.href);
