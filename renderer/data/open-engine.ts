import type { Workbench } from '../../engine/api/index.ts';
export interface OpenEngine {
  api: Workbench;
  closed: Promise<void>;
}
export async function openEngine(): Promise<OpenEngine> {
  throw new Error('x');
}
