/** A pipeline of three calls to a model that answers at once; every call is its own question and journalled to DuckDB. */
import { answer, bench, examplesOf, fakeProvider, registryOf, threeSteps } from '../runs/edge.ts';

const ITEMS = 10_000;
const STEPS = 3;

export async function run(): Promise<void> {
  for (const concurrency of [64, 512]) {
    let calls = 0;
    // Answers differ from item to item: equal ones would make equal questions, which are paid and journalled once.
    const provider = fakeProvider('fake', () => answer(`answer ${calls++}`, { latencyMs: 0 }));
    await using workspace = await bench(examplesOf(ITEMS), registryOf([provider]));
    const cpu = process.cpuUsage();
    const started = performance.now();
    const { run: id } = await workspace.start(threeSteps, { concurrency });
    const summary = await workspace.runs.wait({ run: id });
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    if (summary.done !== ITEMS || summary.failed > 0 || calls !== ITEMS * STEPS)
      throw new Error(`${summary.done} done, ${summary.failed} failed, ${calls} calls`);
    console.log(
      `${concurrency} in flight: ${(ITEMS / seconds).toFixed(0)} items/s, ${((user + system) / ITEMS / STEPS).toFixed(1)} µs of CPU a step`,
    );
  }
  console.log(`peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
}
