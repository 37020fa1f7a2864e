/** Columns that hold nothing or always the same, and answers that are far from balanced. */
import type { DatasetFinding, Json } from '../../engine/api/index.ts';
import { asText, blank } from '../records.ts';
import { finding } from './findings.ts';

/** The first value stands for all: only none, one or several matters. */
interface Column {
  filled: number;
  first: string | null;
  several: boolean;
}
export type Columns = Map<string, Column>;

export function noteColumns(columns: Columns, fields: { [name: string]: Json }): void {
  for (const [name, value] of Object.entries(fields)) {
    let column = columns.get(name);
    if (column === undefined) columns.set(name, (column = { filled: 0, first: null, several: false }));
    if (blank(value)) continue;
    column.filled++;
    if (column.several) continue;
    const text = asText(value);
    if (column.first === null) column.first = text;
    else column.several = column.first !== text;
  }
}

export function columnFindings(columns: Columns, rows: number): DatasetFinding[] {
  const empty = [...columns].filter(([, { filled }]) => filled === 0).map(([name]) => name);
  const constant = [...columns]
    .filter(([, { several, filled }]) => rows > 1 && !several && filled === rows)
    .map(([name]) => name);
  const found = (code: string, message: string, names: string[]): DatasetFinding[] =>
    names.length === 0
      ? []
      : [finding({ code, message, count: names.length, unit: 'columns', examples: names })];
  return [
    ...found('column_empty', 'Columns hold nothing.', empty),
    ...found('column_constant', 'Columns hold the same value in every row.', constant),
  ];
}

/** Answers are classes where there are at most 200 of them with five rows each on average. */
export const areClasses = (labels: number, rows: number): boolean =>
  labels >= 2 && labels <= 200 && rows >= labels * 5;

/** Reported from a ratio of ten between the most frequent and the rarest answer. */
export function balanceFindings(labels: Map<string, number>, rows: number): DatasetFinding[] {
  if (!areClasses(labels.size, rows)) return [];
  const sorted = [...labels].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const [top, last] = [sorted[0]!, sorted.at(-1)!];
  if (top[1] < last[1] * 10) return [];
  const shown = ([label, count]: [string, number]): string => `${label.slice(0, 40)}: ${count}`;
  return [
    finding({
      code: 'class_imbalance',
      message: `The most frequent of ${labels.size} answers has ${top[1]} rows, the rarest ${last[1]}.`,
      count: labels.size,
      unit: 'values',
      examples: [shown(top), shown(last)],
    }),
  ];
}
