import type { Compared, ComparedCandidate, ComparedPair } from '../../../engine/api/index.ts';
import { example, given, integer, list, number } from '../flags.ts';
import { costPerThousand, points, score, table, warnings } from '../format.ts';
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
    .addHelpText('after', example('kneepoint compare latest --candidates small,large --baseline large'))
    .action(
      (
        runs: string,
        flags: { candidates?: string[]; baseline?: string; by?: string; level?: number; seed?: number },
      ) =>
        work(async ({ api, out, watch }) => {
          const compared = await watch(() =>
            api.compare.compare({ runs: list(runs, undefined), ...given(flags) }),
          );
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
      return `${pair.a} is ${said} ${pair.b}: ${points(pair.delta)}; right alone ${pair.onlyARight} : ${pair.onlyBRight}; ${test} ${p} after Holm`;
    })
    .join('\n');
