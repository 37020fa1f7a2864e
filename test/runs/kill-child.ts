/**
 * A process to be killed: opens the workspace, starts the run or goes on with it, and says on stdout, one JSON a line,
 * what the store holds (`found`), what has been acknowledged (`acknowledged`), and in the end the summary (`finished`).
 */
import { createWorkbench } from '../../engine/workbench.ts';

const [folder = '', pipeline = '', csv = ''] = process.argv.slice(2);
const say = (line: Record<string, unknown>): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const workbench = await createWorkbench({ folder, env: {}, allowPaths: true });
const { api } = workbench;
const datasets = await api.datasets.list({});
if (datasets.length === 0) {
  await api.datasets.import({
    source: { kind: 'path', path: csv },
    name: 'rows',
    id: 'id',
    input: ['question'],
    expected: 'answer',
  });
}
const [known] = await api.runs.list({});
say({ type: 'found', done: known?.done ?? 0 });
const { run } =
  known === undefined
    ? await api.runs.start({ pipeline: { path: pipeline }, dataset: 'rows', concurrency: 32 })
    : await api.runs.resume({ run: known.run });

let over = false;
const ended = api.runs.wait({ run }).finally(() => {
  over = true;
});
let seq = 0;
while (!over) {
  const page = await api.events.since({ seq, waitMs: 20 });
  seq = page.seq;
  for (const event of page.events)
    if (event.type === 'run.progress') say({ type: 'acknowledged', done: event.done });
}
await ended;
const { status, done, failed, ambiguous } = await api.runs.status({ run });
say({ type: 'finished', status, done, failed, ambiguous: ambiguous.map(({ example }) => example) });
await workbench.close();
