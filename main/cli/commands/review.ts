import { userInfo } from 'node:os';
import { Option } from 'commander';
import {
  type Review,
  type ReviewStats,
  reviewVerdicts,
  type ReviewVerdict,
} from '../../../engine/api/index.ts';
import { example, given, integer } from '../flags.ts';
import { duration, score, table } from '../format.ts';
import type { Registrar } from '../run-cli.ts';
import { safe } from '../terminal.ts';

export function reviewCommands({ program, work }: Registrar): void {
  const review = program
    .command('review')
    .description('items that wait for a person: list, show, decide, stats');
  review
    .command('list')
    .description('what waits for a decision, oldest first')
    .option('--run <run>', 'only of this run')
    .addOption(new Option('--status <which>', 'waiting unless said').choices(['waiting', 'decided', 'all']))
    .option('--offset <n>', 'skip so many', integer)
    .option('--limit <n>', 'at most so many', integer)
    .addHelpText('after', example('kneepoint review list --run latest'))
    .action(
      (flags: { run?: string; status?: 'waiting' | 'decided' | 'all'; offset?: number; limit?: number }) =>
        work(async ({ api, out }) => {
          const page = await api.reviews.list(given(flags));
          await out.result(page, () =>
            page.reviews.length === 0
              ? 'Nothing waits for a decision.'
              : [
                  table(
                    ['review', 'run', 'example', 'candidate', 'step', 'answer', 'decision'],
                    page.reviews.map((item) => [
                      item.review,
                      item.run,
                      item.example,
                      item.candidate,
                      item.step,
                      short(item.answer),
                      item.decision === null ? '' : `${item.decision.verdict} by ${item.decision.by}`,
                    ]),
                  ),
                  `${page.reviews.length} of ${page.total}`,
                ].join('\n'),
          );
        }),
    );
  review
    .command('show <review>')
    .description('one review with what went in and what the models answered')
    .addHelpText('after', example('kneepoint review show v3f2a'))
    .action((ref: string) =>
      work(async ({ api, out }) => {
        const found = await api.reviews.show({ review: ref });
        await out.result(found, () => story(found));
      }),
    );
  review
    .command('decide <review> <verdict>')
    .description(
      'approve the answer, edit it (--answer) or reject it; then `run resume` goes on with the item',
    )
    .option('--answer <text>', 'what to answer instead; with edit')
    .option('--note <text>', 'why')
    .option('--by <name>', 'who decides; your user name unless said')
    .addHelpText('after', example('kneepoint review decide v3f2a edit --answer spam --note "a known sender"'))
    .action((ref: string, verdict: string, flags: { answer?: string; note?: string; by?: string }) =>
      work(async ({ api, out }) => {
        const decided = await api.reviews.decide({
          review: ref,
          // Parsed and refused by the API where it is none of them.
          verdict: verdict as ReviewVerdict,
          by: flags.by ?? userInfo().username,
          ...given({ answer: flags.answer, note: flags.note }),
        });
        await out.result(decided, () => story(decided));
      }),
    );
  review
    .command('stats')
    .description('how much is decided, how people and models agree, and how long it takes')
    .option('--run <run>', 'only of this run')
    .addHelpText('after', example('kneepoint review stats --run latest'))
    .action((flags: { run?: string }) =>
      work(async ({ api, out }) => {
        const stats = await api.reviews.stats(given(flags));
        await out.result(stats, () => figures(stats));
      }),
    );
}

const short = (text: string | null): string =>
  text === null ? '' : text.length > 40 ? `${text.slice(0, 39)}…` : text.replaceAll(/\s+/g, ' ');

function story(review: Review): string {
  const { decision } = review;
  const lines = [
    `Review ${review.review}: step ${review.step} of example ${review.example}, candidate ${review.candidate}, run ${review.run}`,
    `because ${review.reason}${review.question === null ? '' : `: ${review.question}`}`,
    '',
    ...review.input.map(({ field, text }) => `${field}: ${text}`),
    '',
    `answer: ${review.answer ?? '(none)'}`,
    ...(review.options === null ? [] : [`options: ${review.options.join(', ')}`]),
    decision === null
      ? `Decide it: kneepoint review decide ${review.review} ${reviewVerdicts.join('|')}`
      : `${decision.verdict} by ${decision.by}, ${decision.decidedAt}${decision.answer === null ? '' : `: ${decision.answer}`}${decision.note === null ? '' : ` (${decision.note})`}`,
  ];
  return lines.map((line) => safe(line)).join('\n');
}

function figures(stats: ReviewStats): string {
  const { byVerdict, right, kappa, waitedMs, tookMs } = stats;
  const time = (estimate: NonNullable<ReviewStats['waitedMs']>): string => {
    const bound = (ms: number): string => (Number.isFinite(ms) ? duration(ms) : '?');
    return `${duration(estimate.mean)} (95 %: ${bound(estimate.lo)}–${bound(estimate.hi)}, n=${estimate.n})`;
  };
  return [
    `${stats.waiting} waiting, ${stats.decided} decided: ${byVerdict.approve} approved, ${byVerdict.edit} edited, ${byVerdict.reject} rejected.`,
    ...(stats.approved === null ? [] : [`Answers let stand: ${score(stats.approved)}`]),
    ...(right === null
      ? []
      : [`Right by the dataset's scorer: models ${score(right.models)}, people ${score(right.people)}`]),
    ...(kappa === null
      ? []
      : [
          `Cohen's kappa of models and people: ${kappa.mean.toFixed(2)} (95 %: ${kappa.lo.toFixed(2)}–${kappa.hi.toFixed(2)}, n=${kappa.n})`,
        ]),
    ...(waitedMs === null ? [] : [`Waited for a decision, median: ${time(waitedMs)}`]),
    ...(tookMs === null ? [] : [`Looked at, median: ${time(tookMs)}`]),
    ...(stats.by.length < 2
      ? []
      : [
          '',
          table(
            ['person', 'decided', 'let stand'],
            stats.by.map((one) => [one.person, String(one.decided), score(one.approved)]),
          ),
        ]),
  ].join('\n');
}
