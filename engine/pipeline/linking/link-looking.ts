/** Steps that put down, look at or measure what others gave. */
import { ScorerSpec, toWorkbenchError } from '../../api/index.ts';
import { scorer } from '../../scoring/index.ts';
import { nearNamesHint } from '../../text/index.ts';
import type { Path } from '../document.ts';
import { readPart } from '../parts.ts';
import type { ReviewPart, ScorePart, SetPart, StepPart } from '../specification.ts';
import { reviewStep } from '../steps/review-step.ts';
import { scoreStep } from '../steps/score-step.ts';
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
  const spec = readPart(
    linking.document,
    ScorerSpec,
    asJson(typeof score.scorer === 'string' ? { kind: score.scorer } : score.scorer),
    [...at, 'scorer'],
  );
  if (target === null || spec === null || (score.expected !== undefined && !expected)) return null;
  try {
    const judge = scorer(spec);
    return {
      step: scoreStep({ id: part.id, of: target, expected: expected?.template ?? null, judge }),
      resolved: { id: part.id, score: asJson({ ...score, of: target, scorer: spec }) },
    };
  } catch (thrown) {
    const error = toWorkbenchError(thrown);
    if (error.kind === 'bug') throw error;
    linking.document.report([...at, 'scorer'], error.message, error.hint ?? 'Correct the scorer.');
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
