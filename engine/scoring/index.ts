/** Judging answers against the ground truth, and against each other. */
export { canonicalAnswer } from '../policy/evaluator.ts';
export { corpusBleu, sentenceBleu } from './bleu.ts';
export { choiceLetter } from './choice.ts';
export { corpusChrf, sentenceChrf } from './chrf.ts';
export { inferScorer } from './infer-scorer.ts';
export { readNumber, type ReadNumber } from './read-number.ts';
export { checkScorer, expectedText, type Scored, type ScoreOutput, scoreOutput, scorer } from './score.ts';
export { commonSubsequence, editDistance } from './sequence.ts';
export { editSimilarity, itemsF1, itemsOf, rouge, tokenF1 } from './text-scores.ts';
export { codeFlags, codeOf, type CodeVerdict, requireCodeRunner, runCodeTests } from './code-tests.ts';
export { classify, failedLabel, labelReader, unparsedLabel } from './classification.ts';
export * from './judge.ts';
export { sameRows, sqlOf } from './sql-rows.ts';
