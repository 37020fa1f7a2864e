/** Reviews: items that wait for a person, and what was decided. */
import { z } from 'zod';
import { type Estimate, PageRequest } from './values.ts';

/** approve: the answer stands. edit: another takes its place. reject: the item fails. */
export const reviewVerdicts = ['approve', 'edit', 'reject'] as const;
export type ReviewVerdict = (typeof reviewVerdicts)[number];

export const ReviewList = z.strictObject({
  ...PageRequest.shape,
  run: z.string().min(1).optional(),
  status: z.enum(['waiting', 'decided', 'all']).default('waiting'),
});
export const ReviewRef = z.strictObject({ review: z.string().min(1) });
export const ReviewDecide = z.strictObject({
  review: z.string().min(1),
  verdict: z.enum(reviewVerdicts),
  /** The answer to use instead; with `edit` alone. */
  answer: z.string().max(1_000_000).optional(),
  by: z.string().trim().min(1).max(200),
  note: z.string().max(10_000).optional(),
  /** Milliseconds the person looked at it, where the door knows. */
  tookMs: z.number().min(0).optional(),
});
export type ReviewDecide = z.infer<typeof ReviewDecide>;
export const ReviewStatsInput = z.strictObject({ run: z.string().min(1).optional() });

export interface ReviewDecision {
  verdict: ReviewVerdict;
  answer: string | null;
  by: string;
  note: string | null;
  decidedAt: string;
  tookMs: number | null;
}
export interface Review {
  review: string;
  run: string;
  example: string;
  candidate: string;
  step: string;
  reason: string;
  question: string | null;
  options: string[] | null;
  /** What the models answered. */
  answer: string | null;
  askedAt: string;
  /** The example's fields, for whoever decides. The expected answer is not among them. */
  input: { field: string; text: string }[];
  decision: ReviewDecision | null;
}
export interface ReviewPage {
  total: number;
  reviews: Review[];
}
export interface ReviewStats {
  waiting: number;
  decided: number;
  byVerdict: Record<ReviewVerdict, number>;
  /** Share of decisions that let the models' answer stand. Null where nothing is decided. */
  approved: Estimate | null;
  /** Cohen's kappa between the models' answers and the people's. Null where either used one answer only. */
  kappa: Estimate | null;
  /** Share right by the dataset's scorer, of the same decided items: the models' answer, and what was decided. */
  right: { models: Estimate; people: Estimate } | null;
  /** From asked to decided, milliseconds; median. */
  waitedMs: Estimate | null;
  /** Looked at by a person, milliseconds; median, of those whose door measured it. */
  tookMs: Estimate | null;
  by: { person: string; decided: number; approved: Estimate }[];
}
