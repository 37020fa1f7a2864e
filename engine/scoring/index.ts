/** Judging answers against the ground truth, and against each other. */
export { canonicalAnswer } from '../policy/evaluator.ts';
export { inferScorer } from './infer-scorer.ts';
export { checkScorer, type Scored, type ScoreOutput, scoreOutput, scorer } from './score.ts';
