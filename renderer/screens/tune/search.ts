import { z } from 'zod';

export const TuneSearch = z.object({
  /** The run the form starts with. */
  run: z.string().optional().catch(undefined),
  /** The fit that is shown. */
  fit: z.string().optional().catch(undefined),
});
