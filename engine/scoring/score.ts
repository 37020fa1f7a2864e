import { type Json, type ScorerSpec, WorkbenchError } from '../api/index.ts';
import { canonicalAnswer } from '../policy/evaluator.ts';
import { sentenceBleu } from './bleu.ts';
import { choiceLetter } from './choice.ts';
import { sentenceChrf } from './chrf.ts';
import { jsonOf, schemaValidator } from './json-schema.ts';
import { readNumber, sameNumber } from './numeric.ts';
import { editSimilarity, itemsF1, itemsOf, rouge, tokenF1 } from './text-scores.ts';
import { normalizedUnit, unitNames } from './units.ts';
import { squadWords } from './words.ts';

/**
 * A judged answer. `score` is 0…1; null only where there is no expected answer to judge by.
 * `parsed` is false where the answer is unusable under the scorer (empty, no number, no JSON…): a category of its own,
 * counted beside right and wrong. Its score is 0, so that a mean over all answers does not flatter who answers seldom.
 */
export interface Scored {
  score: number | null;
  parsed: boolean;
}
export type ScoreOutput = (expected: Json, output: string) => Scored;

/** Judges one answer. Regex scorers read its first 10,000 characters. Throws `scorer.invalid` for a bad pattern. */
export const scoreOutput = (spec: ScorerSpec, expected: Json, output: string): Scored =>
  scorer(spec)(expected, output);

/** The same, its specification checked once: for scoring many. */
export function scorer(spec: ScorerSpec): ScoreOutput {
  checkScorer(spec);
  return scorerOf(spec);
}

/** Throws `scorer.invalid` where a pattern, a schema or a unit cannot be used. */
export function checkScorer(spec: ScorerSpec): void {
  const invalid = (message: string, hint: string, cause?: unknown): WorkbenchError =>
    new WorkbenchError('scorer.invalid', message, { hint, cause });
  if (spec.kind === 'numeric' && spec.unit !== undefined && normalizedUnit(spec.unit) === null) {
    throw invalid(`The scorer's unit "${spec.unit}" is not known.`, `Use one of ${unitNames.join(', ')}.`);
  }
  if (spec.kind === 'json-schema') {
    try {
      schemaValidator(spec.schema);
    } catch (error) {
      throw invalid(
        `The scorer's schema is invalid: ${(error as Error).message}.`,
        'Correct the JSON Schema (draft 2020-12); references must stay inside it.',
        error,
      );
    }
  }
  if (spec.kind !== 'regex') return;
  try {
    canonicalAnswer(spec, '');
  } catch (error) {
    throw invalid(
      `The scorer's pattern is invalid: ${(error as Error).message}.`,
      'Correct the regular expression (JavaScript syntax) or its flags.',
      error,
    );
  }
}

/** What both sides are read as, and how alike two readings are. A reading of null: nothing to judge, or by. */
interface Reading<T> {
  answer(output: string): T | null;
  wanted(expected: string): T | null;
  score(answer: T, wanted: T): number;
}

function judging<T>({ answer, wanted, score }: Reading<T>): ScoreOutput {
  return (expected, output) => {
    const given = answer(output);
    const parsed = given !== null;
    const text = expectedText(expected);
    const target = text === null ? null : wanted(text);
    if (target === null) return { score: null, parsed };
    return { score: given === null ? 0 : score(given, target), parsed };
  };
}

function scorerOf(spec: ScorerSpec): ScoreOutput {
  switch (spec.kind) {
    case 'exact':
    case 'regex':
    case 'contains':
    case 'json-field':
      return judging({
        answer: (output) => canonicalAnswer(spec, output),
        wanted: (expected) => canonicalExpected(spec, expected),
        score: (answer, wanted) => (agrees(spec, wanted, answer) ? 1 : 0),
      });
    case 'numeric': {
      const unit = spec.unit === undefined ? null : normalizedUnit(spec.unit);
      return judging({
        answer: readNumber,
        wanted: readNumber,
        score: (answer, wanted) => (sameNumber(wanted, answer, { ...spec, unit }) ? 1 : 0),
      });
    }
    case 'verbatim':
      return judging({ ...texts, score: (answer, wanted) => (answer === wanted ? 1 : 0) });
    case 'normalised': {
      // Words lost to the normalisation ("the", "?") are no answer, as an empty text is none.
      const read = (text: string): string | null => squadWords(text).join(' ') || null;
      return judging({ answer: read, wanted: read, score: (answer, wanted) => (answer === wanted ? 1 : 0) });
    }
    case 'choice': {
      const read = (text: string): string | null => choiceLetter(text, spec.options);
      return judging({ answer: read, wanted: read, score: (answer, wanted) => (answer === wanted ? 1 : 0) });
    }
    case 'json-schema': {
      const valid = schemaValidator(spec.schema);
      return (_, output) => {
        const value = jsonOf(output);
        return { score: value !== undefined && valid(value) ? 1 : 0, parsed: value !== undefined };
      };
    }
    case 'set-f1':
    case 'list-f1':
      return judging({
        answer: (output) => (output.trim() === '' ? null : itemsOf(output, spec.separator)),
        wanted: (expected) => itemsOf(expected, spec.separator),
        score: (answer, wanted) => itemsF1(answer, wanted, spec.kind),
      });
    case 'token-f1':
      return judging({ ...texts, score: tokenF1 });
    case 'rouge':
      return judging({
        ...texts,
        score: (answer, wanted) => rouge(answer, wanted, spec.variant)[spec.figure],
      });
    case 'bleu':
      return judging({ ...texts, score: sentenceBleu });
    case 'chrf':
      return judging({ ...texts, score: (answer, wanted) => sentenceChrf(answer, wanted, spec.wordOrder) });
    case 'edit':
      return judging({ ...texts, score: (answer, wanted) => editSimilarity(answer, wanted, spec.unit) });
  }
}

const texts = {
  answer: (output: string): string | null => (output.trim() === '' ? null : output),
  wanted: (expected: string): string | null => expected,
};

function agrees(spec: ScorerSpec, wanted: string, answer: string): boolean {
  if (spec.kind === 'contains') return answer.includes(wanted);
  if (spec.kind === 'json-field' && spec.as === 'numeric') {
    const [target, number] = [Number(wanted), Number(answer)];
    return Math.abs(number - target) <= Math.max(1e-9, 1e-9 * Math.abs(target));
  }
  return wanted === answer;
}

/** Null where there is none: absent or empty. */
export function expectedText(expected: Json): string | null {
  if (expected === null || expected === '') return null;
  return typeof expected === 'string' ? expected : JSON.stringify(expected);
}

/**
 * The expected answer in canonical form; null where there is none. Regex and json-field scorers accept both the
 * bare value and a whole worked answer in the form the candidates are asked for.
 */
function canonicalExpected(
  spec: Extract<ScorerSpec, { kind: 'exact' | 'contains' | 'regex' | 'json-field' }>,
  text: string,
): string | null {
  switch (spec.kind) {
    case 'exact':
    case 'contains':
      return canonicalAnswer(spec, text);
    case 'regex':
      return canonicalAnswer(spec, text) ?? canonicalAnswer({ kind: 'exact' }, text);
    case 'json-field':
      return canonicalAnswer(spec, text) ?? canonicalAnswer({ kind: spec.as }, text);
  }
}
