/** Documents as sections of plain text under their headings, from text, Markdown, HTML and PDF files. */
import { WorkbenchError } from '../api/index.ts';
import { readHtml } from './read-html.ts';
import { readMarkdown } from './read-markdown.ts';
import { readPdf } from './read-pdf.ts';

export interface Section {
  /** From the outermost in; a PDF's are its pages. */
  headings: string[];
  text: string;
}
export interface Document {
  /** The file's path below the folder of documents, with `/`. */
  id: string;
  sections: Section[];
}

export const documentEndings = ['txt', 'md', 'markdown', 'html', 'htm', 'pdf'] as const;

/** Text files are UTF-8, a byte order mark is dropped. @throws WorkbenchError file.format_unknown, file.malformed */
export async function readDocument(id: string, bytes: Uint8Array): Promise<Document> {
  const ending = /\.([^./]+)$/.exec(id)?.[1]?.toLowerCase() ?? '';
  const text = (): string => new TextDecoder('utf-8').decode(bytes);
  switch (ending) {
    case 'txt':
      return { id, sections: [{ headings: [], text: text() }] };
    case 'md':
    case 'markdown':
      return { id, sections: readMarkdown(text()) };
    case 'html':
    case 'htm':
      return { id, sections: readHtml(text()) };
    case 'pdf':
      return { id, sections: await readPdf(id, bytes) };
    default:
      throw new WorkbenchError('file.format_unknown', `${id} is not a document that can be read.`, {
        hint: `Documents end in ${documentEndings.map((known) => `.${known}`).join(', ')}.`,
      });
  }
}
