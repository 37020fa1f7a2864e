import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSecrets } from '../../main/desktop/secrets.ts';
import { failure } from '../contract/failure.ts';
import { scratch } from '../fixtures/scratch.ts';
import { recordElectron } from './recorded-electron.ts';

async function keys(platform: NodeJS.Platform = 'linux') {
  const folder = await scratch();
  const file = join(folder.folder, 'secrets.json');
  const { electron, keychain } = recordElectron({ root: folder.folder, userData: folder.folder });
  return { ...folder, path: file, keychain, open: () => createSecrets(electron, file, platform) };
}

describe('stored keys', () => {
  it('survive a restart, sealed, in a file only its owner reads', async () => {
    await using at = await keys();
    await at.open().set('OPENAI_API_KEY', 'sk-ÄÖ 1');
    expect(await at.open().reveal()).toEqual({ OPENAI_API_KEY: 'sk-ÄÖ 1' });
    expect(await readFile(at.path, 'utf8')).not.toContain('sk-');
    if (process.platform !== 'win32') expect((await stat(at.path)).mode & 0o777).toBe(0o600);
  });

  it('are all kept when several are set at once', async () => {
    await using at = await keys();
    const secrets = at.open();
    const names = Array.from({ length: 20 }, (_, i) => `KEY_${i}`);
    await Promise.all(names.map((name) => secrets.set(name, name.toLowerCase())));
    expect(await secrets.list()).toEqual([...names].sort());
    await Promise.all(names.map((name) => secrets.clear(name)));
    expect(await secrets.reveal()).toEqual({});
  });

  it.each([
    ['without a keychain', { available: false, backend: 'gnome_libsecret' }],
    ['with one that only pretends', { available: true, backend: 'basic_text' }],
  ])('are refused on a system %s, and nothing is written', async (_which, keychain) => {
    await using at = await keys();
    Object.assign(at.keychain, keychain);
    const error = await failure(at.open().set('OPENAI_API_KEY', 'sk-1'));
    expect(error).toMatchObject({ code: 'unsupported' });
    expect(error.hint).toContain('OPENAI_API_KEY');
    await expect(stat(at.path)).rejects.toThrow('ENOENT');
    // A refusal does not block what comes after it.
    Object.assign(at.keychain, { available: true, backend: 'kwallet6' });
    await at.open().set('OPENAI_API_KEY', 'sk-1');
  });

  it('that another keychain sealed are left out, the others are there', async () => {
    await using at = await keys();
    await at.open().set('GOOD', 'yes');
    const sealed: unknown = JSON.parse(await readFile(at.path, 'utf8'));
    const other = Buffer.from('something else').toString('base64');
    await writeFile(at.path, JSON.stringify({ ...(sealed as object), OTHER: other }));
    expect(await at.open().reveal()).toEqual({ GOOD: 'yes' });
    expect(await at.open().list()).toEqual(['GOOD', 'OTHER']);
  });

  it('in a damaged file are said to be damaged rather than overwritten', async () => {
    await using at = await keys();
    await at.file('secrets.json', '{"A": 1');
    expect(await failure(at.open().set('B', 'x'))).toMatchObject({ code: 'file.malformed' });
    expect(await readFile(at.path, 'utf8')).toBe('{"A": 1');
  });
});
