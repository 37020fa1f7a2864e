/** Newest progress by run, fit job and import: it lives only in events, so it is kept apart from query data. */
import { create } from 'zustand';
import type { WorkbenchEvent } from '../../engine/api/index.ts';

export type RunProgress = Extract<WorkbenchEvent, { type: 'run.progress' }>;
export type FitProgress = Extract<WorkbenchEvent, { type: 'fit.progress' }>;
export type ImportProgress = Extract<WorkbenchEvent, { type: 'import.progress' }>;

export type ScoreProgress = Extract<WorkbenchEvent, { type: 'score.progress' }>;

export type CheckProgress = Extract<WorkbenchEvent, { type: 'check.progress' }>;

interface Progress {
  runs: Record<string, RunProgress>;
  fits: Record<string, FitProgress>;
  imports: Record<string, ImportProgress>;
  scores: Record<string, ScoreProgress>;
  checks: Record<string, CheckProgress>;
}
export const useProgress = create<Progress>(() => ({
  runs: {},
  fits: {},
  imports: {},
  scores: {},
  checks: {},
}));

export function noteProgress(event: WorkbenchEvent): void {
  switch (event.type) {
    case 'run.progress':
      useProgress.setState((was) => ({ runs: { ...was.runs, [event.run]: event } }));
      return;
    case 'fit.progress':
      useProgress.setState((was) => ({ fits: { ...was.fits, [event.job]: event } }));
      return;
    case 'import.progress':
      useProgress.setState((was) => ({ imports: { ...was.imports, [event.name]: event } }));
      return;
    case 'score.progress':
      useProgress.setState((was) => ({ scores: { ...was.scores, [event.job]: event } }));
      return;
    case 'check.progress':
      useProgress.setState((was) => ({ checks: { ...was.checks, [event.job]: event } }));
      return;
    case 'dataset.changed':
    case 'run.changed':
    case 'fit.changed':
    case 'policy.changed':
  }
}
