/**
 * A source as labelled examples. Read twice: the first pass checks every row and hashes the content, so that a refused
 * import has changed nothing and the same content is known before it is stored; the second yields batches.
 */
import {
  type DatasetMapping,
  type Example,
  type Json,
  type RejectedRow,
  type ScorerSpec,
  type Split,
  type SplitShares,
  type Warning,
  WorkbenchError,
} from '../engine/api/index.ts';
import { requireColumns } from './columns.ts';
import { contentHash, derivedId } from './content-hash.ts';
import { type InputFields, inputFields } from './input-fields.ts';
import { newSplitMaker } from './make-splits.ts';
import { type OpenedFiles, type RawRecord, asText, blank, valueAt } from './records.ts';

export interface ReadExamples {
  /** sha256 over the bytes of the source and the mapping. */
  hash: string;
  rows: number;
  rejected: RejectedRow[];
  /** All of them; `rejected` holds the first 1,000. */
  rejections: number;
  warnings: Warning[];
  scorer: ScorerSpec;
  batches(): AsyncGenerator<Example[]>;
}

interface ReadOptions {
  mapping: DatasetMapping;
  maxRejected: number;
  /** Of all rows; the larger of the two counts. */
  maxRejectedShare?: number | undefined;
  /** Given by the person, or inferred a value at a time by `infer`. */
  scorer?: ScorerSpec | undefined;
  infer(expecteds: Iterable<Json>): ScorerSpec;
  /** Splits to make where the source has none. */
  makeSplits?: SplitShares | undefined;
}

const BATCH = 2048;
/** Rejected rows kept in full; all of them are counted. */
const KEPT_REJECTIONS = 1000;

const splitNames: ReadonlyMap<string, Split> = new Map<string, Split>([
  ...['train', 'training', 'fit'].map((name) => [name, 'fit'] as const),
  ...['val', 'valid', 'validation', 'dev', 'calibrate', 'calibration'].map(
    (name) => [name, 'calibrate'] as const,
  ),
  ...['test', 'testing', 'eval', 'evaluation', 'holdout'].map((name) => [name, 'test'] as const),
]);

type Rejection = Pick<RejectedRow, 'code' | 'message'>;

export async function readExamples(source: OpenedFiles, options: ReadOptions): Promise<ReadExamples> {
  const { mapping } = options;
  const inputs = inputFields(mapping);
  await requireMapped(source, mapping, inputs);
  const { makeSplits } = options;
  if (makeSplits !== undefined && mapping.split !== undefined) {
    throw new WorkbenchError(
      'input.invalid',
      `Splits come from the column "${mapping.split}" or are made, not both.`,
      {
        hint: 'Leave one of the two away.',
      },
    );
  }
  const files = await source.contentHash();
  const maker = makeSplits === undefined ? null : newSplitMaker(makeSplits);
  const rejected: RejectedRow[] = [];
  const withoutExpected = mapping.expected === undefined;
  let rejections = 0;
  let rows = 0;
  let inferred: ScorerSpec | null = null;
  for await (const item of walk(source, mapping, inputs)) {
    if ('rejection' in item) {
      rejections++;
      if (rejected.length < KEPT_REJECTIONS) rejected.push({ line: item.line, ...item.rejection });
      continue;
    }
    rows++;
    maker?.add(item.example);
    if (
      options.scorer === undefined &&
      !withoutExpected &&
      (inferred === null || inferred.kind === 'numeric')
    ) {
      inferred = options.infer([item.example.expected]);
    }
  }
  const tolerated = Math.max(
    options.maxRejected,
    Math.floor((options.maxRejectedShare ?? 0) * (rows + rejections)),
  );
  if (rejections > tolerated) throw refused(source.name, rejected, rejections, tolerated);
  if (rows === 0) {
    throw new WorkbenchError('file.empty', `${source.name} has no row that could be imported.`, {
      hint: 'Look at the rejected rows and the mapping.',
      details: { rejected: rejected.slice(0, 50) },
    });
  }
  const splits = maker?.splits();
  return {
    hash: contentHash(files, mapping, makeSplits),
    rows,
    rejected,
    rejections,
    warnings: [...source.warnings],
    scorer: options.scorer ?? inferred ?? options.infer([]),
    async *batches() {
      let row = 0;
      let batch: Example[] = [];
      for await (const item of walk(source, mapping, inputs)) {
        if ('rejection' in item) continue;
        if (batch.length === BATCH) {
          yield batch;
          batch = [];
        }
        if (splits !== undefined) item.example.split = splits[row++] ?? null;
        batch.push(item.example);
      }
      // The last batch is held back until the file is known to be the one that was checked.
      if ((await source.contentHash()) !== files) {
        throw new WorkbenchError(
          'file.unreadable',
          `${source.name} changed while it was imported; nothing was imported.`,
          {
            hint: 'Import it again when nothing writes to it.',
          },
        );
      }
      yield batch;
    },
  };
}

async function requireMapped(
  source: OpenedFiles,
  mapping: DatasetMapping,
  inputs: InputFields,
): Promise<void> {
  await requireColumns(source, {
    id: mapping.id,
    expected: mapping.expected,
    group: mapping.group,
    split: mapping.split,
    ...Object.fromEntries([...inputs.asked, ...mapping.tags.map((tag) => [`tag ${tag}`, tag])]),
  });
}

type Walked = { line: number; rejection: Rejection } | { line: number; example: Example };

/** Every row that an import with this mapping leaves out. Throws as `readExamples` does for a mapping that cannot be. */
export async function* rejectedRows(
  source: OpenedFiles,
  mapping: DatasetMapping,
): AsyncGenerator<RejectedRow> {
  const inputs = inputFields(mapping);
  await requireMapped(source, mapping, inputs);
  for await (const item of walk(source, mapping, inputs))
    if ('rejection' in item) yield { line: item.line, ...item.rejection };
}

async function* walk(
  source: OpenedFiles,
  mapping: DatasetMapping,
  inputs: InputFields,
): AsyncGenerator<Walked> {
  const ids = new Set<string>();
  const repeats = new Map<string, number>();
  for await (const record of source.records()) {
    const mapped = mapRecord(record, mapping, inputs);
    if ('rejection' in mapped) {
      yield { line: record.line, rejection: mapped.rejection };
      continue;
    }
    const { example } = mapped;
    if (mapping.id === undefined) {
      const base = derivedId(example, mapping.input);
      const seen = repeats.get(base) ?? 0;
      repeats.set(base, seen + 1);
      example.id = seen === 0 ? base : `${base}-${seen + 1}`;
    } else if (ids.has(example.id)) {
      yield {
        line: record.line,
        rejection: {
          code: 'id_duplicate',
          message: `the id "${short(example.id)}" was used by an earlier row`,
        },
      };
      continue;
    } else {
      ids.add(example.id);
    }
    yield { line: record.line, example };
  }
}

function mapRecord(
  record: RawRecord,
  mapping: DatasetMapping,
  inputs: InputFields,
): { rejection: Rejection } | { example: Example } {
  if (record.fields === null) return { rejection: record.rejected };
  const { fields } = record;
  const at = (column: string | undefined): Json | undefined =>
    column === undefined ? undefined : valueAt(fields, column);
  const reject = (code: Rejection['code'], message: string): { rejection: Rejection } => ({
    rejection: { code, message },
  });

  const id = at(mapping.id);
  if (mapping.id !== undefined && blank(id))
    return reject('id_missing', `no value in the id column "${mapping.id}"`);
  const read = inputs.read(at);
  if ('rejection' in read) return read;
  const { input } = read;
  // A conversation mapped as its own expected answer: what the assistant said last.
  const answer = mapping.expected === undefined ? undefined : read.answers.get(mapping.expected);
  const expected = answer === undefined ? at(mapping.expected) : answer;
  if (mapping.expected !== undefined && blank(expected))
    return reject('label_missing', `no value in the expected column "${mapping.expected}"`);
  const splitValue = at(mapping.split);
  let split: Split | null = null;
  if (!blank(splitValue)) {
    const known = splitNames.get(
      asText(splitValue ?? '')
        .trim()
        .toLowerCase(),
    );
    if (known === undefined)
      return reject(
        'split_unknown',
        `"${short(asText(splitValue ?? ''))}" is not a split: use train, val, test, fit or calibrate`,
      );
    split = known;
  }
  const group = at(mapping.group);
  const tags = mapping.tags.flatMap((column) => {
    const value = at(column);
    return blank(value) ? [] : [[column, asText(value ?? '')] as const];
  });
  return {
    example: {
      id: mapping.id === undefined ? '' : asText(id ?? ''),
      input,
      expected: expected ?? null,
      group: blank(group) ? null : asText(group ?? ''),
      tags: Object.fromEntries(tags),
      split,
    },
  };
}

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

const hints: Partial<Record<RejectedRow['code'], string>> = {
  label_missing: 'Fill the missing answers, or leave those rows out with --max-rejected N.',
  id_duplicate: 'Make the ids unique, or map no id column: ids are then derived from the content.',
  messages_invalid:
    'Write a JSON list of messages with a role and a text, or leave those rows out with --max-rejected N.',
  malformed: 'Mend those lines, or leave them out with --max-rejected N.',
  split_unknown: 'Use train, val and test (or fit, calibrate and test).',
};

function refused(name: string, rejected: RejectedRow[], count: number, tolerated: number): WorkbenchError {
  const [first] = rejected;
  const only = new Set(rejected.map((row) => row.code)).size === 1 && first !== undefined;
  const code =
    only && first.code === 'label_missing'
      ? 'dataset.label_missing'
      : only && first.code === 'id_duplicate'
        ? 'dataset.id_duplicate'
        : 'dataset.rows_rejected';
  return new WorkbenchError(
    code,
    `${name}: ${count} ${count === 1 ? 'row is' : 'rows are'} not usable (${tolerated} tolerated); nothing was imported. First: line ${first?.line ?? 0}: ${first?.message ?? ''}.`,
    {
      hint:
        (first === undefined ? undefined : hints[first.code]) ??
        'Mend those rows, or leave them out with --max-rejected N.',
      details: { count, tolerated, rejected: rejected.slice(0, 50) },
    },
  );
}
