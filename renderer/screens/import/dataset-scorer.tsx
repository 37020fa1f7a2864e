import { ScorerSpec } from '../../../engine/api/index.ts';
import { costlyKinds, type Draft, type ScorerKind, scorerOf, scorerWords } from '../scorer/scorer-draft.ts';
import { ScorerForm } from '../scorer/scorer-form.tsx';

/** `kind` null: by what the expected answers look like. */
export interface ChosenScorer {
  kind: ScorerKind | null;
  draft: Draft;
}
export const unchosen: ChosenScorer = { kind: null, draft: {} };

// Every kind is a key of the words. A run judges as it goes, so what takes money or a process comes later.
const kinds = (Object.keys(scorerWords) as ScorerKind[]).filter((kind) => !costlyKinds.has(kind));

/** Nothing to send, the scorer to send, or what is missing in words. */
export function scorerChosen({
  kind,
  draft,
}: ChosenScorer): { scorer: ScorerSpec } | { problem: string } | { inferred: true } {
  if (kind === null) return { inferred: true };
  const drafted = scorerOf(kind, draft);
  if ('problem' in drafted) return drafted;
  const parsed = ScorerSpec.safeParse(drafted.scorer);
  return parsed.success ? { scorer: parsed.data } : { problem: 'A dataset cannot be judged like this.' };
}

export function DatasetScorer({
  chosen,
  onChosen,
}: {
  chosen: ChosenScorer;
  onChosen: (chosen: ChosenScorer) => void;
}) {
  return (
    <ScorerForm
      kinds={kinds}
      kind={chosen.kind}
      draft={chosen.draft}
      unset="As the expected answers suggest: numbers by value, others exactly"
      onKind={(kind) => onChosen({ kind, draft: {} })}
      onDraft={(draft) => onChosen({ ...chosen, draft })}
    />
  );
}
