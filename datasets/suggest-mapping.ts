/** Which column plays which part: from its name and its values, with the reason, and how far to trust it. */
import type {
  ColumnPreview,
  DatasetPreviewed,
  Json,
  MappingReason,
  SuggestedRole,
} from '../engine/api/index.ts';
import { readMessages } from './messages.ts';
import { asText, blank } from './records.ts';

const named: Record<Exclude<SuggestedRole, 'tag'>, RegExp> = {
  id: /^(id|_id|uuid|key|example_?id|row_?id|idx|index)$/i,
  expected:
    /^(expected|answer|gold|label|target|truth|ground_?truth|intent|output|reference|class|category_label)$/i,
  group: /^(group|conversation(_?id)?|session(_?id)?|document(_?id)?|thread(_?id)?|cluster)$/i,
  split: /^(split|fold|partition|set)$/i,
  input:
    /^(input|question|prompt|text|query|body|subject|message|messages|conversations|content|problem|instruction|utterance|title)$/i,
};
const splitValue =
  /^(train(ing)?|fit|val(id|idation)?|dev|calibrat(e|ion)|test(ing)?|eval(uation)?|holdout)$/i;
const MAX_TAGS = 5;

export function suggestMapping(
  columns: ColumnPreview[],
  rows: { [column: string]: Json }[],
): DatasetPreviewed['suggestion'] {
  const reasons: MappingReason[] = [];
  const taken = new Set<string>();
  const valuesOf = (name: string): Json[] =>
    rows
      .map((row) => (Object.hasOwn(row, name) ? (row[name] ?? null) : null))
      .filter((value) => !blank(value));
  const take = (
    column: ColumnPreview | undefined,
    role: SuggestedRole,
    why: Pick<MappingReason, 'confidence' | 'reason'>,
  ): string | undefined => {
    if (column === undefined) return undefined;
    taken.add(column.name);
    const empty = column.nulls === 0 ? '' : `; ${column.nulls} of ${rows.length} rows empty`;
    reasons.push({ column: column.name, role, confidence: why.confidence, reason: why.reason + empty });
    return column.name;
  };
  const free = (): ColumnPreview[] =>
    columns.filter(({ name, type }) => !taken.has(name) && type !== 'empty');
  const byName = (role: keyof typeof named): ColumnPreview | undefined =>
    free().find(({ name }) => named[role].test(name));

  const unique = free().find(
    (column) => named.id.test(column.name) && column.nulls === 0 && column.distinct === rows.length,
  );
  const id = take(unique, 'id', {
    confidence: 'sure',
    reason: 'named like an id, another value in every row',
  });
  const parts = free().find(({ name }) =>
    valuesOf(name).every((value) => splitValue.test(asText(value).trim())),
  );
  const split = take(parts, 'split', {
    confidence: parts !== undefined && named.split.test(parts.name) ? 'sure' : 'likely',
    reason: 'every value is the name of a split',
  });
  const chats = free().filter(({ name, type }) => {
    if (type !== 'json' && type !== 'text') return false;
    // Most, not all: the import names the rows that are none.
    const values = valuesOf(name);
    return 2 * values.filter((value) => readMessages(value).ok).length >= values.length;
  });
  const messages = chats.slice(0, 1).flatMap(
    (column) =>
      take(column, 'input', {
        confidence: 'sure',
        reason: 'the values are conversations of roles and texts',
      }) ?? [],
  );
  const group = take(byName('group'), 'group', {
    confidence: 'likely',
    reason: 'named like something rows belong to',
  });
  let expected = take(byName('expected'), 'expected', {
    confidence: 'sure',
    reason: 'named like the right answer',
  });
  const [chat] = messages;
  if (expected === undefined && chat !== undefined) {
    const answered = valuesOf(chat)
      .map(readMessages)
      .filter((read) => read.ok)
      .every(({ answer }) => answer !== null);
    if (answered) {
      expected = chat;
      reasons.push({
        column: chat,
        role: 'expected',
        confidence: 'likely',
        reason: 'every conversation ends with an answer',
      });
    }
  }
  const input = [...messages];
  if (messages.length === 0) {
    for (const column of free().filter(({ name }) => named.input.test(name))) {
      take(column, 'input', { confidence: 'sure', reason: 'named like a question or a text' });
      input.push(column.name);
    }
  }
  if (input.length === 0) {
    const [varied] = free()
      .filter(({ type }) => type === 'text')
      .toSorted((one, other) => other.distinct - one.distinct);
    const found = take(varied, 'input', {
      confidence: 'a guess',
      reason: `the text with the most different values (${varied?.distinct ?? 0} in ${rows.length} rows)`,
    });
    if (found !== undefined) input.push(found);
  }
  const few = free().filter(
    ({ type, distinct }) => type === 'text' && distinct > 1 && distinct <= Math.max(2, rows.length / 3),
  );
  const tags = few.slice(0, MAX_TAGS).flatMap(
    (column) =>
      take(column, 'tag', {
        confidence: 'a guess',
        reason: `a text of few values (${column.distinct} in ${rows.length} rows)`,
      }) ?? [],
  );
  return {
    input,
    tags,
    reasons,
    ...(messages.length === 0 ? {} : { messages }),
    ...(id === undefined ? {} : { id }),
    ...(expected === undefined ? {} : { expected }),
    ...(group === undefined ? {} : { group }),
    ...(split === undefined ? {} : { split }),
  };
}
