/** The draft of an import: which column plays which part. */
import type { DatasetPreviewed } from '../../../engine/api/index.ts';

export const roles = ['input', 'expected', 'id', 'group', 'tag', 'split', 'ignore'] as const;
export type Role = (typeof roles)[number];

export interface ImportDraft {
  name: string;
  roles: Record<string, Role>;
  maxRejected: number;
  /** Columns found to hold conversations; a conversation may be its own expected answer. */
  messages?: string[];
  answersInMessages?: boolean;
}

/** `Support mails (1).csv` → `support-mails-1`. */
export function nameFromFile(file: string): string {
  const stem = file.replace(/(\.(csv|tsv|json|jsonl|ndjson|parquet|gz|zst))+$/i, '');
  return (
    stem
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 80) || 'dataset'
  );
}

export function draftFrom(file: string, preview: DatasetPreviewed): ImportDraft {
  const { suggestion } = preview;
  const role = (name: string): Role => {
    if (name === suggestion.id) return 'id';
    if (suggestion.messages?.includes(name) === true) return 'input';
    if (name === suggestion.expected) return 'expected';
    if (name === suggestion.group) return 'group';
    if (name === suggestion.split) return 'split';
    if (suggestion.input.includes(name)) return 'input';
    return suggestion.tags.includes(name) ? 'tag' : 'ignore';
  };
  return {
    name: nameFromFile(file),
    roles: Object.fromEntries(preview.columns.map((column) => [column.name, role(column.name)])),
    maxRejected: 0,
    ...(suggestion.messages === undefined ? {} : { messages: suggestion.messages }),
    answersInMessages:
      suggestion.expected !== undefined && suggestion.messages?.includes(suggestion.expected) === true,
  };
}

/** Input columns and tags may be many; of the others a dataset has one, so the newest choice takes it. */
export function withRole(draft: ImportDraft, column: string, role: Role): ImportDraft {
  const single = role === 'expected' || role === 'id' || role === 'group' || role === 'split';
  const entries = Object.entries(draft.roles).map(([name, was]): [string, Role] => {
    if (name === column) return [name, role];
    return [name, single && was === role ? 'ignore' : was];
  });
  return { ...draft, roles: Object.fromEntries(entries) };
}

const withRoleOf = (draft: ImportDraft, role: Role): string[] =>
  Object.entries(draft.roles)
    .filter(([, its]) => its === role)
    .map(([name]) => name);

export function mappingOf(draft: ImportDraft) {
  const one = (role: Role) => withRoleOf(draft, role)[0];
  const [id, group, split] = [one('id'), one('group'), one('split')];
  const input = withRoleOf(draft, 'input');
  const messages = (draft.messages ?? []).filter((column) => input.includes(column));
  const expected = one('expected') ?? (draft.answersInMessages === true ? messages[0] : undefined);
  return {
    input,
    ...(messages.length === 0 ? {} : { messages }),
    tags: withRoleOf(draft, 'tag'),
    ...(expected === undefined ? {} : { expected }),
    ...(id === undefined ? {} : { id }),
    ...(group === undefined ? {} : { group }),
    ...(split === undefined ? {} : { split }),
  };
}

/** What is still wrong with the draft, in words; null when it can be imported. */
export function draftProblem(draft: ImportDraft): string | null {
  if (draft.name.trim() === '') return 'Give the dataset a name.';
  if (withRoleOf(draft, 'input').length === 0) return 'Choose at least one input column.';
  return null;
}
