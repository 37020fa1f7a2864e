import type { OutcomeMatrix } from '../api/index.ts';
import { hullCorners, mixAt } from '../math/index.ts';
import type { Singles } from './mix.ts';

/** The reference and the candidates nearest to the hull of singles, those it beats at no higher cost left out. */
export function ladderOf(
  matrix: OutcomeMatrix,
  kept: readonly number[],
  singles: Singles,
  reference: number,
  most: number,
): number[] {
  const at = kept.indexOf(reference);
  const own = singles.points[at]!;
  const corners = hullCorners(singles.points);
  const ranked = [...kept.keys()]
    .filter(
      (i) => i !== at && !(singles.points[i]!.cost >= own.cost && singles.points[i]!.score <= own.score),
    )
    .map((i) => {
      const { a, b, w } = mixAt(singles.points, corners, singles.points[i]!.cost);
      const mix = (1 - w) * singles.points[a]!.score + w * singles.points[b]!.score;
      return { i, regret: corners.includes(i) ? -1 : mix - singles.points[i]!.score };
    })
    .sort(
      (x, y) =>
        x.regret - y.regret || (matrix.candidates[kept[x.i]!]! < matrix.candidates[kept[y.i]!]! ? -1 : 1),
    )
    .slice(0, most - 1)
    .map(({ i }) => i);
  return [...ranked, at]
    .sort((x, y) => singles.points[x]!.cost - singles.points[y]!.cost || (kept[x]! < kept[y]! ? -1 : 1))
    .map((i) => kept[i]!);
}
