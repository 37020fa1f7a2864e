import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { WorkbenchError } from '../../engine/api/index.ts';
import { compilePolicy } from '../../engine/policy/evaluator.ts';
import { exportPolicy, finishPolicy, parsePolicy } from '../../engine/policy/index.ts';
import { attempt, draft, provided, richDraft, route } from './fixtures.ts';

const source = (name: string): string =>
  readFileSync(new URL(`../../engine/policy/${name}`, import.meta.url), 'utf8');
const assets = {
  evaluatorJs: stripTypeScriptTypes(source('evaluator.ts')),
  evaluatorPy: source('evaluator.py'),
};
const options = { assets, allowDropped: [] as string[] };
const python = spawnSync('python3', ['--version']).status === 0;

function inFolder<T>(files: { name: string; text: string }[], act: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-export-'));
  try {
    for (const { name, text } of files) writeFileSync(join(folder, name), text);
    return act(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the bundle', () => {
  const policy = finishPolicy(richDraft());
  const { files, fidelity } = exportPolicy(policy, 'bundle', options);

  it('holds the policy, both evaluators, vectors, card and schema, and drops nothing', () => {
    expect(files.map(({ name }) => name)).toEqual([
      'policy.json',
      'vectors.json',
      'evaluator.js',
      'evaluator.py',
      'model-card.md',
      'decision-record.schema.json',
    ]);
    expect(fidelity.filter(({ status }) => status === 'dropped')).toEqual([]);
    expect(parsePolicy(files[0]!.text)).toEqual(policy);
  });

  it('has an evaluator.js that runs alone in plain Node and decides the same', () => {
    const request = {
      id: 'r',
      input: { q: 'Is this a naïve question?', subject: 'law' },
      signals: { pii: 'no' },
    };
    const program = (folder: string): string => `
      import { readFileSync } from 'node:fs';
      import { compilePolicy } from ${JSON.stringify(pathToFileURL(join(folder, 'evaluator.mjs')).href)};
      const policy = JSON.parse(readFileSync(${JSON.stringify(join(folder, 'policy.json'))}, 'utf8'));
      console.log(JSON.stringify(compilePolicy(policy).decide(${JSON.stringify(request)})));`;
    const renamed = files.map((file) => ({
      ...file,
      name: file.name.replace('evaluator.js', 'evaluator.mjs'),
    }));
    const out = inFolder(renamed, (folder) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', program(folder)], { encoding: 'utf8' }),
    );
    expect(out.stderr).toBe('');
    expect(JSON.parse(out.stdout)).toEqual(compilePolicy(policy).decide(request));
  });

  it('imports nothing', () => {
    expect(assets.evaluatorJs).not.toMatch(/^\s*import\b|\brequire\(/m);
  });

  it.skipIf(!python)(
    `has an evaluator.py that runs its vectors${python ? '' : ' (1 skipped: python3 is not installed)'}`,
    () => {
      const run = (folder: string) =>
        spawnSync('python3', ['-B', 'evaluator.py', 'policy.json', '--vectors', 'vectors.json'], {
          cwd: folder,
          encoding: 'utf8',
        });
      expect(JSON.parse(inFolder(files, run).stdout)).toEqual({
        passed: policy.conformance.length,
        failed: 0,
        failures: [],
      });
      const wrong = structuredClone(policy.conformance);
      wrong[0]!.expect.served = 'nobody';
      const broken = inFolder([...files, { name: 'vectors.json', text: JSON.stringify(wrong) }], run);
      expect(broken.status).toBe(1);
      expect(JSON.parse(broken.stdout)).toMatchObject({ failed: 1 });
    },
  );

  it('shows hostile names in the card instead of obeying them', () => {
    const name = '<script>alert(1)</script> | [x](javascript:1)\n# big';
    const hostile = exportPolicy(finishPolicy(draft({ name })), 'bundle', options);
    const card = hostile.files.find((file) => file.name === 'model-card.md')!.text;
    expect(card).not.toMatch(/<script|\]\(|^# big/m);
    expect(card).toContain('certified');
  });
});

describe('a gateway that would lose a safety element', () => {
  it.each(['portkey', 'litellm'] as const)('%s stops the export and names each', (target) => {
    const policy = finishPolicy(draft());
    try {
      exportPolicy(policy, target, options);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(WorkbenchError);
      expect(error).toMatchObject({
        code: 'policy.safety_dropped',
        details: { elements: ['reject:score', 'review:easy'] },
      });
    }
    expect(() => exportPolicy(policy, target, { assets, allowDropped: ['review:easy'] })).toThrow(
      'reject:score',
    );
    const accepted = exportPolicy(policy, target, { assets, allowDropped: ['reject:score', 'review:easy'] });
    expect(accepted.fidelity.filter((f) => f.status === 'dropped' && f.safety).length).toBe(2);
  });

  it('refuses a policy whose own vectors fail', () => {
    const policy = finishPolicy(draft());
    policy.conformance[0]!.expect.served = 'medium';
    expect(() => exportPolicy(policy, 'bundle', options)).toThrow('conformance vectors fail');
  });
});

/** Portkey's documented matching: first match wins, parseFloat for order, strict equality, one key an object. */
function portkeyMatches(query: Record<string, unknown>, metadata: Record<string, unknown>): boolean {
  const entries = Object.entries(query);
  expect(entries.length).toBe(1);
  const [key, rule] = entries[0]!;
  if (key === '$and') return (rule as Record<string, unknown>[]).every((q) => portkeyMatches(q, metadata));
  if (key === '$or') return (rule as Record<string, unknown>[]).some((q) => portkeyMatches(q, metadata));
  expect(key.split('.').length).toBe(2);
  const value = metadata[key.split('.')[1]!];
  const number = Number.parseFloat(String(value));
  const [[op, operand], ...rest] = Object.entries(rule as object) as [[string, never]];
  expect(rest).toEqual([]);
  const tests: Record<string, () => boolean> = {
    $eq: () => value === operand,
    $ne: () => value !== operand,
    $in: () => (operand as unknown[]).includes(value),
    $nin: () => !(operand as unknown[]).includes(value),
    $gt: () => number > operand,
    $gte: () => number >= operand,
    $lt: () => number < operand,
    $lte: () => number <= operand,
  };
  return tests[op]!();
}

describe('Portkey', () => {
  const policy = finishPolicy(
    draft({
      signals: [
        provided('my.score', { onMissing: { route: 'hard' } }),
        provided('pii', { type: 'label', onMissing: { value: 'no' } }),
      ],
      rules: [
        { id: 'private', when: { op: 'in', signal: 'pii', values: ['yes', 'présent'] }, route: 'private' },
        {
          id: 'easy',
          when: {
            op: 'not',
            of: {
              op: 'or',
              of: [
                { op: 'lt', signal: 'my.score', value: 0.62 },
                {
                  op: 'and',
                  of: [
                    { op: 'eq', signal: 'pii', value: 'maybe' },
                    { op: 'gte', signal: 'my.score', value: 0.9 },
                  ],
                },
              ],
            },
          },
          route: 'easy',
        },
        { id: 'rest', when: 'always', route: 'hard' },
      ],
      routes: [
        route('private', [attempt('small')], {
          scope: ['small', 'medium'],
          fallbacks: { timeout: ['medium'], refused: ['medium'] },
        }),
        route('easy', [attempt('small')], { fallbacks: { rate_limited: ['large'] } }),
        route('hard', [attempt('large')]),
      ],
    }),
  );
  const { files, fidelity } = exportPolicy(policy, 'portkey', options);
  const config = JSON.parse(files[0]!.text);

  it('routes as the evaluator does under the gateway’s matching rules', () => {
    for (const score of [0, 0.6199999999999999, 0.62, 0.6200000000000001, 0.9, 1]) {
      for (const pii of ['no', 'maybe', 'yes', 'présent']) {
        const metadata = { my_score: score, pii };
        const hit = config.strategy.conditions.find((c: { query: Record<string, unknown> }) =>
          portkeyMatches(c.query, metadata),
        );
        const ours = compilePolicy(policy).decide({
          id: 'r',
          input: {},
          signals: { 'my.score': score, pii },
        });
        expect(hit?.then ?? config.strategy.default).toBe(ours.route);
      }
    }
  });

  it('is ASCII, names every route as a target, keeps the private scope and says what is lost', () => {
    expect(files[0]!.text).toMatch(/^[\n -~]*$/);
    expect(config.targets.map(({ name }: { name: string }) => name)).toEqual(['private', 'easy', 'hard']);
    expect(JSON.stringify(config.targets[0])).not.toContain('large');
    expect(config.targets[1]).toMatchObject({ strategy: { mode: 'fallback', on_status_codes: [429] } });
    const of = (element: string) => fidelity.find((f) => f.element === element)?.status;
    expect(of('fallback:private:refused')).toBe('dropped');
    expect(of('fallback:private:timeout')).toBe('approximated');
    expect(of('scope:private')).toBe('exact');
  });

  it('serves the dearest candidate of a cascade, and says so', () => {
    const rich = finishPolicy(richDraft());
    const all = ['reject:chars', 'review:private', 'review:cascade', 'missing:pii', 'missing:prior'];
    const exported = exportPolicy(rich, 'portkey', { assets, allowDropped: all });
    expect(exported.fidelity.find((f) => f.element === 'cascade:cascade')).toMatchObject({
      status: 'dropped',
    });
    const target = JSON.parse(exported.files[0]!.text).targets.find(
      (t: { name: string }) => t.name === 'cascade',
    );
    expect(JSON.stringify(target)).toContain('large-1');
    // A missing pii goes to the private route in the policy: losing that is a safety matter.
    expect(() =>
      exportPolicy(rich, 'portkey', { assets, allowDropped: all.filter((e) => e !== 'missing:pii') }),
    ).toThrow('missing:pii');
  });
});

describe('LiteLLM', () => {
  const policy = finishPolicy(richDraft());
  const { files } = exportPolicy(policy, 'litellm', {
    assets,
    allowDropped: ['reject:chars', 'review:private', 'review:cascade'],
  });
  const text = (name: string): string => files.find((file) => file.name === name)!.text;

  it('gives each route a model group of its own, with stand-ins inside its scope', () => {
    const config = parse(text('config.yaml'));
    const groups = config.model_list.map((m: { model_name: string }) => m.model_name);
    for (const { id } of policy.routes) expect(groups).toContain(`route-${id}`);
    const fallbacks = Object.assign({}, ...config.router_settings.fallbacks);
    expect(fallbacks['route-private']).toEqual(['candidate-medium']);
    for (const list of Object.values(fallbacks))
      for (const group of list as string[]) expect(groups).toContain(group);
    // Looked up under the router's own name, a chain serves every route: nothing outside the private scope.
    expect(fallbacks['kneepoint']).toEqual(['candidate-medium', 'candidate-small']);
  });

  it.skipIf(!python)(
    `classifies as the evaluator decides${python ? '' : ' (1 skipped: python3 is not installed)'}`,
    () => {
      const question = 'tell me a long story about the law, please, and do not stop';
      const program = [
        'import asyncio, json',
        'from types import SimpleNamespace as C',
        'from policy_plugin import classifier',
        `asked = C(metadata={"kneepoint": {"input": {"q": "short", "pii": "no", "subject": "law"}}}, structured_messages=None, raw_messages=None)`,
        `plain = C(metadata={}, structured_messages=[{"role": "user", "content": [{"type": "text", "text": ${JSON.stringify(question)}}]}], raw_messages=None)`,
        'print(json.dumps([asyncio.run(classifier.classify(c)) for c in (asked, plain)]))',
      ].join('\n');
      const out = inFolder(files, (cwd) =>
        spawnSync('python3', ['-B', '-c', program], { cwd, encoding: 'utf8' }),
      );
      expect(out.stderr).toBe('');
      const compiled = compilePolicy(policy);
      const tier = (input: Record<string, string>): string =>
        ['SIMPLE', 'MEDIUM', 'COMPLEX', 'REASONING'][
          policy.routes.findIndex(({ id }) => id === compiled.decide({ id: 'r', input }).route)
        ]!;
      expect(JSON.parse(out.stdout)).toEqual([
        tier({ q: 'short', pii: 'no', subject: 'law' }),
        tier({ q: question, context: question }),
      ]);
    },
  );
});
