/** `npm run bench [-- name… [--flag…]]`: figures, never assertions. Each bench runs in a process of its own. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = import.meta.dirname;
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => basename(file, '.bench.ts'))
  .sort();
const given = process.argv.slice(2);
const flagsFrom = given.findIndex((word) => word.startsWith('-'));
const wanted = flagsFrom < 0 ? given : given.slice(0, flagsFrom);
const flags = flagsFrom < 0 ? [] : given.slice(flagsFrom);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`No bench called ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  process.exit(2);
}
const [cpu] = cpus();
console.log(
  `node ${process.version}, ${cpus().length} × ${cpu?.model.trim() ?? 'cpu'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
);
for (const name of wanted.length > 0 ? wanted : known) {
  console.log(`\n== ${name}`);
  const file = pathToFileURL(join(folder, `${name}.bench.ts`)).href;
  execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { run } = await import(${JSON.stringify(file)}); await run(process.argv.slice(1));`,
      '--',
      ...flags,
    ],
    {
      stdio: 'inherit',
    },
  );
}
