/** A page of which everything that must not happen is written down: console errors, failures, requests elsewhere. */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = new URL('./screenshots/', import.meta.url).pathname;

export interface WatchedPage {
  page: Page;
  /** What went wrong so far, one line each. */
  complaints: string[];
  origins: Set<string>;
  /** A screenshot in both themes, and what axe finds serious in either. */
  look(name: string): Promise<string[]>;
}

export async function watchPage(browser: Browser): Promise<WatchedPage> {
  await mkdir(shots, { recursive: true });
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const origins = new Set<string>();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.protocol !== 'blob:') origins.add(url.origin);
  });
  page.on('websocket', (socket) => origins.add(new URL(socket.url()).origin.replace(/^ws/, 'http')));

  const look = async (name: string): Promise<string[]> => {
    const serious: string[] = [];
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor({ state: 'attached' });
      await settled(page);
      await page.screenshot({ path: `${shots}${name}-${scheme}.png` });
      let found = await audit(page);
      if (found.length > 0) {
        // A notice that fades out while it is looked at is too pale for a moment: what is wrong is wrong at rest.
        await settled(page);
        found = await audit(page);
      }
      serious.push(...found.map((one) => `${name} ${scheme}: ${one}`));
    }
    await page.emulateMedia({ colorScheme: 'light' });
    return serious;
  };
  return { page, complaints, origins, look };
}

/** Colours fade and charts are redrawn in the new theme: until nothing moves and two looks are the same. */
async function settled(page: Page): Promise<void> {
  let before: Buffer | undefined;
  for (let look = 0; look < 40; look += 1) {
    await page.evaluate(async () => {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      const finite = document
        .getAnimations()
        .filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime));
      await Promise.allSettled(finite.map((animation) => animation.finished));
    });
    const now = await page.screenshot({ caret: 'hide' });
    if (before?.equals(now)) return;
    before = now;
  }
  throw new Error('the page does not come to rest');
}

/** What axe finds serious or critical. */
async function audit(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  // axe sits on the page's window since the line above.
  const results = await page.evaluate(() =>
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
}
