/** The flags that map a file's columns, and what is said where they are missing. */
import { InvalidArgumentError } from 'commander';
import {
  type DatasetPreviewed,
  type Source,
  type Workbench,
  WorkbenchError,
} from '../../engine/api/index.ts';
import { saveDownload } from './export-rows.ts';
import { given, integer, number } from './flags.ts';
import { table } from './format.ts';

export interface MappingFlags {
  name?: string;
  input?: string[];
  inputTemplate?: Record<string, string>;
  messages?: string[];
  expected?: string;
  id?: string;
  group?: string;
  tags?: string[];
  split?: string;
}
/** What is read, and how the person named it. */
interface Asked {
  source: Source;
  file: string;
}
export type Tolerance = { maxRejected: number } | { maxRejectedShare: number };

/** `20`, or `0.5%` of all rows. */
export function tolerance(value: string): Tolerance {
  if (!value.endsWith('%')) return { maxRejected: integer(value) };
  const percent = number(value.slice(0, -1));
  if (percent < 0 || percent > 100) throw new InvalidArgumentError('give a share from 0% to 100%');
  return { maxRejectedShare: percent / 100 };
}

/** `FIELD=template`, or a template alone, for the field `prompt`; `\\n` is a line break, as shells pass it on unread. */
export function inputTemplate(
  value: string,
  previous: Record<string, string> | undefined,
): Record<string, string> {
  const [, named, template] = /^([^={}]+)=(.*)$/s.exec(value) ?? [];
  const field = (named ?? 'prompt').trim();
  if (previous !== undefined && Object.hasOwn(previous, field))
    throw new InvalidArgumentError(`the field "${field}" has a template already`);
  return { ...previous, [field]: (template ?? value).replaceAll('\\n', '\n') };
}

/** Null where no input is named. */
export function mappingFlags(flags: MappingFlags) {
  const { inputTemplate: templates, messages, expected, id, group, tags, split } = flags;
  const made = Object.keys(templates ?? {});
  const both = made.find(
    (field) => flags.input?.includes(field) === true || messages?.includes(field) === true,
  );
  if (both !== undefined) {
    throw new WorkbenchError(
      'input.invalid',
      `"${both}" is both an input column and the field of a template.`,
      {
        hint: `Name the field otherwise: --input-template 'FIELD={{${both}}} …'.`,
      },
    );
  }
  const input = [...new Set([...(flags.input ?? []), ...made, ...(messages ?? [])])];
  if (input.length === 0) return null;
  return { input, ...given({ templates, messages, expected, id, group, tags, split }) };
}

const quoted = (word: string): string =>
  /^[\w./:,%@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The whole command that would import the file as suggested; null where no column can be an input. */
function suggestedCommand(
  asked: Asked,
  { suggestion }: DatasetPreviewed,
  name: string | undefined,
): string | null {
  if (suggestion.input.length === 0) return null;
  const stem = asked.file
    .split(/[\\/]/)
    .at(-1)!
    .split('.')[0]!
    .replaceAll(/[^\p{L}\p{N}_-]+/gu, '-');
  const { messages = [] } = suggestion;
  const columns = suggestion.input.filter((column) => !messages.includes(column));
  const words: [string, string | undefined][] = [
    ['--name', name ?? (stem.replaceAll(/^-+|-+$/g, '') || 'dataset')],
    ['--format', 'format' in asked.source ? asked.source.format : undefined],
    ['--id', suggestion.id],
    ['--messages', messages.length === 0 ? undefined : messages.join(',')],
    ['--input', columns.length === 0 ? undefined : columns.join(',')],
    ['--expected', suggestion.expected],
    ['--group', suggestion.group],
    ['--split', suggestion.split],
    ['--tags', suggestion.tags.length === 0 ? undefined : suggestion.tags.join(',')],
  ];
  const flags = words.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${quoted(value)}`]));
  return ['kneepoint dataset import', quoted(asked.file), ...flags].join(' ');
}

export function suggestedText(asked: Asked, previewed: DatasetPreviewed): string {
  const { columns, rows, suggestion } = previewed;
  const reasonOf = (name: string) => suggestion.reasons.filter(({ column }) => column === name);
  const command = suggestedCommand(asked, previewed, undefined);
  return `${previewed.format}; of the first ${rows.length} rows:\n\n${table(
    ['column', 'type', 'empty', 'distinct', 'suggested', 'because'],
    columns.map(({ name, type, nulls, distinct }) => [
      name,
      type,
      String(nulls),
      String(distinct),
      reasonOf(name)
        .map(({ role, confidence }) => `${role} (${confidence})`)
        .join(', '),
      reasonOf(name)
        .map(({ reason }) => reason)
        .join('; '),
    ]),
  )}${command === null ? '' : `\n\nTo import it so:\n  ${command}`}`;
}

/** Nothing is guessed silently: the error holds the command to look at and run. */
export async function unmapped(api: Workbench, asked: Asked, flags: MappingFlags): Promise<WorkbenchError> {
  if (mappingFlags(flags) !== null)
    return new WorkbenchError('input.invalid', 'The dataset has no name.', { hint: 'Add --name NAME.' });
  const previewed = await api.datasets.preview({ source: asked.source, rows: 200 });
  const command = suggestedCommand(asked, previewed, flags.name);
  return new WorkbenchError('input.invalid', 'No input column is named, so nothing was imported.', {
    hint:
      command === null
        ? `Name one with --input. The columns are: ${previewed.columns.map(({ name }) => name).join(', ')}.`
        : `Suggested: ${command}`,
    details: { command, suggestion: previewed.suggestion },
  });
}

export async function saveRejected(
  api: Workbench,
  asked: Asked,
  { file, mapped }: { file: string; mapped: NonNullable<ReturnType<typeof mappingFlags>> },
): Promise<string> {
  if (asked.file === '-') {
    throw new WorkbenchError('input.invalid', 'Rejected rows of standard input cannot be saved.', {
      hint: 'Save the input as a file first.',
    });
  }
  const saved = await saveDownload(
    api,
    file,
    await api.datasets.rejections({ source: asked.source, ...mapped }),
  );
  return `${saved.rows} rejected rows saved to ${file}.`;
}
