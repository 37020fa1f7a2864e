/** What is wrong, or might be, with a set of ground truth: every finding with its count and examples. */
import { createHash } from 'node:crypto';
import type { DatasetChecked, Example, Json, Warning } from '../engine/api/index.ts';
import { newNearDuplicates } from './near-duplicates.ts';
import { asText, blank } from './records.ts';

const SHOWN = 20;

interface Finding {
  message: string;
  count: number;
  examples: string[];
}

/** `recognise` names the kinds of personal data in a text. One pass; memory grows with rows, not with their length. */
export async function checkExamples(
  dataset: string,
  batches: AsyncIterable<Example[]>,
  recognise: (text: string) => string[],
): Promise<DatasetChecked> {
  const findings = new Map<string, Finding>();
  const report = (code: string, message: string, example: string): void => {
    const found = findings.get(code) ?? { message, count: 0, examples: [] };
    found.count++;
    if (found.examples.length < SHOWN) found.examples.push(example);
    findings.set(code, found);
  };
  const byInput = new Map<string, { id: string; label: string; splits: Set<string>; conflict: boolean }>();
  const near = newNearDuplicates();
  const splitOf = new Map<string, string | null>();
  const labels = new Map<string, number>();
  const columns = new Map<string, { values: Set<string>; filled: number }>();
  let rows = 0;

  for await (const batch of batches) {
    for (const example of batch) {
      rows++;
      const text = Object.values(example.input)
        .filter((value) => !blank(value))
        .map(asText)
        .join('\n');
      const key = createHash('sha1')
        .update(text.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase())
        .digest('base64');
      const label = example.expected === null ? '' : asText(example.expected);
      const seen = byInput.get(key);
      if (seen === undefined) {
        byInput.set(key, {
          id: example.id,
          label,
          splits: new Set(example.split === null ? [] : [example.split]),
          conflict: false,
        });
        near.add(example.id, text);
        splitOf.set(example.id, example.split);
      } else {
        report('duplicates_exact', 'Rows repeat the input of an earlier row.', `${example.id} = ${seen.id}`);
        if (label !== seen.label)
          report(
            'labels_conflicting',
            'The same input has different expected answers.',
            `${example.id} = ${seen.id}`,
          );
        if (example.split !== null && seen.splits.size > 0 && !seen.splits.has(example.split)) {
          report(
            'split_leakage',
            'The same input stands in more than one split.',
            `${example.id} (${example.split}) = ${seen.id}`,
          );
        }
        if (example.split !== null) seen.splits.add(example.split);
      }
      if (example.expected !== null) labels.set(label, (labels.get(label) ?? 0) + 1);
      note(columns, example.input);
      note(columns, example.tags);
      for (const kind of new Set(recognise(text.slice(0, 20_000)))) {
        report(
          `pii_${kind.replaceAll('-', '_')}`,
          `Inputs hold what looks like personal data or a secret: ${kind}.`,
          example.id,
        );
      }
    }
  }
  for (const [later, earlier] of near.pairs) {
    report('duplicates_near', 'Inputs are nearly the same as an earlier one.', `${later} ~ ${earlier}`);
    const [a, b] = [splitOf.get(later), splitOf.get(earlier)];
    if (a !== b && typeof a === 'string' && typeof b === 'string')
      report(
        'split_leakage_near',
        'Nearly the same input stands in more than one split.',
        `${later} ~ ${earlier}`,
      );
  }
  for (const finding of columnFindings(columns, rows)) findings.set(finding.code, finding);
  const imbalance = imbalanceFinding(labels, rows);
  if (imbalance !== null) findings.set(imbalance.code, imbalance);
  return {
    dataset,
    rows,
    findings: [...findings].map(([code, finding]): Warning => ({ ...finding, code })),
  };
}

/** Distinct values are counted up to a handful: only none, one or several matters. */
function note(
  columns: Map<string, { values: Set<string>; filled: number }>,
  fields: { [name: string]: Json },
): void {
  for (const [name, value] of Object.entries(fields)) {
    let column = columns.get(name);
    if (column === undefined) columns.set(name, (column = { values: new Set(), filled: 0 }));
    if (blank(value)) continue;
    column.filled++;
    if (column.values.size < 3) column.values.add(createHash('sha1').update(asText(value)).digest('base64'));
  }
}

function columnFindings(
  columns: Map<string, { values: Set<string>; filled: number }>,
  rows: number,
): Warning[] {
  const empty = [...columns].filter(([, { filled }]) => filled === 0).map(([name]) => name);
  const constant =
    rows < 2
      ? []
      : [...columns]
          .filter(([, { values, filled }]) => values.size === 1 && filled === rows)
          .map(([name]) => name);
  return [
    ...(empty.length > 0
      ? [{ code: 'column_empty', message: 'Columns hold nothing.', count: empty.length, examples: empty }]
      : []),
    ...(constant.length > 0
      ? [
          {
            code: 'column_constant',
            message: 'Columns hold the same value in every row.',
            count: constant.length,
            examples: constant,
          },
        ]
      : []),
  ];
}

/** Only where answers are classes: at most 200 of them, each on 5 rows on average. */
function imbalanceFinding(labels: Map<string, number>, rows: number): Warning | null {
  if (labels.size < 2 || labels.size > 200 || rows < labels.size * 5) return null;
  const sorted = [...labels].sort((a, b) => b[1] - a[1]);
  const [top] = sorted;
  const last = sorted.at(-1);
  if (top === undefined || last === undefined || top[1] < last[1] * 10) return null;
  return {
    code: 'class_imbalance',
    message: `The most frequent answer has ${top[1]} rows, the rarest ${last[1]}.`,
    count: labels.size,
    examples: [`${top[0].slice(0, 40)}: ${top[1]}`, `${last[0].slice(0, 40)}: ${last[1]}`],
  };
}
