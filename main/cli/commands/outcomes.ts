import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type CandidateSummary,
  type FileFormat,
  type ForeignFormat,
  fileFormats,
  foreignFormats,
} from '../../../engine/api/index.ts';
import { example, given, integer, list, number } from '../flags.ts';
import { costPerThousand, score, table, warnings } from '../format.ts';
import type { Registrar } from '../run-cli.ts';

type Format = FileFormat | ForeignFormat | 'table';

interface OutcomesFlags {
  dataset: string;
  create?: boolean;
  example?: string;
  candidate?: string;
  candidates?: string[];
  candidateName?: string;
  name?: string;
  score?: string;
  output?: string;
  expected?: string;
  cost?: string;
  costPerAnswer?: Record<string, number>;
  latency?: string;
  inputTokens?: string;
  outputTokens?: string;
  model?: string;
  epoch?: string;
  finish?: string;
  error?: string;
  signal?: string[];
  format?: Format;
  maxRejected?: number;
}

export function outcomesCommands({ program, work }: Registrar): void {
  const outcomes = program.command('outcomes').description('results you already have, as a run');
  previewCommand(outcomes, work);
  outcomes
    .command('import <file>')
    .description(
      'a table of outcomes, or the result file of promptfoo, Inspect, lm-eval, OpenAI evals, Langfuse or LangSmith, becomes a run',
    )
    .requiredOption('--dataset <name>', 'the dataset the examples belong to')
    .option('--create', 'make that dataset from the inputs and expected answers in the result file')
    .option('--example <column>', 'the example id, as in the dataset (a table needs it)')
    .option(
      '--candidate <column>',
      'the model or pipeline that answered (a table with a row per answer needs it)',
    )
    .option('--candidates <names>', 'only these; in a wide table what {candidate} stands for', list)
    .option('--candidate-name <name>', 'what the one candidate in the file is called')
    .option('--score <column>', '0…1, or true/false; of a result file: which scorer, metric or feedback')
    .option('--output <column>', 'the answer')
    .option('--expected <column>', 'with --create: the right answer, where the file says it elsewhere')
    .option('--cost <column>', 'USD of this answer')
    .option('--cost-per-answer <name=usd>', 'where the file has no cost; may be repeated', prices)
    .option('--latency <column>', 'milliseconds')
    .option('--input-tokens <column>', 'tokens in')
    .option('--output-tokens <column>', 'tokens out')
    .option('--model <column>', 'whose price is due where there are tokens and no cost')
    .option('--epoch <column>', 'which repeat of the same question; repeats become one outcome')
    .option('--finish <column>', 'why the answer ended, such as length')
    .option('--error <column>', 'set where the call failed')
    .option('--signal <column>', 'a column to route on, such as a confidence; may be repeated', list)
    .option('--name <name>', 'what to call the run')
    .option('--max-rejected <n>', 'bad rows tolerated before the import is refused', integer)
    .addOption(
      new Option('--format <format>', 'told by the content when absent; needed for stdin').choices([
        ...fileFormats,
        ...foreignFormats,
        'table',
      ]),
    )
    .addHelpText(
      'after',
      [
        example(
          'kneepoint outcomes import results.json --dataset qa --create        # promptfoo, Inspect, …',
        ),
        "  kneepoint outcomes import 'logs/*.eval' --dataset qa --create",
        '  kneepoint outcomes import outcomes.csv --dataset gsm --example id --candidate model --score correct --cost usd',
        '  kneepoint outcomes import wide.csv --dataset gsm --example id --score "{candidate}_correct" --cost "{candidate}_usd"',
        '',
        'In the file of a tool, columns are paths into its rows and override what would be taken, such as --example vars.id.',
      ].join('\n'),
    )
    .action((file: string, flags: OutcomesFlags) =>
      work(async ({ api, out, watch }) => {
        const { format, signal, dataset, ...rest } = flags;
        const foreign = [...foreignFormats, 'table' as const].find((one) => one === format);
        const table = fileFormats.find((one) => one === format);
        const imported = await watch(() =>
          api.outcomes.import({
            source: { kind: 'path', path: file, ...given({ format: table }) },
            dataset,
            ...given({ ...rest, foreign, signals: signal }),
          }),
        );
        await out.result(imported, () => {
          const read = imported.format === 'table' ? '' : `, read as ${imported.format}`;
          const made = imported.created ? ` (made from the same file)` : '';
          const left = imported.rejected.length > 0 ? ` ${imported.rejected.length} rows were left out.` : '';
          return `Run ${imported.run}: ${imported.outcomes} outcomes on ${imported.dataset}${made}${read}.${left}\n\n${candidateTable(imported.candidates)}${warnings(imported.warnings)}`;
        });
      }),
    );
}

function previewCommand(outcomes: Command, work: Registrar['work']): void {
  outcomes
    .command('preview <file>')
    .description('what an import of the result file of a tool would find; stores nothing')
    .option('--score <name>', 'which scorer, metric or feedback')
    .addOption(
      new Option('--format <format>', 'told by the content when absent').choices([...foreignFormats]),
    )
    .addHelpText('after', example("kneepoint outcomes preview 'logs/*.eval'"))
    .action((file: string, { format, score: wanted }: { format?: ForeignFormat; score?: string }) =>
      work(async ({ api, out, watch }) => {
        const source = { kind: 'path', path: file } as const;
        const found = await watch(() =>
          api.outcomes.preview({ source, ...given({ foreign: format, score: wanted }) }),
        );
        await out.result(found, () =>
          found.format === 'table'
            ? 'The result file of no tool that is known here: import it as a table, with --example and --candidate.'
            : [
                `${found.format}: ${found.examples} examples${found.rejected > 0 ? `, ${found.rejected} rows not usable` : ''}.`,
                table(
                  ['candidate', 'rows', 'scored', 'failed'],
                  found.candidates.map(({ id, rows, scored, failed }) => [
                    id,
                    String(rows),
                    String(scored),
                    String(failed),
                  ]),
                ),
                found.inputs === null
                  ? 'Holds no inputs: import the dataset by itself first.'
                  : `A dataset made of it (--create) would have the inputs ${found.inputs.join(', ')} and ${found.expected ? 'an expected answer for every example' : 'no expected answers'}.`,
              ].join('\n\n') + warnings(found.warnings),
        );
      }),
    );
}

/** `small=0.001`, repeated. The name may hold "=". */
function prices(value: string, previous: Record<string, number> | undefined): Record<string, number> {
  const cut = value.lastIndexOf('=');
  const usd = number(value.slice(cut + 1));
  if (cut < 1 || usd < 0) throw new InvalidArgumentError('give CANDIDATE=USD, such as small=0.001');
  return { ...previous, [value.slice(0, cut)]: usd };
}

export const candidateTable = (candidates: CandidateSummary[]): string =>
  table(
    ['candidate', 'score', 'cost', 'latency p50 / p95', 'failed', 'unparsed'],
    candidates.map((item) => [
      item.id,
      score(item.score),
      costPerThousand(item.costUsd, item.priceNominal),
      item.latencyMs === null
        ? 'unknown'
        : `${item.latencyMs.p50.toFixed(1)} / ${item.latencyMs.p95.toFixed(1)} ms`,
      String(item.failed),
      String(item.unparsed),
    ]),
  );
