/** The one wrapper around Vega: expressions run through its interpreter, because the page forbids eval. */
import { SegmentedControl, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { View } from 'vega';
import type { VisualizationSpec } from 'vega-embed';
import { chartColours, type ChartColours } from './chart-colours.ts';

/** Where data values lie in the drawn chart, in pixels of its box. */
export interface ChartFrame {
  width: number;
  height: number;
  x: (value: number) => number;
  y: (value: number) => number;
  /** The plotting area. */
  area: { left: number; right: number; top: number; bottom: number };
}

interface Props {
  label: string;
  height: number;
  /** Must be stable for the same data: it is redrawn when it changes. */
  spec: (size: { width: number; height: number }, colours: ChartColours) => VisualizationSpec;
  /** The same data as a table. */
  table: { columns: string[]; rows: string[][] };
  overlay?: (frame: ChartFrame) => ReactNode;
}

type View2 = 'chart' | 'table';

export function VegaChart({ label, height, spec, table, overlay }: Props) {
  const [shown, setShown] = useState<View2>('chart');
  return (
    <div className="kp-chart-frame">
      <div className="kp-chart-bar">
        <SegmentedControl
          aria-label={`${label}: as chart or table`}
          data={[
            { value: 'chart', label: 'Chart' },
            { value: 'table', label: 'Table' },
          ]}
          value={shown}
          onChange={setShown}
        />
      </div>
      {shown === 'chart' ? (
        <Drawing label={label} height={height} spec={spec} {...(overlay === undefined ? {} : { overlay })} />
      ) : (
        <div
          className="kp-table-frame kp-boxed"
          style={{ maxHeight: height }}
          tabIndex={0}
          role="group"
          aria-label={label}
        >
          <table className="kp-table">
            <thead>
              <tr>
                {table.columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map((row, index) => (
                // Points of a chart have no identity but their order.
                <tr key={index}>
                  {row.map((cell, column) => (
                    <td key={table.columns[column]}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function Drawing({ label, height, spec, overlay }: Pick<Props, 'label' | 'height' | 'spec' | 'overlay'>) {
  const { ref, width } = useElementSize();
  const target = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const [frame, setFrame] = useState<ChartFrame | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  useEffect(() => {
    if (target.current === null || width < 50) return;
    const element = target.current;
    let done = false;
    let finalize: (() => void) | null = null;
    const draw = async (): Promise<void> => {
      const { default: embed } = await import('vega-embed');
      if (done) return;
      const drawn = await embed(element, spec({ width, height }, chartColours[scheme]), {
        ast: true,
        actions: false,
        renderer: 'svg',
        defaultStyle: false,
        tooltip: false,
      });
      if (done) return drawn.finalize();
      finalize = () => drawn.finalize();
      // Vega's root is spoken as "graphics-document" with every mark below it; the label and the table say it better.
      element.querySelector('svg')?.setAttribute('aria-hidden', 'true');
      setFrame(frameOf(drawn.view, width, height));
    };
    draw().catch((thrown: unknown) => setFailure(thrown instanceof Error ? thrown.message : String(thrown)));
    return () => {
      done = true;
      finalize?.();
    };
  }, [spec, width, height, scheme]);

  return (
    <div ref={ref} className="kp-chart" style={{ height }}>
      {failure !== null && (
        <p role="alert">The chart could not be drawn: {failure}. Its table has the same data.</p>
      )}
      <div ref={target} role="img" aria-label={label} />
      {frame !== null && overlay !== undefined && (
        <svg className="kp-chart-overlay" width={frame.width} height={frame.height}>
          {overlay(frame)}
        </svg>
      )}
    </div>
  );
}

function frameOf(view: View, width: number, height: number): ChartFrame {
  const padding = view.padding();
  const { left: padLeft = 0, top: padTop = 0 } =
    typeof padding === 'number' ? { left: padding, top: padding } : padding;
  const [originX, originY] = view.origin();
  const left = padLeft + originX;
  const top = padTop + originY;
  // Vega types a scale as any; the charts here all have quantitative x and y.
  const scale = (name: string): ((value: number) => number) => view.scale(name) as (value: number) => number;
  return {
    width,
    height,
    x: (value) => left + scale('x')(value),
    y: (value) => top + scale('y')(value),
    area: { left, right: left + view.width(), top, bottom: top + view.height() },
  };
}
