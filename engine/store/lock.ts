import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Warning, WorkbenchError } from '../api/index.ts';

const Owner = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  opened: z.string(),
  /** When the process began, in the system's own words: tells a process from a later one with its number. */
  started: z.string().nullable(),
});
type Owner = z.infer<typeof Owner>;

export interface Lock {
  warnings: Warning[];
  release(): void;
}

/** Workspaces this very process holds open: a lock file with our own number is stale unless it is here. */
const held = new Set<string>();

/**
 * One process owns a workspace. A lock whose process is gone is taken over. DuckDB's own lock on its file stands
 * behind this one; this one is there to say who has the workspace.
 */
export function acquireLock(folder: string, now: () => Date): Lock {
  const file = join(folder, 'workspace.lock');
  const me: Owner = {
    pid: process.pid,
    host: hostname(),
    opened: now().toISOString(),
    started: startOf(process.pid),
  };
  const warnings: Warning[] = [];
  for (let turn = 0; !tryCreate(file, me); turn++) {
    const owner = readOwner(file);
    if (owner !== null && (isAlive(owner, folder) || turn > 3)) throw lockedBy(owner, folder);
    rmSync(file, { force: true });
    warnings.push({
      code: 'workspace.lock_taken_over',
      message:
        owner === null
          ? 'An unreadable lock was replaced.'
          : `The process ${owner.pid} that had this workspace open since ${owner.opened} is gone; its lock was taken over.`,
      count: 1,
      examples: [],
    });
  }
  held.add(folder);
  return {
    warnings,
    release() {
      held.delete(folder);
      const owner = readOwner(file);
      if (owner?.pid === me.pid && owner.opened === me.opened) rmSync(file, { force: true });
    },
  };
}

function tryCreate(file: string, owner: Owner): boolean {
  try {
    writeFileSync(file, `${JSON.stringify(owner)}\n`, { flag: 'wx' });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}

function readOwner(file: string): Owner | null {
  try {
    return Owner.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function isAlive(owner: Owner, folder: string): boolean {
  // Whether a process of another machine lives cannot be told from here: the person decides.
  if (owner.host !== hostname()) return true;
  if (owner.pid === process.pid) return held.has(folder);
  try {
    process.kill(owner.pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
  return owner.started === null || startOf(owner.pid) === owner.started;
}

/** Field 22 of /proc/PID/stat, clock ticks since boot; null where there is no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function lockedBy(owner: Owner, folder: string): WorkbenchError {
  const away = owner.host !== hostname();
  return new WorkbenchError(
    'workspace.locked',
    `The workspace ${folder} is in use by process ${owner.pid}${away ? ` on ${owner.host}` : ''} since ${owner.opened}.`,
    {
      hint: away
        ? `Close that Kneepoint. If that machine no longer runs it, delete \`workspace.lock\` in the workspace.`
        : 'Close that Kneepoint (or wait for it to finish), or use another workspace with `--workspace`.',
      details: { pid: owner.pid, host: owner.host, since: owner.opened },
      retryable: true,
    },
  );
}
