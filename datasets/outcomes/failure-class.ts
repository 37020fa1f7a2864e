/** The class of a failure, from the words another tool kept of it. */
import { type FailureClass, failureClasses } from '../../engine/api/index.ts';

const told: [FailureClass, RegExp][] = [
  ['rate_limited', /rate.?limit|too many requests|\b429\b|quota/i],
  ['context_overflow', /context.?(length|window)|maximum context|too many tokens|prompt is too long/i],
  ['refused', /content.?(filter|policy|management)|refus|moderation/i],
  ['timeout', /time.?out|timed out|deadline/i],
  ['overloaded', /overloaded|\b529\b|\b503\b|unavailable/i],
  ['auth', /unauthori[sz]ed|api.?key|authenticat|permission|forbidden|\b40[13]\b/i],
  ['connection', /ECONN|ENOTFOUND|EPIPE|connection|network|socket|fetch failed/i],
  ['bad_request', /bad request|invalid.?request|\b4(00|04|22)\b/i],
  ['malformed', /JSON|parse|unexpected token/i],
  ['empty', /empty (response|answer|output)|no (output|response)/i],
];

export const failureClassOf = (text: string): FailureClass =>
  failureClasses.find((name) => name === text) ??
  told.find(([, pattern]) => pattern.test(text))?.[0] ??
  'server_error';
