import { z } from 'zod';

export const RunSearch = z.object({
  candidate: z.string().optional().catch(undefined),
  only: z.enum(['all', 'failed', 'wrong', 'unparsed']).optional().catch(undefined),
});
