import { Option } from 'commander';
import type {
  AnyScorerSpec,
  ClassificationReport,
  Estimate,
  RatersAgreement,
  ScoredAgain,
} from '../../../engine/api/index.ts';
import { example, given, integer, list, number } from '../flags.ts';
import { score, table, usd, warnings } from '../format.ts';
import type { Registrar } from '../run-cli.ts';
import { parseAnyScorer } from '../scorer-flag.ts';
import { candidateTable } from './outcomes.ts';

interface AgainFlags {
  scorer: AnyScorerSpec;
  name?: string;
  budget?: number;
  concurrency?: number;
  allowCode?: true;
}

export function scoreCommands({ program, work }: Registrar): void {
  const scores = program
    .command('score')
    .description('judge answers a run has already: another scorer, classes, agreement with people');

  scores
    .command('again <run>')
    .description('the same answers under another scorer, as a run of its own; no candidate is called again')
    .requiredOption('--scorer <spec>', 'a scorer, or a .json file with one (docs/scorers.md)', parseAnyScorer)
    .option('--name <name>', 'what to call the new run')
    .option('--budget <usd>', 'stop before a judging model could cost more than this', number)
    .option('--concurrency <n>', 'answers judged at once', integer)
    .option(
      '--allow-code',
      'consent to running code that a model wrote (docs/scorers.md says how it is confined)',
    )
    .addHelpText('after', example('kneepoint score again latest --scorer rouge:rougeL'))
    .action((run: string, { scorer, ...flags }: AgainFlags) =>
      work(async ({ api, out, watch, interrupted }) => {
        const job = `score-${process.pid}`;
        interrupted.addEventListener('abort', () => {
          api.scores.cancel({ job }).catch(() => undefined);
        });
        const again = await watch(() =>
          api.scores.again({
            run,
            scorer,
            job,
            ...given({
              name: flags.name,
              budgetUsd: flags.budget,
              concurrency: flags.concurrency,
              allowCode: flags.allowCode,
            }),
          }),
        );
        await out.result(again, () => shownAgain(again));
      }),
    );

  scores
    .command('report <run>')
    .description('precision, recall and F1 by class, and which class is taken for which')
    .addHelpText('after', example('kneepoint score report latest --json'))
    .action((run: string) =>
      work(async ({ api, out }) => {
        const report = await api.scores.report({ run });
        await out.result(report, () => report.reports.map(shownReport).join('\n\n'));
      }),
    );

  scores
    .command('agreement <runs>')
    .description("how far raters agree: a judge's run and people's labels imported as a run with scores")
    .addOption(
      new Option('--measure <measure>', "what Krippendorff's alpha takes ratings for")
        .choices(['nominal', 'ordinal', 'interval'])
        .default('nominal'),
    )
    .addHelpText('after', example('kneepoint score agreement JUDGE,PEOPLE --measure ordinal'))
    .action((runs: string, { measure }: { measure: RatersAgreement['alpha']['measure'] }) =>
      work(async ({ api, out }) => {
        const found = await api.scores.agreement({ runs: list(runs, undefined), measure });
        await out.result(found, () => shownAgreement(found));
      }),
    );
}

function shownAgain(again: ScoredAgain): string {
  const { counts, judge } = again;
  const bill =
    judge === null
      ? ''
      : `\nJudged in ${judge.calls} calls, ${judge.fresh} of them fresh: ${judge.costUsd === null ? 'cost unknown' : `${usd(judge.costUsd)}, ${usd(judge.freshCostUsd ?? 0)} of it now`}; ${judge.unreadable} replies unreadable, ${judge.failed} calls failed, ${judge.swayed} verdicts swayed by position.`;
  const corpus = again.corpus.map(
    (one) => `\n${one.candidate}: ${(one.score * 100).toFixed(2)} over the whole corpus`,
  );
  return (
    `Run ${again.run}: ${counts.outcomes} answers of run ${again.of} judged as ${again.scorer.kind}. ` +
    `${counts.scored} scored, ${counts.unparsed} unparsed, ${counts.failed} failed, ${counts.unjudged} not judged.${bill}` +
    `\n\n${candidateTable(again.candidates)}${corpus.join('')}${warnings(again.warnings)}`
  );
}

/** Few columns leave room for the interval: a figure without one is not shown. */
const short = (estimate: Estimate | null): string =>
  estimate === null
    ? '–'
    : `${(estimate.mean * 100).toFixed(1)} (${(estimate.lo * 100).toFixed(1)}–${(estimate.hi * 100).toFixed(1)})`;

function shownReport(report: ClassificationReport): string {
  const confused = report.confusion.filter((cell) => cell.expected !== cell.predicted).slice(0, 10);
  const hidden =
    report.classCount > 30 ? `\n… and ${report.classCount - 30} classes more: --json has 200` : '';
  return (
    `${report.candidate}: ${report.n} answers, ${report.unparsed} unparsed, ${report.failed} failed. ` +
    `Accuracy ${score(report.micro.recall)}, of those read ${score(report.micro.precision)}, macro F1 ${score(report.macroF1)}.\n` +
    table(
      ['class', 'rows', 'precision %', 'recall %', 'F1 %'],
      report.classes
        .slice(0, 30)
        .map((row) => [
          row.label,
          String(row.support),
          short(row.precision),
          short(row.recall),
          short(row.f1),
        ]),
    ) +
    hidden +
    (confused.length === 0
      ? ''
      : `\n\n${table(
          ['expected', 'answered', 'rows'],
          confused.map((cell) => [cell.expected, cell.predicted, String(cell.count)]),
        )}`)
  );
}

function shownAgreement(found: RatersAgreement): string {
  const figure = ({ mean, lo, hi, level, n }: Estimate): string =>
    Number.isNaN(mean)
      ? 'undefined: only one rating occurs'
      : `${mean.toFixed(3)} (${(level * 100).toFixed(0)} %: ${lo.toFixed(3)} to ${hi.toFixed(3)}, n=${n})`;
  return (
    `Krippendorff's alpha, ${found.alpha.measure}: ${figure(found.alpha)}\n\n` +
    table(
      ['raters', "Cohen's kappa", 'linear weights', 'quadratic weights'],
      found.kappas.map((pair) => [
        `${pair.a} ${pair.b}`,
        figure(pair.none),
        figure(pair.linear),
        figure(pair.quadratic),
      ]),
    )
  );
}
