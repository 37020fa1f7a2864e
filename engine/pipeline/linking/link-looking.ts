/** Steps that put down, look at or measure what others gave. */
import { type Json, ScorerSpec, toWorkbenchError } from '../../api/index.ts';
import { scorer } from '../../scoring/index.ts';
import { nearNamesHint } from '../../text/index.ts';
import type { Path } from '../document.ts';
import { isJsonMap, readPart } from '../parts.ts';
import {
  RankingScorer,
  type ReviewPart,
  type ScorePart,
  type SetPart,
  type StepPart,
} from '../specification.ts';
import { reviewStep } from '../steps/review-step.ts';
import { judging, type Measure, ranking, scoreStep } from '../steps/score-step.ts';
import { setStep, type Setting } from '../steps/set-step.ts';
import { linkCondition } from './link-condition.ts';
import { linkTemplate } from './link-text.ts';
import { asJson, type Linked, type Linking, linkTarget, stepsRead } from './linking.ts';

export function linkSet(linking: Linking, part: StepPart, set: SetPart): Linked | null {
  const settings: Setting[] = [];
  let sound = true;
  for (const [key, value] of Object.entries(set)) {
    const path: Path = [...part.at, 'set', key];
    if (!linking.state.has(key)) {
      sound = false;
      linking.document.report(
        path,
        `The pipeline declares no state \`${key}\`.`,
        linking.state.size === 0
          ? `Declare it: \`state: { ${key}: { reducer: replace } }\`.`
          : nearNamesHint(key, [...linking.state.keys()], 'state'),
        { atKey: true },
      );
    }
    if (typeof value !== 'string') settings.push({ key, value });
    else {
      const template = linkTemplate(linking, { text: value }, path, { step: part });
      if (template) settings.push({ key, template: template.template });
      else sound = false;
    }
  }
  if (!sound) return null;
  const needs = stepsRead(...settings.map((setting) => ('template' in setting ? setting.template : null)));
  return { step: setStep(part.id, settings, needs), resolved: { id: part.id, set } };
}

export function linkScore(linking: Linking, part: StepPart, score: ScorePart): Linked | null {
  const at: Path = [...part.at, 'score'];
  const target = linkTarget(linking, score.of, at, {
    wanted: 'output',
    noun: 'step',
    missing: 'There is no output to measure.',
  });
  const expected =
    score.expected === undefined
      ? null
      : linkTemplate(linking, { text: score.expected }, [...at, 'expected'], { step: part, truth: true });
  const given = asJson(typeof score.scorer === 'string' ? { kind: score.scorer } : score.scorer);
  const measure = measureOf(linking, given, [...at, 'scorer']);
  if (target === null || measure === null || (score.expected !== undefined && !expected)) return null;
  const needs = [...new Set([target, ...measure.needs, ...stepsRead(expected?.template)])];
  return {
    step: scoreStep({
      id: part.id,
      of: target,
      expected: expected?.template ?? null,
      measure: measure.measure,
      needs,
    }),
    resolved: { id: part.id, score: asJson({ ...score, of: target, scorer: measure.spec }) },
  };
}

/** A dataset's scorer, or one of rankings. Null where it cannot be used, reported. */
function measureOf(
  linking: Linking,
  given: Json,
  path: Path,
): { measure: Measure; spec: Json; needs: string[] } | null {
  const kind = isJsonMap(given) ? given['kind'] : undefined;
  if (RankingScorer.options.some((option) => option.shape.kind.value === kind)) {
    const spec = readPart(linking.document, RankingScorer, given, path);
    if (spec === null) return null;
    if (spec.kind === 'grounding' && linking.steps.get(spec.in)?.kind !== 'retrieve') {
      const known = [...linking.steps].flatMap(([id, step]) => (step.kind === 'retrieve' ? [id] : []));
      linking.document.report(
        [...path, 'in'],
        `There is no earlier retrieve step \`${spec.in}\`.`,
        nearNamesHint(spec.in, known, 'retrieve step'),
      );
      return null;
    }
    return { measure: ranking(spec), spec: asJson(spec), needs: spec.kind === 'grounding' ? [spec.in] : [] };
  }
  const spec = readPart(linking.document, ScorerSpec, given, path);
  if (spec === null) return null;
  try {
    return { measure: judging(scorer(spec)), spec: asJson(spec), needs: [] };
  } catch (thrown) {
    const error = toWorkbenchError(thrown);
    if (error.kind === 'bug') throw error;
    linking.document.report(path, error.message, error.hint ?? 'Correct the scorer.');
    return null;
  }
}

export function linkReview(linking: Linking, part: StepPart, review: ReviewPart): Linked | null {
  const at: Path = [...part.at, 'review'];
  const target = linkTarget(linking, review.of, at, {
    wanted: 'output',
    noun: 'step',
    missing: 'There is no answer to review.',
  });
  const when = review.when === undefined ? null : linkCondition(linking, review.when, [...at, 'when'], part);
  const question =
    review.question === undefined
      ? null
      : linkTemplate(linking, { text: review.question }, [...at, 'question'], { step: part });
  if (
    target === null ||
    (review.when !== undefined && !when) ||
    (review.question !== undefined && !question)
  ) {
    return null;
  }
  return {
    step: reviewStep({
      id: part.id,
      of: target,
      when: when?.holds ?? null,
      reason: review.when ?? 'every item',
      question: question?.template ?? null,
      options: review.options ?? null,
      needs: [...new Set([target, ...(when?.needs ?? []), ...stepsRead(question?.template)])],
    }),
    resolved: { id: part.id, review: asJson({ ...review, of: target }) },
  };
}
