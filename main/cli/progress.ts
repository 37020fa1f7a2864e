/** Progress on stderr while a call is under way: a bar with rate and ETA on a terminal, plain lines elsewhere. */
import type { Workbench, WorkbenchEvent } from '../../engine/api/index.ts';
import { duration, usd } from './format.ts';
import type { GlobalFlags, Surroundings } from './terminal.ts';

const LINE_EVERY_MS = 5000;

function describe(event: WorkbenchEvent): { key: string; text: string } | null {
  switch (event.type) {
    case 'run.progress': {
      const part = event.total === 0 ? 1 : event.done / event.total;
      const filled = Math.round(part * 24);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(24 - filled)}`;
      const eta = event.etaMs === null ? '' : `, ${duration(event.etaMs)} left`;
      const cost = event.costUsd === null ? '' : `, ${usd(event.costUsd)}`;
      const failed = event.failed > 0 ? `, ${event.failed} failed` : '';
      return {
        key: 'run',
        text: `${bar} ${event.done}/${event.total} (${Math.round(event.perSecond)}/s${eta}${cost}${failed})`,
      };
    }
    case 'import.progress':
      return {
        key: 'import',
        text:
          event.rows === 0 && event.totalBytes !== null
            ? `downloaded ${(event.bytes / 1e6).toFixed(1)} of ${(event.totalBytes / 1e6).toFixed(1)} MB`
            : `read ${event.rows} rows`,
      };
    case 'fit.progress':
      return { key: `fit ${event.stage}`, text: `fit: ${event.stage} ${event.done}/${event.total}` };
    case 'score.progress':
      return { key: 'score', text: `judged ${event.done}/${event.total}` };
    case 'check.progress':
      return { key: `check ${event.stage}`, text: `check: ${event.stage} ${event.done}/${event.total}` };
    case 'dataset.changed':
    case 'run.changed':
    case 'fit.changed':
    case 'policy.changed':
      return null;
  }
}

/** Runs `work` while showing what the feed reports. */
export async function withProgress<T>(
  api: Workbench,
  around: Surroundings,
  flags: GlobalFlags,
  work: () => Promise<T>,
): Promise<T> {
  if (flags.quiet) return work();
  const live = around.stderr.isTTY === true && around.env['TERM'] !== 'dumb';
  let finished = false;
  let shownAt = 0;
  let shown = false;
  const watch = async (): Promise<void> => {
    let { seq } = await api.events.since({ seq: Number.MAX_SAFE_INTEGER });
    while (!finished) {
      const page = await api.events.since({ seq, waitMs: 200 });
      seq = page.seq;
      const last = page.events.map(describe).findLast((item) => item !== null);
      if (last === undefined || last === null || finished) continue;
      if (live) {
        around.stderr.write(`\r\u001b[2K${last.text.slice(0, (around.stderr.columns ?? 100) - 1)}`);
        shown = true;
      } else if (Date.now() - shownAt > LINE_EVERY_MS) {
        around.stderr.write(`${last.text}\n`);
        shownAt = Date.now();
      }
    }
  };
  const watching = watch();
  try {
    return await work();
  } finally {
    finished = true;
    await watching;
    if (shown) around.stderr.write('\r\u001b[2K');
  }
}
