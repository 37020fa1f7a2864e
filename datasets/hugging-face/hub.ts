/** Datasets of the Hugging Face Hub by name: listed, downloaded once, read from disk. Only when a person asks for one. */
import { createHash } from 'node:crypto';
import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type HubSource, type Warning, WorkbenchError } from '../../engine/api/index.ts';
import { type Wanted, bytesHad, download } from './download.ts';
import { type HubAccess, checkEndpoint } from './hub-client.ts';
import { type PlacedFile, chosen, placed } from './hub-files.ts';
import { parseHubName } from './hub-name.ts';
import { listFiles } from './list-files.ts';

export const HUB_ENDPOINT = 'https://huggingface.co';
/** Says which split a row is of, where several are imported together. */
export const SPLIT_COLUMN = 'hf_split';

export interface HubFetched {
  /** `hf:owner/name/config@commit`, short. */
  name: string;
  /** The same with the whole commit and the files: what a dataset remembers. */
  origin: string;
  files: { path: string; name: string; columns?: Record<string, string> }[];
  warnings: Warning[];
}

export interface Hub {
  /** Throws hub.*, input.invalid, file.too_large and workspace.disk_full; then what was downloaded is kept for the next try. */
  fetch(
    source: HubSource,
    options: {
      signal?: AbortSignal | undefined;
      onProgress?: ((bytes: number, totalBytes: number) => void) | undefined;
    },
  ): Promise<HubFetched>;
}

const DEFAULT_MAX_BYTES = 5 * 1000 ** 3;
/** Left free on the disk beside the files. */
const SPARE_BYTES = 64 * 1024 * 1024;
const MAX_FILES_NAMED = 100;

/** @param folder where files are kept; made at the first need, and may be deleted at any time */
export function createHub(access: HubAccess, folder: string): Hub {
  /** By path: two imports of one dataset download it once. */
  const underWay = new Map<string, Promise<void>>();

  async function fetchOne(wanted: Wanted, options: Parameters<typeof download>[2]): Promise<void> {
    const running = underWay.get(wanted.path);
    if (running !== undefined) {
      await running.catch(() => undefined);
      return fetchOne(wanted, options);
    }
    const mine = download(access, wanted, options).finally(() => underWay.delete(wanted.path));
    underWay.set(wanted.path, mine);
    return mine;
  }

  return {
    async fetch(source, { signal, onProgress }) {
      checkEndpoint(access);
      const name = parseHubName(source.dataset);
      const { commit, files } = await listFiles(access, name, signal);
      const ours = chosen(
        files.map(placed).filter((file) => file !== null),
        name,
        source.splits,
      );
      const total = ours.reduce((sum, { bytes }) => sum + bytes, 0);
      const limit = source.maxBytes ?? DEFAULT_MAX_BYTES;
      if (total > limit) {
        throw new WorkbenchError(
          'file.too_large',
          `hf:${name.repo}: ${ours.length} files of ${mega(total)} are more than the limit of ${mega(limit)}.`,
          {
            hint: `Raise it with --hf-limit ${Math.ceil(total / 1e9)} (GB), or take a smaller split or config.`,
          },
        );
      }
      await mkdir(folder, { recursive: true });
      const wanted = ours.map((file): Wanted => wantedOf(access, file, { repo: name.repo, commit, folder }));
      let had = 0;
      for (const one of wanted) had += await bytesHad(one);
      await checkDisk(folder, total - had);
      let done = 0;
      for (const one of wanted) {
        await fetchOne(one, { signal, onBytes: (bytes) => onProgress?.(done + bytes, total) });
        done += one.bytes;
        onProgress?.(done, total);
      }
      const several = new Set(ours.map(({ split }) => split)).size > 1;
      const at = `hf:${name.repo}/${ours[0]?.config ?? 'default'}@`;
      return {
        name: `${at}${commit.slice(0, 12)}`,
        origin: `${at}${commit} ${listed(ours)}`,
        files: ours.map((file, i) => ({
          path: wanted[i]?.path ?? '',
          name: `${file.split}-${i}.parquet`,
          ...(several ? { columns: { [SPLIT_COLUMN]: file.split } } : {}),
        })),
        warnings: partialWarning(ours),
      };
    },
  };
}

/** The name on this disk is ours: nothing that a server says becomes part of a path. */
function wantedOf(
  { endpoint }: HubAccess,
  file: PlacedFile,
  { repo, commit, folder }: { repo: string; commit: string; folder: string },
): Wanted {
  const key = createHash('sha256')
    .update(JSON.stringify([endpoint, repo, commit, file.path]))
    .digest('hex');
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    url: `${endpoint.replace(/\/+$/, '')}/datasets/${repo}/resolve/${commit}/${path}`,
    what: `hf:${repo}: ${file.path}`,
    bytes: file.bytes,
    sha256: file.sha256,
    path: join(folder, `${key.slice(0, 32)}.parquet`),
  };
}

async function checkDisk(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (needed + SPARE_BYTES <= bavail * bsize) return;
  throw new WorkbenchError(
    'workspace.disk_full',
    `${mega(needed)} are to be downloaded and ${mega(bavail * bsize)} are free.`,
    { hint: 'Free some space, or use a workspace on a larger disk with `--workspace`.' },
  );
}

const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

const listed = (files: PlacedFile[]): string =>
  files
    .slice(0, MAX_FILES_NAMED)
    .map(({ path }) => path)
    .join(' ') + (files.length > MAX_FILES_NAMED ? ` and ${files.length - MAX_FILES_NAMED} more` : '');

function partialWarning(files: PlacedFile[]): Warning[] {
  const partial = [...new Set(files.filter((file) => file.partial).map(({ split }) => split))];
  if (partial.length === 0) return [];
  return [
    {
      code: 'hub_partial',
      message:
        'The Hub converted only the beginning of these splits to Parquet; the rest is not in this dataset.',
      count: partial.length,
      examples: partial,
    },
  ];
}
