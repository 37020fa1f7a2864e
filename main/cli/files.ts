import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { WorkbenchError } from '../../engine/api/index.ts';

/** Writes a file the person asked for; what goes wrong names it. */
export async function save(file: string, text: string): Promise<void> {
  try {
    await writeFile(resolve(file), text);
  } catch (cause) {
    throw new WorkbenchError('file.unreadable', `Cannot write ${file}.`, {
      cause,
      hint: 'Check that the folder exists and may be written.',
    });
  }
}
