import {
  type Handlers,
  type OutcomeMatrix,
  type Policy,
  type PolicySource,
  WorkbenchError,
} from '../api/index.ts';
import {
  decideRequests,
  diffPolicies,
  driftPolicy,
  exportPolicy,
  parsePolicy,
  readPolicy,
  replayPolicy,
  signPolicy,
  summariseReplay,
  verifyPolicy,
} from '../policy/index.ts';
import { policySplit } from '../tuning/index.ts';
import { type Rooms, loadMatrix } from './rooms.ts';

export function policyServices(rooms: Rooms): Pick<Handlers, 'policies'> {
  /** A changed file is refused by everything but verify, whose answer it is. */
  const load = async (source: PolicySource): Promise<Policy> =>
    'text' in source ? parsePolicy(source.text) : (await stored(rooms, source.policy)).policy;
  const outcomes = async (run: string): Promise<OutcomeMatrix> =>
    loadMatrix(await rooms.store(), [run], { inputs: true });
  return {
    policies: {
      list: async () => (await rooms.store()).policies.list(),
      get: load,
      decide: async ({ policy, requests }) => decideRequests(await load(policy), requests),
      verify: async ({ policy, run, publicKeyPem }) => {
        const read =
          'text' in policy
            ? readPolicy(policy.text)
            : { ...(await stored(rooms, policy.policy)), envelope: null };
        const matrix = run === undefined ? null : await outcomes(run);
        const rows = matrix === null ? null : unusedRows(read.policy, matrix);
        return verifyPolicy(read.policy, matrix, {
          envelope: read.envelope,
          ...(rows && { rows }),
          ...(publicKeyPem !== undefined && { publicKeyPem }),
        });
      },
      replay: async ({ policy: source, run, split, perExample }) => {
        const policy = await load(source);
        const matrix = await outcomes(run);
        const rows = split === 'all' ? null : policySplit(policy, matrix)[split];
        return summariseReplay(policy, matrix, replayPolicy(policy, matrix, rows), { perExample });
      },
      export: async ({ policy, to, allowDropped }) =>
        exportPolicy(await load(policy), to, { allowDropped, assets: rooms.assets() }),
      diff: async ({ a, b, run }) =>
        diffPolicies(await load(a), await load(b), run === undefined ? null : await outcomes(run)),
      drift: async ({ policy, run }) => driftPolicy(await load(policy), await outcomes(run)),
      sign: async ({ policy, privateKeyPem }) => signPolicy(await load(policy), privateKeyPem),
    },
  };
}

/** On the run it was fitted on, only the test rows are fresh to a policy. Null: all rows are. */
function unusedRows(policy: Policy, matrix: OutcomeMatrix): Int32Array | null {
  if (!policy.evidence.run.some((run) => matrix.runs.includes(run))) return null;
  try {
    return policySplit(policy, matrix).test;
  } catch (thrown) {
    if (thrown instanceof WorkbenchError && thrown.code === 'policy.stale') return null;
    throw thrown;
  }
}

async function stored(rooms: Rooms, ref: string): Promise<{ id: string; policy: Policy }> {
  const found = await (await rooms.store()).policies.get(ref);
  if (found !== null) return found;
  throw new WorkbenchError('policy.not_found', `There is no policy "${ref}".`, {
    hint: 'Name a file, or a policy that `kneepoint fit` stored.',
  });
}
