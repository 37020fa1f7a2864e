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
  id: /^(id|_id|uuid|key|idx|index|(example|row|ticket|question|item|case|record|doc)[ _-]?(id|no|nr|number))$/i,
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
/** An id is a word, not a sentence. */
const isIdLike = (value: Json): boolean => /^[\w.:/#-]{1,64}$/.test(asText(value));
const isDate = (value: Json): boolean => /^\d{4}-\d{2}-\d{2}([T ]|$)/.test(asText(value));

/** Most values, not all: the import names the rows that are none. */
const isChat = (values: Json[]): boolean =>
  values.length > 0 && 2 * values.filter((value) => readMessages(value).ok).length >= values.length;

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

  const unique = free().filter((column) => column.nulls === 0 && column.distinct === rows.length);
  const namedId = unique.find((column) => named.id.test(column.name) && !isChat(valuesOf(column.name)));
  const [first] = unique;
  const spokenFor = first !== undefined && Object.values(named).some((pattern) => pattern.test(first.name));
  const looksLikeId =
    first !== undefined &&
    !spokenFor &&
    first.name === columns[0]?.name &&
    valuesOf(first.name).every(isIdLike)
      ? first
      : undefined;
  const id = take(namedId ?? looksLikeId, 'id', {
    confidence: namedId === undefined ? 'likely' : 'sure',
    reason:
      namedId === undefined
        ? 'the first column, one word, another in every row'
        : 'named like an id, another value in every row',
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
    return isChat(valuesOf(name));
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
    const length = ({ name }: ColumnPreview): number =>
      valuesOf(name).reduce((sum: number, value) => sum + asText(value).length, 0);
    const [longest] = free()
      .filter(({ type }) => type === 'text')
      .toSorted((one, other) => length(other) - length(one) || other.distinct - one.distinct);
    const found = take(longest, 'input', { confidence: 'a guess', reason: 'the longest texts' });
    if (found !== undefined) input.push(found);
  }
  const few = (): ColumnPreview[] =>
    free().filter(
      ({ name, type, distinct }) =>
        type === 'text' &&
        distinct > 1 &&
        distinct <= Math.max(2, rows.length / 3) &&
        !valuesOf(name).every(isDate),
    );
  if (expected === undefined) {
    const [labels] = few().toSorted((one, other) => other.distinct - one.distinct);
    expected = take(labels, 'expected', {
      confidence: 'a guess',
      reason: `the text of few values that has the most (${labels?.distinct ?? 0}): is it the right answer?`,
    });
  }
  const tags = few()
    .slice(0, MAX_TAGS)
    .flatMap(
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
