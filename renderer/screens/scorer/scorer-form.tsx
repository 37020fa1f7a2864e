import { Group, NumberInput, Select, Textarea, TextInput } from '@mantine/core';
import { type Draft, type Field, type ScorerKind, scorerFields, scorerWords } from './scorer-draft.ts';

const UNSET = 'unset';

interface Props {
  kinds: readonly ScorerKind[];
  kind: ScorerKind | null;
  draft: Draft;
  /** What it is called to choose none; absent where one must be chosen. */
  unset?: string;
  onKind: (kind: ScorerKind | null) => void;
  onDraft: (draft: Draft) => void;
}

export function ScorerForm({ kinds, kind, draft, unset, onKind, onDraft }: Props) {
  const fields = kind === null ? [] : (scorerFields[kind] ?? []);
  return (
    <div className="kp-stack">
      <Select
        label="How answers are judged"
        data={[
          ...(unset === undefined ? [] : [{ value: UNSET, label: unset }]),
          ...kinds.map((value): { value: string; label: string } => ({ value, label: scorerWords[value] })),
        ]}
        value={kind ?? UNSET}
        searchable
        allowDeselect={false}
        onChange={(value) => {
          const next = kinds.find((one) => one === value);
          if (next !== undefined || value === UNSET) onKind(next ?? null);
        }}
      />
      {fields.length > 0 && (
        <Group grow align="flex-start">
          {fields.map((field) => (
            <Setting
              key={field.name}
              field={field}
              value={draft[field.name] ?? field.usual ?? ''}
              onValue={(value) => onDraft({ ...draft, [field.name]: value })}
            />
          ))}
        </Group>
      )}
    </div>
  );
}

const choiceWords: Record<string, string> = { true: 'yes', false: 'no' };

function Setting({
  field,
  value,
  onValue,
}: {
  field: Field;
  value: string;
  onValue: (value: string) => void;
}) {
  const { label, as } = field;
  if (as === 'number') {
    return <NumberInput label={label} value={value} onChange={(next) => onValue(String(next))} />;
  }
  if (as === 'lines' || as === 'json') {
    return (
      <Textarea
        label={label}
        autosize
        minRows={3}
        maxRows={12}
        value={value}
        onChange={(event) => onValue(event.currentTarget.value)}
      />
    );
  }
  if (typeof as !== 'string') {
    return (
      <Select
        label={label}
        data={as.map((one) => ({ value: one, label: choiceWords[one] ?? one }))}
        value={value}
        onChange={(next) => onValue(next ?? value)}
      />
    );
  }
  return <TextInput label={label} value={value} onChange={(event) => onValue(event.currentTarget.value)} />;
}
