/**
 * Which Parquet files of a repository are which config and split.
 * Layouts: the Hub's conversion (`config/split/0000.parquet`, or `config/partial-split/…` where only the first 5 GB were
 * converted: huggingface/dataset-viewer docs/source/parquet.md) and what `push_to_hub` writes
 * (`data/split-00000-of-00002.parquet`, `config/split-…`).
 */
import { WorkbenchError } from '../../engine/api/index.ts';
import type { HubName } from './hub-name.ts';

export interface HubFile {
  path: string;
  bytes: number;
  /** Of its content; null where the file is small enough to lie in the repository itself. */
  sha256: string | null;
}
export interface PlacedFile extends HubFile {
  config: string;
  split: string;
  /** The Hub converted only a part of this split. */
  partial: boolean;
}

/** `-00000-of-00002`, older ones with a hash behind it, or a bare number. */
const SHARD = /(^|[-_.])\d+(-of-\d+)?(-[0-9a-f]{16})?$/;

/** Null for what is no Parquet file, and for paths that no repository has. */
export function placed(file: HubFile): PlacedFile | null {
  const parts = file.path.split('/');
  if (
    file.bytes === 0 ||
    !file.path.endsWith('.parquet') ||
    parts.some((part) => part === '' || /^\.+$/.test(part))
  )
    return null;
  const base = (parts.pop() ?? '').slice(0, -'.parquet'.length).replace(SHARD, '');
  const named = base === '' ? (parts.pop() ?? 'train') : base;
  const config = parts.join('/');
  return {
    ...file,
    config: config === '' || config === 'data' ? 'default' : config,
    split: named.replace(/^partial-/, ''),
    partial: named.startsWith('partial-'),
  };
}

/** The files of one config and of the splits asked for, in the order of their splits and shards. Throws hub.not_found and input.invalid. */
export function chosen(
  files: readonly PlacedFile[],
  { repo, config }: HubName,
  splits: readonly string[] | undefined,
): PlacedFile[] {
  const configs = [...new Set(files.map((file) => file.config))];
  if (configs.length === 0) {
    throw new WorkbenchError('hub.not_found', `${repo} has no Parquet files.`, {
      hint: 'The Hub has not converted it (yet): download its files yourself and import them.',
    });
  }
  const only = config ?? (configs.length === 1 ? configs[0] : configs.find((one) => one === 'default'));
  if (only === undefined) {
    throw new WorkbenchError('input.invalid', `${repo} has ${configs.length} configs: say which.`, {
      hint: `Write hf:${repo}/${configs[0]}; there are ${some(configs)}.`,
      details: { configs: configs.slice(0, 200) },
    });
  }
  const ours = files.filter((file) => file.config === only);
  if (ours.length === 0) {
    throw new WorkbenchError('hub.not_found', `${repo} has no config "${only}".`, {
      hint: `There are ${some(configs)}.`,
      details: { configs: configs.slice(0, 200) },
    });
  }
  const known = [...new Set(ours.map((file) => file.split))];
  const wanted = splits ?? (known.length === 1 ? known : null);
  if (wanted === null) {
    throw new WorkbenchError('input.invalid', `${repo} (${only}) has several splits: say which.`, {
      hint: `Give --hf-split ${known[0]}, or several, such as --hf-split ${known.slice(0, 2).join(',')}; there are ${some(known)}.`,
      details: { splits: known.slice(0, 200) },
    });
  }
  const absent = wanted.find((split) => !known.includes(split));
  if (absent !== undefined) {
    throw new WorkbenchError('hub.not_found', `${repo} (${only}) has no split "${absent}".`, {
      hint: `There are ${some(known)}.`,
      details: { splits: known.slice(0, 200) },
    });
  }
  return [...new Set(wanted)].flatMap((split) =>
    ours.filter((file) => file.split === split).sort((a, b) => (a.path < b.path ? -1 : 1)),
  );
}

const some = (names: readonly string[]): string =>
  names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
