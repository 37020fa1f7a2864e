/** The signal's histogram by correctness of the first candidate: right upwards, wrong downwards. */
import { type ReactNode, useCallback, useMemo } from 'react';
import type { VisualizationSpec } from 'vega-embed';
import type { Sweep } from '../../engine/api/index.ts';
import { count } from '../ui/format.ts';
import { chartConfig, type ChartColours } from './chart-colours.ts';
import { type ChartFrame, VegaChart } from './vega-chart.tsx';

/** 0 and the powers of ten that the counts reach, on both sides. */
function countTicks(sweep: Sweep): number[] {
  const powers = [1, 10, 100, 1000, 10_000, 100_000];
  const up = powers.filter((power) => sweep.histogram.some((bin) => bin.right >= power));
  const down = powers.filter((power) => sweep.histogram.some((bin) => bin.wrong >= power));
  return [...down.map((power) => -power).reverse(), 0, ...up];
}

export function SignalHistogram({
  sweep,
  overlay,
}: {
  sweep: Sweep;
  overlay?: (frame: ChartFrame) => ReactNode;
}) {
  const first = sweep.candidates[0] ?? 'the first candidate';
  const spec = useCallback(
    (size: { width: number; height: number }, colours: ChartColours): VisualizationSpec => {
      const bars = sweep.histogram.flatMap((bin) => [
        { lo: bin.lo, hi: bin.hi, rows: bin.right, answer: 'right' },
        { lo: bin.lo, hi: bin.hi, rows: -bin.wrong, answer: 'wrong' },
      ]);
      return {
        $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
        width: size.width,
        height: size.height,
        autosize: { type: 'fit', contains: 'padding' },
        config: chartConfig(colours),
        data: { values: bars },
        mark: { type: 'bar', stroke: null, binSpacing: 1 },
        encoding: {
          x: {
            field: 'lo',
            type: 'quantitative',
            bin: { binned: true },
            axis: { title: sweep.signal, tickCount: 8, grid: false },
            scale: { zero: false, nice: false },
          },
          x2: { field: 'hi' },
          y: {
            field: 'rows',
            type: 'quantitative',
            stack: null,
            scale: { type: 'symlog', constant: 4 },
            axis: {
              title: 'Rows wrong ↓  right ↑ (log)',
              labelExpr: 'format(abs(datum.value), "~s")',
              values: countTicks(sweep),
            },
          },
          color: {
            field: 'answer',
            type: 'nominal',
            scale: { domain: ['right', 'wrong'], range: [colours.right, colours.wrong] },
            legend: { title: `${first} is`, orient: 'top' },
          },
        },
      };
    },
    [sweep, first],
  );
  const table = useMemo(
    () => ({
      columns: [sweep.signal, `${first} right`, `${first} wrong`],
      rows: sweep.histogram.map((bin) => [
        `${bin.lo.toPrecision(4)} to ${bin.hi.toPrecision(4)}`,
        count(bin.right),
        count(bin.wrong),
      ]),
    }),
    [sweep, first],
  );
  return (
    <VegaChart
      label={`Histogram of ${sweep.signal} by correctness`}
      height={230}
      spec={spec}
      table={table}
      {...(overlay === undefined ? {} : { overlay })}
    />
  );
}
