import { type Workbench, WorkbenchError } from '../../engine/api/index.ts';

export interface OpenEngine {
  api: Workbench;
  /** Settles when the connection is gone. */
  closed: Promise<void>;
}

/**
 * One attempt to reach the engine. Throws `host.refused` where trying again cannot help (wrong token).
 * NOT WIRED YET: engine/transport did not exist when this was written. Until it is, every screen shows the banner.
 */
export function openEngine(): Promise<OpenEngine> {
  return Promise.reject(
    new WorkbenchError('unsupported', 'This build of the screens is not connected to a transport.', {
      hint: 'Wire renderer/data/open-engine.ts to engine/transport.',
    }),
  );
}
