/** One numbered, replayable event feed. Progress is coalesced to ten a second. */
import { z } from 'zod';
import type { RunStatus } from './run.ts';

export type CheckStage = 'reading' | 'comparing' | 'judging';

export type WorkbenchEvent = { seq: number; at: string } & (
  | { type: 'dataset.changed'; dataset: string }
  | { type: 'import.progress'; name: string; rows: number; bytes: number; totalBytes: number | null }
  | {
      type: 'run.progress';
      run: string;
      status: RunStatus;
      total: number;
      done: number;
      failed: number;
      cached: number;
      costUsd: number | null;
      inputTokens: number;
      outputTokens: number;
      /** Outcomes a second over the last few seconds. */
      perSecond: number;
      etaMs: number | null;
      latencyMs: { p50: number; p95: number } | null;
    }
  | { type: 'run.changed'; run: string; status: RunStatus }
  | { type: 'fit.progress'; job: string; stage: string; done: number; total: number }
  | { type: 'score.progress'; job: string; done: number; total: number }
  /** Rows read, then bands of near duplicates met, then the pairs of rows judged: each stage counts from 0. */
  | { type: 'check.progress'; job: string; stage: CheckStage; done: number; total: number }
  | { type: 'fit.changed'; fit: string }
  | { type: 'policy.changed'; policy: string }
);
/** What a room emits; the feed adds seq and at. */
export type EventBody = WorkbenchEvent extends infer E
  ? E extends WorkbenchEvent
    ? Omit<E, 'seq' | 'at'>
    : never
  : never;
export type Emit = (event: EventBody) => void;

export const EventsSince = z.strictObject({
  seq: z.number().int().min(0),
  /** Long poll: wait this long for something new. */
  waitMs: z.number().int().min(0).max(30_000).default(0),
});
export interface EventsPage {
  events: WorkbenchEvent[];
  seq: number;
  /** Some events between the asked seq and the first here are no longer kept: refetch everything. */
  lost: boolean;
}
