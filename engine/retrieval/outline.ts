import type { Section } from './documents.ts';

/** Gathers texts under the headings they stand below. */
export interface Outline {
  /** depth: 1 for the outermost. */
  heading(depth: number, text: string): void;
  text(block: string): void;
  /** Sections without text are left out. */
  sections(): Section[];
}

export function createOutline(): Outline {
  const sections: Section[] = [];
  let open: { depth: number; text: string }[] = [];
  let blocks: string[] = [];
  const close = (): void => {
    const text = blocks.join('\n\n').trim();
    if (text !== '') sections.push({ headings: open.map((heading) => heading.text), text });
    blocks = [];
  };
  return {
    heading(depth, text) {
      close();
      const words = text.replace(/\s+/g, ' ').trim();
      open = open.filter((outer) => outer.depth < depth);
      if (words !== '') open.push({ depth, text: words });
    },
    text(block) {
      if (block.trim() !== '') blocks.push(block.trim());
    },
    sections() {
      close();
      return sections;
    },
  };
}
