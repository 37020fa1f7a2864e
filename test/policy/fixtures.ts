import type { Policy, PolicyDraft, PolicySignal } from '../../engine/api/index.ts';

type Route = Policy['routes'][number];
type Accept = Route['attempts'][number]['accept'];

export const attempt = (candidate: string, accept: Accept = 'always'): Route['attempts'][number] => ({
  candidate,
  accept,
  timeoutMs: 30_000,
  retries: 1,
});
export const route = (id: string, attempts: Route['attempts'], more: Partial<Route> = {}): Route => ({
  id,
  attempts,
  fallbacks: {},
  scope: null,
  onAllFail: 'error',
  ...more,
});
export const provided = (id: string, more: object = {}): PolicySignal => ({
  id,
  version: 1,
  kind: 'provided',
  when: 'before',
  type: 'number',
  onMissing: { reject: true },
  ...more,
});

const evidence: Policy['evidence'] = {
  verdict: 'route',
  sentence: 'Easy requests go to small.',
  reference: 'large',
  dataset: { name: 'd', hash: 'h', rows: 10 },
  run: ['r'],
  seed: 1,
  rows: { fit: 4, calibrate: 3, test: 3, leftOut: 0 },
  splitHash: 's',
  score: { mean: 0.9, lo: 0.8, hi: 0.95, n: 3, level: 0.95 },
  costUsd: { mean: 0.001, lo: 0.0005, hi: 0.002, n: 3, level: 0.95 },
  lossVsReference: { mean: 0.01, lo: 0, hi: 0.02, n: 3, level: 0.95 },
  shares: { small: 0.5, large: 0.5 },
  certificate: {
    maxLoss: 0.02,
    confidence: 0.9,
    certified: true,
    n: 3,
    method: 'fixed-sequence',
    bound: 0.015,
  },
  baselines: [
    {
      name: 'large',
      score: { mean: 0.91, lo: 0.89, hi: 0.93, n: 3, level: 0.95 },
      costUsd: { mean: 0.002, lo: 0.0019, hi: 0.0021, n: 3, level: 0.95 },
    },
  ],
  signalProfile: {},
  validUntil: null,
  nominalPrices: false,
};

export function draft(parts: Partial<PolicyDraft> = {}): PolicyDraft {
  return {
    format: 'kneepoint-policy/1',
    version: '1.0.0',
    name: 'test policy',
    created: '2026-11-23T00:00:00.000Z',
    candidates: ['small', 'medium', 'large'].map((id) => ({
      id,
      provider: 'openai',
      model: `${id}-1`,
      parameters: {},
      price: { inputPerMTok: 1, outputPerMTok: 2, nominal: false, date: '2026-09-23', hash: 'p' },
    })),
    signals: [provided('score')],
    rules: [
      { id: 'easy', when: { op: 'gte', signal: 'score', value: 0.62, gap: [0.6, 0.64] }, route: 'easy' },
      { id: 'rest', when: 'always', route: 'hard' },
    ],
    routes: [
      route('easy', [attempt('small')], { fallbacks: { timeout: ['medium', 'large'] }, onAllFail: 'review' }),
      route('hard', [attempt('large')], { fallbacks: { rate_limited: ['medium'] } }),
    ],
    budget: { perRequestUsd: null, perDayUsd: null },
    rollout: { mode: 'active', percent: 100, salt: 's', stickyKey: 'id' },
    evidence,
    ...parts,
  };
}

export const exact = { kind: 'exact', caseSensitive: false } as const;

/** Every signal kind, private scope, a cascade with confidence, one with agreement, and nested conditions. */
export function richDraft(): PolicyDraft {
  return draft({
    signals: [
      {
        id: 'pii',
        version: 1,
        kind: 'field',
        when: 'before',
        field: 'pii',
        type: 'label',
        onMissing: { route: 'private' },
      },
      {
        id: 'words',
        version: 1,
        kind: 'length',
        when: 'before',
        of: ['q', 'context'],
        unit: 'words',
        onMissing: { value: 0 },
      },
      {
        id: 'chars',
        version: 1,
        kind: 'length',
        when: 'before',
        of: ['q'],
        unit: 'chars',
        onMissing: { reject: true },
      },
      {
        id: 'hardness',
        version: 1,
        kind: 'text-linear',
        when: 'before',
        of: ['q'],
        buckets: 64,
        intercept: -0.25,
        weights: Array.from({ length: 64 }, (_, i): [number, number] => [i, Math.sin(i)]),
        numeric: { logChars: 0.125, logWords: -0.0625 },
        labels: [
          { field: 'topic', table: { maths: 0.75, verse: -0.5, __proto__x: 1 }, default: 0.0625 },
          { field: 'tongue', table: { de: 0.1 }, default: 0 },
        ],
        hash: 'w',
        onMissing: { value: 0.5 },
      },
      {
        id: 'prior',
        version: 1,
        kind: 'table',
        when: 'before',
        field: 'subject',
        table: { math: 0.25, law: 0.75, 'Naïve 数学': 0.5 },
        default: 0.4,
        hash: 't',
        onMissing: { route: 'cascade' },
      },
      {
        id: 'confidence(small)',
        version: 1,
        kind: 'answer',
        when: 'after',
        candidate: 'small',
        signal: 'confidence',
        type: 'number',
        onMissing: { reject: true },
      },
      {
        id: 'agree',
        version: 1,
        kind: 'agreement',
        when: 'after',
        candidates: ['small', 'medium'],
        scorer: exact,
        onMissing: { reject: true },
      },
    ],
    rules: [
      { id: 'private', when: { op: 'in', signal: 'pii', values: ['yes', 'présent'] }, route: 'private' },
      {
        id: 'long',
        when: {
          op: 'or',
          of: [
            { op: 'gt', signal: 'words', value: 40 },
            {
              op: 'and',
              of: [
                { op: 'lte', signal: 'prior', value: 0.3 },
                { op: 'not', of: { op: 'lt', signal: 'hardness', value: 0.55 } },
              ],
            },
          ],
        },
        route: 'strong',
      },
      { id: 'short', when: { op: 'lt', signal: 'chars', value: 12 }, route: 'confident' },
      { id: 'rest', when: 'always', route: 'cascade' },
    ],
    routes: [
      route('private', [attempt('small')], {
        scope: ['small', 'medium'],
        fallbacks: { overloaded: ['medium'] },
        onAllFail: 'review',
      }),
      route('strong', [attempt('large')], { fallbacks: { timeout: ['medium', 'small'] } }),
      route('confident', [
        attempt('small', { op: 'gte', signal: 'confidence(small)', value: 0.8 }),
        attempt('large'),
      ]),
      route(
        'cascade',
        [
          attempt('small', 'never'),
          attempt('medium', { op: 'eq', signal: 'agree', value: true }),
          attempt('large'),
        ],
        { fallbacks: { server_error: ['medium'] }, onAllFail: 'review' },
      ),
    ],
  });
}
