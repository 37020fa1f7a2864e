import { MessageChannel } from 'node:worker_threads';
import type { MessagePortMain } from 'electron';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startEngine } from '../../main/desktop/engine-process.ts';
import { recordElectron, settled } from './recorded-electron.ts';

beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(() => vi.restoreAllMocks());

const port = () => {
  const { port1 } = new MessageChannel();
  port1.unref();
  // Both kinds of port close and are handed on; nothing else is done with it here.
  return port1 as unknown as MessagePortMain;
};

function engine(secrets: () => Promise<Record<string, string>> = async () => ({ KEY: 'value' })) {
  const { electron, children } = recordElectron({ root: '', userData: '' });
  const pauses: { act: () => void; ms: number }[] = [];
  const clock = { now: 0 };
  const started = startEngine(electron, {
    script: 'host.cjs',
    workspace: 'somewhere',
    secrets,
    now: () => clock.now,
    later: (act, ms) => void pauses.push({ act, ms }),
  });
  const spawn = async (): Promise<void> => {
    children.at(-1)?.emit('spawn');
    await settled();
  };
  const die = (afterMs = 0): number | undefined => {
    clock.now += afterMs;
    children.at(-1)?.emit('exit', 1);
    const last = pauses.at(-1);
    last?.act();
    return last?.ms;
  };
  return { started, children, pauses, spawn, die };
}

describe('the process of the engine', () => {
  it('is told its workspace and keys first, then given the port that waited', async () => {
    const { started, children, spawn } = engine();
    const early = port();
    started.connect(early);
    expect(children[0]?.sent).toEqual([]);
    await spawn();
    const late = port();
    started.connect(late);
    expect(children[0]?.sent).toEqual([
      { message: { type: 'open', workspace: 'somewhere', secrets: { KEY: 'value' } }, ports: [] },
      { message: { type: 'port' }, ports: [early] },
      { message: { type: 'port' }, ports: [late] },
    ]);
  });

  it('starts without keys where they cannot be read', async () => {
    const { children, spawn } = engine(() => Promise.reject(new Error('locked')));
    await spawn();
    expect(children[0]?.sent[0]?.message).toMatchObject({ type: 'open', secrets: {} });
  });

  it('is started again when it dies, after longer pauses the more often', async () => {
    const { children, spawn, die } = engine();
    const pauses: unknown[] = [];
    for (let i = 0; i < 6; i++) {
      await spawn();
      pauses.push(die());
    }
    expect(pauses).toEqual([250, 1000, 4000, 15_000, 15_000, 15_000]);
    expect(children).toHaveLength(7);
    await spawn();
    // It had lived for a while: that is no failing start.
    expect(die(120_000)).toBe(250);
  });

  it('gets after a death the last port that was asked for, and the ones before are closed', async () => {
    const { started, children, spawn, die } = engine();
    await spawn();
    die();
    const [first, second] = [port(), port()];
    const closed = new Promise((resolve) => first.once('close', () => resolve('closed')));
    started.connect(first);
    started.connect(second);
    await spawn();
    expect(children[1]?.sent.map(({ message }) => message.type)).toEqual(['open', 'port']);
    expect(children[1]?.sent[1]?.ports).toEqual([second]);
    expect(await closed).toBe('closed');
  });

  it('that died while its keys were read is sent nothing', async () => {
    let give: (keys: Record<string, string>) => void = () => undefined;
    const { children, die } = engine(() => new Promise((resolve) => (give = resolve)));
    children[0]?.emit('spawn');
    die();
    give({});
    await settled();
    expect(children[0]?.sent).toEqual([]);
  });

  it('is not started again once it is to stop, and is killed when it does not', async () => {
    const { started, children, pauses, spawn } = engine();
    await spawn();
    const stopped = started.stop();
    expect(children[0]?.sent.at(-1)?.message).toEqual({ type: 'close' });
    expect(pauses.map(({ ms }) => ms)).toEqual([5000, 5000]);
    for (const { act } of pauses) act();
    await stopped;
    expect(children[0]?.killed).toBe(true);
    children[0]?.emit('exit', 0);
    expect(children).toHaveLength(1);
  });

  it('that is away is not started again by a pause that ends after the stop', async () => {
    const { started, children, pauses, spawn } = engine();
    await spawn();
    children[0]?.emit('exit', 1);
    await started.stop();
    pauses.at(-1)?.act();
    expect(children).toHaveLength(1);
  });
});
