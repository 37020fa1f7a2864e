import { GuardBlocked, ItemParked, type Step } from '../compiled.ts';
import type { ItemCondition } from '../linking/link-condition.ts';
import { textOf } from '../references.ts';
import type { Template } from '../template.ts';

export interface Reviewing {
  id: string;
  of: string;
  /** Null: every item is looked at. */
  when: ItemCondition | null;
  /** The condition as it is written. */
  reason: string;
  question: Template | null;
  options: string[] | null;
  needs: string[];
}

/**
 * Parks the item until a person has decided; what was decided is then the answer. Its output: the answer as it then
 * stands. The signal named after the step says whether somebody looked.
 */
export function reviewStep({ id, of, when, reason, question, options, needs }: Reviewing): Step {
  return {
    id,
    kind: 'review',
    needs,
    run(item) {
      const { scope, signals } = item;
      const output = scope.outputs.get(of);
      const answer = output === undefined || output === null ? null : textOf(output);
      const path = item.prefix + id;
      const asked = when === null || when(item);
      const decision = asked ? item.context.decision(path) : null;
      if (asked && decision === null) {
        throw new ItemParked([
          { step: path, reason, question: question?.render(scope) ?? null, options, answer },
        ]);
      }
      if (decision?.answer === null) {
        throw new GuardBlocked(
          `${decision.by} rejected it${decision.note === null ? '' : `: ${decision.note}`}.`,
        );
      }
      signals.set(id, decision !== null);
      scope.outputs.set(id, decision?.answer ?? answer);
      if (decision === null) return;
      item.output = decision.answer;
      item.context.span({
        step: path,
        kind: 'review',
        startedMs: performance.timeOrigin + performance.now(),
        durationMs: 0,
        attributes: { reason, by: decision.by, changed: decision.answer !== answer },
      });
    },
  };
}
