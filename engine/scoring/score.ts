import { type Json, type ScorerSpec, WorkbenchError } from '../api/index.ts';
import { canonicalAnswer } from '../policy/evaluator.ts';

/**
 * A judged answer. `score` is 0 or 1; null only where there is no expected answer to judge by.
 * `parsed` is false where the answer is unusable under the scorer (empty, no number, no JSON…): it then scores 0.
 */
export interface Scored {
  score: number | null;
  parsed: boolean;
}
export type ScoreOutput = (expected: Json, output: string) => Scored;

/** Judges one answer. Regex scorers read its first 10,000 characters. Throws `scorer.invalid` for a bad pattern. */
export function scoreOutput(spec: ScorerSpec, expected: Json, output: string): Scored {
  checkScorer(spec);
  return judge(spec, expected, output);
}

/** The same, its specification checked once: for scoring many. */
export function scorer(spec: ScorerSpec): ScoreOutput {
  checkScorer(spec);
  return (expected, output) => judge(spec, expected, output);
}

/** Throws `scorer.invalid` where a regex scorer's pattern or flags cannot be compiled. */
export function checkScorer(spec: ScorerSpec): void {
  if (spec.kind !== 'regex') return;
  try {
    canonicalAnswer(spec, '');
  } catch (error) {
    throw new WorkbenchError(
      'scorer.invalid',
      `The scorer's pattern is invalid: ${(error as Error).message}.`,
      {
        hint: 'Correct the regular expression (JavaScript syntax) or its flags.',
        cause: error,
      },
    );
  }
}

function judge(spec: ScorerSpec, expected: Json, output: string): Scored {
  const answer = canonicalAnswer(spec, output);
  const parsed = answer !== null;
  const wanted = canonicalExpected(spec, expected);
  if (wanted === null) return { score: null, parsed };
  if (answer === null) return { score: 0, parsed };
  return { score: agrees(spec, wanted, answer) ? 1 : 0, parsed };
}

function agrees(spec: ScorerSpec, wanted: string, answer: string): boolean {
  if (spec.kind === 'contains') return answer.includes(wanted);
  if (spec.kind === 'numeric') {
    const target = Number(wanted);
    const tolerance = Math.max(spec.absolute, spec.relative * Math.abs(target));
    return Math.abs(Number(answer) - target) <= tolerance;
  }
  return wanted === answer;
}

/**
 * The expected answer in canonical form; null where there is none. Regex and json-field scorers accept both the
 * bare value and a whole worked answer in the form the candidates are asked for.
 */
function canonicalExpected(spec: ScorerSpec, expected: Json): string | null {
  if (expected === null) return null;
  const text = typeof expected === 'string' ? expected : JSON.stringify(expected);
  switch (spec.kind) {
    case 'exact':
    case 'contains':
    case 'numeric':
      return canonicalAnswer(spec, text);
    case 'regex':
      return canonicalAnswer(spec, text) ?? canonicalAnswer({ kind: 'exact' }, text);
    case 'json-field':
      return canonicalAnswer(spec, text) ?? canonicalAnswer({ kind: spec.as }, text);
  }
}
