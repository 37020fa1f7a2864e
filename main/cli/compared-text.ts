/** A comparison as text: every figure with its interval and n. */
import type {
  Compared,
  ComparedCandidate,
  ComparedPair,
  OverTime,
  Repriced,
} from '../../engine/api/index.ts';
import { costPerThousand, latency, milliseconds, points, score, table, usd, warnings } from './format.ts';
import { gateLine } from './gates.ts';
import { safe } from './terminal.ts';

export function comparison(compared: Compared): string {
  const clustered = compared.groups < compared.n ? ` in ${compared.groups} groups` : '';
  const left =
    compared.leftOut > 0 ? `; ${compared.leftOut} rows left out, where some candidate has no score` : '';
  const parts = [
    `${compared.n} rows${clustered} answered by every candidate${left}. ${compared.overTime === null ? `Baseline: ${compared.baseline}.` : overTime(compared.overTime)}`,
    ...(compared.prices === null ? [] : [pricedBy(compared.prices)]),
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
    ['candidate', 'score', 'cost', 'latency p50', 'p95', 'p99', 'n'],
    list.map(({ id, score: rate, costUsd, priceNominal, latencyMs }) => [
      id,
      score(rate),
      `${costPerThousand(costUsd, priceNominal)}${costUsd === null ? '' : ` n=${costUsd.n}`}`,
      ...(latencyMs === null
        ? ['unknown', '', '', '']
        : [
            latency(latencyMs.quantiles.p50),
            latency(latencyMs.quantiles.p95),
            latency(latencyMs.quantiles.p99),
            String(latencyMs.n),
          ]),
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
      const ties = pair.bothRight + pair.bothWrong;
      const needed =
        pair.rowsNeeded === null ? '' : `\n  rows needed to show the wanted difference: ${pair.rowsNeeded}`;
      return `${pair.a} is ${said} ${pair.b}${unseen}: ${points(pair.delta)}; wins ${pair.onlyARight}, ties ${ties}, losses ${pair.onlyBRight}; ${test} ${p} after Holm${moved(pair)}${needed}`;
    })
    .join('\n');

/** How cost and latency moved, with intervals. */
function moved({ deltaCostUsd, deltaLatencyMs }: ComparedPair): string {
  const parts: string[] = [];
  if (deltaCostUsd !== null) {
    const show = (x: number): string => `${x < 0 ? '-' : ''}${usd(Math.abs(x) * 1000)}`;
    const { mean, lo, hi, n } = deltaCostUsd;
    parts.push(`cost ${show(mean)}/1k (${show(lo)} to ${show(hi)}, n=${n})`);
  }
  for (const name of ['p50', 'p95', 'p99'] as const) {
    const change = deltaLatencyMs?.[name] ?? null;
    if (change === null) continue;
    const { mean, lo, hi, n } = change;
    parts.push(`${name} ${milliseconds(mean)} (${milliseconds(lo)} to ${milliseconds(hi)}, n=${n})`);
  }
  return parts.length === 0 ? '' : `\n  ${parts.join('; ')}`;
}

const pricedBy = ({ table, pricing, known, unknown }: Repriced): string =>
  safe(
    `Costs anew: ${table}, ${pricing}; ${known} outcomes priced from recorded usage${unknown > 0 ? `, ${unknown} unknown` : ''}. Nothing was called.`,
  );

const overTime = ({ runs, changed, apart }: OverTime): string =>
  safe(
    `Each candidate against itself in run ${runs[0]?.run} (${runs[0]?.created.slice(0, 16)}); ${changed} rows changed between versions and ${apart} not in every run are left out.`,
  );
