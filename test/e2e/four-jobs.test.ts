/** The four jobs by hand, in a real browser over the real server, from an empty workspace. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkbench } from '../../engine/workbench.ts';
import { startServer } from '../../main/serve/index.ts';
import { launchBrowser } from './browser.ts';
import { type ModelServer, startModelServer } from './model-server.ts';
import {
  hostileAnswer,
  hostileBody,
  hostileLabel,
  makeTickets,
  pipelineYaml,
  promptfooResults,
  ticketsCsv,
} from './tickets.ts';
import { type WatchedPage, watchPage } from './watched-page.ts';

const ROWS = 900;
const tickets = makeTickets(ROWS);
let folder: string;
let models: ModelServer;
let workbench: Awaited<ReturnType<typeof createWorkbench>>;
let server: Awaited<ReturnType<typeof startServer>>;
// Before the tests are listed, so that a machine without a browser skips them with its reason.
const launched = await launchBrowser();
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  const { browser } = launched;
  if (browser === undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'kneepoint-e2e-'));
  const rendererFolder = join(folder, 'renderer');
  await build({
    configFile: new URL('../../vite.renderer.config.ts', import.meta.url).pathname,
    logLevel: 'error',
    build: { outDir: rendererFolder },
  });
  models = await startModelServer(tickets, { ids: ['T1005'], answer: hostileAnswer });
  workbench = await createWorkbench({
    folder: join(folder, 'workspace'),
    env: { TICKETS_KEY: 'not-a-secret' },
    allowPaths: false,
  });
  server = await startServer({ api: workbench.api, rendererFolder, port: 0 });
  watched = await watchPage(browser);
  page = watched.page;
  page.setDefaultTimeout(30_000);
}, 120_000);

afterAll(async () => {
  await launched.browser?.close();
  await server?.close();
  await workbench?.close();
  await models?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const heading = (name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name });
const section = (name: string | RegExp): Locator => page.getByRole('region', { name });

async function choose(label: string, option: string): Promise<void> {
  await page
    .getByRole('combobox', { name: label, exact: true })
    .or(page.getByRole('textbox', { name: label, exact: true }))
    .first()
    .click();
  await page.getByRole('option', { name: option, exact: true }).click();
}
async function hacked(): Promise<unknown> {
  return page.evaluate(() => (window as unknown as Record<string, unknown>)['hacked']);
}

if (launched.browser === undefined) {
  it.skip(`does the four jobs in a browser: ${launched.reason}`, () => {});
}

describe.skipIf(launched.browser === undefined)('the four jobs in a browser', () => {
  it('opens on an empty workspace with three ways to start', async () => {
    const answer = await page.goto(server.url);
    // Script of the page's own files only: no inline script, no handler in an attribute.
    const csp = answer?.headers()['content-security-policy'] ?? '';
    expect(csp).toMatch(/(script|default)-src 'self'/);
    expect(csp).not.toMatch(/script-src[^;]*'unsafe-inline'/);
    await heading('Home').waitFor();
    await page.getByRole('main').getByRole('button', { name: 'Open the sample' }).waitFor();
    await page.getByRole('button', { name: 'Import a file' }).waitFor();
    await page.getByRole('link', { name: 'All runs' }).waitFor();
    // The token is out of the address before anybody can copy it.
    expect(new URL(page.url()).hash).toBe('#/');
    expect(await watched.look('home-empty')).toEqual([]);
    expect(await page.title()).toBe('Home · Kneepoint');
  }, 120_000);

  it('refuses a file with a bad row whole, and says which line and what to do', async () => {
    await page.getByRole('button', { name: 'Import a file' }).click();
    await page.locator('input[type=file]').setInputFiles({
      name: 'bad.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('id,text,label\n1,a,x\n1,b,y\n'),
    });
    const dialog = page.getByRole('dialog', { name: 'Import a dataset' });
    await dialog.getByRole('group', { name: 'Columns of the file' }).waitFor();
    await choose('Part of id', 'Row id');
    await choose('Part of text', 'Input');
    await choose('Part of label', 'Expected answer');
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    const alert = dialog.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/dataset\.(rows_rejected|id_duplicate)/);
    expect(await alert.textContent()).toMatch(/3/);
    expect(await watched.look('import-refused')).toEqual([]);
    expect(await workbench.api.datasets.list({})).toEqual([]);
    await dialog.getByRole('button', { name: 'Another file' }).click();
  }, 120_000);

  it('imports a file with a mapping chosen by hand', async () => {
    const dialog = page.getByRole('dialog', { name: 'Import a dataset' });
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'Tickets.csv', mimeType: 'text/csv', buffer: Buffer.from(ticketsCsv(tickets)) });
    await dialog.getByRole('group', { name: 'Columns of the file' }).waitFor();
    await choose('Part of ticket', 'Row id');
    await choose('Part of message', 'Input');
    await choose('Part of team', 'Expected answer');
    await choose('Part of channel', 'Tag');
    expect(await watched.look('import-mapping')).toEqual([]);
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await heading('tickets').waitFor();
    await section('Summary').getByText('900', { exact: true }).waitFor();
    expect(await watched.look('dataset')).toEqual([]);
    await page.getByRole('link', { name: /^Datasets/ }).click();
    await page.getByRole('rowheader', { name: 'tickets' }).waitFor();
    expect(await watched.look('datasets')).toEqual([]);
  }, 120_000);

  it('shows a hostile body and a hostile label as text', async () => {
    await page.getByRole('link', { name: 'tickets', exact: true }).click();
    await section('Labels').getByText(hostileLabel).waitFor();
    await page.getByRole('textbox', { name: 'Search rows' }).fill('<script>');
    await section('Rows').getByText('1 rows').waitFor();
    const cell = section('Rows').getByRole('gridcell').filter({ hasText: hostileBody });
    await cell.waitFor();
    await cell.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Row 1' }).getByText(hostileBody).waitFor();
    expect(await watched.look('dataset-row')).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await hacked()).toBeUndefined();
  }, 120_000);

  it('names every problem of a pipeline at its line, then runs the corrected one to its end', async () => {
    await page.getByRole('main').getByRole('button', { name: 'Start a run' }).click();
    const dialog = page.getByRole('dialog', { name: 'Start a run' });
    const yaml = dialog.getByRole('textbox', { name: 'Pipeline (YAML)' });
    await yaml.fill(
      pipelineYaml(models.baseUrl).replace('candidates: [small, large]', 'candidates: [smal, large]'),
    );
    const problems = dialog.getByRole('list', { name: 'Problems in the pipeline' });
    await problems.waitFor();
    expect(await problems.textContent()).toMatch(/line \d+.*smal/);
    expect(await watched.look('run-problems')).toEqual([]);
    await yaml.fill(pipelineYaml(models.baseUrl));
    await dialog.getByText(/2 candidates: (small, large|large, small)/).waitFor();
    await dialog.getByRole('button', { name: 'Start', exact: true }).click();
    await heading('ticket-triage').waitFor();
    await section('Summary').getByText('1,800 of 1,800').waitFor({ timeout: 60_000 });
    expect(models.calls).toBe(2 * ROWS);
    expect(await watched.look('run')).toEqual([]);
    await page.getByRole('link', { name: /^Runs/ }).click();
    await page.getByRole('rowheader', { name: /ticket-triage/ }).waitFor();
    expect(await watched.look('runs')).toEqual([]);
  }, 120_000);

  it('compares the candidates with intervals, and keeps the filter of the rows in the address', async () => {
    await page.getByRole('link', { name: 'Compare', exact: true }).click();
    await section('Differences').waitFor();
    await section('Differences')
      .getByText(/Better|Worse/)
      .first()
      .waitFor();
    expect(await section('Candidates').textContent()).toMatch(/n 900/);
    expect(await watched.look('compare')).toEqual([]);
    const selection = section('Rows').getByRole('combobox', { name: 'Rows', exact: true });
    await selection.click();
    await page.getByRole('option', { name: 'Scores differ', exact: true }).click();
    await expect.poll(() => page.url()).toContain('only=different');
    await page.reload();
    await section('Rows').getByRole('gridcell').first().waitFor();
    await expect.poll(() => selection.inputValue()).toBe('Scores differ');
    await section('Rows')
      .getByRole('columnheader', { name: /small\s*Change/ })
      .click();
    await expect.poll(() => page.url()).toContain('sort=');
    expect(await watched.look('compare-different')).toEqual([]);
    // The page shows what an answer says, whatever it says.
    await section('Rows').getByRole('gridcell').filter({ hasText: hostileAnswer }).first().waitFor();
    expect(await hacked()).toBeUndefined();
  }, 120_000);

  it('fits a policy, and moves its threshold by key, by mouse and by number', async () => {
    await page.getByRole('link', { name: 'Tune', exact: true }).click();
    await page.getByRole('textbox', { name: /^Loss you accept/ }).fill('3');
    await page.getByRole('button', { name: 'Fit', exact: true }).click();
    const verdict = section('Verdict');
    await verdict.waitFor({ timeout: 60_000 });
    const slider = page.getByRole('slider', { name: /^Threshold on/ });
    await slider.waitFor();
    // Come back to it, and the form still says what this fit was asked.
    await page.reload();
    await slider.waitFor();
    const loss = page.getByRole('textbox', { name: /^Loss you accept/ });
    await expect.poll(() => loss.inputValue()).toBe('3');
    expect(await watched.look('tune')).toEqual([]);
    const spoken = async (): Promise<string> => (await slider.getAttribute('aria-valuetext')) ?? '';
    const fitted = await spoken();
    expect(fitted).toMatch(/^[\d.]+: accuracy [\d.]+ %, \$[\d.]+ per thousand$/);

    await slider.focus();
    await page.keyboard.press('Home');
    const lowest = await spoken();
    await page.keyboard.press('End');
    const highest = await spoken();
    expect(new Set([lowest, highest]).size).toBe(2);
    await section('Threshold')
      .getByText(/Moved: the certificate is for/)
      .waitFor();

    const ring = await page.locator('.kp-handle-ring').boundingBox();
    if (ring === null) throw new Error('the handle is not drawn');
    await page.mouse.move(ring.x + ring.width / 2, ring.y + ring.height / 2);
    await page.mouse.down();
    await page.mouse.move(ring.x - 200, ring.y, { steps: 8 });
    await page.mouse.up();
    const dragged = await spoken();
    expect(dragged).not.toBe(highest);
    expect(await watched.look('tune-moved')).toEqual([]);

    await page.getByRole('textbox', { name: 'Threshold', exact: true }).fill(lowest.split(':')[0] ?? '');
    await page.keyboard.press('Enter');
    await expect.poll(spoken).toBe(lowest);
    await page.getByRole('button', { name: 'Back to the fit' }).click();
    await expect.poll(spoken).toBe(fitted);

    await section('Frontier').getByText('Table', { exact: true }).click();
    await section('Frontier').getByRole('cell', { name: 'Single: large' }).waitFor();
    await section('Frontier').getByText('Chart', { exact: true }).click();
  }, 120_000);

  it('verifies the policy on the run and exports the very file that the engine keeps', async () => {
    await page.getByRole('link', { name: 'Open the policy' }).click();
    await section('In one sentence').waitFor();
    await choose('On a run (optional)', 'ticket-triage · tickets (its own data)');
    await page.getByRole('button', { name: 'Verify' }).click();
    await section('Verify').getByText('Valid', { exact: true }).waitFor();
    await section('Verify').getByText('Replayed score').waitFor();
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const files = page.getByRole('list', { name: 'Files' });
    await files.waitFor();
    expect(await watched.look('policy')).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      files
        .getByRole('button', { name: /^Save .*policy.*\.json$/ })
        .first()
        .click(),
    ]);
    const saved: unknown = JSON.parse(await readFile(await download.path(), 'utf8'));
    const [listed] = await workbench.api.policies.list({});
    expect(saved).toEqual(
      JSON.parse(JSON.stringify(await workbench.api.policies.get({ policy: listed?.id ?? '' }))),
    );
    await page.getByRole('link', { name: /^Policy/ }).click();
    await heading('Policy').waitFor();
    expect(await watched.look('policies')).toEqual([]);
  }, 120_000);

  it('finds every command by keyboard', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Type a command' }).fill('go to runs');
    expect(await watched.look('palette')).toEqual([]);
    await page.keyboard.press('Enter');
    await heading('Runs').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Type a command' }).fill('provider keys');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Provider keys' }).getByText('OPENAI_API_KEY').waitFor();
    expect(await watched.look('keys')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await watched.look('shortcuts')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await heading('Home').waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'main');
    expect(await watched.look('home')).toEqual([]);
  }, 120_000);

  it("takes another tool's results, scores them again and counts their classes", async () => {
    await page.getByRole('link', { name: /^Runs/ }).click();
    await page.getByRole('button', { name: /Import.*outcomes/ }).click();
    await page.locator('input[type=file]').setInputFiles({
      name: 'triage-eval.json',
      mimeType: 'application/json',
      buffer: Buffer.from(promptfooResults(tickets.slice(0, 60))),
    });
    const dialog = page.getByRole('dialog', { name: 'Import recorded outcomes' });
    await dialog.getByText(/results of promptfoo.*60 examples/).waitFor();
    await dialog.getByRole('rowheader', { name: 'mini' }).waitFor();
    expect(await watched.look('import-results')).toEqual([]);
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await section('Differences').waitFor();
    expect(await section('Candidates').textContent()).toMatch(/maxi.*mini/);
    await page.getByRole('link', { name: /^Runs/ }).click();
    await page.getByRole('link', { name: 'triage-eval', exact: true }).click();
    await heading('triage-eval').waitFor();

    await page.getByRole('button', { name: 'Score again' }).click();
    const again = page.getByRole('dialog', { name: 'Score the answers again' });
    await choose('How answers are judged', 'Code that passes assertions');
    await again.getByText('Code that a model wrote runs only with consent.').waitFor();
    expect(await again.getByRole('button', { name: 'Score', exact: true }).isDisabled()).toBe(true);
    await choose('How answers are judged', 'Contains the expected answer');
    expect(await watched.look('score-again')).toEqual([]);
    await again.getByRole('textbox', { name: 'Name of the new run' }).fill('contains it');
    await again.getByRole('button', { name: 'Score', exact: true }).click();
    await heading('contains it').waitFor();

    // The tool's own scores and ours, of the same answers.
    await page.getByRole('combobox', { name: 'Compared with the scores of' }).click();
    await page.getByRole('option', { name: /^triage-eval/ }).click();
    await page.keyboard.press('Escape');
    await section('Agreement').getByText("Krippendorff's alpha").waitFor();
    await section('Agreement').getByRole('rowheader', { name: 'contains it and triage-eval' }).waitFor();
    await expect.poll(() => page.url()).toContain('raters=');
    expect(await watched.look('agreement')).toEqual([]);

    await page.getByRole('link', { name: /^Runs/ }).click();
    await page.getByRole('link', { name: 'ticket-triage', exact: true }).first().click();
    await heading('ticket-triage').waitFor();
    await page.getByRole('button', { name: 'Count the classes' }).click();
    await section('Classes').getByRole('rowheader', { name: 'billing' }).first().waitFor();
    expect(await section('Classes').textContent()).toMatch(/Macro F1/);
    const matrix = section('Classes').getByRole('group', { name: 'Confusion matrix' });
    await matrix.getByRole('columnheader', { name: 'billing' }).waitFor();
    // Every answer of the candidate stands in one cell.
    const counts = await matrix.getByRole('cell').allTextContents();
    expect(counts.reduce((sum, text) => sum + Number(text.replace(',', '')), 0)).toBe(ROWS);
    await matrix.scrollIntoViewIfNeeded();
    expect(await watched.look('classes')).toEqual([]);
    expect(await hacked()).toBeUndefined();
  }, 120_000);

  it('takes a table with columns per candidate, says what it leaves out, and saves it', async () => {
    await page.getByRole('link', { name: /^Runs/ }).click();
    await page.getByRole('button', { name: /Import.*outcomes/ }).click();
    const rows = tickets
      .slice(0, 40)
      .map(({ id }, index) => `${id},${index % 2},${index === 3 ? '=2+3' : 1}`);
    await page.locator('input[type=file]').setInputFiles({
      name: 'judged.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`id,alpha_correct,beta_correct\n${rows.join('\n')}\n`),
    });
    const dialog = page.getByRole('dialog', { name: 'Import recorded outcomes' });
    await dialog.getByText('Candidates: alpha, beta.').waitFor();
    await choose('Dataset', 'tickets');
    expect(await watched.look('import-wide')).toEqual([]);
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await dialog.getByRole('alert').getByText('outcomes.score_invalid').waitFor();
    await dialog.getByRole('button', { name: 'Leave it out and import' }).click();
    await dialog.getByText('Imported: 79 answers of 2 candidates to tickets.').waitFor();
    await dialog.getByText('1 row was left out.').waitFor();
    expect(await watched.look('imported-wide')).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Save as CSV' }).click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^5,score_invalid,/);
    await dialog.getByRole('button', { name: 'Compare the candidates' }).click();
    await section('Differences').waitFor();
    expect(await section('Candidates').textContent()).toMatch(/alpha.*beta|beta.*alpha/);
  }, 120_000);

  it('asked nobody but its own server and complained of nothing', async () => {
    expect(await hacked()).toBeUndefined();
    expect([...watched.origins]).toEqual([new URL(server.url).origin]);
    expect(watched.complaints).toEqual([]);
  });
});
