/** What data may do to a terminal: nothing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { kneepoint } from './terminal.ts';

it('shows escapes and turned directions in labels, ids and columns as what they are not: harmless', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kneepoint-'));
  try {
    const hostile = '\u001b]0;owned\u0007\u001b[2J\u202eevil';
    const rows = Array.from({ length: 40 }, (_, i) =>
      JSON.stringify({ id: `${hostile}${i}`, q: `q${i}`, [hostile]: 'x', a: i % 2 === 0 ? hostile : 'b' }),
    );
    const file = join(folder, 'rows.jsonl');
    await writeFile(file, rows.join('\n'));
    const workspace = ['--workspace', join(folder, 'ws')];
    const said = [
      await kneepoint(
        [
          'dataset',
          'import',
          file,
          '--name',
          'd',
          '--id',
          'id',
          '--input',
          'q',
          '--expected',
          'a',
          '--tags',
          hostile,
        ].concat(workspace),
      ),
      await kneepoint(['dataset', 'show', 'd', ...workspace]),
      await kneepoint(['dataset', 'check', 'd', ...workspace]),
      await kneepoint(['dataset', 'list', ...workspace]),
    ];
    expect(said.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const text = said.map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(text).toContain('evil');
    expect(text).not.toMatch(/[\u001b\u0007\u202e]/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
