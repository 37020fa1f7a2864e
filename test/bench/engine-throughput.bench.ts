/** A pipeline of one signal and three calls to a model that answers at once, every call journalled to DuckDB. */
import { threeSteps } from '../runs/edge.ts';
import { answer, bench, examplesOf, fakeProvider, registryOf } from '../runs/edge.ts';

const ITEMS = 10_000;
const STEPS = 3;

export async function run(): Promise<void> {
  for (const concurrency of [64, 512]) {
    const reply = answer('yes', { latencyMs: 0 });
    const providers = registryOf([fakeProvider('fake', () => reply)]);
    await using workspace = await bench(examplesOf(ITEMS), providers);
    const cpu = process.cpuUsage();
    const started = performance.now();
    const { run: id } = await workspace.start(threeSteps, { concurrency });
    const summary = await workspace.runs.wait({ run: id });
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    if (summary.done !== ITEMS || summary.failed > 0)
      throw new Error(`${summary.done} done, ${summary.failed} failed`);
    console.log(
      `${concurrency} in flight: ${(ITEMS / seconds).toFixed(0)} items/s, ${((user + system) / ITEMS / STEPS).toFixed(1)} µs of CPU a step`,
    );
  }
  console.log(`peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
}
