/** Runs as the API shows them: started, continued, waited for, stopped. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Emit, type RunResume, type RunStart, type RunSummary, WorkbenchError } from '../api/index.ts';
import { type Random, seededRandom } from '../math/index.ts';
import { type CompiledPipeline, compilePipeline } from '../pipeline/index.ts';
import type { ModelSpec, ProviderRegistry } from '../providers/provider.ts';
import { checkScorer } from '../scoring/index.ts';
import type { DatasetRecord, RunRecord, Store } from '../store/index.ts';
import { activateRun, type ActiveRun, cancelled, closing, endingOf, type RunsContext } from './active-run.ts';
import { type RunClock, systemClock } from './clock.ts';
import { pendingAmbiguous } from './pending-ambiguous.ts';
import { defaultRetry, type RetryPolicy } from './retry.ts';
import { configHash, configOf, factsOf, type ModelFacts, type RunConfig, specsOf } from './run-config.ts';
import { shownSummary } from './shown-summary.ts';
import { learns, noFitRows } from './training.ts';

export interface RunsOptions {
  store: Store;
  providers: ProviderRegistry;
  emit: Emit;
  clock?: RunClock;
  random?: Random;
  retry?: Partial<RetryPolicy>;
  /** Failed attempts in a row that pause a run; 20 unless said. */
  outageAfter?: number;
  /** What the price table knows of a model, for the policies fitted on these runs. */
  facts?: (spec: ModelSpec) => ModelFacts | null;
}
export type RunStarting = Omit<RunStart, 'pipeline' | 'dataset' | 'allowCode'> & {
  allowCode?: boolean;
  pipeline: { text: string; file: string; baseFolder: string | null };
  dataset: DatasetRecord & { rows: number };
};
export interface Runs {
  /** Answers as soon as the run is recorded. Nothing is recorded where anything about it is wrong. */
  start(input: RunStarting): Promise<RunSummary>;
  resume(input: RunResume): Promise<RunSummary>;
  /** Answers when the run no longer runs. */
  wait(input: { run: string }): Promise<RunSummary>;
  status(input: { run: string }): Promise<RunSummary>;
  cancel(input: { run: string }): Promise<RunSummary>;
  list(): Promise<RunSummary[]>;
  /** Pauses what is running; every acknowledged outcome is kept. */
  close(): Promise<void>;
}

export function createRuns(options: RunsOptions): Runs {
  const { store, providers, emit } = options;
  const clock = options.clock ?? systemClock;
  const context: RunsContext = {
    store,
    providers,
    emit,
    clock,
    random: options.random ?? seededRandom(Math.trunc(clock.now().getTime())),
    retry: { ...defaultRetry, ...options.retry },
    outageAfter: options.outageAfter ?? 20,
  };
  const active = new Map<string, { run: ActiveRun; gone: Promise<unknown> }>();
  /** Runs whose last state could not be stored (the disk is full): this process still knows it. */
  const unstored = new Map<string, Pick<RunRecord, 'status' | 'reason'>>();

  /** Runs on their way to `active`: two resumes at once must not both get there. */
  const resuming = new Set<string>();

  const activate = async (session: Parameters<typeof activateRun>[1]): Promise<void> => {
    const { id } = session.record;
    unstored.delete(id);
    const run = await activateRun(context, session);
    emit({ type: 'run.changed', run: id, status: 'running' });
    const gone = run.ended
      .catch((thrown: unknown) => void unstored.set(id, endingOf(thrown)))
      .finally(() => active.delete(id));
    active.set(id, { run, gone });
  };
  const summary = (id: string): Promise<RunSummary> =>
    shownSummary(store, id, { active: active.get(id)?.run, unstored: unstored.get(id) });
  const find = async (ref: string): Promise<RunRecord> => {
    const record = await store.runs.find(ref);
    if (record !== null) return record;
    throw new WorkbenchError('run.not_found', `There is no run ${ref}.`, {
      hint: 'See `kneepoint run list`; `latest` is the newest run.',
    });
  };

  const continueRun = async (record: RunRecord, input: RunResume): Promise<void> => {
    if (record.kind === 'recorded') {
      throw new WorkbenchError(
        'run.not_resumable',
        `The run ${record.id} holds imported outcomes: there is nothing to run.`,
        {
          hint: 'Import them again, or start a pipeline with `kneepoint run`.',
        },
      );
    }
    const config = configOf(record);
    const dataset = await store.datasets.find(record.datasetHash);
    if (dataset === null) {
      throw new WorkbenchError('dataset.not_found', `The dataset of run ${record.id} is no longer there.`, {
        hint: `Import ${record.dataset} again.`,
      });
    }
    const pipeline = recompile(providers, config, { record, dataset });
    requireKeys(
      providers,
      config.candidates.flatMap((candidate) => specsOf(pipeline, candidate)),
    );
    const finished = await store.runs.finished(record.id);
    const ambiguous = await store.journal.ambiguous(record.id);
    const policy = input.ambiguous ?? config.ambiguous;
    const pending = pendingAmbiguous(ambiguous, finished, input.failed);
    if (policy === 'ask' && pending.length > 0) throw askAbout(record.id, pending);
    const budgetUsd = input.budgetUsd ?? record.budgetUsd;
    await store.runs.update(record.id, { status: 'running', reason: null, budgetUsd });
    await activate({
      record: { ...record, status: 'running', reason: null, budgetUsd },
      config,
      pipeline,
      dataset,
      concurrency: input.concurrency ?? config.concurrency,
      budgetUsd,
      ambiguous: policy === 'skip' ? 'skip' : 'retry',
      failedOnly: input.failed,
      earlier: { ...finished, ...(await store.reviews.state(record.id)), ambiguous },
    });
  };

  return {
    async start(input) {
      const { dataset } = input;
      const pipeline = compile(providers, input.pipeline, dataset);
      checkScorer(dataset.scorer);
      requireAllowedCode(pipeline, input.allowCode ?? false);
      const candidates = chosen(pipeline, input.candidates);
      const specs = candidates.flatMap((candidate) => specsOf(pipeline, candidate));
      requireKeys(providers, specs);
      const learning = specs.some((spec) => learns(providers, spec));
      const splits = learning ? await store.datasets.splits(dataset.hash) : {};
      const leftOut = splits['fit'] ?? 0;
      if (learning && leftOut === 0) throw noFitRows();
      if (dataset.rows - leftOut <= 0) throw nothingToRun(dataset, leftOut);
      const config: RunConfig = {
        file: input.pipeline.baseFolder === null ? null : resolve(input.pipeline.file),
        source: pipeline.source,
        pipelineHash: pipeline.hash,
        candidates,
        seed: input.seed,
        fresh: input.fresh,
        ambiguous: input.ambiguous,
        concurrency: input.concurrency,
        leftOut,
        learns: learning,
        nominal: candidates.filter((id) =>
          specsOf(pipeline, id).some((spec) => spec.price?.nominal === true),
        ),
        models: Object.fromEntries(
          candidates.map((id) => {
            const spec = pipeline.models[id];
            return [id, factsOf(spec, spec === undefined ? null : (options.facts?.(spec) ?? null))];
          }),
        ),
      };
      const record: RunRecord = {
        id: `r${randomUUID().replaceAll('-', '').slice(0, 11)}`,
        name: pipeline.name,
        kind: 'pipeline',
        dataset: dataset.name,
        datasetHash: dataset.hash,
        status: 'running',
        reason: null,
        created: clock.now().toISOString(),
        config,
        configHash: configHash(config, dataset.hash),
        total: (dataset.rows - leftOut) * candidates.length,
        wallMs: 0,
        budgetUsd: input.budgetUsd ?? null,
      };
      await store.runs.create(record);
      await activate({
        record,
        config,
        pipeline,
        dataset,
        concurrency: input.concurrency,
        budgetUsd: record.budgetUsd,
        // There are no calls of an earlier session to ask about.
        ambiguous: 'retry',
        failedOnly: false,
        earlier: null,
      });
      return summary(record.id);
    },

    async resume(input) {
      const record = await find(input.run);
      if (active.has(record.id) || resuming.has(record.id)) {
        throw new WorkbenchError('run.active', `The run ${record.id} is going on already.`, {
          hint: 'Wait for it, or cancel it first.',
        });
      }
      resuming.add(record.id);
      try {
        await continueRun(record, input);
      } finally {
        resuming.delete(record.id);
      }
      return summary(record.id);
    },

    async wait({ run }) {
      const { id } = await find(run);
      await active.get(id)?.gone;
      return summary(id);
    },
    status: async ({ run }) => summary((await find(run)).id),
    async cancel({ run }) {
      const record = await find(run);
      const going = active.get(record.id);
      if (going !== undefined) {
        going.run.stop(cancelled);
        await going.gone;
      } else if (record.status === 'paused') {
        await store.runs.update(record.id, cancelled);
        emit({ type: 'run.changed', run: record.id, status: 'cancelled' });
      }
      return summary(record.id);
    },
    async list() {
      const records = await store.runs.list();
      const summaries: RunSummary[] = [];
      for (const { id } of records) summaries.push(await summary(id));
      return summaries;
    },
    async close() {
      const going = [...active.values()];
      for (const { run } of going) run.stop(closing);
      await Promise.all(going.map(({ gone }) => gone));
    },
  };
}

/** A pipeline may come from somebody else; what it computes by itself runs only where that was said. */
function requireAllowedCode({ name, codeSteps }: CompiledPipeline, allowed: boolean): void {
  if (allowed || codeSteps.length === 0) return;
  throw new WorkbenchError(
    'pipeline.code_off',
    `${name} runs code of its own in ${codeSteps.length === 1 ? 'step' : 'steps'} ${codeSteps.join(', ')}.`,
    { hint: 'Read that code; it runs with your rights. Then add `--allow-code`.' },
  );
}

/** A run that would fail row by row for want of a key is refused before it begins. */
function requireKeys(providers: ProviderRegistry, specs: readonly ModelSpec[]): void {
  for (const spec of specs) providers.get(spec.provider).requireKey?.(spec);
}

function compile(
  providers: ProviderRegistry,
  source: RunStarting['pipeline'],
  dataset: DatasetRecord,
): CompiledPipeline {
  const { mapping } = dataset;
  const { pipeline, problems } = compilePipeline(source, providers, {
    inputFields: mapping.input,
    tagFields: mapping.tags,
  });
  if (pipeline !== null) return pipeline;
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new WorkbenchError(
    'pipeline.invalid',
    `${first?.file}:${first?.line}:${first?.column}: ${first?.message}${more}`,
    { hint: first?.hint ?? 'Check it with `kneepoint pipeline check`.', details: { problems } },
  );
}

/** The very pipeline the run began with; an edited file is not mixed into it. */
function recompile(
  providers: ProviderRegistry,
  config: RunConfig,
  { record, dataset }: { record: RunRecord; dataset: DatasetRecord },
): CompiledPipeline {
  // Prompts stand in the source; documents are read again, and have to be what they were.
  const baseFolder = config.file === null ? null : dirname(config.file);
  const pipeline = compile(providers, { text: config.source, file: record.name, baseFolder }, dataset);
  const changed = (what: string): WorkbenchError =>
    new WorkbenchError('run.config_changed', `${what} since the run ${record.id} began.`, {
      hint: 'Undo the change, or start a new run: calls already paid for are answered from the ledger.',
    });
  if (pipeline.hash !== config.pipelineHash || configHash(config, dataset.hash) !== record.configHash) {
    throw changed('What the pipeline means has changed');
  }
  if (config.file !== null && existsSync(config.file)) {
    const text = readFileSync(config.file, 'utf8');
    const source = { text, file: config.file, baseFolder: dirname(config.file) };
    const now = compilePipeline(source, providers, {
      inputFields: dataset.mapping.input,
      tagFields: dataset.mapping.tags,
    });
    if (now.pipeline?.hash !== config.pipelineHash) throw changed(`${config.file} has been edited`);
  }
  return pipeline;
}

function chosen(pipeline: CompiledPipeline, asked: string[] | undefined): string[] {
  for (const candidate of asked ?? []) {
    if (pipeline.candidates.includes(candidate)) continue;
    throw new WorkbenchError('candidate.unknown', `${pipeline.name} has no candidate ${candidate}.`, {
      hint: `Its candidates: ${pipeline.candidates.join(', ')}.`,
    });
  }
  return asked === undefined ? pipeline.candidates : [...new Set(asked)];
}

const nothingToRun = (dataset: DatasetRecord, leftOut: number): WorkbenchError =>
  new WorkbenchError(
    'dataset.split_unknown',
    `${dataset.name} has no rows to run: ${leftOut} are for learning only.`,
    {
      hint: 'Give some rows another split than `fit`.',
    },
  );

const askAbout = (id: string, pending: ReturnType<typeof pendingAmbiguous>): WorkbenchError =>
  new WorkbenchError(
    'run.ambiguous_calls',
    `${pending.length} calls of run ${id} were started and never finished: they may have been paid for.`,
    {
      hint: 'Continue with `--ambiguous retry` to make them again, or `--ambiguous skip` to leave them out.',
      details: { count: pending.length, calls: pending.slice(0, 100) },
    },
  );
