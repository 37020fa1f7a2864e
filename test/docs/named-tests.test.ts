/** What the docs say is tested names a test that is there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const pages = globSync('docs/**/*.md', { cwd: root });

describe.each(pages)('%s', (page) => {
  const text = readFileSync(resolve(root, page), 'utf8');

  it('names tests and pages that exist', () => {
    const tests = [...text.matchAll(/\btest\/[\w./-]+\.(?:test|bench)\.ts/g)].map(([path]) => path);
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) =>
      resolve(root, page, '..', link),
    );
    const missing = [...tests.map((path) => resolve(root, path)), ...links].filter(
      (path) => !existsSync(path),
    );
    expect(missing).toEqual([]);
  });
});

it.each(['datasets', 'outcomes', 'scorers', 'compare'])(
  'the tables of docs/%s.md say where a thing is tested',
  (page) => {
    const text = readFileSync(resolve(root, `docs/${page}.md`), 'utf8');
    expect(text.match(/^\|.*test\/[\w./-]+\.test\.ts.*\|$/gm)?.length ?? 0).toBeGreaterThan(5);
  },
);
