/** Cost against score on a log axis: frontier with its band, singles, hull, mix, oracle, the policy, and the handle. */
import { type ReactNode, useCallback, useMemo } from 'react';
import type { VisualizationSpec } from 'vega-embed';
import type { FitResult } from '../../engine/api/index.ts';
import { percent, usd } from '../ui/format.ts';
import { chartConfig, type ChartColours } from './chart-colours.ts';
import { costScale, costTicks, drawingOrder, hullCurve, marksOf, placeOnLog } from './frontier-data.ts';
import { type ChartFrame, VegaChart } from './vega-chart.tsx';

export function FrontierChart({
  fit,
  overlay,
}: {
  fit: FitResult;
  overlay?: (frame: ChartFrame) => ReactNode;
}) {
  const marks = useMemo(() => marksOf(fit), [fit]);
  const spec = useCallback(
    (size: { width: number; height: number }, colours: ChartColours): VisualizationSpec => {
      const frontier = fit.frontier
        .map((point) => ({ cost: point.costUsd * 1000, score: point.score, lo: point.lo, hi: point.hi }))
        .sort((a, b) => a.cost - b.cost);
      const costs = [...frontier, ...marks].map((point) => point.cost);
      const singles = marks.filter((mark) => mark.kind === 'Single');
      const hull = hullCurve(singles);
      const sweep =
        fit.sweep === null
          ? []
          : Array.from(fit.sweep.costUsd, (cost, index) => ({
              cost: cost * 1000,
              score: fit.sweep?.score[index] ?? 0,
              index,
            }));
      const x = {
        field: 'cost',
        type: 'quantitative' as const,
        scale: { type: costScale(costs), nice: false, padding: 24 },
        axis: {
          title: 'Cost per thousand requests (USD, log)',
          format: '$.3~g',
          values: costTicks(costs),
          labelOverlap: true,
        },
      };
      const y = {
        field: 'score',
        type: 'quantitative' as const,
        scale: { zero: false, padding: 18 },
        axis: { title: 'Score on the test rows', format: '.1%', tickCount: 6 },
      };
      const kinds = ['Policy', 'Single', 'Same-cost mix', 'Oracle', 'Other baseline'];
      return {
        $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
        width: size.width,
        height: size.height,
        autosize: { type: 'fit', contains: 'padding' },
        config: chartConfig(colours),
        layer: [
          {
            data: { values: frontier },
            mark: { type: 'area', color: colours.band, opacity: 0.16, line: false },
            encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
          },
          {
            data: { values: hull },
            mark: { type: 'line', color: colours.hull, strokeDash: [4, 3], strokeWidth: 1.3 },
            encoding: { x, y },
          },
          {
            data: { values: sweep },
            mark: { type: 'line', color: colours.accent, strokeWidth: 1, opacity: 0.55 },
            encoding: { x, y, order: { field: 'index' } },
          },
          {
            data: { values: frontier },
            mark: { type: 'line', color: colours.accent, strokeWidth: 2.2 },
            encoding: { x, y },
          },
          {
            data: { values: drawingOrder(marks) },
            mark: { type: 'point', filled: true, size: 85, opacity: 1 },
            encoding: {
              x,
              y,
              shape: {
                field: 'kind',
                type: 'nominal',
                scale: { domain: kinds, range: ['diamond', 'circle', 'triangle-up', 'cross', 'square'] },
                legend: { title: null, orient: 'top', symbolSize: 80 },
              },
              color: {
                field: 'kind',
                type: 'nominal',
                scale: {
                  domain: kinds,
                  range: [colours.accent, colours.single, colours.mix, colours.oracle, colours.hull],
                },
                legend: { title: null, orient: 'top' },
              },
            },
          },
          // Names stand to the left of points near the right edge, else to the right.
          ...[true, false].map((left) => ({
            data: { values: singles.filter((mark) => placeOnLog(mark.cost, costs) > 0.75 === left) },
            mark: {
              type: 'text' as const,
              align: left ? ('right' as const) : ('left' as const),
              dx: left ? -10 : 10,
              dy: left ? 13 : 8,
              color: colours.text,
              limit: 200,
            },
            encoding: { x, y, text: { field: 'name', type: 'nominal' as const } },
          })),
        ],
      };
    },
    [fit, marks],
  );
  const table = useMemo(
    () => ({
      columns: ['What', 'Cost per thousand', 'Score', '95 % band'],
      rows: [
        ...marks.map((mark) => [`${mark.kind}: ${mark.name}`, usd(mark.cost), percent(mark.score), '']),
        ...fit.frontier.map((point) => [
          'Frontier',
          usd(point.costUsd * 1000),
          percent(point.score),
          `${percent(point.lo)} to ${percent(point.hi)}`,
        ]),
      ],
    }),
    [fit, marks],
  );
  return (
    <VegaChart
      label="Frontier: cost against score"
      height={380}
      spec={spec}
      table={table}
      {...(overlay === undefined ? {} : { overlay })}
    />
  );
}
