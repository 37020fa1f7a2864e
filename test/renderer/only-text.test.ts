import { readFileSync } from 'node:fs';
import fastGlob from 'fast-glob';
import { describe, expect, it } from 'vitest';

const root = new URL('../../renderer/', import.meta.url).pathname;
const files = fastGlob
  .sync('**/*.{ts,tsx,css,html}', { cwd: root })
  .map((name) => ({ name, text: readFileSync(root + name, 'utf8') }));

describe('the renderer', () => {
  it('has sources to look at', () => {
    expect(files.length).toBeGreaterThan(40);
  });
  it('never makes HTML from text', () => {
    const unsafe =
      /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/;
    expect(files.filter((file) => unsafe.test(file.text)).map((file) => file.name)).toEqual([]);
  });
  it('names no address outside: nothing is fetched from elsewhere', () => {
    const outside = files.flatMap((file) =>
      (file.text.match(/https?:\/\/[^\s'"`)]+/g) ?? []).map((url) => `${file.name}: ${url}`),
    );
    // Namespace and schema names are never fetched.
    expect(outside.filter((line) => !/www\.w3\.org|vega\.github\.io\/schema/.test(line))).toEqual([]);
  });
  it('embeds Vega in one place only, with its interpreter', () => {
    const embedding = files.filter((file) =>
      /import\('vega-embed'\)|import (?!type)[^;]*from 'vega-embed'/.test(file.text),
    );
    expect(embedding.map((file) => file.name)).toEqual(['charts/vega-chart.tsx']);
    expect(embedding[0]?.text).toContain('ast: true');
  });
});
