/** What `dataset check` prints: the worst first, each with rows to look at and what to do. */
import type { DatasetChecked, DatasetFinding } from '../../engine/api/index.ts';
import { safe } from './terminal.ts';

const SHOWN = 3;

export function checkedText({ dataset, rows, findings, notes }: DatasetChecked): string {
  const count = (severity: DatasetFinding['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const head =
    findings.length === 0
      ? `${dataset}: ${rows} rows, nothing found.`
      : `${dataset}: ${rows} rows; findings: ${count('error')} error, ${count('warning')} warning, ${count('info')} info`;
  return [safe(head), ...findings.map(findingText), notes.map(safe).join('\n')].join('\n\n');
}

function findingText({ severity, code, message, count, unit, examples, advice }: DatasetFinding): string {
  const shown = examples.slice(0, SHOWN).map((each) => `    ${safe(each.slice(0, 160))}`);
  return [
    `${severity.padEnd(7)}  ${count} ${unit}  ${safe(message)} [${code}]`,
    ...shown,
    ...(examples.length > SHOWN ? ['    …'] : []),
    `    → ${safe(advice)}`,
  ].join('\n');
}
