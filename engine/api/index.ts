/** The contract. Imports nothing but zod. */
export * from './compare.ts';
export * from './dataset.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './fit.ts';
export * from './matrix.ts';
export * from './policies.ts';
export * from './policy.ts';
export * from './prices.ts';
export * from './rejection-words.ts';
export * from './review.ts';
export * from './run.ts';
export * from './scorer.ts';
export * from './scores.ts';
export * from './services.ts';
export * from './trace.ts';
export * from './values.ts';
