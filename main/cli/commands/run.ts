import { Option } from 'commander';
import {
  type CostDimension,
  costDimensions,
  type RunSummary,
  WorkbenchError,
} from '../../../engine/api/index.ts';
import { saveDownload } from '../export-rows.ts';
import { example, given, integer, list, number } from '../flags.ts';
import { duration, score, table, usd, warnings } from '../format.ts';
import type { Registrar } from '../run-cli.ts';
import type { Session } from '../session.ts';
import { costsText, storyText } from '../trace-text.ts';
import { candidateTable } from './outcomes.ts';

interface StartFlags {
  dataset: string;
  candidates?: string[];
  budget?: number;
  concurrency?: number;
  seed?: number;
  fresh?: true;
  ambiguous?: 'retry' | 'skip' | 'ask';
  allowCode?: true;
}
const ambiguous = (): Option =>
  new Option('--ambiguous <policy>', 'calls that were started and never finished').choices([
    'retry',
    'skip',
    'ask',
  ]);

export function runCommands({ program, work }: Registrar): void {
  const run = program
    .command('run')
    .description(
      'run a pipeline over a dataset: start, resume, status, cancel, list, explain, costs, export',
    );

  run
    .command('start <pipeline>')
    .description('run every candidate of PIPELINE.yaml on every example; Ctrl+C pauses, `run resume` goes on')
    .requiredOption('--dataset <name>', 'the dataset to run on')
    .option('--candidates <ids>', 'only these', list)
    .option('--budget <usd>', 'pause before the cost could exceed this', number)
    .option('--concurrency <n>', 'items in flight', integer)
    .option('--seed <n>', 'for everything random', integer)
    .option('--fresh', 'call again even where the ledger has the answer')
    .option('--allow-code', 'let `code` steps run: they are programs with your rights')
    .addOption(ambiguous())
    .addHelpText('after', example('kneepoint run start triage.yaml --dataset mails --budget 2.50'))
    .action((pipeline: string, flags: StartFlags) =>
      work(async (session) => {
        const started = await session.api.runs.start({
          pipeline: { path: pipeline },
          dataset: flags.dataset,
          ...given({
            candidates: flags.candidates,
            budgetUsd: flags.budget,
            concurrency: flags.concurrency,
            seed: flags.seed,
            fresh: flags.fresh,
            ambiguous: flags.ambiguous,
            allowCode: flags.allowCode,
          }),
        });
        await finish(session, started);
      }),
    );

  run
    .command('resume <run>')
    .description('go on where a run stopped; finished calls are never made again')
    .option('--failed', 'only the failed examples')
    .option('--concurrency <n>', 'items in flight', integer)
    .option('--budget <usd>', 'a new cap', number)
    .addOption(ambiguous())
    .addHelpText('after', example('kneepoint run resume latest --failed'))
    .action(
      (
        ref: string,
        flags: { failed?: true; concurrency?: number; budget?: number; ambiguous?: 'retry' | 'skip' | 'ask' },
      ) =>
        work(async (session) => {
          const resumed = await session.api.runs.resume({
            run: ref,
            ...given({
              failed: flags.failed,
              concurrency: flags.concurrency,
              budgetUsd: flags.budget,
              ambiguous: flags.ambiguous,
            }),
          });
          await finish(session, resumed);
        }),
    );

  run
    .command('status <run>')
    .description('what a run has done; RUN is an id, its beginning, or `latest`')
    .addHelpText('after', example('kneepoint run status latest --json'))
    .action((ref: string) =>
      work(async ({ api, out }) => out.result(...shown(await api.runs.status({ run: ref })))),
    );

  run
    .command('cancel <run>')
    .description('mark a run as cancelled; what it has is kept')
    .addHelpText('after', example('kneepoint run cancel latest'))
    .action((ref: string) =>
      work(async ({ api, out }) => out.result(...shown(await api.runs.cancel({ run: ref })))),
    );

  run
    .command('explain <run> <example>')
    .description('the story of one example: every step, decision, attempt, token and cost')
    .option('--candidate <id>', 'only this one')
    .addHelpText('after', example('kneepoint run explain latest mail-0065'))
    .action((ref: string, id: string, flags: { candidate?: string }) =>
      work(async ({ api, out }) => {
        const explained = await api.traces.explain({ run: ref, example: id, ...given(flags) });
        await out.result(explained, () => storyText(explained));
      }),
    );

  run
    .command('costs <run>')
    .description('where the money of a run went')
    .addOption(new Option('--by <what>', 'step unless said').choices([...costDimensions]))
    .addHelpText('after', example('kneepoint run costs latest --by model'))
    .action((ref: string, flags: { by?: CostDimension }) =>
      work(async ({ api, out }) => {
        const costs = await api.traces.costs({ run: ref, ...given(flags) });
        await out.result(costs, () => costsText(costs));
      }),
    );

  run
    .command('export <run>')
    .description('the traces of a run as OpenTelemetry (OTLP, JSON), to a receiver or a file')
    .option('--endpoint <url>', 'an OTLP/HTTP receiver, e.g. http://127.0.0.1:4318')
    // Not `list`: a value may hold commas.
    .option('--header <name=value>', 'sent along; may be repeated', (value: string, all?: string[]) => [
      ...(all ?? []),
      value,
    ])
    .option('--out <file>', 'write a file instead, one request a line')
    .option('--content', 'prompts, answers and arguments too')
    .addHelpText('after', example('kneepoint run export latest --endpoint http://127.0.0.1:4318'))
    .action((ref: string, flags: { endpoint?: string; header?: string[]; out?: string; content?: true }) =>
      work(async ({ api, out }) => {
        if ((flags.endpoint === undefined) === (flags.out === undefined)) {
          throw new WorkbenchError('input.invalid', 'Say where the traces go.', {
            hint: 'Give one of `--endpoint URL` and `--out FILE`.',
          });
        }
        const headers = Object.fromEntries(
          (flags.header ?? []).map((text): [string, string] => {
            const [name = '', ...value] = text.split('=');
            return [name.trim(), value.join('=').trim()];
          }),
        );
        const exported = await api.traces.export({
          run: ref,
          headers,
          ...given({ endpoint: flags.endpoint, content: flags.content }),
        });
        if (exported.download !== null) await saveDownload(api, flags.out!, exported.download);
        const { items, spans, requests, rejected, untraced, messages, semanticConventions } = exported;
        await out.result(exported, () =>
          [
            `${spans} spans of ${items} items in ${requests} requests ${flags.out === undefined ? `sent to ${flags.endpoint}` : `written to ${flags.out}`} (GenAI semantic conventions ${semanticConventions}).`,
            ...(untraced === 0 ? [] : [`Of ${untraced} items nothing was recorded.`]),
            ...(rejected === 0
              ? []
              : [`The receiver did not take ${rejected} spans: ${messages.join('; ')}`]),
          ].join('\n'),
        );
      }),
    );

  run
    .command('list')
    .description('every run in the workspace')
    .addHelpText('after', example('kneepoint run list'))
    .action(() =>
      work(async ({ api, out }) => {
        const runs = await api.runs.list({});
        await out.result(runs, () =>
          runs.length === 0
            ? 'No run yet: `kneepoint run start --help` or `kneepoint outcomes import --help`.'
            : table(
                ['run', 'name', 'dataset', 'status', 'done', 'failed', 'cost'],
                runs.map((item) => [
                  item.run,
                  item.name,
                  item.dataset,
                  item.status,
                  `${item.done}/${item.total}`,
                  String(item.failed),
                  item.costUsd === null ? 'unknown' : usd(item.costUsd),
                ]),
              ),
        );
      }),
    );
}

/** Waits for the run; Ctrl+C cancels it first, cleanly, so that it can be resumed. */
async function finish(session: Session, started: RunSummary): Promise<void> {
  session.out.note(`run ${started.run}`);
  const pause = (): void => {
    session.out.note('pausing: calls in flight are finishing…');
    session.api.runs
      .cancel({ run: started.run })
      .catch((thrown: unknown) => session.out.note(String(thrown)));
  };
  session.interrupted.addEventListener('abort', pause);
  const ended = await session.watch(() => session.api.runs.wait({ run: started.run }));
  session.interrupted.removeEventListener('abort', pause);
  await session.out.result(...shown(ended));
  // That people have to decide now is no failure.
  const waits = ended.reason?.code === 'run.reviews_waiting';
  if (ended.status === 'failed' || (ended.reason !== null && !waits)) session.fail();
}

function stepTable({ stepScores }: RunSummary): string {
  if (stepScores.length === 0) return '';
  const rows = stepScores.map((measured) => [measured.step, measured.candidate, score(measured.score)]);
  return `\n\n${table(['measured by', 'candidate', 'score'], rows)}`;
}

function shown(run: RunSummary): [RunSummary, () => string] {
  return [
    run,
    () => {
      const cost =
        run.costUsd === null
          ? 'cost unknown'
          : `${usd(run.costUsd)} (${usd(run.freshCostUsd ?? 0)} of it fresh)`;
      const reason = run.reason === null ? '' : `\n${run.reason.message} [${run.reason.code}]`;
      const open =
        run.ambiguous.length === 0
          ? ''
          : `\n${run.ambiguous.length} calls were started and never finished; they may have been paid for.`;
      return (
        `Run ${run.run} on ${run.dataset}: ${run.status}. ${run.done} of ${run.total} outcomes, ${run.failed} failed, ${run.cached} from the ledger, ${cost}, ${duration(run.wallMs)}.${reason}${open}` +
        `\n\n${candidateTable(run.candidates)}${stepTable(run)}${warnings(run.warnings)}`
      );
    },
  ];
}
