import { Parser } from 'htmlparser2';
import type { Section } from './documents.ts';
import { createOutline } from './outline.ts';

/** Not what the page says: code of the page, its controls, and what leads elsewhere. */
const silent = new Set(['script', 'style', 'noscript', 'template', 'svg', 'nav', 'form', 'iframe', 'head']);
const blocks = new Set(
  'address article aside blockquote dd div dl dt figcaption figure footer header hr li main ol p pre section table tr ul'.split(
    ' ',
  ),
);

/** The words of a page under its headings. Nothing of it is run, loaded or followed. */
export function readHtml(source: string): Section[] {
  const outline = createOutline();
  let words = '';
  let heading: number | null = null;
  let hidden = 0;
  const flush = (): void => {
    const text = words.replace(/\s+/g, ' ').trim();
    if (heading === null) outline.text(text);
    else outline.heading(heading, text);
    words = '';
    heading = null;
  };
  const parser = new Parser(
    {
      onopentag(name) {
        if (silent.has(name)) hidden++;
        const depth = /^h([1-6])$/.exec(name)?.[1];
        if (depth !== undefined || blocks.has(name)) flush();
        if (depth !== undefined) heading = Number(depth);
        if (name === 'br' || name === 'td' || name === 'th') words += ' ';
      },
      ontext(text) {
        if (hidden === 0) words += text;
      },
      onclosetag(name) {
        if (silent.has(name) && hidden > 0) hidden--;
        if (blocks.has(name) || /^h[1-6]$/.test(name)) flush();
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  parser.end(source);
  flush();
  return outline.sections();
}
