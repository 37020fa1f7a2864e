import { Option } from 'commander';
import { type CandidateSummary, type FileFormat, fileFormats } from '../../../engine/api/index.ts';
import { example, given, integer, list } from '../flags.ts';
import { costPerThousand, score, table, warnings } from '../format.ts';
import type { Registrar } from '../run-cli.ts';

interface OutcomesFlags {
  dataset: string;
  example: string;
  candidate: string;
  name?: string;
  score?: string;
  output?: string;
  cost?: string;
  latency?: string;
  inputTokens?: string;
  outputTokens?: string;
  error?: string;
  signal?: string[];
  format?: FileFormat;
  maxRejected?: number;
}

export function outcomesCommands({ program, work }: Registrar): void {
  const outcomes = program.command('outcomes').description('results you already have, as a run');
  outcomes
    .command('import <file>')
    .description('a table with a row per example and candidate becomes a run')
    .requiredOption('--dataset <name>', 'the dataset the examples belong to')
    .requiredOption('--example <column>', 'the example id, as in the dataset')
    .requiredOption('--candidate <column>', 'the model or pipeline that answered')
    .option('--score <column>', '0…1, or true/false (scored by the dataset when absent)')
    .option('--output <column>', 'the answer')
    .option('--cost <column>', 'USD of this answer')
    .option('--latency <column>', 'milliseconds')
    .option('--input-tokens <column>', 'tokens in')
    .option('--output-tokens <column>', 'tokens out')
    .option('--error <column>', 'set where the call failed')
    .option('--signal <column>', 'a column to route on, such as a confidence; may be repeated', list)
    .option('--name <name>', 'what to call the run')
    .option('--max-rejected <n>', 'bad rows tolerated before the import is refused', integer)
    .addOption(new Option('--format <format>', 'needed for stdin').choices([...fileFormats]))
    .addHelpText(
      'after',
      example(
        'kneepoint outcomes import outcomes.csv --dataset gsm --example id --candidate model --score correct --cost usd',
      ),
    )
    .action((file: string, flags: OutcomesFlags) =>
      work(async ({ api, out, watch }) => {
        const { format, signal, dataset, example: exampleColumn, candidate, ...columns } = flags;
        const imported = await watch(() =>
          api.outcomes.import({
            source: { kind: 'path', path: file, ...given({ format }) },
            dataset,
            example: exampleColumn,
            candidate,
            ...given({ ...columns, signals: signal }),
          }),
        );
        await out.result(
          imported,
          () =>
            `Run ${imported.run}: ${imported.outcomes} outcomes on ${imported.dataset}.\n\n${candidateTable(imported.candidates)}${warnings(imported.warnings)}`,
        );
      }),
    );
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
