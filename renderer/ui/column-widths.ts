/** Widths that somebody has given to columns, by grid: they outlive a filter and a visit to another screen. */
import { create } from 'zustand';

const LEAST_PX = 48;
const MOST_PX = 1600;
export const STEP_PX = 24;

type Widths = Readonly<Record<string, number>>;
const NONE: Widths = {};
const useWidths = create<{ byGrid: Readonly<Record<string, Widths>> }>(() => ({ byGrid: {} }));

export const useColumnWidths = (grid: string): Widths => useWidths((state) => state.byGrid[grid] ?? NONE);

export const clampedWidth = (px: number): number => Math.round(Math.max(LEAST_PX, Math.min(MOST_PX, px)));

/** Null gives the column back its own width. */
export function setColumnWidth(grid: string, column: string, px: number | null): void {
  useWidths.setState(({ byGrid }) => {
    const { [column]: _, ...others } = byGrid[grid] ?? NONE;
    const widths = px === null ? others : { ...others, [column]: clampedWidth(px) };
    return { byGrid: { ...byGrid, [grid]: widths } };
  });
}
