/** The dataset that outcomes of another tool belong to: there already, or made from the same file. */
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type ForeignSurvey,
  type OpenedForeign,
  type OpenedSource,
  datasetMapping,
  examplesSource,
  questionId,
} from '../../datasets/index.ts';
import {
  type DatasetImport,
  type DatasetImported,
  type OutcomesImport,
  type ScorerSpec,
  WorkbenchError,
} from '../api/index.ts';
import { inferScorer } from '../scoring/index.ts';
import type { Store } from '../store/index.ts';
import { type Rooms, findDataset } from './rooms.ts';

export interface Target {
  known: ReadonlySet<string>;
  /** Examples that cannot become rows of the dataset that is made. */
  leftOut: ReadonlySet<string>;
  scorer: ScorerSpec;
  judgeable: boolean;
  create: boolean;
}

export async function targetOf(
  store: Store,
  input: OutcomesImport,
  { foreign, survey }: { foreign: OpenedForeign; survey: ForeignSurvey },
): Promise<Target> {
  const there = input.create
    ? await store.datasets.find(input.dataset)
    : await findDataset(store, input.dataset);
  if (there === null) {
    const mapping = datasetMapping(survey, foreign);
    const ids = [...survey.inputs];
    return {
      known: new Set(ids.filter(([, content]) => content !== null).map(([id]) => id)),
      leftOut: new Set(ids.filter(([, content]) => content === null).map(([id]) => id)),
      scorer: inferScorer(survey.expected.values()),
      judgeable: mapping.expected !== undefined,
      create: true,
    };
  }
  const known = new Set<string>();
  let same = true;
  for await (const batch of store.datasets.examples(there.hash)) {
    for (const example of batch) {
      known.add(example.id);
      const asked = survey.inputs.get(example.id) ?? null;
      if (asked !== null && asked !== questionId(example.input)) same = false;
    }
  }
  if (input.create && (!same || [...survey.inputs.keys()].some((id) => !known.has(id)))) {
    throw new WorkbenchError(
      'dataset.name_taken',
      `There is a dataset "${input.dataset}" already, and ${foreign.name} asks other questions.`,
      { hint: 'Give --dataset another name.' },
    );
  }
  return {
    known,
    leftOut: new Set(),
    scorer: there.scorer,
    judgeable: there.mapping.expected !== undefined,
    create: false,
  };
}

/** Makes the dataset by the same import as any file's, whole or not at all. True where it was made. */
export async function createDataset(
  rooms: Rooms,
  toCreate: { foreign: OpenedForeign; survey: ForeignSurvey } | null,
  input: OutcomesImport,
  importDataset: (rooms: Rooms, input: DatasetImport) => Promise<DatasetImported>,
): Promise<boolean> {
  if (toCreate === null) return false;
  const { foreign, survey } = toCreate;
  const mapping = datasetMapping(survey, foreign);
  await mkdir(rooms.folder, { recursive: true });
  const folder = await mkdtemp(join(rooms.folder, 'examples-'));
  const path = join(folder, `examples of ${foreign.format}.jsonl`);
  try {
    await pipeline(Readable.from(lines(examplesSource(foreign, survey, mapping))), createWriteStream(path));
    await importDataset(
      // The path is ours, so it is allowed at every door.
      { ...rooms, allowPaths: true },
      { ...mapping, source: { kind: 'path', path }, name: input.dataset, maxRejected: 0 },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return true;
}

async function* lines(source: OpenedSource): AsyncGenerator<string> {
  for await (const { fields } of source.records()) if (fields !== null) yield `${JSON.stringify(fields)}\n`;
}
