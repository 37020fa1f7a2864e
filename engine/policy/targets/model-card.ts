import type { Estimate, Policy } from '../../api/index.ts';

/** Names come from files: markup, table bars and line breaks in them are shown, not obeyed. */
const plain = (text: string): string =>
  text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]()<>#|!~&]/g, (c) => `&#${c.charCodeAt(0)};`);

const usd = (value: number): string => `$${Number(value.toPrecision(4))}`;
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

function estimate(e: Estimate | null, write: (value: number) => string): string {
  if (e === null) return 'unknown';
  return `${write(e.mean)} (${write(e.lo)} to ${write(e.hi)} at ${percent(e.level)}, n = ${e.n})`;
}

/** The policy's evidence in words, for the person who signs it off. */
export function modelCard(policy: Policy): string {
  const { evidence } = policy;
  const { certificate } = evidence;
  const reference = plain(evidence.reference);
  const promise = `loss against ${reference} at most ${percent(certificate.maxLoss)}, with confidence ${percent(certificate.confidence)}`;
  const lines = [
    `# ${plain(policy.name)} ${policy.version}`,
    '',
    plain(evidence.sentence),
    '',
    `- Promise: ${promise}: ${certificate.certified ? 'certified' : '**not certified**'} on ${certificate.n} rows (${plain(certificate.method)}).`,
    `- Score on test rows: ${estimate(evidence.score, percent)}`,
    `- Loss against ${reference} on test rows: ${estimate(evidence.lossVsReference, percent)}`,
    `- Cost a request on test rows: ${estimate(evidence.costUsd, usd)}${evidence.nominalPrices ? ', at nominal prices nobody was charged' : ''}`,
    `- Data: ${plain(evidence.dataset.name)}, ${evidence.dataset.rows} rows, hash ${plain(evidence.dataset.hash)}; fit ${evidence.rows.fit}, calibrate ${evidence.rows.calibrate}, test ${evidence.rows.test}, left out ${evidence.rows.leftOut}; seed ${evidence.seed}.`,
    `- Valid until: ${plain(evidence.validUntil ?? 'not stated')}`,
    `- Hash of the policy: ${policy.integrity.hash}`,
    '',
    '| served by | share |',
    '|---|---|',
    ...Object.entries(evidence.shares).map(([id, share]) => `| ${plain(id)} | ${percent(share)} |`),
    '',
    '| baseline, same rows | score | cost a request |',
    '|---|---|---|',
    ...evidence.baselines.map(
      (b) => `| ${plain(b.name)} | ${estimate(b.score, percent)} | ${estimate(b.costUsd, usd)} |`,
    ),
    '',
    '| candidate | provider | model | in, $ per M tokens | out, $ per M tokens | prices of |',
    '|---|---|---|---|---|---|',
    ...policy.candidates.map(({ id, provider, model, price }) => {
      const cells = [id, provider, model, price?.inputPerMTok, price?.outputPerMTok, price?.date];
      return `| ${cells.map((cell) => plain(String(cell ?? 'unknown'))).join(' | ')} |`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}
