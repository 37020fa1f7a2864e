/**
 * A process of its own that starts the one run of a workspace, or goes on with it, until it is done or killed.
 * It writes a line, at once and unbuffered, for whatever it learns: `had ID` for each outcome found at opening,
 * `paid ID STEP` when a call's result is acknowledged, `done ID` when an outcome is, `parked ID` when a review is, `end STATUS`.
 */
import { writeSync } from 'node:fs';
import { createProviders } from '../../engine/providers/index.ts';
import { createRuns } from '../../engine/runs/index.ts';
import { openStore, type Store } from '../../engine/store/index.ts';

const [folder, pipeline, concurrency] = process.argv.slice(2);
const say = (line: string): void => void writeSync(1, `${line}\n`);

const opened = await openStore(folder!);
for (const warning of opened.warnings) say(`warning ${warning.code}`);
const journal: Store['journal'] = {
  ...opened.journal,
  async settle(result) {
    await opened.journal.settle(result);
    say(`paid ${result.example} ${result.step}`);
  },
  async outcome(outcome, trace) {
    await opened.journal.outcome(outcome, trace);
    say(`done ${outcome.example}`);
  },
  async park(review) {
    await opened.journal.park(review);
    say(`parked ${review.example}`);
  },
};
const store: Store = { ...opened, journal };
const runs = createRuns({ store, providers: createProviders({ env: {} }), emit: () => undefined });
const dataset = await store.datasets.find('rows');
const [known] = await store.runs.list();
if (known !== undefined) {
  const { done } = await store.runs.finished(known.id);
  for (const key of done) say(`had ${key.split('\u0000')[0]}`);
}
say('ready');
const { run } =
  known === undefined
    ? await runs.start({
        pipeline: { text: pipeline!, file: 'p.yaml', baseFolder: null },
        dataset: dataset!,
        concurrency: Number(concurrency),
        seed: 1,
        fresh: false,
        ambiguous: 'retry',
        allowCode: true,
      })
    : await runs.resume({ run: known.id, failed: false });
const summary = await runs.wait({ run });
say(`end ${summary.status}`);
await runs.close();
await opened.close();
