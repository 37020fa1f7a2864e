/** Gates as text and as a JUnit report. */
import type { GateResult } from '../../engine/api/index.ts';
import { milliseconds as duration, usd } from './format.ts';
import { safe } from './terminal.ts';

const signs = { failed: '✗', passed: '✓', undecided: '?', unknown: '?' } as const;

/** "✗ score drop > 1pt: small against large moved 4.25 points (1.12 to 7.54, n=400)" */
export const gateLine = (result: GateResult): string =>
  `${signs[result.status]} ${result.gate}: ${result.status}: ${measured(result)}`;

function measured({ gate, candidate, baseline, slice, change, lo, hi, n }: GateResult): string {
  const where = slice === null ? '' : ` in ${slice.tag}=${slice.value}`;
  const what = gate.split('>')[0]!.trim();
  if (Number.isNaN(change))
    return `${candidate} against ${baseline}${where}: not known, or on too few rows for an interval`;
  const show = /^score/i.test(gate)
    ? (x: number) => `${(x * 100).toFixed(2)} points`
    : /latency/i.test(gate)
      ? duration
      : (x: number) => `${x < 0 ? '-' : ''}${usd(Math.abs(x) * 1000)}/1k`;
  return `${candidate} against ${baseline}${where}: ${what} of ${show(change)} (${show(lo)} to ${show(hi)}, n=${n})`;
}

const escaped = (text: string): string =>
  safe(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');

/** One test case a gate and candidate: failed only where the interval shows it, skipped where rows do not tell. */
export function junitReport(results: readonly GateResult[]): string {
  const cases = results.map((result) => {
    const { gate, candidate, status } = result;
    const name = result.slice === null ? gate : `${gate} (${result.slice.tag}=${result.slice.value})`;
    const opened = `  <testcase classname="${escaped(candidate)}" name="${escaped(name)}"`;
    if (status === 'passed') return `${opened}/>`;
    const kind = status === 'failed' ? 'failure' : 'skipped';
    return `${opened}><${kind} message="${escaped(gateLine(result))}"/></testcase>`;
  });
  const count = (wanted: (result: GateResult) => boolean): number => results.filter(wanted).length;
  const failures = count(({ status }) => status === 'failed');
  const skipped = count(({ status }) => status === 'undecided' || status === 'unknown');
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="kneepoint" tests="${results.length}" failures="${failures}" skipped="${skipped}">
${cases.join('\n')}
</testsuite>
`;
}
