/** The engine in a process of its own: started, given its port and keys, started again when it dies. */
import type { MessagePortMain, UtilityProcess } from 'electron';
import type { FromShell } from './engine-host.ts';
import type { Electron } from './surface.ts';

export interface EngineProcess {
  /** Hands the port over; where the engine is away, once it is back (the last one only: a page asks again). */
  connect(port: MessagePortMain): void;
  sendSecrets(): Promise<void>;
  /** Waits for the workspace to be closed, five seconds at most. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  /** The built host.ts. */
  script: string;
  workspace: string;
  secrets: () => Promise<Record<string, string>>;
  now?: () => number;
  later?: (act: () => void, ms: number) => void;
}

const PAUSES_MS = [250, 1000, 4000, 15_000];
/** A process that lived this long did not die of its start. */
const STEADY_MS = 60_000;
const STOP_MS = 5000;

export function startEngine(
  { utilityProcess }: Pick<Electron, 'utilityProcess'>,
  { script, workspace, secrets, ...clock }: EngineOptions,
): EngineProcess {
  const { now = Date.now, later = (act, ms) => void setTimeout(act, ms) } = clock;
  let waiting: MessagePortMain | null = null;
  /** `open` once it has been told its workspace: what comes before is not understood. */
  let current: { child: UtilityProcess; open: boolean } | null = null;
  let deaths = 0;
  let stopped: (() => void) | null = null;
  const send = (child: UtilityProcess, message: FromShell, ports: MessagePortMain[] = []): void =>
    child.postMessage(message, ports);

  const fork = (): void => {
    const startedAt = now();
    const mine = { child: utilityProcess.fork(script, [], { serviceName: 'Kneepoint engine' }), open: false };
    current = mine;
    const tell = (keys: Record<string, string>): void => {
      if (current !== mine || stopped !== null) return;
      send(mine.child, { type: 'open', workspace, secrets: keys });
      mine.open = true;
      if (waiting !== null) send(mine.child, { type: 'port' }, [waiting]);
      waiting = null;
    };
    // Keys that cannot be read must not keep the engine from its other work.
    mine.child.once('spawn', () => void secrets().then(tell, () => tell({})));
    mine.child.once('exit', (code) => {
      current = null;
      if (stopped !== null) return stopped();
      deaths = now() - startedAt > STEADY_MS ? 1 : deaths + 1;
      console.error(`The engine ended with ${code} and is started again.`);
      const pauseMs = PAUSES_MS[Math.min(deaths, PAUSES_MS.length) - 1] ?? 0;
      later(() => void (stopped === null && fork()), pauseMs);
    });
  };
  fork();

  return {
    connect(port) {
      if (current?.open === true) return send(current.child, { type: 'port' }, [port]);
      waiting?.close();
      waiting = port;
    },
    async sendSecrets() {
      const keys = await secrets();
      if (current?.open === true) send(current.child, { type: 'secrets', secrets: keys });
    },
    stop: () =>
      new Promise((resolve) => {
        stopped = resolve;
        if (current === null) return resolve();
        const { child } = current;
        send(child, { type: 'close' });
        later(() => void child.kill(), STOP_MS);
        later(resolve, STOP_MS);
      }),
  };
}
