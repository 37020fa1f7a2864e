/**
 * The policy evaluator: one file, no import, pure ES2022 once its types are erased. It ships to production.
 * evaluator.py beside it does the same, bit for bit: exp and log are spelt out because libraries differ in the last bit.
 */

export type ScorerShape =
  | { kind: 'exact' | 'contains'; caseSensitive?: boolean }
  | { kind: 'regex'; pattern: string; flags?: string }
  | { kind: 'numeric' }
  | { kind: 'json-field'; path: string; as?: 'exact' | 'numeric' };

const blanks = /[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+/g;
const regexes = new Map<string, RegExp>();
const maxRegexText = 10_000;
const maxJsonStarts = 200;
const maxJsonDepth = 200;

function fold(text: string, caseSensitive: boolean): string | null {
  const plain = text.normalize('NFKC').replace(blanks, ' ').trim();
  if (plain === '') return null;
  // Upper then lower joins ß with ss and ς with σ, which lower case alone keeps apart.
  return caseSensitive ? plain : plain.toUpperCase().toLowerCase();
}

/** Shortest decimal that reads back as the same double; null for NaN and infinities; −0 is 0. */
function shortest(value: number): string | null {
  return Number.isFinite(value) ? String(value === 0 ? 0 : value) : null;
}

const unsigned =
  /(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?/g;

function lastNumber(text: string): string | null {
  const plain = text.normalize('NFKC').replaceAll('\u2212', '-');
  let digits = '';
  let start = -1;
  for (const match of plain.matchAll(unsigned)) {
    digits = match[0];
    start = match.index;
  }
  if (start < 0) return null;
  let at = start - 1;
  while (at >= 0 && /[\p{Sc} ]/u.test(plain.charAt(at)) && start - at <= 2) at--;
  const currency = at < start - 1 && /\p{Sc}/u.test(plain.slice(at + 1, start));
  if (at < start - 1 && !currency) at = start - 1;
  // A minus after a letter, digit or closing bracket joins words or subtracts: "GPT-4", "10-5".
  const negative =
    at >= 0 && plain.charAt(at) === '-' && !(at > 0 && /[\p{L}\p{N})\]%]/u.test(plain.charAt(at - 1)));
  return shortest(Number((negative ? '-' : '') + digits.replaceAll(',', '')));
}

function balancedEnd(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 123 || c === 91) {
      if (++depth > maxJsonDepth) return -1;
    } else if ((c === 125 || c === 93) && --depth === 0) return i + 1;
  }
  return -1;
}

/** The first part of the text that parses as a JSON object or array; undefined when there is none. */
function firstJson(text: string): unknown {
  let starts = 0;
  for (let i = 0; i < text.length && starts < maxJsonStarts; i++) {
    const c = text.charCodeAt(i);
    if (c !== 123 && c !== 91) continue;
    starts++;
    const end = balancedEnd(text, i);
    if (end < 0) continue;
    try {
      return JSON.parse(text.slice(i, end));
    } catch {
      // Prose in braces: look further on.
    }
  }
  return undefined;
}

function atPath(value: unknown, path: string): unknown {
  let at = value;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    if (Array.isArray(at) && !/^(?:0|[1-9][0-9]{0,8})$/.test(key)) return undefined;
    at = (at as Record<string, unknown>)[key]; // an object with that own key, checked above
  }
  return at;
}

/**
 * The answer as compared: two answers agree when their canonical forms are equal strings.
 * @returns null where the answer is unusable (empty, no number, no match, no such JSON value): it agrees with nothing.
 * @throws SyntaxError for a `regex` whose pattern or flags are invalid.
 */
export function canonicalAnswer(spec: ScorerShape, text: string): string | null {
  switch (spec.kind) {
    case 'exact':
    case 'contains':
      return fold(text, spec.caseSensitive ?? false);
    case 'numeric':
      return lastNumber(text);
    case 'regex': {
      const key = `${spec.flags ?? ''}/${spec.pattern}`;
      let regex = regexes.get(key);
      if (regex === undefined) {
        regex = new RegExp(spec.pattern, (spec.flags ?? '').replace(/[gyd]/g, ''));
        if (regexes.size > 100) regexes.clear();
        regexes.set(key, regex);
      }
      const match = regex.exec(text.slice(0, maxRegexText));
      return match === null ? null : fold(match[1] ?? match[0], false);
    }
    case 'json-field': {
      const value = atPath(firstJson(text), spec.path);
      if (typeof value === 'number') return shortest(value);
      if (typeof value === 'string') return spec.as === 'numeric' ? lastNumber(value) : fold(value, false);
      return typeof value === 'boolean' && spec.as !== 'numeric' ? String(value) : null;
    }
  }
}

/** e^x for |x| ≤ 745 after fdlibm's e_exp.c, in additions, multiplications and divisions only. */
function exp(x: number): number {
  const k = Math.trunc(Math.LOG2E * x + (x < 0 ? -0.5 : 0.5));
  const hi = x - k * 6.9314718036912381649e-1;
  const lo = k * 1.90821492927058770002e-10;
  const r = hi - lo;
  const t = r * r;
  const p4 = -1.6533902205465251539e-6 + t * 4.13813679705723846039e-8;
  const c =
    r -
    t *
      (1.66666666666666019037e-1 +
        t * (-2.77777777770155933842e-3 + t * (6.61375632143793436117e-5 + t * p4)));
  let y = 1 - (lo - (r * c) / (2 - c) - hi);
  for (let i = 0; i < k; i++) y *= 2;
  for (let i = 0; i > k; i--) y *= 0.5;
  return y;
}

/** ln m for a whole m ≥ 1, after fdlibm's e_log.c. */
function log(m: number): number {
  let k = 0;
  let x = m;
  for (; x > Math.SQRT2; k++) x *= 0.5;
  const f = x - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const t1 = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const t2 =
    z *
    (6.66666666666673513e-1 +
      w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  const half = 0.5 * f * f;
  return (
    k * 6.9314718036912381649e-1 - (half - (s * (half + (t2 + t1)) + k * 1.90821492927058770002e-10) - f)
  );
}

const utf8 = new TextEncoder();

/** FNV-1a, 32 bits, over the UTF-8 bytes of `text`, continued from `hash`. */
function fnv1a(text: string, hash: number): number {
  let h = hash;
  for (const byte of utf8.encode(text)) h = Math.imul(h ^ byte, 0x01000193) >>> 0;
  return h;
}

/** What the `text-linear` signal sees: buckets ascending, tf = count / √Σcount², and ln(1 + length) twice. */
export interface TextFeatures {
  buckets: number[];
  tf: number[];
  logChars: number;
  logWords: number;
}

/** Features of one text for the `text-linear` signal; fits must use this very function. `buckets` ≥ 1. */
export function textFeatures(text: string, buckets: number): TextFeatures {
  const counts = new Map<number, number>();
  const count = (hash: number): void => {
    counts.set(hash % buckets, (counts.get(hash % buckets) ?? 0) + 1);
  };
  let previous: number | null = null;
  for (const [token] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    const hash = fnv1a(token, 0x811c9dc5);
    count(hash);
    if (previous !== null) count(fnv1a(token, fnv1a(' ', previous)));
    previous = hash;
  }
  let squares = 0;
  for (const n of counts.values()) squares += n * n;
  const norm = Math.sqrt(squares);
  const index = [...counts.keys()].sort((a, b) => a - b);
  return {
    buckets: index,
    tf: index.map((bucket) => (counts.get(bucket) ?? 0) / norm),
    logChars: log(1 + text.length),
    logWords: log(1 + countWords(text)),
  };
}

function countWords(text: string): number {
  const trimmed = text.replace(blanks, ' ').trim();
  return trimmed === '' ? 0 : trimmed.split(' ').length;
}

/** 1 / (1 + e^−z), the same double on every platform. */
export function sigmoid(z: number): number {
  if (z > 700) return 1;
  return z < -700 ? 0 : 1 / (1 + exp(-z));
}

type SignalType = 'number' | 'label' | 'boolean';
interface SignalBase {
  id: string;
  onMissing: { reject: true } | { route: string } | { value: number | string | boolean };
}
export type SignalShape = SignalBase &
  (
    | { kind: 'length'; of: readonly string[]; unit: 'chars' | 'words' }
    | { kind: 'field'; field: string; type: 'number' | 'label' }
    | {
        kind: 'text-linear';
        of: readonly string[];
        buckets: number;
        intercept: number;
        weights: readonly (readonly [number, number])[];
        numeric: { logChars: number; logWords: number };
        labels?:
          | readonly { field: string; table: { readonly [label: string]: number }; default: number }[]
          | undefined;
      }
    | { kind: 'table'; field: string; table: { readonly [label: string]: number }; default: number }
    | { kind: 'provided'; type: SignalType }
    | { kind: 'answer'; candidate: string; type: SignalType }
    | { kind: 'agreement'; candidates: readonly [string, string]; scorer: ScorerShape }
  );
export type ConditionShape =
  | { op: 'gt' | 'gte' | 'lt' | 'lte'; signal: string; value: number }
  | { op: 'eq'; signal: string; value: number | string | boolean }
  | { op: 'in'; signal: string; values: readonly (number | string)[] }
  | { op: 'and' | 'or'; of: readonly ConditionShape[] }
  | { op: 'not'; of: ConditionShape };
export interface PolicyShape {
  signals: readonly SignalShape[];
  rules: readonly { id: string; when: 'always' | ConditionShape; route: string }[];
  routes: readonly {
    id: string;
    attempts: readonly { candidate: string; accept: 'always' | 'never' | ConditionShape }[];
    fallbacks: { readonly [failureClass: string]: readonly string[] | undefined };
    scope: readonly string[] | null;
    onAllFail: 'review' | 'error';
  }[];
}
export type SignalValue = number | string | boolean;
export interface RequestShape {
  id: string;
  input: { readonly [field: string]: unknown };
  signals?: { readonly [id: string]: unknown };
  /** Answers already known by candidate: agreement is computed from them. */
  answers?: { readonly [candidate: string]: string };
  /** Candidates that fail when called, with the failure's class. */
  failures?: { readonly [candidate: string]: string };
}
export interface DecisionShape {
  id: string;
  rule: string | null;
  route: string | null;
  attempts: string[];
  served: string | null;
  margin: number | null;
  error: string | null;
}
/** A call made so far: `failure` is its class, null when it answered. */
export interface CallShape {
  candidate: string;
  failure: string | null;
}
export type StepShape = { call: string } | { serve: string } | { error: string };
export interface CompiledPolicy {
  /**
   * The rule, the route, and the calls that would be made given what the request tells about answers.
   * `error`: `signal_missing:<signal>`, `all_failed:review|error`, or `no_rule`.
   */
  decide(request: RequestShape): DecisionShape;
  /** The same from signal values by index in `policy.signals` (undefined: missing); `failures` as in a request. */
  decideValues(
    id: string,
    values: readonly unknown[],
    failures?: { readonly [candidate: string]: string },
  ): DecisionShape;
  /** What to do after the calls made so far: call another candidate, serve an answer, or stop. */
  next(request: RequestShape, calls: readonly CallShape[]): StepShape;
  /** A signal's value for a request before any call, undefined when missing; onMissing is not applied. */
  signalValue(index: number, request: RequestShape): SignalValue | undefined;
}

const own = (object: { readonly [key: string]: unknown } | undefined, key: string): unknown =>
  object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;

/** No coercion: a value of another type, NaN or an infinity is no value. */
function typed(value: unknown, type: SignalType): SignalValue | undefined {
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  if (type === 'label') return typeof value === 'string' ? value : undefined;
  return typeof value === 'boolean' ? value : undefined;
}

function requestText(fields: readonly string[], request: RequestShape): string | undefined {
  const texts = fields.map((field) => own(request.input, field)).filter((value) => typeof value === 'string');
  return texts.length === 0 ? undefined : texts.join('\n');
}

type Reader = (request: RequestShape) => SignalValue | undefined;

/** How a signal's value is found in a request. A value under `signals[id]` always wins over a computed one. */
function compileSignal(signal: SignalShape): { type: SignalType; read: Reader } {
  const given = (type: SignalType, compute: Reader): { type: SignalType; read: Reader } => ({
    type,
    read: (request) => {
      const value = own(request.signals, signal.id);
      return value === undefined || value === null ? compute(request) : typed(value, type);
    },
  });
  switch (signal.kind) {
    case 'provided':
    case 'answer':
      return given(signal.type, () => undefined);
    case 'field': {
      const { field, type } = signal;
      return given(type, (r) => typed(own(r.signals, field) ?? own(r.input, field), type));
    }
    case 'length':
      return given('number', (request) => {
        const text = requestText(signal.of, request);
        return text === undefined ? undefined : signal.unit === 'chars' ? text.length : countWords(text);
      });
    case 'table': {
      const { field } = signal;
      const table = new Map(Object.entries(signal.table));
      const look: Reader = (r) => {
        const label = own(r.signals, field) ?? own(r.input, field);
        return typeof label === 'string' ? (table.get(label) ?? signal.default) : undefined;
      };
      return signal.id === field ? { type: 'number', read: look } : given('number', look);
    }
    case 'text-linear': {
      const weights = new Map(signal.weights.map(([bucket, weight]) => [bucket, weight]));
      const tables = (signal.labels ?? []).map((of) => ({ ...of, table: new Map(Object.entries(of.table)) }));
      return given('number', (request) => {
        const text = requestText(signal.of, request);
        if (text === undefined) return undefined;
        const features = textFeatures(text, signal.buckets);
        let z = signal.intercept;
        features.buckets.forEach((bucket, i) => {
          const weight = weights.get(bucket);
          if (weight !== undefined) z += weight * (features.tf[i] ?? 0);
        });
        z += signal.numeric.logChars * features.logChars;
        z += signal.numeric.logWords * features.logWords;
        for (const { field, table, default: otherwise } of tables) {
          const label = own(request.signals, field) ?? own(request.input, field);
          z += typeof label === 'string' ? (table.get(label) ?? otherwise) : otherwise;
        }
        return typed(sigmoid(z), 'number');
      });
    }
    case 'agreement': {
      const [a, b] = signal.candidates;
      return given('boolean', (request) => {
        const left = own(request.answers, a);
        const right = own(request.answers, b);
        if (typeof left !== 'string' || typeof right !== 'string') return undefined;
        const answer = canonicalAnswer(signal.scorer, left);
        return answer !== null && answer === canonicalAnswer(signal.scorer, right);
      });
    }
  }
}

/** 1 holds, 0 does not, −1 reads a signal that has no value. */
type Test = () => -1 | 0 | 1;
/** @throws Error where a rule or test names a signal or a route that is not there. */
export function compilePolicy(policy: PolicyShape): CompiledPolicy {
  const readers = policy.signals.map(compileSignal);
  const place = new Map(policy.signals.map((signal, i) => [signal.id, i]));
  const cache: (SignalValue | undefined)[] = policy.signals.map(() => undefined);
  const cached: number[] = policy.signals.map(() => 0);
  const answered: string[] = [];
  let turn = 0;
  let request: RequestShape | null = null;
  let given: readonly unknown[] = [];
  let missing = -1;
  let margin: number | null = null;

  const raw = (i: number): SignalValue | undefined => {
    const reader = readers[i];
    if (reader === undefined) return undefined;
    return request === null ? typed(given[i], reader.type) : reader.read(request);
  };
  const before = (i: number): SignalValue | undefined => {
    if (cached[i] === turn) return cache[i];
    cached[i] = turn;
    const onMissing = policy.signals[i]?.onMissing;
    let value = raw(i);
    if (value === undefined && onMissing !== undefined && 'value' in onMissing) value = onMissing.value;
    return (cache[i] = value);
  };
  // What belongs to an answer is unknown until every candidate it belongs to has answered.
  const read = (signal: SignalShape, i: number): (() => SignalValue | undefined) => {
    if (signal.kind === 'answer') {
      return () => (answered.includes(signal.candidate) ? raw(i) : undefined);
    }
    if (signal.kind === 'agreement') {
      return () => (signal.candidates.every((c) => answered.includes(c)) ? raw(i) : undefined);
    }
    return () => before(i);
  };

  const compile = (condition: ConditionShape): Test => {
    switch (condition.op) {
      case 'and':
      case 'or': {
        const tests = condition.of.map(compile);
        const settles = condition.op === 'or' ? 1 : 0;
        return () => {
          for (const test of tests) {
            const result = test();
            if (result === settles || result === -1) return result;
          }
          return settles === 1 ? 0 : 1;
        };
      }
      case 'not': {
        const test = compile(condition.of);
        return () => {
          const result = test();
          return result === -1 ? -1 : result === 1 ? 0 : 1;
        };
      }
      case 'eq':
      case 'in':
      case 'gt':
      case 'gte':
      case 'lt':
      case 'lte':
        return compileComparison(condition);
    }
  };
  const compileComparison = (condition: Exclude<ConditionShape, { of: unknown }>): Test => {
    const at = place.get(condition.signal);
    const signal = at === undefined ? undefined : policy.signals[at];
    if (at === undefined || signal === undefined) throw new Error(`unknown signal "${condition.signal}"`);
    const value = read(signal, at);
    const check =
      (holds: (x: SignalValue) => boolean): Test =>
      () => {
        const x = value();
        if (x === undefined) {
          missing = at;
          return -1;
        }
        return holds(x) ? 1 : 0;
      };
    if (condition.op === 'eq') return check((x) => x === condition.value);
    if (condition.op === 'in') return check((x) => condition.values.some((y) => x === y));
    const { op, value: t } = condition;
    return check((x) => {
      if (typeof x !== 'number') return false;
      if (margin === null || Math.abs(x - t) < Math.abs(margin)) margin = x - t;
      return op === 'gte' ? x >= t : op === 'gt' ? x > t : op === 'lte' ? x <= t : x < t;
    });
  };

  const routes = new Map(
    policy.routes.map((route) => {
      const reachable = (candidate: string): boolean =>
        route.scope === null || route.scope.includes(candidate);
      const fallbacks = new Map(
        Object.entries(route.fallbacks).map(([failure, list]) => [failure, (list ?? []).filter(reachable)]),
      );
      const attempts = route.attempts
        .filter(({ candidate }) => reachable(candidate))
        .map(({ candidate, accept }) => ({
          candidate,
          accept: accept === 'always' ? (): 1 => 1 : accept === 'never' ? (): 0 => 0 : compile(accept),
          always: accept === 'always',
        }));
      return [
        route.id,
        { id: route.id, attempts, fallbacks, error: `all_failed:${route.onAllFail}` },
      ] as const;
    }),
  );
  const rules = policy.rules.map(({ id, when, route }) => {
    if (!routes.has(route)) throw new Error(`unknown route "${route}"`);
    return { id, route, when: when === 'always' ? (): 1 => 1 : compile(when) };
  });

  const choose = (): { rule: string | null; route: string | null; error: string | null } => {
    for (const { id, when, route } of rules) {
      const result = when();
      if (result === 1) return { rule: id, route, error: null };
      if (result === 0) continue;
      const signal = policy.signals[missing];
      if (signal !== undefined && 'route' in signal.onMissing) {
        return { rule: null, route: signal.onMissing.route, error: null };
      }
      return { rule: null, route: null, error: `signal_missing:${signal?.id}` };
    }
    return { rule: null, route: null, error: 'no_rule' };
  };

  let attempts: string[] = [];
  /** Calls in order until an answer is served; `outcome`: a failure class, null: answers, undefined: not called yet. */
  const walk = (id: string, outcome: (candidate: string) => string | null | undefined): StepShape => {
    const route = routes.get(id);
    if (route === undefined) return { error: `unknown_route:${id}` };
    attempts = [];
    answered.length = 0;
    for (const { candidate, accept, always } of route.attempts) {
      let failure = call(candidate, outcome);
      if (failure === undefined) return { call: candidate };
      if (failure === null) {
        if (accept() === 1) return { serve: candidate };
        continue;
      }
      // Elsewhere a failure escalates: a stand-in could not pass the test that reads this candidate's signals.
      if (!always) continue;
      for (const standIn of route.fallbacks.get(failure) ?? []) {
        failure = call(standIn, outcome);
        if (failure === undefined) return { call: standIn };
        if (failure === null) return { serve: standIn };
      }
    }
    return { error: route.error };
  };
  /** A candidate is called once a request: its first answer or failure stands. */
  const call = (
    candidate: string,
    outcome: (c: string) => string | null | undefined,
  ): string | null | undefined => {
    if (answered.includes(candidate)) return null;
    const failure = outcome(candidate);
    if (!attempts.includes(candidate)) attempts.push(candidate);
    if (failure === null) answered.push(candidate);
    return failure;
  };

  const start = (from: RequestShape | null, values: readonly unknown[]): void => {
    turn++;
    request = from;
    given = values;
    margin = null;
    attempts = [];
  };
  const decision = (
    id: string,
    failures: { readonly [candidate: string]: string } | undefined,
  ): DecisionShape => {
    const { rule, route, error } = choose();
    const ruleMargin = margin;
    margin = null;
    const outcome = (candidate: string): string | null =>
      failures !== undefined && Object.hasOwn(failures, candidate) ? (failures[candidate] ?? null) : null;
    const step = route === null ? { error: error ?? 'no_rule' } : walk(route, outcome);
    return {
      id,
      rule,
      route,
      attempts,
      served: 'serve' in step ? step.serve : null,
      margin: margin ?? ruleMargin,
      error: 'error' in step ? step.error : null,
    };
  };

  return {
    decide: (from) => {
      start(from, []);
      return decision(from.id, from.failures);
    },
    decideValues: (id, values, failures) => {
      start(null, values);
      return decision(id, failures);
    },
    next: (from, calls) => {
      start(from, []);
      const { route, error } = choose();
      const made = new Map(calls.map(({ candidate, failure }) => [candidate, failure]));
      return route === null ? { error: error ?? 'no_rule' } : walk(route, (candidate) => made.get(candidate));
    },
    signalValue: (index, from) => readers[index]?.read(from),
  };
}
