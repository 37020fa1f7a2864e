import {
  type Compared,
  type ComparedCandidate,
  type ComparedPair,
  comparedSelections,
  WorkbenchError,
} from '../../../engine/api/index.ts';
import { save } from '../files.ts';
import { example, given, integer, list, number } from '../flags.ts';
import { costPerThousand, points, score, table, warnings } from '../format.ts';
import { exportFormat, exportRows, selectionNamed } from '../export-rows.ts';
import { gateLine, junitReport } from '../gates.ts';
import type { Registrar } from '../run-cli.ts';

export function compareCommand({ program, work }: Registrar): void {
  program
    .command('compare <runs>')
    .description('candidates side by side on the same rows; RUNS is one run or several, comma-separated')
    .option('--candidates <ids>', 'only these', list)
    .option('--baseline <id>', 'compare the others with this one')
    .option('--by <tag>', 'the same within each value of a tag')
    .option('--level <x>', 'confidence level of the intervals', number)
    .option('--seed <n>', 'for the bootstrap', integer)
    .option(
      '--fail-if <gate>',
      'exit 1 where the interval shows it against the baseline: "score drop > 1pt", "score drop > 2%", "cost rise > 10%", "cost rise > $0.5" (per thousand); may be repeated',
      (gate: string, before: string[] | undefined) => [...(before ?? []), gate],
    )
    .option('--junit <file>', 'the gates as a JUnit report')
    .option(
      '--out <file>',
      'save the rows side by side, by its ending: .csv, .json, .parquet or .html (a report)',
    )
    .option('--only <rows>', `with --out: ${comparedSelections.join(', ')}`)
    .option('--of <id>', 'with --only: that candidate against the baseline')
    .addHelpText(
      'after',
      example('kneepoint compare latest --baseline large --fail-if "score drop > 1pt" --junit gates.xml'),
    )
    .action(
      (
        runs: string,
        flags: {
          candidates?: string[];
          baseline?: string;
          by?: string;
          level?: number;
          seed?: number;
          failIf?: string[];
          junit?: string;
          out?: string;
          only?: string;
          of?: string;
        },
      ) =>
        work(async ({ api, out, watch, fail }) => {
          const { junit, out: file, only, of, ...asked } = flags;
          const format = file === undefined ? null : exportFormat(file);
          if (file === undefined && (only ?? of) !== undefined) {
            throw new WorkbenchError('input.invalid', '--only and --of choose the rows that --out saves.', {
              hint: 'Add --out rows.csv.',
            });
          }
          if (junit !== undefined && asked.failIf === undefined) {
            throw new WorkbenchError('input.invalid', 'A JUnit report is of gates, and none was given.', {
              hint: 'Add --fail-if "score drop > 1pt".',
            });
          }
          const compared = await watch(() =>
            api.compare.compare({ runs: list(runs, undefined), ...given(asked) }),
          );
          if (junit !== undefined) await save(junit, junitReport(compared.gates));
          if (file !== undefined && format !== null) {
            const saved = await exportRows(api, file, {
              runs: list(runs, undefined),
              ...given({ by: asked.by, level: asked.level, seed: asked.seed, of }),
              candidates: compared.candidates.map(({ id }) => id),
              baseline: compared.baseline,
              only: selectionNamed(only),
              format,
            });
            out.note(
              `${file}: ${saved.rows} rows${saved.total > saved.rows ? ` of ${saved.total}` : ''}, ${saved.bytes} bytes`,
            );
          }
          if (compared.gates.some(({ status }) => status === 'failed')) fail();
          await out.result(compared, () => comparison(compared));
        }),
    );
}

export function comparison(compared: Compared): string {
  const clustered = compared.groups < compared.n ? ` in ${compared.groups} groups` : '';
  const left =
    compared.leftOut > 0 ? `; ${compared.leftOut} rows left out, where some candidate has no score` : '';
  const parts = [
    `${compared.n} rows${clustered} answered by every candidate${left}. Baseline: ${compared.baseline}.`,
    candidates(compared.candidates),
    pairs(compared.pairs),
  ];
  for (const slice of compared.by?.slices ?? []) {
    parts.push(
      `${compared.by?.tag} = ${slice.value} (n=${slice.n})`,
      candidates(slice.candidates),
      pairs(slice.pairs),
    );
  }
  if (compared.gates.length > 0) parts.push(compared.gates.map(gateLine).join('\n'));
  return parts.join('\n\n') + warnings(compared.warnings);
}

const candidates = (list: ComparedCandidate[]): string =>
  table(
    ['candidate', 'score', 'cost', 'latency p50 / p95'],
    list.map((item) => [
      item.id,
      score(item.score),
      costPerThousand(item.costUsd, item.priceNominal),
      item.latencyMs === null
        ? 'unknown'
        : `${item.latencyMs.p50.toFixed(1)} / ${item.latencyMs.p95.toFixed(1)} ms`,
    ]),
  );

const pairs = (list: ComparedPair[]): string =>
  list
    .map((pair) => {
      const test = pair.test.kind === 'mcnemar-mid-p' ? 'McNemar mid-p' : 'paired bootstrap';
      const p = pair.test.pAdjusted < 0.001 ? 'p<0.001' : `p=${pair.test.pAdjusted.toFixed(3)}`;
      const said = pair.verdict === 'tied' ? 'tied with' : `${pair.verdict} than`;
      const unseen =
        pair.verdict !== 'tied'
          ? ''
          : pair.detectable === null
            ? ' (too few rows to tell)'
            : ` (no difference shown; one of ${(pair.detectable * 100).toFixed(1)} points would show in 80 % of repeats)`;
      return `${pair.a} is ${said} ${pair.b}${unseen}: ${points(pair.delta)}; right alone ${pair.onlyARight} : ${pair.onlyBRight}; ${test} ${p} after Holm`;
    })
    .join('\n');
