/** Other prices for recorded usage: nothing is called. */
import { z } from 'zod';

const usd = z.number().min(0);
/** USD per million tokens, or a call. */
export const ModelPrices = z
  .strictObject({
    inputPerMTok: usd.optional(),
    outputPerMTok: usd.optional(),
    /** Input tokens read from the provider's cache; absent: as any input. */
    cachedInputPerMTok: usd.optional(),
    cacheWritePerMTok: usd.optional(),
    /** Of the provider's batch service; absent: its batch price is not known. */
    batchInputPerMTok: usd.optional(),
    batchOutputPerMTok: usd.optional(),
    perCallUsd: usd.optional(),
  })
  .refine(
    ({ inputPerMTok, outputPerMTok }) => (inputPerMTok === undefined) === (outputPerMTok === undefined),
    {
      message: 'needs inputPerMTok and outputPerMTok, or neither',
    },
  )
  .refine((price) => price.inputPerMTok !== undefined || price.perCallUsd !== undefined, {
    message: 'needs inputPerMTok and outputPerMTok, or perCallUsd',
  });
export type ModelPrices = z.infer<typeof ModelPrices>;

export const pricings = [
  /** the usage as recorded, tokens from a cache at the cache's price */
  'recorded',
  /** as if no input token came from a cache: the most the tokens can cost */
  'uncached',
  /** as if every input token came from a cache: the least */
  'cached',
  /** the provider's batch service; no cache */
  'batch',
] as const;
export type Pricing = (typeof pricings)[number];

export const Repricing = z.strictObject({
  /** What the table is called where figures name it. */
  name: z.string().min(1).max(200).optional(),
  /** By candidate id, `provider/model` or model; absent: the frozen table of this build. */
  models: z.record(z.string().min(1).max(300), ModelPrices).optional(),
  pricing: z.enum(pricings).default('recorded'),
});
export type Repricing = z.infer<typeof Repricing>;

/** How far another table priced what was recorded. */
export interface Repriced {
  table: string;
  pricing: Pricing;
  /** Outcomes with a cost under it, and without: no price, or no usage recorded. Unknown is never 0. */
  known: number;
  unknown: number;
  /** Known ones that do not say which tokens came from a cache: priced as if none had. */
  cacheUnknown: number;
  /** Candidates of which nothing could be priced. */
  unpriced: string[];
}
