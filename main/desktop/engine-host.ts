/** Inside the engine's process: opens the workbench the shell names and serves it on each port it sends. */
import { z } from 'zod';
import type { Workbench } from '../../engine/api/index.ts';
import { createMailbox, type Endpoint, exposeGuarded } from '../../engine/transport/index.ts';
import type { WorkbenchOptions } from '../../engine/workbench.ts';

const secrets = z.record(z.string(), z.string());
const FromShell = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('open'), workspace: z.string().min(1), secrets }),
  z.strictObject({ type: z.literal('secrets'), secrets }),
  z.strictObject({ type: z.literal('port') }),
  z.strictObject({ type: z.literal('close') }),
]);
export type FromShell = z.infer<typeof FromShell>;

/** Electron's MessagePortMain, as far as it is used: an emitter, where browsers have an event target. */
export interface EmitterPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
}
export interface ShellPort {
  on(event: 'message', listener: (event: { data: unknown; ports: EmitterPort[] }) => void): unknown;
}
type Opened = { api: Workbench; close(): Promise<void> };

function emitterEndpoint(port: EmitterPort): Endpoint {
  const { deliver, shut, isShut, onMessage, onClose } = createMailbox();
  port.on('message', ({ data }) => deliver(data));
  port.on('close', shut);
  port.start();
  const send = (message: unknown): void => void (isShut() || port.postMessage(message));
  const close = (): void => {
    port.close();
    shut();
  };
  return { send, onMessage, onClose, close };
}

/** `exit` is called once: with 0 when the shell asked, with 1 when the workbench cannot be made or closed. */
export function hostEngine(
  shell: ShellPort,
  create: (options: WorkbenchOptions) => Promise<Opened>,
  exit: (code: number) => void,
): void {
  let keys = new Map<string, string>();
  let opened: Promise<Opened> | null = null;
  const take = async (message: FromShell, port: EmitterPort | undefined): Promise<void> => {
    if ('secrets' in message) keys = new Map(Object.entries(message.secrets));
    if (message.type === 'open') {
      // The page sends bytes; it never names a file of this machine.
      const given = { env: process.env, allowPaths: false };
      const ask = (variable: string): string | null => keys.get(variable) ?? null;
      opened ??= create({ ...given, folder: message.workspace, secrets: ask });
      await opened;
    } else if (message.type === 'port' && opened !== null && port !== undefined) {
      exposeGuarded((await opened).api, emitterEndpoint(port));
    } else if (message.type === 'close') {
      await (await opened)?.close();
      exit(0);
    }
  };
  shell.on('message', ({ data, ports }) => {
    take(FromShell.parse(data), ports[0]).catch((thrown: unknown) => {
      console.error(thrown);
      exit(1);
    });
  });
}
