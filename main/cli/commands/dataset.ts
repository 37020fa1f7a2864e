import type { DatasetSummary, Severity, Source } from '../../../engine/api/index.ts';
import { fileFormats, severities, type FileFormat, type ScorerSpec } from '../../../engine/api/index.ts';
import { InvalidArgumentError, Option } from 'commander';
import { example, given, integer, list, number } from '../flags.ts';
import { share, table, warnings } from '../format.ts';
import { checkedText } from '../checked-text.ts';
import {
  inputTemplate,
  mappingFlags,
  type MappingFlags,
  saveRejected,
  suggestedText,
  type Tolerance,
  tolerance,
  unmapped,
} from '../mapping-flags.ts';
import { differenceText, saveDifference } from '../difference-text.ts';
import type { Registrar } from '../run-cli.ts';
import { parseScorer } from '../scorer-flag.ts';

interface ImportFlags extends MappingFlags {
  format?: FileFormat;
  scorer?: ScorerSpec;
  maxRejected?: Tolerance;
  rejectedOut?: string;
  makeSplits?: { fit: number; calibrate: number; test: number };
  seed?: number;
  hfSplit?: string[];
  hfLimit?: number;
}

/** `40,35,25` */
function shares(value: string): NonNullable<ImportFlags['makeSplits']> {
  const [fit, calibrate, test, ...more] = value.split(',').map(number);
  if (fit === undefined || calibrate === undefined || test === undefined || more.length > 0)
    throw new InvalidArgumentError('give three shares: fit,calibrate,test');
  return { fit, calibrate, test };
}

/** `hf:` is no path: a file of that name is `./hf:…`. */
function sourceOf(file: string, { format, hfSplit, hfLimit }: ImportFlags): Source {
  if (!file.startsWith('hf:')) return { kind: 'path', path: file, ...given({ format }) };
  const maxBytes = hfLimit === undefined ? undefined : Math.round(hfLimit * 1e9);
  return { kind: 'hub', dataset: file.slice('hf:'.length), ...given({ splits: hfSplit, maxBytes }) };
}

export function datasetCommands({ program, work }: Registrar): void {
  const dataset = program.command('dataset').description('labelled examples: import, list, show, check');

  dataset
    .command('import <file>')
    .description(
      'import CSV, TSV, JSON, JSONL or Parquet (.gz and .zst of the text ones; a glob; - for stdin), or a dataset of the Hugging Face Hub: hf:owner/name[/config][@revision]',
    )
    .option('--name <name>', 'what to call it (needed, but for a suggestion)')
    .option('--input <columns>', 'input columns, comma-separated; dots reach into JSON', list)
    .option(
      '--input-template <template>',
      'an input of several columns: "{{question}}\\n{{context}}", or FIELD="…" to name it (else `prompt`); repeatable',
      inputTemplate,
    )
    .option('--messages <columns>', 'input columns that hold conversations (JSON of roles and texts)', list)
    .option('--expected <column>', 'the right answer')
    .option('--id <column>', 'row id (derived from the content when absent)')
    .option('--group <column>', 'rows that must not be separated, such as a conversation')
    .option('--tags <columns>', 'columns to slice by', list)
    .option('--split <column>', 'train/val/test or fit/calibrate/test')
    .option(
      '--make-splits <shares>',
      'make splits of these shares of fit,calibrate,test, such as 40,35,25: by label in proportion, with groups and rows of the same input whole',
      shares,
    )
    .option('--seed <n>', 'of the splits made', integer)
    .option(
      '--scorer <spec>',
      'exact | contains | numeric[:tolerance] | regex:PATTERN | json-field:PATH | choice[:N] | … (docs/scorers.md), or a .json file of one (inferred when absent)',
      parseScorer,
    )
    .option('--max-rejected <n>', 'bad rows tolerated before the import is refused: 20, or 0.5%', tolerance)
    .option('--rejected-out <file>', 'save all rejected rows as CSV: line, reason, fix (imported or refused)')
    .addOption(new Option('--format <format>', 'needed for stdin').choices([...fileFormats]))
    .option('--hf-split <splits>', 'of a dataset of the Hub; several get a column hf_split', list)
    .option('--hf-limit <gb>', 'most that is downloaded, in GB (5 when absent)', number)
    .addHelpText(
      'after',
      `${example('kneepoint dataset import problems.jsonl --name gsm --id id --input question --expected gold')}
  kneepoint dataset import hf:openai/gsm8k/main --hf-split test --name gsm8k --input question --expected answer`,
    )
    .action((file: string, flags: ImportFlags) =>
      work(async ({ api, out, watch }) => {
        const source = sourceOf(file, flags);
        const mapped = mappingFlags(flags);
        if (mapped === null || flags.name === undefined) throw await unmapped(api, { source, file }, flags);
        if (flags.rejectedOut !== undefined)
          out.note(await saveRejected(api, { source, file }, { file: flags.rejectedOut, mapped }));
        const imported = await watch(() =>
          api.datasets.import({
            source,
            name: flags.name ?? '',
            ...mapped,
            ...flags.maxRejected,
            ...given({
              scorer: flags.scorer,
              makeSplits: flags.makeSplits && { ...flags.makeSplits, ...given({ seed: flags.seed }) },
            }),
          }),
        );
        await out.result(
          imported,
          () =>
            `${imported.unchanged ? 'Already there: ' : 'Imported '}${imported.dataset}, ${imported.rows} rows, version ${imported.hash.slice(0, 12)}, judged as ${imported.scorer.kind}.` +
            (imported.rejected.length > 0
              ? `\n${imported.rejected.length} rows rejected:\n${imported.rejected
                  .slice(0, 20)
                  .map((row) => `  line ${row.line}: ${row.message} [${row.code}]`)
                  .join('\n')}`
              : '') +
            warnings(imported.warnings),
        );
      }),
    );

  dataset
    .command('preview <file>')
    .description('columns, first rows, and a suggested mapping with its reasons; imports nothing')
    .option('--rows <n>', 'rows looked at, at most 200', integer, 200)
    .addOption(new Option('--format <format>', 'needed for stdin').choices([...fileFormats]))
    .addHelpText('after', example('kneepoint dataset preview problems.jsonl'))
    .action((file: string, flags: { rows: number; format?: FileFormat }) =>
      work(async ({ api, out }) => {
        const source = sourceOf(file, flags);
        const previewed = await api.datasets.preview({ source, rows: flags.rows });
        await out.result(previewed, () => suggestedText({ source, file }, previewed));
      }),
    );

  dataset
    .command('sample')
    .description('import the bundled sample: 5,576 real mails, ham or spam, with splits')
    .addHelpText('after', example('kneepoint dataset sample'))
    .action(() =>
      work(async (session) => {
        const { api, out } = session;
        const imported = await session.watch(() => api.sample.import({}));
        await out.result(imported, () => `Imported ${imported.dataset}, ${imported.rows} rows.`);
      }),
    );

  dataset
    .command('diff <before> <after>')
    .description('rows added, removed and changed between two versions (a name, a hash or its beginning)')
    .option('--limit <n>', 'rows that are told; all are counted', integer, 20)
    .option('--out <file>', 'save all rows that differ, as .csv or .jsonl')
    .addHelpText('after', example('kneepoint dataset diff 3f9ac01b22de gsm --out changes.csv'))
    .action((a: string, b: string, flags: { limit: number; out?: string }) =>
      work(async ({ api, out, watch }) => {
        const difference = await watch(() => api.datasets.diff({ a, b, limit: flags.limit }));
        if (flags.out !== undefined) out.note(await saveDifference(api, flags.out, { a, b }));
        await out.result(difference, () => differenceText(difference));
      }),
    );

  dataset
    .command('list')
    .description('every dataset in the workspace')
    .addHelpText('after', example('kneepoint dataset list --json'))
    .action(() =>
      work(async ({ api, out }) => {
        const datasets = await api.datasets.list({});
        await out.result(datasets, () =>
          datasets.length === 0 ? 'No dataset yet: `kneepoint dataset import --help`.' : listing(datasets),
        );
      }),
    );

  dataset
    .command('show <name>')
    .description('columns, labels, splits and duplicates of one dataset')
    .addHelpText('after', example('kneepoint dataset show gsm'))
    .action((name: string) =>
      work(async ({ api, out }) => {
        const shown = await api.datasets.show({ dataset: name });
        await out.result(shown, () => {
          const columns = table(
            ['column', 'role', 'type', 'missing', 'distinct'],
            shown.columns.map((column) => [
              column.name,
              column.role,
              column.type,
              String(column.nulls),
              String(column.distinct),
            ]),
          );
          const labels = shown.labels
            .slice(0, 10)
            .map(({ label, count }) => `  ${label.slice(0, 60)}  ${count} (${share(count / shown.rows)})`);
          return [
            `${shown.name}: ${shown.rows} rows from ${shown.source}, version ${shown.hash.slice(0, 12)}, judged as ${shown.scorer.kind}`,
            columns,
            `${shown.labelCount} distinct expected answers${labels.length > 0 ? `; the most frequent:\n${labels.join('\n')}` : ''}`,
            `${shown.duplicates.rows} rows repeat an earlier input (${shown.duplicates.inputs} distinct ones)`,
            `splits: ${Object.entries(shown.splits)
              .map(([split, rows]) => `${split} ${rows}`)
              .join(', ')}`,
          ].join('\n\n');
        });
      }),
    );

  dataset
    .command('check <name>')
    .description('duplicates, leakage, conflicting labels, likely label errors, balance, personal data')
    .option('--run <run>', 'a run over it: rows whose expected answer is probably wrong are looked for')
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 where a finding is this bad or worse').choices([
        ...severities,
      ]),
    )
    .addHelpText('after', example('kneepoint dataset check gsm --run latest --fail-on error'))
    .action((name: string, flags: { run?: string; failOn?: Severity }) =>
      work(async ({ api, out, fail, watch, interrupted }) => {
        const job = `check-${process.pid}`;
        interrupted.addEventListener('abort', () => {
          api.datasets.cancelCheck({ job }).catch(() => undefined);
        });
        const checked = await watch(() =>
          api.datasets.check({ dataset: name, job, ...given({ run: flags.run }) }),
        );
        await out.result(checked, () => checkedText(checked));
        const { failOn } = flags;
        if (failOn === undefined) return;
        const bad = severities.slice(0, severities.indexOf(failOn) + 1);
        if (checked.findings.some(({ severity }) => bad.includes(severity))) fail();
      }),
    );
}

const listing = (datasets: DatasetSummary[]): string =>
  table(
    ['dataset', 'rows', 'version', 'judged as', 'imported'],
    datasets.map((item) => [
      item.name,
      String(item.rows),
      item.hash.slice(0, 12),
      item.scorer.kind,
      item.created.slice(0, 16).replace('T', ' '),
    ]),
  );
