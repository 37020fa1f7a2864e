/** A comparison as one HTML page: no script, nothing from elsewhere, every value as text. */
import type { Compared, ComparedCandidate, ComparedPair, Page } from '../api/index.ts';
import { columnPart, type ComparedTable } from './compared-table.ts';
import { html, type Markup } from './markup.ts';
import { count, estimate, milliseconds, points, pValue, score, usdPerThousand } from './report-figures.ts';
import { reportStyle } from './report-style.ts';
import type { ExportFacts } from './write-json.ts';

/** Rows that a report shows; the other formats hold all of them. */
export const REPORT_ROWS = 1000;
const CLIPPED_AT = 1200;

export async function* reportOf(
  table: ComparedTable,
  facts: ExportFacts & { total: number; chosen: string },
): AsyncGenerator<string> {
  const { comparison } = facts;
  const title = `Comparison on ${facts.dataset.name}`;
  yield html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="generator" content="Kneepoint" />
        <title>${title}</title>
        ${reportStyle}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p class="dim">
            Made ${facts.exported.slice(0, 16).replace('T', ' ')} UTC · dataset version
            ${facts.dataset.hash.slice(0, 12)} · runs ${facts.runs.join(', ')}
          </p>
          <h2>Candidates</h2>
          <p>
            ${count(comparison.n)} rows that every candidate
            answered${comparison.leftOut > 0 ? `; ${count(comparison.leftOut)} left out, where some candidate has no score` : ''}.
            Intervals hold at the level stated.
          </p>
          ${candidateTable(comparison.candidates, comparison.baseline)}
          ${
            comparison.pairs.length > 0
              ? html`<h2>Differences</h2>
                  ${pairTable(comparison.pairs)}`
              : ''
          }
          ${slices(comparison)}
          ${
            comparison.warnings.length > 0
              ? html`<h2>Warnings</h2>
                  <ul>
                    ${comparison.warnings.map((one) => html`<li>${one.message}</li>`)}
                  </ul>`
              : ''
          }
          <h2>Rows</h2>
          <p>
            ${facts.chosen} ${count(facts.total)}
            rows${table.rows < facts.total ? `, of which the first ${count(table.rows)} are here` : ''}.
          </p>
          ${rowsHead(table.columns, comparison.baseline)}
        </main>
      </body>
    </html> `.text;
  for await (const batch of table.batches()) yield rowsBody(table.columns, batch).text;
  yield '</tbody></table></div>\n</main>\n</body>\n</html>\n';
}

const candidateTable = (candidates: ComparedCandidate[], baseline: string): Markup =>
  html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">Candidate</th>
          <th scope="col">Score</th>
          <th scope="col">Cost per thousand</th>
          <th scope="col">Latency p50</th>
          <th scope="col">p95</th>
          <th scope="col">p99</th>
        </tr>
      </thead>
      <tbody>
        ${candidates.map(
          (one) =>
            html`<tr>
              <th scope="row">
                ${one.id}${one.id === baseline ? html` <span class="tag">baseline</span>` : ''}
              </th>
              <td>${estimate(one.score, score)}</td>
              <td>${estimate(one.costUsd, usdPerThousand, one.priceNominal)}</td>
              ${(['p50', 'p95', 'p99'] as const).map(
                (quantile) =>
                  html`<td>${estimate(one.latencyMs?.quantiles[quantile] ?? null, milliseconds)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;

const verdicts: Record<ComparedPair['verdict'], string> = {
  better: '▲ better than',
  worse: '▼ worse than',
  tied: '= no difference shown to',
};
const pairTable = (pairs: ComparedPair[]): Markup =>
  html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">Pair</th>
          <th scope="col">Score difference</th>
          <th scope="col">Cost difference per thousand</th>
          <th scope="col">Only the first right</th>
          <th scope="col">Only the second right</th>
          <th scope="col">Test, after Holm</th>
        </tr>
      </thead>
      <tbody>
        ${pairs.map(
          (pair) =>
            html`<tr>
              <th scope="row">${pair.a} <span class="dim">${verdicts[pair.verdict]}</span> ${pair.b}</th>
              <td>${estimate(pair.delta, points)}</td>
              <td>${estimate(pair.deltaCostUsd, usdPerThousand)}</td>
              <td>${count(pair.onlyARight)}</td>
              <td>${count(pair.onlyBRight)}</td>
              <td>
                ${pValue(pair.test.pAdjusted)}
                <span class="dim"
                  >${pair.test.kind === 'mcnemar-mid-p' ? 'McNemar mid-p' : 'paired bootstrap'}</span
                >
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;

const slices = ({ by, baseline }: Compared): Markup[] =>
  (by?.slices ?? []).map(
    (slice) =>
      html`<h2>${by?.tag ?? ''}: ${slice.value}</h2>
        <p>${count(slice.n)} rows</p>
        ${candidateTable(slice.candidates, baseline)}${slice.pairs.length > 0 ? pairTable(slice.pairs) : ''}`,
  );

/** What a row of the report shows: costs and latencies are in the other formats. */
const shownKinds = new Set(['example', 'input', 'expected', 'output', 'score', 'tag']);
const shownColumns = (columns: string[]): string[] =>
  columns.filter((name) => shownKinds.has(columnPart(name).kind));

function rowsHead(columns: string[], baseline: string): Markup {
  const heading = (name: string): string => {
    const { kind, of } = columnPart(name);
    if (of === '') return name;
    return kind === 'tag'
      ? of
      : `${of}${of === baseline ? ' (baseline)' : ''}: ${kind === 'output' ? 'answer' : kind}`;
  };
  return html`<div class="wide">
    <table class="rows">
      <thead>
        <tr>
          ${shownColumns(columns).map((name) => html`<th scope="col">${heading(name)}</th>`)}
        </tr>
      </thead>
      <tbody></tbody>
    </table>
  </div>`;
}

function rowsBody(columns: string[], batch: Page['columns']): Markup {
  const shown = shownColumns(columns);
  const rows = batch['example']?.length ?? 0;
  return html`${Array.from(
    { length: rows },
    (_, row) =>
      html`<tr>
        ${shown.map((name) => html`<td>${cell(name, batch, row)}</td>`)}
      </tr> `,
  )}`;
}

function cell(name: string, batch: Page['columns'], row: number): Markup | string {
  const value = batch[name]![row] ?? null;
  const { kind, of } = columnPart(name);
  if (kind === 'score') {
    if (typeof value !== 'number' || Number.isNaN(value))
      return html`<span class="dim">${batch[`failed:${of}`]?.[row] === 1 ? 'failed' : 'none'}</span>`;
    return value >= 1 ? '✓' : value <= 0 ? '✗' : score(value);
  }
  if (value === null) return html`<span class="dim">–</span>`;
  const text = String(value);
  return text.length > CLIPPED_AT
    ? html`${text.slice(0, CLIPPED_AT)}<span class="dim"> … ${count(text.length)} characters</span>`
    : text;
}
