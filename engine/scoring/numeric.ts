import { readNumber, type ReadNumber } from './read-number.ts';
import type { Unit } from './units.ts';

export interface Tolerance {
  absolute: number;
  relative: number;
}

/**
 * Whether a person would call the answer's number the expected one. A percentage is right as 50 and as 0.5 where only
 * one side says %. With `unit`, a number in another unit of its dimension is converted and one of another is wrong.
 */
export function sameNumber(
  wanted: ReadNumber,
  answer: ReadNumber,
  { absolute, relative, unit }: Tolerance & { unit: Unit | null },
): boolean {
  const near = (value: number, target: number): boolean =>
    Math.abs(value - target) <= Math.max(absolute, relative * Math.abs(target));
  if (unit !== null && answer.unit !== null) {
    if (answer.unit.dimension !== unit.dimension) return false;
    const target = wanted.value * ((wanted.unit ?? unit).factor / unit.factor);
    return near(answer.value * (answer.unit.factor / unit.factor), target);
  }
  if (near(answer.value, wanted.value)) return true;
  if (answer.percent && !wanted.percent) return near(answer.value / 100, wanted.value);
  return wanted.percent && !answer.percent && near(answer.value, wanted.value / 100);
}

export { readNumber };
