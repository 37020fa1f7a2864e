/** The one connection to the engine, kept open: lost → retried with growing pauses → open again. */
import { create } from 'zustand';
import { inputs, type Workbench, WorkbenchError } from '../../engine/api/index.ts';
import { openEngine, type OpenEngine } from './open-engine.ts';

interface ConnectionState {
  status: 'connecting' | 'open' | 'lost' | 'refused';
  /** Pauses so far since the connection was last open. */
  attempt: number;
  reason: string | null;
}
export const useConnection = create<ConnectionState>(() => ({
  status: 'connecting',
  attempt: 0,
  reason: null,
}));

const PAUSES_MS = [250, 500, 1000, 2000, 5000];
let current: OpenEngine | null = null;
let waiting: { resolve: (engine: OpenEngine) => void; reject: (reason: WorkbenchError) => void }[] = [];
let skipPause: (() => void) | null = null;

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    skipPause = () => {
      clearTimeout(timer);
      resolve();
    };
  });

/** Runs for the life of the page. A refusal (wrong token) ends it: repeating cannot help. */
export async function keepConnected(): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const engine = await openEngine();
      current = engine;
      attempt = 0;
      useConnection.setState({ status: 'open', attempt: 0, reason: null });
      for (const { resolve } of waiting) resolve(engine);
      waiting = [];
      await engine.closed;
      current = null;
      useConnection.setState({ status: 'lost', attempt: 0, reason: null });
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      const refused = thrown instanceof WorkbenchError && thrown.code === 'host.refused';
      useConnection.setState((was) => ({
        status: refused ? 'refused' : was.status === 'connecting' ? 'connecting' : 'lost',
        attempt: attempt + 1,
        reason,
      }));
      if (refused) {
        for (const { reject } of waiting) reject(thrown);
        waiting = [];
        return;
      }
    }
    await pause(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] ?? 5000);
  }
}

export function retryNow(): void {
  skipPause?.();
}

function engine(): Promise<OpenEngine> {
  if (current !== null) return Promise.resolve(current);
  return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
}

type Method = (input: unknown) => Promise<unknown>;

/** The API over whatever connection is open now; a call made while it is lost waits for the next one. */
function overConnection(): Workbench {
  const table: Record<string, Record<string, Method>> = {};
  for (const [service, methods] of Object.entries(inputs)) {
    const entries = Object.keys(methods).map((method): [string, Method] => [
      method,
      async (input) => {
        const { api } = await engine();
        // Both keys come from `inputs`, from which Workbench itself is made.
        const found = (api as unknown as Record<string, Record<string, Method>>)[service]?.[method];
        if (found === undefined)
          throw new WorkbenchError('bug', `${service}.${method} is not offered by the engine`);
        return found(input);
      },
    ]);
    table[service] = Object.fromEntries(entries);
  }
  // Built key by key from the same table as the type.
  return table as unknown as Workbench;
}

export const workbench: Workbench = overConnection();
