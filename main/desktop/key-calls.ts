/** The one thing a page may ask of the machine: which keys are stored, and to store or forget one. */
import { z } from 'zod';
import { type ErrorBody, WorkbenchError, toWorkbenchError } from '../../engine/api/index.ts';
import type { Secrets } from './secrets.ts';
import { isOurPage } from './sender.ts';
import type { Electron } from './surface.ts';

const variable = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/);
const Input = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('list') }),
  z.strictObject({ act: z.literal('set'), variable, value: z.string().min(1).max(4096) }),
  z.strictObject({ act: z.literal('clear'), variable }),
]);
export type KeyAnswer = { ok: true; stored: string[] } | { ok: false; error: ErrorBody };

export function setUpKeyCalls(
  { ipcMain }: Pick<Electron, 'ipcMain'>,
  secrets: Secrets,
  changed: () => Promise<void>,
): void {
  ipcMain.handle('kneepoint:keys', async (event, raw: unknown): Promise<KeyAnswer> => {
    try {
      if (!isOurPage(event)) throw new WorkbenchError('host.refused', 'keys: asked by a foreign page.');
      const { success, data: input } = Input.safeParse(raw);
      // What was sent may be a key: nothing of it is said again.
      if (!success) throw new WorkbenchError('input.invalid', 'keys: no such request.');
      if (input.act === 'set') await secrets.set(input.variable, input.value);
      if (input.act === 'clear') await secrets.clear(input.variable);
      if (input.act !== 'list') await changed();
      // Names only: what is in the keychain goes to the engine, never to a page.
      return { ok: true, stored: await secrets.list() };
    } catch (thrown) {
      return { ok: false, error: toWorkbenchError(thrown).toBody() };
    }
  });
}
