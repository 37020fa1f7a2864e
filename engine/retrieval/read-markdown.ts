import { fromMarkdown } from 'mdast-util-from-markdown';
import { toString as plainText } from 'mdast-util-to-string';
import type { Section } from './documents.ts';
import { createOutline } from './outline.ts';

/** CommonMark: each block's words without its signs; list entries a line each; raw HTML is left out. */
export function readMarkdown(source: string): Section[] {
  const outline = createOutline();
  for (const block of fromMarkdown(source.replace(/^\uFEFF/, '')).children) {
    if (block.type === 'heading') outline.heading(block.depth, plainText(block));
    else if (block.type === 'list') {
      outline.text(block.children.map((item) => `- ${plainText(item, { includeHtml: false })}`).join('\n'));
    } else if (block.type !== 'html' && block.type !== 'definition') {
      outline.text(plainText(block, { includeHtml: false }));
    }
  }
  return outline.sections();
}
