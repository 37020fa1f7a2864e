/** Where the threshold handle of each fit stands. Null: where the fit put it. */
import { create } from 'zustand';

interface TuneState {
  at: Record<string, number>;
}
export const useTuneState = create<TuneState>(() => ({ at: {} }));

export const moveThreshold = (fit: string, index: number): void =>
  useTuneState.setState((was) => ({ at: { ...was.at, [fit]: index } }));
export const resetThreshold = (fit: string): void =>
  useTuneState.setState((was) => ({
    at: Object.fromEntries(Object.entries(was.at).filter(([key]) => key !== fit)),
  }));
