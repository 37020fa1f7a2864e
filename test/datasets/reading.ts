/** Opens and reads a file the way an import does. */
import { Readable } from 'node:stream';
import { openSource, readExamples, type OpenedFiles, type RawRecord } from '../../datasets/index.ts';
import type { DatasetMapping, Example, FileFormat, Json } from '../../engine/api/index.ts';
import { inferScorer } from '../../engine/scoring/index.ts';

export function openFile(
  path: string,
  options: { format?: FileFormat; stdin?: string; folder?: string } = {},
): Promise<OpenedFiles> {
  return openSource(
    { kind: 'path', path, ...(options.format === undefined ? {} : { format: options.format }) },
    {
      allowPaths: true,
      uploads: () => ({ path: '', name: '' }),
      tempFolder: options.folder ?? '/tmp',
      stdin: options.stdin === undefined ? undefined : Readable.from([options.stdin]),
    },
  );
}

export async function allRecords(
  path: string,
  options: Parameters<typeof openFile>[1] = {},
): Promise<RawRecord[]> {
  return Array.fromAsync((await openFile(path, options)).records());
}

export async function allFields(
  path: string,
  options: Parameters<typeof openFile>[1] = {},
): Promise<({ [column: string]: Json } | null)[]> {
  return (await allRecords(path, options)).map((record) => record.fields);
}

export async function examplesOf(
  path: string,
  mapping: Partial<DatasetMapping> & { input: string[] },
  maxRejected = 0,
): Promise<{ examples: Example[]; read: Awaited<ReturnType<typeof readExamples>> }> {
  const read = await readExamples(await openFile(path), {
    mapping: { tags: [], ...mapping },
    maxRejected,
    infer: inferScorer,
  });
  return { examples: (await Array.fromAsync(read.batches())).flat(), read };
}
