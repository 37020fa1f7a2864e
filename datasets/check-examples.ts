/** What is wrong, or might be, with a set of ground truth: every finding with its count, its rows and what to do. */
import type { CheckStage, DatasetChecked, DatasetFinding, Example } from '../engine/api/index.ts';
import { areClasses, balanceFindings, type Columns, columnFindings, noteColumns } from './checks/columns.ts';
import { bySeverity, finding, MAX_GROUPS } from './checks/findings.ts';
import { type LabelSuspects, labelSuspects, type Votes } from './checks/label-suspects.ts';
import { MAX_TEXTS, newJudge, newNearIndex, type SearchOptions, SIMILAR } from './checks/near-duplicates.ts';
import { countPersonalData, type PersonalKind } from '../engine/text/index.ts';
import { named, parts, repeats, type RowFacts } from './checks/repeats.ts';
import { inputText, newNumbering, normalised } from './checks/texts.ts';
import { asText } from './records.ts';

export interface CheckOptions {
  /** Outcomes of candidates over these rows: label errors are looked for. */
  outcomes?: Votes | undefined;
  signal?: AbortSignal | undefined;
  /** Rows read, bands compared, rows judged. */
  progress?: ((stage: CheckStage, done: number, total: number) => void) | undefined;
  /** How many rows `read` yields, for progress. */
  total?: number | undefined;
}

/** Labels told apart when balance is counted: more are no classes. */
const MAX_LABELS = 5000;

/**
 * `read` yields the rows from the beginning each time it is called (twice where near duplicates are likely).
 * Memory grows with the number of rows, not with their length: about 0.6 kB a row.
 */
export async function checkExamples(
  dataset: string,
  read: () => AsyncIterable<Example[]>,
  options: CheckOptions = {},
): Promise<DatasetChecked> {
  const rows: RowFacts = { ids: [], exact: [], normalised: [], answers: [], plainAnswers: [], parts: [] };
  const [exact, plain, answers, plainAnswers] = [
    newNumbering(),
    newNumbering(),
    newNumbering(),
    newNumbering(),
  ];
  const near = newNearIndex();
  /** The row of each text in `near`: one of every input and split. */
  const entries: number[] = [];
  const entered = new Set<number>();
  const columns: Columns = new Map();
  const labels = new Map<string, number>();
  const personal = new Map<PersonalKind, { rows: number; values: number; ids: string[] }>();
  const given: { count: number; ids: string[] } = { count: 0, ids: [] };

  for await (const batch of read()) {
    options.signal?.throwIfAborted();
    options.progress?.('reading', rows.ids.length, options.total ?? 0);
    for (const example of batch) {
      const text = inputText(example.input);
      const key = normalised(text);
      const kind = plain.of(key);
      const part = example.split === null ? -1 : parts.indexOf(example.split);
      const label = example.expected === null ? null : asText(example.expected);
      rows.ids.push(example.id);
      rows.exact.push(exact.of(text));
      rows.normalised.push(kind);
      rows.parts.push(part);
      const plainLabel = label === null ? '' : normalised(label);
      rows.answers.push(label === null ? -1 : answers.of(label));
      rows.plainAnswers.push(label === null ? -1 : plainAnswers.of(plainLabel));
      if (label !== null && (labels.size < MAX_LABELS || labels.has(label)))
        labels.set(label, (labels.get(label) ?? 0) + 1);
      const once = kind * 4 + part + 1;
      if (!entered.has(once) && entered.size < MAX_TEXTS) {
        entered.add(once);
        entries.push(rows.ids.length - 1);
        near.add(key, kind, part);
      }
      noteColumns(columns, example.input);
      noteColumns(columns, example.tags);
      if (givesAway(key, plainLabel)) {
        given.count++;
        if (given.ids.length < MAX_GROUPS) given.ids.push(example.id);
      }
      for (const [found, values] of countPersonalData(text)) {
        const seen = personal.get(found) ?? { rows: 0, values: 0, ids: [] };
        seen.rows++;
        seen.values += values;
        if (seen.ids.length < MAX_GROUPS) seen.ids.push(example.id);
        personal.set(found, seen);
      }
    }
  }
  const n = rows.ids.length;
  const suspects: LabelSuspects =
    options.outcomes === undefined
      ? { findings: [], note: 'Label errors were not looked for: they need the outcomes of a run (--run).' }
      : labelSuspects(options.outcomes);
  const classes = areClasses(answers.count(), n);
  const nearby = await nearFindings(rows, entries, await near.candidates(nearOptions(options)), read, {
    ...options,
    classes,
  });
  const findings = [
    ...repeats(rows),
    ...nearby,
    ...givenFindings(given, classes),
    ...suspects.findings,
    ...columnFindings(columns, n),
    ...(labels.size < MAX_LABELS ? balanceFindings(labels, n) : []),
    ...personalFindings(personal),
  ].sort(bySeverity);
  const notes = [suspects.note];
  if (entered.size >= MAX_TEXTS)
    notes.push(`Near duplicates were looked for among the first ${MAX_TEXTS} distinct inputs only.`);
  return { dataset, rows: n, findings, notes };
}

const nearOptions = ({ signal, progress }: CheckOptions): SearchOptions => ({
  signal,
  progress: (band, bands) => progress?.('comparing', band, bands),
});

async function nearFindings(
  rows: RowFacts,
  entries: number[],
  candidates: Parameters<typeof newJudge>[0],
  read: () => AsyncIterable<Example[]>,
  { signal, progress, classes }: CheckOptions & { classes: boolean },
): Promise<DatasetFinding[]> {
  const judge = newJudge(candidates);
  if (!entries.some((_, entry) => judge.needs(entry))) return [];
  let row = 0;
  let entry = 0;
  for await (const batch of read()) {
    signal?.throwIfAborted();
    progress?.('judging', row, rows.ids.length);
    for (const example of batch) {
      if (entries[entry] === row) {
        if (judge.needs(entry)) judge.see(entry, normalised(inputText(example.input)));
        entry++;
      }
      row++;
    }
  }
  const found = (code: string, message: string, pairs: typeof judge.near): DatasetFinding[] => {
    if (pairs.length === 0) return [];
    const estimated = pairs.filter((pair) => pair.estimated).length;
    const sorted = pairs.sort((a, b) => b.similarity - a.similarity || a.entry - b.entry);
    const at = (index: number): number => entries[index]!;
    return [
      finding({
        code,
        message: `${message} (Jaccard similarity of 5-character shingles ≥ ${SIMILAR}${estimated > 0 ? `; ${estimated} estimated` : ''}).`,
        count: pairs.length,
        unit: code === 'split_leakage_near' ? 'rows' : 'inputs',
        groups: sorted
          .slice(0, MAX_GROUPS)
          .map((pair) => [rows.ids[at(pair.entry)]!, rows.ids[at(pair.other)]!]),
        examples: sorted
          .slice(0, 20)
          .map(
            (pair) =>
              `${named(rows, at(pair.entry))} ~ ${named(rows, at(pair.other))}: ${pair.similarity.toFixed(2)}`,
          ),
      }),
    ];
  };
  // Where answers are open, a question and its twin with another number rightly differ.
  const answer = (entry: number): number => rows.plainAnswers[entries[entry]!]!;
  const conflicting = judge.near.filter(
    ({ entry, other }) => answer(entry) >= 0 && answer(other) >= 0 && answer(entry) !== answer(other),
  );
  return [
    ...(classes
      ? found(
          'labels_conflicting_near',
          'Inputs nearly the same as an earlier one have another class',
          conflicting,
        )
      : []),
    ...found('duplicates_near', 'Inputs are nearly the same as an earlier one', judge.near),
    ...found(
      'split_leakage_near',
      'Inputs of a later split are nearly the same as one of an earlier split',
      judge.across,
    ),
  ];
}

/** The answer stands in the input as whole words. Numbers and answers of one or two characters stand anywhere by chance. */
function givesAway(text: string, answer: string): boolean {
  if (answer.length < 3 || /^[\d\s.,%$-]+$/.test(answer)) return false;
  for (let at = text.indexOf(answer); at >= 0; at = text.indexOf(answer, at + 1)) {
    const around = (text[at - 1] ?? ' ') + (text[at + answer.length] ?? ' ');
    if (!/[\p{L}\p{N}_]/u.test(around)) return true;
  }
  return false;
}

function givenFindings(given: { count: number; ids: string[] }, classes: boolean): DatasetFinding[] {
  if (given.count === 0) return [];
  return [
    finding({
      code: 'answer_in_input',
      message: 'The expected answer stands word for word in the input.',
      count: given.count,
      unit: 'rows',
      groups: given.ids.map((id) => [id]),
      // The name of a class is often a word of the request: "translate this" for the class translate.
      ...(classes ? { severity: 'info' as const } : {}),
    }),
  ];
}

function personalFindings(
  personal: Map<PersonalKind, { rows: number; values: number; ids: string[] }>,
): DatasetFinding[] {
  return [...personal].map(([kind, { rows, values, ids }]) =>
    finding({
      code: `pii_${kind}`,
      message: `Inputs hold what looks like personal data or a secret: ${kind.replace('_', ' ')} (${values} in all).`,
      count: rows,
      unit: 'rows',
      groups: ids.map((id) => [id]),
    }),
  );
}
