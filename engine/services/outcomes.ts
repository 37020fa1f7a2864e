/** What an import of outcomes starts from: a table whose columns are named, or a file of another tool. */
import {
  type ForeignSurvey,
  type OpenedForeign,
  type OpenedSource,
  type OutcomeColumns,
  type OutcomeJudgement,
  foreignColumns,
  foreignFormatOf,
  foreignSource,
  longFromWide,
  onlyCandidates,
  openForeign,
  openSource,
  surveyForeign,
  unaskedWarnings,
} from '../../datasets/index.ts';
import {
  agreementOf,
  type ForeignFormat,
  type OutcomesImport,
  type ScorerSpec,
  type Warning,
  WorkbenchError,
} from '../api/index.ts';
import { canonicalAnswer } from '../scoring/index.ts';
import type { Store } from '../store/index.ts';
import { targetOf } from './foreign-dataset.ts';
import { modelFacts, priceByName } from './model-names.ts';
import { type Rooms, findDataset, opening } from './rooms.ts';

export interface OpenedOutcomes {
  format: ForeignFormat | 'table';
  source: OpenedSource;
  columns: OutcomeColumns & { maxRejected: number };
  /** Ids that outcomes may name. */
  known: ReadonlySet<string>;
  judgement: OutcomeJudgement;
  /** There are expected answers to judge by. */
  judgeable: boolean;
  /** By candidate, where the file says which model answered: what an old run is priced again by. */
  models: Record<string, ReturnType<typeof modelFacts>>;
  /** What was noted beside the outcomes, known when they have been read. */
  warnings(): Warning[];
  /** What the dataset is to be made of; null where it is there. */
  toCreate: { foreign: OpenedForeign; survey: ForeignSurvey } | null;
}

export async function openOutcomes(
  rooms: Rooms,
  store: Store,
  input: OutcomesImport,
): Promise<OpenedOutcomes> {
  const name = input.name ?? 'outcomes';
  // Who says csv or json means a table.
  const told =
    input.source.format === undefined ? await foreignFormatOf(input.source, opening(rooms, name)) : null;
  const format = input.foreign ?? told ?? 'table';
  return format === 'table'
    ? openTable(rooms, store, input)
    : openForeignOutcomes(rooms, store, { input, format });
}

async function openTable(rooms: Rooms, store: Store, input: OutcomesImport): Promise<OpenedOutcomes> {
  const { example, candidate } = input;
  if (input.create) {
    throw new WorkbenchError(
      'outcomes.no_examples',
      'A table of outcomes has no inputs to make a dataset of.',
      {
        hint: 'Import the dataset first with `kneepoint dataset import`, then the outcomes without --create.',
      },
    );
  }
  if (example === undefined && (input.foreign === 'table' || input.source.format !== undefined)) {
    throw new WorkbenchError('input.invalid', 'A table needs the name of the column with the example ids.', {
      hint: 'Give --example COL.',
    });
  }
  if (example === undefined) {
    throw new WorkbenchError(
      'outcomes.format_unknown',
      'This is the result file of no tool that is known here (promptfoo, Inspect, lm-eval, OpenAI evals, Langfuse, LangSmith).',
      {
        hint: 'Name its columns with --example and --candidate, or the tool with --format.',
      },
    );
  }
  const dataset = await findDataset(store, input.dataset);
  const source = await openSource(input.source, opening(rooms, input.name ?? 'outcomes'));
  try {
    const shared = { ...tableColumns(input), example };
    const long =
      candidate === undefined
        ? longFromWide(source, shared, input.candidates)
        : { source: onlyCandidates(source, candidate, input.candidates), columns: { ...shared, candidate } };
    const known = new Set<string>();
    for await (const batch of store.datasets.examples(dataset.hash))
      for (const { id } of batch) known.add(id);
    return {
      format: 'table',
      source: long.source,
      columns: { ...long.columns, maxRejected: input.maxRejected },
      known,
      judgement: judgementOf(input, dataset.scorer),
      judgeable: dataset.mapping.expected !== undefined,
      models: {},
      warnings: () => [],
      toCreate: null,
    };
  } catch (thrown) {
    await source.close();
    throw thrown;
  }
}

const tableColumns = (input: OutcomesImport): Omit<OutcomeColumns, 'example' | 'candidate'> => ({
  score: input.score,
  output: input.output,
  cost: input.cost,
  latency: input.latency,
  inputTokens: input.inputTokens,
  outputTokens: input.outputTokens,
  error: input.error,
  epoch: input.epoch,
  model: input.model,
  finish: input.finish,
  signals: input.signals,
});

async function openForeignOutcomes(
  rooms: Rooms,
  store: Store,
  { input, format }: { input: OutcomesImport; format: ForeignFormat },
): Promise<OpenedOutcomes> {
  const foreign = await openForeign(input.source, format, {
    opening: opening(rooms, input.name ?? 'outcomes'),
    choice: input,
  });
  try {
    const survey = await surveyForeign(foreign);
    checkNames(input, foreign, survey);
    const named = foreign.named();
    if (input.candidateName !== undefined && named.length > 1) {
      throw new WorkbenchError(
        'input.invalid',
        `${foreign.name} holds ${named.length} candidates (${named.slice(0, 5).join(', ')}): one name does not fit them all.`,
        { hint: 'Leave --candidate-name away, or import one file at a time.' },
      );
    }
    const target = await targetOf(store, input, { foreign, survey });
    const columns: OutcomeColumns = {
      ...foreignColumns,
      ...(survey.scored ? { score: 'score' } : {}),
      signals: input.signals,
    };
    return {
      format,
      source: foreignSource(foreign, input.signals, target.leftOut),
      columns: { ...columns, maxRejected: input.maxRejected },
      known: target.known,
      judgement: judgementOf(input, target.scorer),
      judgeable: target.judgeable,
      models: Object.fromEntries(
        [...survey.models].map(([candidate, model]) => [candidate, modelFacts(model)]),
      ),
      warnings: () => [
        ...foreign.notes(),
        ...survey.warnings,
        ...(target.leftOut.size > 0 ? unaskedWarnings(survey) : []),
      ],
      toCreate: target.create ? { foreign, survey } : null,
    };
  } catch (thrown) {
    await foreign.close();
    throw thrown;
  }
}

/** A name that fits nothing would otherwise be passed over in silence. */
function checkNames(input: OutcomesImport, foreign: OpenedForeign, survey: ForeignSurvey): void {
  const [absent] = foreign.absent();
  if (absent !== undefined) {
    throw new WorkbenchError(
      'dataset.column_unknown',
      `No row of ${foreign.name} has "${absent.path}" (${absent.part}).`,
      {
        hint: `Rows have: ${absent.keys.join(', ')}; dots reach into them.`,
        details: { column: absent.path, role: absent.part, columns: absent.keys },
      },
    );
  }
  if (input.score !== undefined && !survey.scored) {
    throw new WorkbenchError(
      'dataset.column_unknown',
      `No row of ${foreign.name} has a score "${input.score}".`,
      {
        hint: 'Leave --score away to see in the warnings which there are.',
      },
    );
  }
}

/** Whether an answer can be read only matters to scorers that look for something in it. */
function judgementOf(input: OutcomesImport, scorer: ScorerSpec): OutcomeJudgement {
  const spec = agreementOf(scorer);
  const reads = spec.kind !== 'exact' && spec.kind !== 'contains';
  return {
    price: priceByName,
    costPerAnswer: input.costPerAnswer,
    parsed: reads ? (output) => canonicalAnswer(spec, output) !== null : undefined,
  };
}

/** Ids of another tool are rarely those of a dataset that was imported by itself. */
export const withForeignHint = (thrown: unknown, format: OpenedOutcomes['format']): unknown =>
  thrown instanceof WorkbenchError && thrown.code === 'outcomes.example_unknown' && format !== 'table'
    ? new WorkbenchError(thrown.code, thrown.message, {
        ...thrown.toBody(),
        cause: thrown,
        hint: 'Make the dataset from this file with --create, or say where a row has the id with --example PATH.',
      })
    : thrown;
