import { z } from 'zod';

export const CompareSearch = z.object({
  runs: z.array(z.string()).optional().catch(undefined),
  candidates: z.array(z.string()).optional().catch(undefined),
  baseline: z.string().optional().catch(undefined),
  by: z.string().optional().catch(undefined),
  only: z.enum(['all', 'different', 'regressions']).optional().catch(undefined),
});
export type CompareSearch = z.infer<typeof CompareSearch>;
