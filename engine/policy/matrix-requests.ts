import type { Json, OutcomeMatrix, PolicySignal } from '../api/index.ts';

export interface MatrixRequest {
  id: string;
  input: { [key: string]: Json };
  signals: { [id: string]: unknown };
}

type Column = (row: number) => unknown;

/**
 * Recorded rows as the requests production would have sent: the row's input fields; under `signals` the signals known
 * before any call and the tags, by name; and what came with the answers, under the policy's signal ids.
 * Returns one request object that is refilled on every call: read it before asking for the next row.
 */
export function matrixRequests(
  signals: readonly PolicySignal[],
  matrix: OutcomeMatrix,
): (row: number) => MatrixRequest {
  const columns = new Map<string, Column>();
  for (const signal of signals) {
    for (const [key, column] of columnsOf(signal, matrix)) columns.set(key, column);
  }
  const fill = [...columns];
  const request: MatrixRequest = { id: '', input: {}, signals: {} };
  return (row) => {
    request.id = matrix.examples[row] ?? '';
    request.input = matrix.inputs[row] ?? {};
    for (const [key, column] of fill) request.signals[key] = column(row);
    return request;
  };
}

function columnsOf(signal: PolicySignal, matrix: OutcomeMatrix): [string, Column][] {
  switch (signal.kind) {
    case 'answer':
      return named(signal.id, answerColumn(signal, matrix));
    case 'agreement':
      return named(signal.id, agreementColumn(signal.candidates, matrix));
    case 'length':
      return named(signal.id, numberBefore(signal.id, matrix));
    case 'text-linear':
      return [
        ...named(signal.id, numberBefore(signal.id, matrix)),
        ...(signal.labels ?? []).flatMap(({ field }) => named(field, knownBefore(field, matrix))),
      ];
    case 'provided':
      return named(signal.id, knownBefore(signal.id, matrix));
    case 'field':
    case 'table':
      return [
        ...named(
          signal.id,
          signal.kind === 'table' ? numberBefore(signal.id, matrix) : knownBefore(signal.id, matrix),
        ),
        ...named(signal.field, knownBefore(signal.field, matrix)),
      ];
  }
}

const named = (key: string, column: Column | undefined): [string, Column][] =>
  column === undefined ? [] : [[key, column]];

function numberBefore(id: string, matrix: OutcomeMatrix): Column | undefined {
  const found = matrix.signals.find((s) => s.when === 'before' && s.id === id && s.type === 'number');
  return found && ((row) => found.values[row]);
}

function knownBefore(id: string, matrix: OutcomeMatrix): Column | undefined {
  const found = matrix.signals.find((s) => s.when === 'before' && s.id === id);
  const values = found?.values ?? (Object.hasOwn(matrix.tags, id) ? matrix.tags[id] : undefined);
  return values && ((row) => values[row]);
}

function answerColumn(
  signal: Extract<PolicySignal, { kind: 'answer' }>,
  matrix: OutcomeMatrix,
): Column | undefined {
  const after = matrix.signals.filter((s) => s.when === 'after');
  const found =
    after.find((s) => s.candidate === signal.candidate && s.name === signal.signal) ??
    after.find((s) => s.id === signal.id);
  if (found === undefined) return undefined;
  // Outcomes keep truth values as labels; a policy may name them as what they are.
  if (signal.type === 'boolean' && found.type === 'label') {
    return (row) => ({ true: true, false: false })[String(found.values[row])];
  }
  return (row) => found.values[row];
}

/** Undefined where a candidate of the pair is not in the matrix. */
export function agreementColumn(pair: readonly [string, string], matrix: OutcomeMatrix): Column | undefined {
  const a = matrix.answers[matrix.candidates.indexOf(pair[0])];
  const b = matrix.answers[matrix.candidates.indexOf(pair[1])];
  if (a === undefined || b === undefined) return undefined;
  return (row) => (a[row] ?? -1) >= 0 && a[row] === b[row];
}
