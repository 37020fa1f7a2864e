import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sample, writeSampleFile } from '../../datasets/index.ts';
import { type Example, type Handlers, WorkbenchError } from '../api/index.ts';
import { compilePipeline, pipelineChecked } from '../pipeline/index.ts';
import { knownModels, providerInfos } from '../providers/index.ts';
import { importDataset } from './datasets.ts';
import { type Rooms, findDataset, findRun, scratch } from './rooms.ts';

type PipelineInput = Parameters<Handlers['runs']['start']>[0]['pipeline'];

export function runServices(rooms: Rooms): Pick<Handlers, 'runs' | 'pipelines' | 'models' | 'sample'> {
  const ref = async (run: string): Promise<string> => (await findRun(await rooms.store(), run)).id;
  return {
    runs: {
      start: async ({ pipeline, dataset, ...options }) => {
        const store = await rooms.store();
        const found = await findDataset(store, dataset);
        return (await rooms.runs()).start({
          pipeline: await readPipeline(rooms, pipeline),
          dataset: found,
          ...options,
        });
      },
      resume: async ({ run, ...options }) => (await rooms.runs()).resume({ run: await ref(run), ...options }),
      wait: async ({ run }) => (await rooms.runs()).wait({ run: await ref(run) }),
      status: async ({ run }) => (await rooms.runs()).status({ run: await ref(run) }),
      cancel: async ({ run }) => (await rooms.runs()).cancel({ run: await ref(run) }),
      list: async () => (await rooms.runs()).list(),
      rows: async ({ run, ...request }) => (await rooms.store()).runs.page(await ref(run), request),
    },
    pipelines: {
      check: async ({ pipeline, dataset }) => {
        const source = await readPipeline(rooms, pipeline);
        if (dataset === undefined)
          return pipelineChecked(compilePipeline(source, rooms.providers, null), rooms.providers, null);
        const store = await rooms.store();
        const found = await findDataset(store, dataset);
        const fields = { inputFields: found.mapping.input, tagFields: found.mapping.tags };
        const examples: Example[] = [];
        for await (const batch of store.datasets.examples(found.hash)) examples.push(...batch);
        return pipelineChecked(compilePipeline(source, rooms.providers, fields), rooms.providers, {
          rows: found.rows,
          examples,
        });
      },
    },
    models: {
      list: async ({ search, limit }) => knownModels({ ...(search === undefined ? {} : { search }), limit }),
      providers: async () => providerInfos(rooms.providers, rooms.hasKey),
    },
    sample: {
      import: async () => {
        const { name, rows } = await importSample(rooms);
        return { dataset: name, rows };
      },
      open: async () => {
        const dataset = await importSample(rooms);
        const { run } = await (
          await rooms.runs()
        ).start({
          pipeline: { text: sample.pipeline, file: `${sample.name}.yaml`, baseFolder: null },
          dataset,
          concurrency: 64,
          seed: 1,
          fresh: false,
          ambiguous: 'retry',
        });
        return { dataset: sample.name, run };
      },
    },
  };
}

async function importSample(rooms: Rooms): ReturnType<typeof findDataset> {
  await mkdir(rooms.folder, { recursive: true });
  const path = scratch(rooms, `${sample.name}.jsonl`);
  try {
    await writeSampleFile(path);
    // The same import as any file of a user's; the path is ours, so it is allowed at every door.
    await importDataset(
      { ...rooms, allowPaths: true },
      { ...sample.mapping, source: { kind: 'path', path }, name: sample.name, maxRejected: 0 },
    );
  } finally {
    await rm(path, { force: true });
  }
  return findDataset(await rooms.store(), sample.name);
}

/** The text of a pipeline, and the folder its prompt files are read from (none at served doors). */
async function readPipeline(
  rooms: Rooms,
  pipeline: PipelineInput,
): Promise<{ text: string; file: string; baseFolder: string | null }> {
  if ('text' in pipeline)
    return { text: pipeline.text, file: `${pipeline.name ?? 'pipeline'}.yaml`, baseFolder: null };
  if (!rooms.allowPaths) {
    throw new WorkbenchError('host.refused', 'This door takes the text of a pipeline, not a path.', {
      hint: 'Paste the YAML.',
    });
  }
  try {
    return {
      text: await readFile(pipeline.path, 'utf8'),
      file: pipeline.path,
      baseFolder: dirname(pipeline.path),
    };
  } catch (cause) {
    throw new WorkbenchError('pipeline.not_found', `There is no pipeline file ${pipeline.path}.`, {
      cause,
      hint: 'Check the path.',
    });
  }
}
