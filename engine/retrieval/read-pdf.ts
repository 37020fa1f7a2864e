import { WorkbenchError } from '../api/index.ts';
import type { Section } from './documents.ts';

/** The text layer, a section a page; a page that is only a picture has none. */
export async function readPdf(id: string, bytes: Uint8Array): Promise<Section[]> {
  // Two megabytes of reader that only those with PDF files wait for.
  const { extractText } = await import('unpdf');
  try {
    // The reader takes over the memory it is given.
    const { text } = await extractText(bytes.slice(), { mergePages: false });
    return text.flatMap((page, index) =>
      page.trim() === '' ? [] : [{ headings: [`page ${index + 1}`], text: page.trim() }],
    );
  } catch (cause) {
    throw new WorkbenchError('file.malformed', `${id} cannot be read as PDF.`, {
      hint: 'Open it in a viewer: a file that is cut short or needs a password cannot be read here.',
      cause,
    });
  }
}
