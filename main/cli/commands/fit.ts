import { Option } from 'commander';
import { type Baseline, type Family, families, type FitResult } from '../../../engine/api/index.ts';
import { save } from '../files.ts';
import { example, given, integer, list, number } from '../flags.ts';
import { costPerThousand, points, score, share, table, warnings } from '../format.ts';
import { pricesHelp, pricingHelp, repricing } from '../price-file.ts';
import type { Registrar } from '../run-cli.ts';
import { safe } from '../terminal.ts';

interface FitFlags {
  maxLoss: number;
  reference?: string;
  confidence?: number;
  maxCost?: number;
  minScore?: number;
  maxP95?: number;
  candidates?: string[];
  signals?: string[];
  families?: string[];
  seed?: number;
  prices?: string;
  pricing?: string;
  name?: string;
  out?: string;
}

export function fitCommand({ program, work }: Registrar): void {
  program
    .command('fit <runs>')
    .description(
      'search the routing rule that saves most within the tolerated loss, and certify it on rows not used to choose',
    )
    .requiredOption(
      '--max-loss <score>',
      'tolerated loss of score against the reference (0.01 is one point)',
      number,
    )
    .option('--reference <id>', 'a candidate, or `best`: the best single on the fit rows')
    .option('--confidence <x>', 'of the certificate (default 0.9)', number)
    .option('--max-cost <usd>', 'cap of the mean USD an example, as measured (not certified)', number)
    .option('--min-score <score>', 'absolute floor, certified as the loss is', number)
    .option('--max-p95 <ms>', 'cap of the 95th percentile of latency, as measured (not certified)', number)
    .option('--candidates <ids>', 'only these', list)
    .option('--signals <names>', 'only these, such as agreement,confidence', list)
    .addOption(new Option('--families <names>', `only these: ${families.join(', ')}`).argParser(list))
    .option('--seed <n>', 'of the split and the bootstrap', integer)
    .option('--prices <file>', pricesHelp)
    .option('--pricing <way>', pricingHelp)
    .option('--name <name>', 'of the policy')
    .option('--out <file>', 'where to write the policy')
    .addHelpText('after', example('kneepoint fit latest --max-loss 0.01 --confidence 0.9 --out policy.json'))
    .action((runs: string, flags: FitFlags) =>
      work(async ({ api, out, watch, interrupted }) => {
        const job = `fit-${process.pid}`;
        interrupted.addEventListener('abort', () => {
          api.fits.cancel({ job }).catch(() => undefined);
        });
        const { out: file, maxCost, maxP95, families: wanted, ...rest } = flags;
        const prices = await repricing(rest.prices, rest.pricing);
        const fit = await watch(() =>
          api.fits.fit({
            runs: list(runs, undefined),
            job,
            maxLoss: rest.maxLoss,
            ...given({
              reference: rest.reference,
              confidence: rest.confidence,
              minScore: rest.minScore,
              candidates: rest.candidates,
              signals: rest.signals,
              seed: rest.seed,
              name: rest.name,
              prices,
              maxCostUsd: maxCost,
              maxP95Ms: maxP95,
              // The API's own schema refuses a family it does not know, naming those it does.
              families: wanted as Family[] | undefined,
            }),
          }),
        );
        const policy = await api.policies.get({ policy: fit.policy });
        if (file !== undefined) await save(file, `${JSON.stringify(policy, null, 2)}\n`);
        await out.result(
          { ...fit, policyId: fit.policy, policy: file ?? fit.policy },
          () => fitText(fit) + (file === undefined ? '' : `\n\nPolicy written to ${file}`),
        );
      }),
    );
}

export function fitText(fit: FitResult): string {
  const { certificate, test } = fit;
  const certified = certificate.certified
    ? `certified: loss at most ${(certificate.maxLoss * 100).toFixed(2)} points at ${share(certificate.confidence)} confidence`
    : `NOT certified for a loss of ${(certificate.maxLoss * 100).toFixed(2)} points at ${share(certificate.confidence)} confidence`;
  const bound = certificate.bound === null ? '' : `; bound ${(certificate.bound * 100).toFixed(2)} points`;
  return (
    [
      fit.sentence,
      `verdict       ${fit.verdict}${fit.family === null ? '' : ` (${fit.family}; ${fit.signals.join(', ') || 'no signal'})`}\n` +
        `reference     ${fit.reference}\n` +
        `rows          ${fit.rows.fit} to choose, ${fit.rows.calibrate} to certify, ${fit.rows.test} to show${fit.rows.leftOut > 0 ? `, ${fit.rows.leftOut} left out` : ''}\n` +
        `certificate   ${certified} (${certificate.method}, n=${certificate.n}${bound})\n` +
        `test rows     ${score(test.score)} at ${costPerThousand(test.costUsd, fit.nominalPrices)}\n` +
        `loss          ${points(test.lossVsReference)} against ${fit.reference}\n` +
        `served by     ${Object.entries(test.shares)
          .map(([id, part]) => `${id} ${share(part)}`)
          .join(', ')}`,
      baselines(fit.baselines, fit.nominalPrices),
      ...(fit.needed === null
        ? []
        : [
            `What would do: ${fit.needed.reason}${fit.needed.rows === null ? '' : ` (about ${fit.needed.rows} labelled rows)`}`,
          ]),
    ].join('\n\n') + warnings(fit.warnings)
  );
}

const baselines = (list: Baseline[], nominal: boolean): string =>
  `${table(
    ['baseline, same rows', 'score', 'cost'],
    list.map((item) => [item.name, score(item.score), costPerThousand(item.costUsd, nominal)]),
  )}\n\n${list
    .filter((item) => item.kind !== 'single')
    .map((item) => safe(`  ${item.name}: ${item.note}`))
    .join('\n')}`;
