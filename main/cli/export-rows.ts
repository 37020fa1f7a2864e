/** Rows side by side into a file: made by the engine, fetched in parts. */
import { open } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { z } from 'zod';
import {
  type ComparedSelection,
  comparedSelections,
  type CompareExport,
  type Exported,
  exportFormats,
  type ExportFormat,
  type Workbench,
  WorkbenchError,
} from '../../engine/api/index.ts';

const PART_BYTES = 1 << 20;

/** Told by the ending of the file. */
export function exportFormat(file: string): ExportFormat {
  const ending = extname(file).slice(1).toLowerCase();
  const format = exportFormats.find((one) => one === ending);
  if (format !== undefined) return format;
  throw new WorkbenchError('file.format_unknown', `The ending of ${file} names no format to save rows in.`, {
    hint: `End it in ${exportFormats.map((one) => `.${one}`).join(', ')}.`,
  });
}

export function selectionNamed(only: string | undefined): ComparedSelection {
  const found = comparedSelections.find((one) => one === (only ?? 'all'));
  if (found !== undefined) return found;
  throw new WorkbenchError('input.invalid', `There is no selection of rows "${only}".`, {
    hint: `Name one of: ${comparedSelections.join(', ')}.`,
  });
}

/** Throws `file.unreadable` where the file cannot be written. */
export async function exportRows(
  api: Workbench,
  file: string,
  input: z.input<typeof CompareExport>,
): Promise<Exported> {
  return saveDownload(api, file, await api.compare.export(input));
}

/** Fetches a file the engine has made, in parts, and has it forgotten there. Throws `file.unreadable`. */
export async function saveDownload(api: Workbench, file: string, exported: Exported): Promise<Exported> {
  const { download } = exported;
  try {
    const target = await open(resolve(file), 'w').catch((cause: unknown) => {
      throw new WorkbenchError('file.unreadable', `Cannot write ${file}.`, {
        cause,
        hint: 'Check that the folder exists and may be written.',
      });
    });
    try {
      for (let offset = 0; offset < exported.bytes;) {
        const { chunk } = await api.downloads.read({ download, offset, limit: PART_BYTES });
        if (chunk.byteLength === 0) break;
        await target.write(chunk);
        offset += chunk.byteLength;
      }
    } finally {
      await target.close();
    }
    return exported;
  } finally {
    await api.downloads.discard({ download });
  }
}
