import { describe, expect, it } from 'vitest';
import { commands, findCommands, matchKeys } from '../../renderer/app/commands.ts';

const press = (key: string, held: Partial<{ ctrlKey: boolean; metaKey: boolean; altKey: boolean }> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...held,
});

describe('the command registry', () => {
  it('gives no two commands the same id or the same keys', () => {
    const keys = commands.flatMap((command) => command.keys ?? []);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(commands.map((command) => command.id)).size).toBe(commands.length);
  });
  it('has no single key that is also the start of a pair, so that none is out of reach', () => {
    const pairs = commands.flatMap((command) => (command.keys?.includes(' ') ? [command.keys[0]] : []));
    expect(commands.filter((command) => pairs.includes(command.keys ?? ''))).toEqual([]);
  });
  it('finds every command by its own title', () => {
    for (const command of commands) expect(findCommands(command.title)).toContain(command);
  });
  it('opens the palette on Ctrl+K and on Cmd+K, also while somebody types', () => {
    expect(matchKeys(press('k', { ctrlKey: true }), null, true).command?.id).toBe('help.palette');
    expect(matchKeys(press('K', { metaKey: true }), null, false).command?.id).toBe('help.palette');
  });
  it('goes to a screen by two keys in a row', () => {
    const first = matchKeys(press('g'), null, false);
    expect(first).toEqual({ command: null, prefix: 'g' });
    expect(matchKeys(press('d'), first.prefix, false).command?.id).toBe('go.datasets');
  });
  it('leaves plain keys to a field that is being typed in', () => {
    expect(matchKeys(press('?'), null, true)).toEqual({ command: null, prefix: null });
    expect(matchKeys(press('g'), null, true)).toEqual({ command: null, prefix: null });
  });
});
