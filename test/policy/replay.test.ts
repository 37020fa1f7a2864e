import { describe, expect, it } from 'vitest';
import type { OutcomeMatrix, PolicyDraft } from '../../engine/api/index.ts';
import { compilePolicy } from '../../engine/policy/evaluator.ts';
import {
  decideRequests,
  diffPolicies,
  driftPolicy,
  finishPolicy,
  lossBounds,
  replayPolicy,
  signalProfiles,
  summariseReplay,
  verifyPolicy,
} from '../../engine/policy/index.ts';
import { draft, richDraft } from './fixtures.ts';
import { outcomes } from './matrix.ts';

const matrix = outcomes(600);
const index = (id: string): number => matrix.candidates.indexOf(id);

/** The same policy by hand: agreement of small and medium, else large. */
function byHand(m: OutcomeMatrix, row: number): { attempts: string[]; served: string } {
  const agree = m.answers[2]![row]! >= 0 && m.answers[2]![row] === m.answers[1]![row];
  return agree
    ? { attempts: ['small', 'medium'], served: 'medium' }
    : { attempts: ['small', 'medium', 'large'], served: 'large' };
}
const cascade: PolicyDraft = { ...richDraft(), rules: [{ id: 'all', when: 'always', route: 'cascade' }] };

describe('replay', () => {
  it('pays every attempt and scores the one that is served, as counted by hand', () => {
    const replay = replayPolicy(cascade, matrix, null);
    expect(replay.n).toBe(600);
    for (let i = 0; i < replay.n; i++) {
      const row = replay.rows[i]!;
      const { attempts, served } = byHand(matrix, row);
      expect(replay.attempts[i]).toEqual(attempts);
      expect(matrix.candidates[replay.served[i]!]).toBe(served);
      expect(replay.score[i]).toBe(matrix.scores[index(served)]![row]);
      expect(replay.cost[i]).toBe(attempts.reduce((sum, c) => sum + matrix.costs[index(c)]![row]!, 0));
      expect(replay.latency[i]).toBe(attempts.reduce((sum, c) => sum + matrix.latencies[index(c)]![row]!, 0));
    }
  });

  it('decides what production decides on the request with its signals spelt out', () => {
    const policy = richDraft();
    const replay = replayPolicy(policy, matrix, null);
    const compiled = compilePolicy(policy);
    const seen = new Set<string>();
    for (let i = 0; i < replay.n; i++) {
      const row = replay.rows[i]!;
      const decision = compiled.decide({
        id: matrix.examples[row]!,
        input: { ...matrix.inputs[row]!, subject: matrix.tags['subject']![row]! },
        signals: {
          'confidence(small)': (matrix.signals[1]!.values as Float64Array)[row]!,
          agree: matrix.answers[2]![row] === matrix.answers[1]![row],
        },
      });
      expect(replay.attempts[i]).toEqual(decision.attempts);
      expect(policy.routes[replay.route[i]!]!.id).toBe(decision.route);
      seen.add(decision.route!);
    }
    expect(seen.size).toBeGreaterThan(2);
  });

  it('skips and counts rows where an attempted candidate has no outcome, and only those', () => {
    const holes = outcomes(600);
    for (let row = 0; row < 600; row += 10) {
      holes.scores[0]![row] = NaN;
      holes.answers[0]![row] = -1;
    }
    const needed = matrix.examples.filter(
      (_, row) => row % 10 === 0 && byHand(matrix, row).served === 'large',
    ).length;
    expect(needed).toBeGreaterThan(3);
    expect(replayPolicy(cascade, holes, null)).toMatchObject({
      skipped: needed,
      rejected: 0,
      n: 600 - needed,
    });
  });

  it('counts a rejected request as skipped, and an unknown cost stays unknown', () => {
    const holes = outcomes(100);
    (holes.signals[0]!.values as Float64Array)[3] = NaN;
    holes.costs[0]!.fill(NaN);
    const replay = replayPolicy(draft(), holes, null);
    expect(replay).toMatchObject({ skipped: 1, rejected: 1 });
    const summary = summariseReplay(draft(), holes, replay);
    expect(summary.score.n).toBe(99);
    expect(summary.costUsd.n).toBe(replay.served.filter((c) => c === index('small')).length);
    expect(summary.reference!.costUsd).toMatchObject({ n: 0, mean: NaN });
  });

  it('takes the rows it is given, in their order', () => {
    const rows = Int32Array.of(5, 3, 5, 599);
    expect(replayPolicy(cascade, matrix, rows).rows).toEqual(rows);
  });

  it('summarises with intervals, shares that add up, and the paired loss', () => {
    const replay = replayPolicy(cascade, matrix, null);
    const summary = summariseReplay(cascade, matrix, replay, { perExample: true });
    const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
    expect(summary.score.mean).toBe(mean(replay.score));
    expect(summary.lossVsReference!.mean).toBeCloseTo(mean(matrix.scores[0]!) - mean(replay.score), 12);
    expect(summary.lossVsReference!.lo).toBeLessThan(summary.lossVsReference!.mean);
    expect(Object.values(summary.shares).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(summary.examples![7]).toMatchObject({ id: 'e7', route: 'cascade', ...byHand(matrix, 7) });
    expect(summary.score.groups).toBe(300);
  });

  it('replays a hundred thousand rows in seconds', () => {
    const large = outcomes(100_000);
    const started = performance.now();
    expect(replayPolicy(cascade, large, null).n).toBe(100_000);
    // 0.1 s on an idle core.
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('verifying on outcomes', () => {
  const certified = (maxLoss: number) =>
    finishPolicy({
      ...cascade,
      evidence: { ...cascade.evidence, certificate: { ...cascade.evidence.certificate, maxLoss } },
    });
  const loss = summariseReplay(cascade, matrix, replayPolicy(cascade, matrix, null)).lossVsReference!.mean;

  it('says whether the promise holds, is broken, or cannot be told', () => {
    const verdict = (maxLoss: number) => verifyPolicy(certified(maxLoss), matrix).certificate.verdict;
    expect(verdict(loss + 0.1)).toBe('holds');
    expect(verdict(loss - 0.1)).toBe('broken');
    expect(verdict(loss)).toBe('undecided');
    expect(verifyPolicy(certified(0.02), null).certificate).toMatchObject({
      verdict: 'not-checked',
      holds: null,
    });
    expect(verifyPolicy(certified(loss - 0.1), matrix).valid).toBe(false);
  });

  it('never takes a handful of rows without a loss for a proof', () => {
    const bounds = lossBounds(new Float64Array(5), Int32Array.of(0, 1, 2, 3, 4), 0.9);
    expect(bounds.upper).toBeGreaterThan(0.3);
    const hundred = lossBounds(
      new Float64Array(100),
      Int32Array.from({ length: 100 }, (_, i) => i),
      0.9,
    );
    // The exact binomial bound is 1 − 0.1^(1/100) = 0.02276; Student's with a worst row more is within 1 % of it.
    expect(hundred.upper).toBeGreaterThan(0.99 * (1 - 0.1 ** (1 / 100)));
    expect(hundred.upper).toBeLessThan(0.05);
  });

  it('covers the true loss at least as often as its confidence', () => {
    let covered = 0;
    const trials = 400;
    // Of `outcomes`: the mean of min(1, 0.95 − 0.3(h − 0.5)) is 0.93333, of 0.85 − 0.3(h − 0.5) it is 0.85.
    for (let seed = 1; seed <= trials; seed++) {
      const sample = outcomes(200, seed);
      const values = sample.scores[0]!.map((s, i) => s - sample.scores[1]![i]!);
      if (
        lossBounds(
          values,
          Int32Array.from({ length: 200 }, (_, i) => i),
          0.9,
        ).upper >=
        0.25 / 3
      )
        covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.87);
  });

  it('finds a policy whose vectors do not hold', () => {
    const broken = structuredClone(certified(0.02));
    broken.conformance[0]!.expect.route = 'private';
    const verified = verifyPolicy(broken, null);
    expect(verified).toMatchObject({ valid: false, conformance: { failed: 1 } });
    expect(verified.conformance.failures[0]!.id).toBe(broken.conformance[0]!.id);
  });
});

describe('comparing two policies', () => {
  const a = finishPolicy(draft());
  it('names what changed, the version step, and the traffic that moves', () => {
    const b = structuredClone(a);
    Object.assign(b.rules[0]!.when, { value: 0.3 });
    const diff = diffPolicies(a, b, matrix);
    expect(diff.changes).toEqual([{ path: 'rules.easy.when.value', a: 0.62, b: 0.3 }]);
    expect(diff.bump).toBe('minor');
    const scores = matrix.signals[0]!.values as Float64Array;
    const moved = scores.filter((s) => s >= 0.3 && s < 0.62).length;
    expect(diff.traffic).toMatchObject({ n: 600, moved });
    expect(diff.traffic!.from['large']).toEqual({
      large: scores.filter((s) => s < 0.3).length,
      small: moved,
    });
  });
  it('steps by what was touched', () => {
    const step = (change: (p: typeof a) => void): string => {
      const b = structuredClone(a);
      change(b);
      return diffPolicies(a, b, null).bump;
    };
    expect(step(() => {})).toBe('none');
    expect(step((p) => (p.name = 'other'))).toBe('patch');
    expect(step((p) => (p.candidates[0]!.model = 'small-2'))).toBe('minor');
    expect(step((p) => (p.routes[0]!.attempts[0]!.candidate = 'medium'))).toBe('major');
    expect(step((p) => p.rules.reverse())).toBe('major');
    expect(step((p) => (p.signals[0]!.onMissing = { route: 'hard' }))).toBe('major');
  });
});

describe('drift', () => {
  const profiled = (policy: PolicyDraft): PolicyDraft => ({
    ...policy,
    evidence: {
      ...policy.evidence,
      signalProfile: signalProfiles(policy, matrix, null),
      shares: summariseReplay(policy, matrix, replayPolicy(policy, matrix, null)).shares,
    },
  });
  it('is none on the very rows of the fit and little on fresh ones like them', () => {
    const policy = finishPolicy(profiled(richDraft()));
    const drift = driftPolicy(policy, matrix);
    expect(drift.signals.map(({ id }) => id)).toContain('confidence(small)');
    expect(drift.drifted).toBe(false);
    for (const { value } of drift.signals) expect(value).toBeLessThan(0.05);
    expect(driftPolicy(policy, outcomes(600, 9)).drifted).toBe(false);
  });
  it('is seen when a signal moves or vanishes', () => {
    const policy = finishPolicy(profiled(draft()));
    const moved = outcomes(600);
    (moved.signals[0]!.values as Float64Array).forEach((v, i, all) => (all[i] = v / 3));
    expect(driftPolicy(policy, moved)).toMatchObject({
      drifted: true,
      signals: [{ id: 'score', drifted: true }],
    });
    moved.signals.shift();
    expect(driftPolicy(policy, moved).signals[0]).toMatchObject({ n: 0, drifted: true });
  });
});

describe('deciding a list of requests', () => {
  it('answers each, a rejected one too', () => {
    const decisions = decideRequests(finishPolicy(draft()), [
      { id: 'a', input: {}, signals: { score: 0.9 } },
      { id: 'b', input: {}, signals: { score: { $: 'NaN' } } },
      { id: 'c', input: {} },
    ]);
    expect(decisions.map(({ id, route, error }) => [id, route, error])).toEqual([
      ['a', 'easy', null],
      ['b', null, 'signal_missing:score'],
      ['c', null, 'signal_missing:score'],
    ]);
  });
});
