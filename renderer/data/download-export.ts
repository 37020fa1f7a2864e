import type { Exported } from '../../engine/api/index.ts';
import { workbench } from './connection.ts';
import { saveBlob } from './download-text.ts';

const PART_BYTES = 1 << 20;

/** Fetches a file the engine has made part by part, and hands it to the browser. The engine then forgets it. */
export async function downloadExport({ download, bytes, name }: Exported): Promise<void> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  try {
    for (let offset = 0; offset < bytes;) {
      const { chunk } = await workbench.downloads.read({ download, offset, limit: PART_BYTES });
      if (chunk.byteLength === 0) break;
      // A copy of its own: the chunk is a view into the message it came in.
      parts.push(new Uint8Array(chunk));
      offset += chunk.byteLength;
    }
  } finally {
    await workbench.downloads.discard({ download });
  }
  saveBlob(name, new Blob(parts, { type: 'application/octet-stream' }));
}
