import type { z } from 'zod';
import { type Json, WorkbenchError } from '../../api/index.ts';

/** A local model's parameters, or `input.invalid` naming the model and the field. */
export function readParameters<Schema extends z.ZodType>(
  model: string,
  schema: Schema,
  parameters: { [key: string]: Json },
): z.output<Schema> {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = ['parameters', ...(issue?.path ?? [])].join('.');
  throw new WorkbenchError('input.invalid', `local/${model}: ${where}: ${issue?.message ?? 'invalid'}.`, {
    hint: "Correct the candidate's `parameters` in the pipeline.",
    details: { model, issues: parsed.error.issues.map(({ path, message }) => ({ path, message })) },
  });
}
