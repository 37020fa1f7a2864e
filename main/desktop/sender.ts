import type { IpcMainEvent, IpcMainInvokeEvent } from 'electron';
import { isOurs } from './page-protocol.ts';

/** Our page in a window's main frame, and nobody else: not a frame inside it, not a page it was led away to. */
export function isOurPage({ sender, senderFrame }: IpcMainEvent | IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isOurs(senderFrame.url);
}
