import type { Json } from '../../api/index.ts';
import { ndcgAt, recallAt, reciprocalRank } from '../../math/index.ts';
import { groundedShare } from '../../retrieval/index.ts';
import type { ScoreOutput } from '../../scoring/index.ts';
import type { Step } from '../compiled.ts';
import { jsonIn, textOf, type TemplateScope } from '../references.ts';
import type { RankingScorer } from '../specification.ts';
import type { Template } from '../template.ts';

/** A score 0…1 of an output against the truth; null where there is nothing to judge by. */
export type Measure = (truth: Json, output: Json, scope: TemplateScope) => number | null;

export interface Measuring {
  id: string;
  of: string;
  /** Null: the example's expected answer. */
  expected: Template | null;
  measure: Measure;
  needs: string[];
}

/** Signals of this name hold what only ground truth tells: no route, policy or fit may use them. */
export const scorePrefix = 'score:';

export const judging =
  (judge: ScoreOutput): Measure =>
  (truth, output) =>
    judge(typeof truth === 'string' ? truth : textOf(truth), textOf(output)).score;

/** The truth of rankings: ids of passages (`file.md#3`) or of whole documents, as a list, the JSON of one, or one id. */
export function ranking(scorer: RankingScorer): Measure {
  const known = (value: number): number | null => (Number.isNaN(value) ? null : value);
  if (scorer.kind === 'grounding') {
    return (_truth, output, scope) =>
      known(
        groundedShare(
          textOf(output),
          foundIn(scope.outputs.get(scorer.in)).map(({ text }) => text),
        ),
      );
  }
  return (truth, output) => {
    const relevant = new Set(idsOf(truth));
    const found = foundIn(output).map(({ id, document }) => (relevant.has(id) ? id : document));
    const ranked = [...new Set(found)];
    if (scorer.kind === 'mrr') return known(reciprocalRank(ranked, relevant));
    if (scorer.kind === 'recall') return known(recallAt(found.slice(0, scorer.k), relevant, scorer.k));
    return known(ndcgAt(ranked, new Map([...relevant].map((id) => [id, 1])), scorer.k));
  };
}

function idsOf(truth: Json): string[] {
  const read = typeof truth === 'string' ? (jsonIn(truth) ?? truth) : truth;
  const list = Array.isArray(read) ? read : [read];
  return list.filter((id) => id !== null && id !== '').map((id) => textOf(id));
}

/** What a retrieve step gave. */
function foundIn(output: Json | undefined): { id: string; document: string; text: string }[] {
  if (!Array.isArray(output)) return [];
  return output.flatMap((one) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? [{ id: textOf(one['id']), document: textOf(one['document']), text: textOf(one['text']) }]
      : [],
  );
}

/** Measures the output of a step against the truth. Nothing that runs can read the result. */
export function scoreStep({ id, of, expected, measure, needs }: Measuring): Step {
  return {
    id,
    kind: 'score',
    needs,
    run(item) {
      const { example, scope } = item;
      const truth = { tags: example.tags, expected: example.expected };
      const known = { ...scope, truth };
      const wanted = expected === null ? truth.expected : (expected.whole(known) ?? expected.render(known));
      const output = scope.outputs.get(of);
      const score = output === undefined || output === null ? null : measure(wanted, output, scope);
      item.signals.set(`${scorePrefix}${id}`, score);
      item.context.span({
        step: item.prefix + id,
        kind: 'score',
        startedMs: performance.timeOrigin + performance.now(),
        durationMs: 0,
        attributes: { of, score },
      });
    },
  };
}
