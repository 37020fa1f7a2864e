/** The page's side of the keychain; the bridge that the preload script exposes is the edge. */
import { afterEach, expect, it, vi } from 'vitest';
import { askKeychain, hasKeychain, type KeyRequest } from '../../renderer/data/keychain.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});
const bridge = (answer: unknown): KeyRequest[] => {
  const asked: KeyRequest[] = [];
  vi.stubGlobal('window', {
    kneepoint: {
      keys: (input: KeyRequest) => {
        asked.push(input);
        return Promise.resolve(answer);
      },
    },
  });
  return asked;
};

it('names what is stored, and sends a key on as it was given', async () => {
  const asked = bridge({ ok: true, stored: ['OPENAI_API_KEY'] });
  expect(hasKeychain()).toBe(true);
  expect(await askKeychain({ act: 'set', variable: 'OPENAI_API_KEY', value: ' sk ' })).toEqual([
    'OPENAI_API_KEY',
  ]);
  expect(asked).toEqual([{ act: 'set', variable: 'OPENAI_API_KEY', value: ' sk ' }]);
});

it('turns a refusal into an error with its code and hint; an unknown code is a defect', async () => {
  bridge({ ok: false, error: { code: 'host.refused', message: 'No.', hint: 'Ask again.' } });
  await expect(askKeychain({ act: 'list' })).rejects.toMatchObject({
    code: 'host.refused',
    hint: 'Ask again.',
  });
  bridge({ ok: false, error: { code: 'toString', message: 'No.' } });
  await expect(askKeychain({ act: 'list' })).rejects.toMatchObject({ code: 'bug' });
});

it('says in a browser that only the desktop app keeps keys', async () => {
  vi.stubGlobal('window', {});
  expect(hasKeychain()).toBe(false);
  await expect(askKeychain({ act: 'list' })).rejects.toMatchObject({ code: 'unsupported' });
});
