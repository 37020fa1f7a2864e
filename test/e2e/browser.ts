/** A real Chromium: the system's where there is one that starts, else the one inside an npm package. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export type Launched = { browser: Browser } | { browser: undefined; reason: string };

/**
 * Starts a browser, or says why none of those here could be started.
 * `KNEEPOINT_E2E_BROWSER=npm` leaves the system's aside; `=<path>` names the only one to try.
 */
export async function launchBrowser(wanted = process.env['KNEEPOINT_E2E_BROWSER']): Promise<Launched> {
  const reasons: string[] = [];
  for (const path of systemBrowsers(wanted)) {
    try {
      return { browser: await chromium.launch({ executablePath: path, args: ['--no-sandbox'] }) };
    } catch (error) {
      reasons.push(`${path}: ${firstLine(error)}`);
    }
  }
  if (wanted === undefined || wanted === 'npm') {
    try {
      return { browser: await launchBundled() };
    } catch (error) {
      reasons.push(`@sparticuz/chromium: ${firstLine(error)}`);
    }
  }
  return { browser: undefined, reason: `no browser can be started (${reasons.join('; ')})` };
}

function systemBrowsers(wanted: string | undefined): string[] {
  if (wanted === 'npm') return [];
  return wanted === undefined ? installed.filter((path) => existsSync(path)) : [wanted];
}

async function launchBundled(): Promise<Browser> {
  // The package looks at this when it is imported: only then does it unpack nss, nspr and expat too.
  process.env['AWS_EXECUTION_ENV'] ??= 'AWS_Lambda_nodejs24.x';
  const { default: bundled } = await import('@sparticuz/chromium');
  // Not its own flags: they turn web security off, and then a page sends no Origin to be checked.
  return chromium.launch({
    executablePath: await bundled.executablePath(),
    args: ['--no-sandbox', '--disable-gpu', '--use-gl=swiftshader'],
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
