/** The point that moves along the sweep. An SVG over the chart: moving it redraws nothing below. */
import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import type { Sweep } from '../../engine/api/index.ts';
import { nearestByCost, speak, stepFor } from './threshold.ts';
import type { ChartFrame } from './vega-chart.tsx';

interface Props {
  sweep: Sweep;
  at: number;
  frame: ChartFrame;
  onMove: (index: number) => void;
}

export function ThresholdHandle({ sweep, at, frame, onMove }: Props) {
  const handle = useRef<SVGGElement>(null);
  const cost = (sweep.costUsd[at] ?? 0) * 1000;
  const x = frame.x(cost);
  const y = frame.y(sweep.score[at] ?? 0);
  const last = sweep.threshold.length - 1;

  const onPointerMove = (event: PointerEvent<SVGGElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect();
    if (box === undefined) return;
    onMove(nearestByCost(sweep, event.clientX - box.left, (costUsd) => frame.x(costUsd * 1000), at));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = stepFor(event.key, at, last);
    if (next === null) return;
    event.preventDefault();
    onMove(next);
  };
  return (
    <g
      ref={handle}
      className="kp-handle"
      role="slider"
      tabIndex={0}
      aria-label={`Threshold on ${sweep.signal}`}
      aria-orientation="horizontal"
      aria-valuemin={sweep.threshold[0]}
      aria-valuemax={sweep.threshold[last]}
      aria-valuenow={sweep.threshold[at]}
      aria-valuetext={speak(sweep, at)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.currentTarget.focus();
      }}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
    >
      <line
        x1={x}
        x2={x}
        y1={frame.area.top}
        y2={frame.area.bottom}
        stroke="var(--kp-accent)"
        strokeWidth={1}
        strokeDasharray="3 3"
      />
      <line x1={x} x2={x} y1={frame.area.top} y2={frame.area.bottom} stroke="transparent" strokeWidth={16} />
      <circle
        className="kp-handle-ring"
        cx={x}
        cy={y}
        r={9}
        fill="var(--kp-panel)"
        stroke="var(--kp-accent)"
        strokeWidth={2}
      />
      <circle cx={x} cy={y} r={4} fill="var(--kp-accent)" />
    </g>
  );
}
