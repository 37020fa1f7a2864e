/** Pure numbers: estimators, intervals, tests, frontiers. */
export {
  type BootstrapMean,
  type BootstrapOptions,
  bootstrapDifferences,
  bootstrapEstimates,
  bootstrapMeans,
  resample,
} from './bootstrap.ts';
export { type Clusters, denseClusters } from './clusters.ts';
export { holmAdjust } from './holm.ts';
export { mcnemarMidP } from './mcnemar.ts';
export { meanInterval } from './mean-interval.ts';
export { newcombePaired, type PairedCounts } from './newcombe.ts';
export { normalCdf, normalQuantile, normalTwoSided, studentTwoSided } from './normal.ts';
export { quantiles, quantileSorted } from './quantile.ts';
export { wilsonInterval } from './wilson.ts';
export { type Random, seededRandom, shuffle } from './random.ts';
