import { MultiSelect, Select, TextInput } from '@mantine/core';
import { candidatesFound, PLACE, type WideDraft, type WidePart, wideParts } from './wide-draft.ts';

// The keys of a record of parts are parts.
const parts = Object.entries(wideParts) as [WidePart, string][];

export function WideColumns({
  names,
  draft,
  onDraft,
}: {
  names: string[];
  draft: WideDraft;
  onDraft: (draft: WideDraft) => void;
}) {
  const alone = Object.values(draft.patterns).some((pattern) => pattern.trim() === PLACE);
  const found = candidatesFound(names, draft);
  return (
    <div className="kp-stack">
      <p className="kp-note">
        Write {PLACE} where the name of the candidate stands in the names of the columns. A part without it is
        the same for all.
      </p>
      <div className="kp-fields">
        <Select
          label="Row id of the dataset"
          placeholder="choose the column"
          data={names}
          searchable
          value={draft.example}
          onChange={(example) => onDraft({ ...draft, example })}
        />
        {parts.map(([part, label]) => (
          <TextInput
            key={part}
            label={label}
            value={draft.patterns[part] ?? ''}
            onChange={(event) =>
              onDraft({ ...draft, patterns: { ...draft.patterns, [part]: event.currentTarget.value } })
            }
          />
        ))}
        {(alone || draft.candidates.length > 0) && (
          <MultiSelect
            label="Candidates"
            data={names.filter((name) => name !== draft.example)}
            searchable
            value={draft.candidates}
            onChange={(candidates) => onDraft({ ...draft, candidates })}
          />
        )}
      </div>
      <p className="kp-note" role="status">
        {found.length === 0
          ? 'No candidate is found yet.'
          : `${found.length === 1 ? 'Candidate' : 'Candidates'}: ${found.slice(0, 20).join(', ')}${found.length > 20 ? ', …' : ''}.`}
      </p>
    </div>
  );
}
