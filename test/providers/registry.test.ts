import { describe, expect, it } from 'vitest';
import { WorkbenchError } from '../../engine/api/index.ts';
import { createProviders, knownModels, providerInfos } from '../../engine/providers/index.ts';

const registry = createProviders({ env: {} });
function refused(attempt: () => unknown): WorkbenchError {
  try {
    attempt();
  } catch (thrown) {
    if (thrown instanceof WorkbenchError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe('providers', () => {
  it('are five, and a sixth where recorded answers are given', () => {
    const ids = ['local', 'openai', 'openai-responses', 'anthropic', 'openai-compatible'];
    expect(registry.list().map(({ id }) => id)).toEqual(ids);
    const withRecorded = createProviders({ env: {}, recorded: () => null });
    expect(withRecorded.list().map(({ id }) => id)).toEqual([...ids, 'recorded']);
    for (const id of ids) expect(registry.get(id).id).toBe(id);
  });

  it.each(['opnai', '', 'recorded', '__proto__', 'constructor', '<script>'])(
    'one that does not exist (%j) is refused with its name and those there are',
    (id) => {
      const error = refused(() => registry.get(id));
      expect(error).toMatchObject({ code: 'provider.unknown', kind: 'config', details: { provider: id } });
      expect(error.message).toContain(`"${id}"`);
      expect(error.hint).toContain('openai-compatible');
    },
  );

  it('an endless name is not repeated whole', () => {
    const error = refused(() => registry.get('x'.repeat(100_000)));
    expect(JSON.stringify(error.toBody()).length).toBeLessThan(1500);
  });

  it('say whether their key is there, and never the key', () => {
    const infos = providerInfos(registry, (variable) => variable === 'ANTHROPIC_API_KEY');
    expect(infos).toEqual([
      { id: 'local', keyVariable: null, keySet: false },
      { id: 'openai', keyVariable: 'OPENAI_API_KEY', keySet: false },
      { id: 'openai-responses', keyVariable: 'OPENAI_API_KEY', keySet: false },
      { id: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY', keySet: true },
      { id: 'openai-compatible', keyVariable: null, keySet: false },
    ]);
  });
});

describe('a missing key', () => {
  const spec = (provider: string, keyVariable?: string) => ({
    provider,
    model: 'm',
    parameters: {},
    ...(keyVariable === undefined ? {} : { keyVariable }),
  });

  it.each([
    ['openai', undefined, 'OPENAI_API_KEY'],
    ['openai-responses', undefined, 'OPENAI_API_KEY'],
    ['anthropic', undefined, 'ANTHROPIC_API_KEY'],
    ['anthropic', 'MY_KEY', 'MY_KEY'],
    ['openai-compatible', 'MY_KEY', 'MY_KEY'],
  ])('of %s (variable %s) is refused with code, variable and what to do', (id, named, variable) => {
    const error = refused(() => registry.get(id).requireKey?.(spec(id, named)));
    expect(error).toMatchObject({ code: 'provider.key_missing', details: { provider: id, variable } });
    expect(error.message).toContain(`${id}/m`);
    expect(error.hint).toContain(variable);
  });

  it.each(['', '   ', '\n'])('is also one that is blank (%j)', (key) => {
    const blank = createProviders({ env: { OPENAI_API_KEY: key } });
    expect(refused(() => blank.get('openai').requireKey?.(spec('openai'))).code).toBe('provider.key_missing');
  });

  it('is none where no key is asked for, or the key store has it', () => {
    expect(() => registry.get('openai-compatible').requireKey?.(spec('openai-compatible'))).not.toThrow();
    expect(registry.get('local').requireKey).toBeUndefined();
    const stored = createProviders({ env: {}, secrets: (name) => (name === 'OPENAI_API_KEY' ? 'k' : null) });
    expect(() => stored.get('openai').requireKey?.(spec('openai'))).not.toThrow();
  });
});

describe('a model name', () => {
  it.each([
    ['openai/gpt-4o-mini', 'openai', 'gpt-4o-mini'],
    ['openai-responses/gpt-4o-mini', 'openai-responses', 'gpt-4o-mini'],
    ['anthropic/claude-haiku-4-5', 'anthropic', 'claude-haiku-4-5'],
    ['local/naive-bayes', 'local', 'naive-bayes'],
    ['openai-compatible/meta-llama/Llama-3', 'openai-compatible', 'meta-llama/Llama-3'],
    ['gpt-4o-mini', 'openai', 'gpt-4o-mini'],
    ['claude-haiku-4-5', 'anthropic', 'claude-haiku-4-5'],
    ['naive-bayes', 'local', 'naive-bayes'],
  ])('%s is %s and %s', (name, provider, model) => {
    expect(registry.resolve(name)).toEqual({ provider, model, parameters: {} });
  });

  it.each([
    ['gpt-4o-mni', 'gpt-4o-mini'],
    ['openai/gpt-4o-mni', 'openai/gpt-4o-mini'],
    ['naive-bays', 'naive-bayes'],
    ['local/ecko', 'local/echo'],
  ])('that is misspelt (%s) is refused with the near one (%s)', (name, near) => {
    const error = refused(() => registry.resolve(name));
    expect(error).toMatchObject({ code: 'model.unknown', kind: 'config' });
    expect(error.message).toContain(`"${name}"`);
    expect(error.hint).toContain(near);
    expect(error.details?.['near']).toContain(near);
  });

  it.each([
    '',
    '/',
    'openai/',
    'openai-compatible/',
    'toString',
    'zzzzzzzzzzzzzzzzzzzz',
    'x'.repeat(200_000),
  ])('that is nothing like any (%.30s) is refused with what to do', (name) => {
    const error = refused(() => registry.resolve(name));
    expect(error.code).toBe('model.unknown');
    expect(error.hint).toMatch(/kneepoint model list|Did you mean/);
    expect(JSON.stringify(error.toBody()).length).toBeLessThan(2000);
  });
});

describe('known models', () => {
  it('come local first, with price and its date, or none', () => {
    const { models } = knownModels({ limit: 10_000 });
    expect(models.slice(0, 3).map(({ id }) => id)).toEqual([
      'local/naive-bayes',
      'local/encoder-logistic',
      'local/echo',
    ]);
    expect(models[0]).toMatchObject({
      inputPerMTok: null,
      outputPerMTok: null,
      priceDate: null,
      nominal: false,
    });
    expect(models.find(({ id }) => id === 'openai/gpt-4o-mini')).toEqual({
      id: 'openai/gpt-4o-mini',
      provider: 'openai',
      model: 'gpt-4o-mini',
      inputPerMTok: 0.15,
      outputPerMTok: 0.6,
      priceDate: '2026-09-23',
      nominal: false,
    });
  });

  it('are found anywhere in their name, in any case, and counted whole where only some are shown', () => {
    const { total, models } = knownModels({ search: 'HAIKU', limit: 2 });
    expect(models).toHaveLength(2);
    expect(total).toBeGreaterThan(2);
    expect(knownModels({ search: 'haiku', limit: 10_000 }).models).toHaveLength(total);
    expect(knownModels({ search: '%_.*', limit: 5 })).toEqual({ total: 0, models: [] });
  });
});
