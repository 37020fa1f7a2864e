import type { Estimate } from '../../engine/api/index.ts';
import { count, type Figure, figure, spoken, UNKNOWN } from './format.ts';

const bare = (value: number, kind: Figure): string => figure(value, kind).replace(/ (%|pt|ms)$/, '');

/** A figure with its interval and n; a dash where nothing is known. */
export function EstimateText({
  value,
  kind,
  nominal = false,
}: {
  value: Estimate | null;
  kind: Figure;
  nominal?: boolean;
}) {
  if (value === null) {
    return (
      <span className="kp-estimate" title="Not known">
        {UNKNOWN}
      </span>
    );
  }
  return (
    <span className="kp-estimate" title={spoken(value, kind)}>
      <span className="kp-estimate-mean">
        {nominal && <NominalMark />} {figure(value.mean, kind)}
      </span>
      <span className="kp-estimate-rest">
        {bare(value.lo, kind)}…{bare(value.hi, kind)} · n {count(value.n)}
        {value.groups !== undefined && value.groups !== value.n ? ` in ${count(value.groups)} groups` : ''}
      </span>
    </span>
  );
}

export function NominalMark() {
  return (
    <span className="kp-nominal" title="A price declared by the sample, not charged by anybody">
      nominal
    </span>
  );
}
