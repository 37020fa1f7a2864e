import { type FitResult, Policy, WorkbenchError } from '../api/index.ts';
import type { Database, Row } from './database.ts';
import { fromLosslessJson, toLosslessJson } from './lossless-json.ts';
import type { FitRepository, PolicyRepository } from './store.ts';
import { textOf } from './text-of.ts';

// Written by this room from a FitResult and never by anybody else.
const fitOf = (row: Row): FitResult => fromLosslessJson(textOf(row['result'])) as FitResult;

export function createFits(database: Database): FitRepository {
  return {
    async insert(fit, policy, draftName) {
      await database.write(async (connection) => {
        await connection.run('INSERT INTO fits VALUES (?, ?, ?, ?)', [
          database.nextSeq(),
          fit.fit,
          fit.created,
          toLosslessJson(fit),
        ]);
        await connection.run('INSERT INTO policies VALUES (?, ?, ?, ?, ?, ?)', [
          database.nextSeq(),
          fit.policy,
          draftName,
          fit.fit,
          policy.created,
          JSON.stringify(policy),
        ]);
      });
    },
    async get(ref) {
      const latest = ref === 'latest';
      const rows = await database.rows(
        latest
          ? 'SELECT id, result FROM fits ORDER BY seq DESC LIMIT 1'
          : 'SELECT id, result FROM fits WHERE starts_with(id, ?) ORDER BY id = ? DESC, seq DESC LIMIT 2',
        latest ? [] : [ref, ref],
      );
      const row = theOne(rows, ref, 'fit.not_found');
      return row && fitOf(row);
    },
    async list() {
      return (await database.rows('SELECT result FROM fits ORDER BY seq DESC')).map(fitOf);
    },
  };
}

export function createPolicies(database: Database): PolicyRepository {
  return {
    async get(ref) {
      const named = await database.rows(
        'SELECT id, policy FROM policies WHERE id = ? OR name = ? ORDER BY id = ? DESC, seq DESC LIMIT 1',
        [ref, ref, ref],
      );
      const found = named.length > 0 ? named : await byPrefix(database, ref);
      const row = theOne(found, ref, 'policy.not_found');
      return row && { id: textOf(row['id']), policy: policyOf(row) };
    },
    async list() {
      const rows = await database.rows('SELECT id, name, fit, policy FROM policies ORDER BY seq DESC');
      return rows.map((row) => {
        const policy = policyOf(row);
        return {
          id: textOf(row['id']),
          name: textOf(row['name']),
          version: policy.version,
          created: policy.created,
          verdict: policy.evidence.verdict,
          sentence: policy.evidence.sentence,
          certified: policy.evidence.certificate.certified,
          fit: textOf(row['fit']),
        };
      });
    },
  };
}

const byPrefix = (database: Database, ref: string): Promise<Row[]> =>
  database.rows('SELECT id, policy FROM policies WHERE starts_with(id, ?) ORDER BY seq DESC LIMIT 2', [ref]);

const policyOf = (row: Row): Policy => Policy.parse(JSON.parse(textOf(row['policy'])));

/** Null where nothing matches; an ambiguous prefix is refused. */
export function theOne(
  rows: Row[],
  ref: string,
  code: 'fit.not_found' | 'policy.not_found' | 'review.not_found' | 'run.not_found',
): Row | null {
  const [first, second] = rows;
  if (first === undefined) return null;
  if (second === undefined || first['id'] === ref) return first;
  throw new WorkbenchError(code, `${ref} is the beginning of more than one id.`, {
    hint: `Write more of it, e.g. ${textOf(first['id'])}.`,
  });
}
