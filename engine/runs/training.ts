import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type Json, WorkbenchError } from '../api/index.ts';
import type {
  ModelRequest,
  ModelSpec,
  Provider,
  ProviderRegistry,
  TrainingRow,
} from '../providers/provider.ts';
import type { Store } from '../store/index.ts';
import { type InputDependence, specText } from './request-hash.ts';

/** Local models learn from the rows of split `fit`; what they learned from is part of what their answers depend on. */
export interface Training {
  prepare(provider: Provider, request: ModelRequest): Promise<InputDependence> | InputDependence | null;
  /** Trains these now, one after the other, so that items flow at full speed afterwards. */
  prepareAll(specs: ModelSpec[]): Promise<void>;
}

/** Providers whose answers come from the row itself, not from the messages alone. */
const readsInput = new Set(['local', 'recorded']);

export function createTraining(
  store: Store,
  providers: ProviderRegistry,
  context: { datasetHash: string; signal: AbortSignal },
): Training {
  let rows: Promise<{ rows: TrainingRow[]; hash: string }> | null = null;
  const prepared = new Map<string, Promise<InputDependence>>();
  const ready = new Map<string, InputDependence>();
  const plain: InputDependence = { training: null, dataset: context.datasetHash };

  async function train(provider: Provider, spec: ModelSpec): Promise<InputDependence> {
    if (!learns(providers, spec)) {
      await provider.prepare?.(spec, [], context.signal);
      return { training: null, dataset: null };
    }
    const learned = await (rows ??= trainingRows(store, context.datasetHash));
    await provider.prepare?.(spec, learned.rows, context.signal);
    return { training: learned.hash, dataset: null };
  }
  const prepare = (
    provider: Provider,
    spec: ModelSpec,
  ): Promise<InputDependence> | InputDependence | null => {
    if (provider.prepare === undefined) return readsInput.has(provider.id) ? plain : null;
    const key = specText(spec);
    const known = ready.get(key);
    if (known !== undefined) return known;
    let preparing = prepared.get(key);
    if (preparing === undefined) {
      preparing = train(provider, spec).then((dependence) => {
        ready.set(key, dependence);
        return dependence;
      });
      prepared.set(key, preparing);
    }
    return preparing;
  };
  return {
    prepare: (provider, { spec }) => prepare(provider, spec),
    async prepareAll(specs) {
      for (const spec of specs) {
        context.signal.throwIfAborted();
        await prepare(providers.get(spec.provider), spec);
      }
    },
  };
}

export function learns(providers: ProviderRegistry, spec: ModelSpec): boolean {
  const provider = providers.get(spec.provider);
  return provider.prepare !== undefined && (provider.learns?.(spec) ?? true);
}

async function trainingRows(
  store: Store,
  datasetHash: string,
): Promise<{ rows: TrainingRow[]; hash: string }> {
  const rows: TrainingRow[] = [];
  for await (const batch of store.datasets.examples(datasetHash, { split: 'fit' })) {
    for (const { input, expected } of batch) {
      if (expected !== null) rows.push({ input, label: labelOf(expected) });
    }
  }
  if (rows.length === 0) throw noFitRows();
  return { rows, hash: hash('sha256', canonicalize(rows) ?? '') };
}

const labelOf = (expected: Json): string =>
  typeof expected === 'string' ? expected : JSON.stringify(expected);

export const noFitRows = (): WorkbenchError =>
  new WorkbenchError(
    'dataset.split_unknown',
    'A local model learns from labelled rows of split `fit`, and there are none.',
    {
      hint: 'Import the dataset with `--split COL`, where COL holds fit, calibrate and test.',
    },
  );
