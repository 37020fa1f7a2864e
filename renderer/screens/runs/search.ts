import { z } from 'zod';

export const RunSearch = z.object({
  candidate: z.string().optional().catch(undefined),
  only: z.enum(['all', 'failed', 'wrong', 'unparsed']).optional().catch(undefined),
  /** Runs whose scores are compared with this one's. */
  raters: z.array(z.string()).max(49).optional().catch(undefined),
  measure: z.enum(['nominal', 'ordinal', 'interval']).optional().catch(undefined),
});
