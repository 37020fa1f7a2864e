/**
 * A hundred thousand compared rows in a real browser: how long the frames take while the grid is scrolled, how soon rows
 * that were never fetched are there, and how much memory the page holds.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { createWorkbench } from '../../engine/workbench.ts';
import { startServer } from '../../main/serve/index.ts';
import { launchBrowser } from '../e2e/browser.ts';
import { median } from './measure.ts';

const ROWS = 100_000;
const CANDIDATES = [
  ['large', 0.92],
  ['small', 0.8],
  ['tiny', 0.6],
] as const;

/** Minimal standard generator (Park & Miller): the same files every time. */
function random(): () => number {
  let state = 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

async function recordedRun(folder: string, api: Awaited<ReturnType<typeof createWorkbench>>['api']) {
  const next = random();
  const dataset = ['id,question,answer,topic'];
  const outcomes = ['example,candidate,output,score,cost,latency'];
  for (let row = 0; row < ROWS; row++) {
    const answer = Math.floor(next() * 50);
    dataset.push(
      `q${row},What is the ${row}th answer of ${Math.floor(next() * 1e6)}?,${answer},t${row % 12}`,
    );
    for (const [id, skill] of CANDIDATES) {
      const given = next() < skill ? answer : Math.floor(next() * 50);
      const text = `The answer to this question is after some thought ${given}`;
      outcomes.push(
        `q${row},${id},${text},${given === answer ? 1 : 0},${(next() / 1000).toFixed(6)},${Math.floor(next() * 2000)}`,
      );
    }
  }
  const files = { dataset: join(folder, 'd.csv'), outcomes: join(folder, 'o.csv') };
  await writeFile(files.dataset, dataset.join('\n'));
  await writeFile(files.outcomes, outcomes.join('\n'));
  await api.datasets.import({
    source: { kind: 'path', path: files.dataset },
    name: 'rows',
    input: ['question'],
    expected: 'answer',
    id: 'id',
    tags: ['topic'],
  });
  await api.outcomes.import({
    source: { kind: 'path', path: files.outcomes },
    dataset: 'rows',
    example: 'example',
    candidate: 'candidate',
    output: 'output',
    score: 'score',
    cost: 'cost',
    latency: 'latency',
  });
}

/** Scrolls by so many pixels a frame, and answers how long each frame took in milliseconds. */
const scroll = (page: Page, pixels: number, frames: number): Promise<number[]> =>
  page.evaluate(
    ([step, count]) =>
      new Promise<number[]>((resolve) => {
        const grid = document.querySelector('[role=grid]');
        const times: number[] = [];
        let before = performance.now();
        const frame = (now: number): void => {
          times.push(now - before);
          before = now;
          grid?.scrollBy(0, step ?? 0);
          if (times.length < (count ?? 0)) requestAnimationFrame(frame);
          else resolve(times.slice(1));
        };
        requestAnimationFrame(frame);
      }),
    [pixels, frames],
  );

function say(what: string, frames: number[]): void {
  const sorted = frames.toSorted((a, b) => a - b);
  const at = (q: number): string =>
    `${(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN).toFixed(1)} ms`;
  const late = frames.filter((ms) => ms > 1000 / 30).length;
  console.log(
    `${what}: frame p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, longest ${at(1)}; ${late} of ${frames.length} above 33 ms`,
  );
}

export async function run(): Promise<void> {
  const launched = await launchBrowser();
  if (launched.browser === undefined) return console.log(launched.reason);
  const folder = await mkdtemp(join(tmpdir(), 'kneepoint-bench-'));
  const rendererFolder = join(folder, 'renderer');
  await build({
    configFile: new URL('../../vite.renderer.config.ts', import.meta.url).pathname,
    logLevel: 'error',
    build: { outDir: rendererFolder },
  });
  const workbench = await createWorkbench({ folder: join(folder, 'workspace'), env: {}, allowPaths: true });
  await recordedRun(folder, workbench.api);
  const server = await startServer({ api: workbench.api, rendererFolder, port: 0 });
  try {
    const page = await launched.browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(server.url);
    await page.getByRole('link', { name: 'Compare', exact: true }).click();
    const cell = page.getByRole('grid', { name: 'Compared rows' }).getByRole('gridcell').first();
    await cell.waitFor({ timeout: 60_000 });
    await page.getByRole('grid', { name: 'Compared rows' }).scrollIntoViewIfNeeded();
    say('standing still', await scroll(page, 0, 120));
    say('a row a frame', await scroll(page, 30, 300));
    say('a page of rows a frame', await scroll(page, 420, 300));
    say('a thousand rows a frame, each never fetched', await scroll(page, 30_000, 90));
    const waits: number[] = [];
    for (const row of [50_000, 12_345, 99_000, 3000, 77_777, 41_000, 88_123, 22_222]) {
      const started = performance.now();
      await page.getByRole('grid', { name: 'Compared rows' }).evaluate((grid, top) => {
        grid.scrollTop = top;
      }, row * 30);
      await page.getByRole('gridcell', { name: `q${row}`, exact: true }).waitFor();
      waits.push(performance.now() - started);
    }
    console.log(
      `rows far away are there after ${median(waits).toFixed(0)} ms (longest ${Math.max(...waits).toFixed(0)} ms)`,
    );
    const held = await page.evaluate(() => ({
      cells: document.querySelectorAll('[role=gridcell]').length,
      // Chromium's own measure, absent from the standard types.
      heap: (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? NaN,
    }));
    console.log(`in the page: ${held.cells} cells, ${(held.heap / 2 ** 20).toFixed(0)} MB of script memory`);
  } finally {
    await launched.browser.close();
    await server.close();
    await workbench.close();
    await rm(folder, { recursive: true, force: true });
  }
}
