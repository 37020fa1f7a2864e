import type { ScoreOutput } from '../../scoring/index.ts';
import type { Step } from '../compiled.ts';
import { textOf } from '../references.ts';
import type { Template } from '../template.ts';

export interface Measuring {
  id: string;
  of: string;
  /** Null: the example's expected answer. */
  expected: Template | null;
  judge: ScoreOutput;
}

/** Signals of this name hold what only ground truth tells: no route, policy or fit may use them. */
export const scorePrefix = 'score:';

/** Measures the output of a step against the truth. Nothing that runs can read the result. */
export function scoreStep({ id, of, expected, judge }: Measuring): Step {
  return {
    id,
    kind: 'score',
    needs: [of],
    run(item) {
      const { example, scope } = item;
      const truth = { tags: example.tags, expected: example.expected };
      const wanted =
        expected === null
          ? truth.expected
          : textOf(expected.whole({ ...scope, truth }) ?? expected.render({ ...scope, truth }));
      const output = scope.outputs.get(of);
      const judged = output === undefined || output === null ? null : judge(wanted, textOf(output));
      item.signals.set(`${scorePrefix}${id}`, judged?.score ?? null);
      item.context.span({
        step: item.prefix + id,
        kind: 'score',
        startedMs: performance.timeOrigin + performance.now(),
        durationMs: 0,
        attributes: { of, score: judged?.score ?? null, parsed: judged?.parsed ?? null },
      });
    },
  };
}
