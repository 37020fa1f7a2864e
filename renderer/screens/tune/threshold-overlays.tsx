/** What lies over the charts and moves with the threshold. */
import type { ReactNode } from 'react';
import type { Sweep } from '../../../engine/api/index.ts';
import { ThresholdHandle } from '../../charts/threshold-handle.tsx';
import type { ChartFrame } from '../../charts/vega-chart.tsx';

export const handleOver =
  (sweep: Sweep, at: number, onMove: (index: number) => void) =>
  (frame: ChartFrame): ReactNode => <ThresholdHandle sweep={sweep} at={at} frame={frame} onMove={onMove} />;

export const cutOver =
  (sweep: Sweep, at: number) =>
  (frame: ChartFrame): ReactNode => {
    const x = Math.min(frame.area.right, Math.max(frame.area.left, frame.x(sweep.threshold[at] ?? 0)));
    return (
      <line
        x1={x}
        x2={x}
        y1={frame.area.top}
        y2={frame.area.bottom}
        stroke="var(--kp-text)"
        strokeWidth={1.5}
        strokeDasharray="4 3"
      />
    );
  };
