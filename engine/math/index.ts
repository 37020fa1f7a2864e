/** Pure numbers: estimators, intervals, tests, frontiers. */
export {
  type BootstrapMean,
  type BootstrapOptions,
  bootstrapDifferences,
  bootstrapEstimates,
  bootstrapMeans,
  resample,
} from './bootstrap.ts';
export { type Clusters, denseClusters, largestCluster } from './clusters.ts';
export { copiesEffect, designEffect } from './design-effect.ts';
export { holmAdjust } from './holm.ts';
export { mcnemarMidP } from './mcnemar.ts';
export { meanInterval } from './mean-interval.ts';
export { newcombePaired, type PairedCounts } from './newcombe.ts';
export { normalCdf, normalQuantile, normalTwoSided, studentTwoSided } from './normal.ts';
export { quantiles, quantileSorted } from './quantile.ts';
export { rateInterval } from './rate-interval.ts';
export { quantileIntervals } from './quantile-interval.ts';
export { type QuantileChange, quantileDifferences } from './quantile-differences.ts';
export { wilsonInterval } from './wilson.ts';
export { type Random, seededRandom, shuffle } from './random.ts';
export { auroc } from './auroc.ts';
export { type DeferralMetrics, deferralMetrics } from './deferral.ts';
export { type CostPoint, hullArea, hullCorners, mixAt } from './cost-hull.ts';
export {
  chooseBound,
  clusterMeans,
  type LossBound,
  lossUpperBound,
  rowsWithoutLoss,
  studentOneSided,
  worstUnits,
} from './loss-bound.ts';
export { pairedChance, type PairedLosses, pairedUpperBound } from './paired-bound.ts';
export { hoeffdingBentkusBound } from './hoeffding-bentkus.ts';
export { orderOf } from './order.ts';
export { type SweepRows, sweepThreshold, type ThresholdSweep } from './threshold-sweep.ts';
export { cohenKappa, type KappaWeights } from './kappa.ts';
export { type AlphaMeasure, krippendorffAlpha } from './krippendorff.ts';
export { jackknife } from './jackknife.ts';
export { ndcgAt, recallAt, reciprocalRank } from './ranking.ts';
