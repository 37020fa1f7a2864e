import { workbench } from './connection.ts';

const CHUNK_BYTES = 1 << 20;

/** Sends a file in chunks and answers its upload id. An aborted or failed upload is discarded. */
export async function uploadFile(
  file: File,
  options: { signal: AbortSignal; onProgress: (bytes: number) => void },
): Promise<string> {
  const { upload } = await workbench.uploads.create({ name: file.name.slice(-255), bytes: file.size });
  try {
    for (let at = 0; at < file.size; at += CHUNK_BYTES) {
      options.signal.throwIfAborted();
      const chunk = new Uint8Array(await file.slice(at, at + CHUNK_BYTES).arrayBuffer());
      await workbench.uploads.append({ upload, chunk });
      options.onProgress(Math.min(file.size, at + CHUNK_BYTES));
    }
    return upload;
  } catch (thrown) {
    await workbench.uploads.discard({ upload }).catch(() => undefined);
    throw thrown;
  }
}
