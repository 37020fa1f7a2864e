import { html } from './markup.ts';

/** Readable on screen in either theme and on paper; no font, image or rule from elsewhere. */
export const reportStyle = html`<style>
  :root {
    color-scheme: light dark;
    --text: #1d2329;
    --dim: #545c66;
    --line: #d5dbe1;
    --back: #fff;
    --bar: #f3f5f7;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --text: #e4e8ed;
      --dim: #a3acb7;
      --line: #3a4149;
      --back: #16191d;
      --bar: #23282e;
    }
  }
  body {
    margin: 0;
    background: var(--back);
    color: var(--text);
    font:
      14px/1.5 system-ui,
      sans-serif;
    font-variant-numeric: tabular-nums;
  }
  main {
    max-width: 1200px;
    margin: 0 auto;
    padding: 24px;
  }
  h1 {
    font-size: 22px;
    overflow-wrap: anywhere;
  }
  h2 {
    font-size: 16px;
    margin-top: 28px;
    overflow-wrap: anywhere;
  }
  .dim {
    color: var(--dim);
    font-size: 12px;
    font-weight: 400;
  }
  .tag {
    border: 1px solid var(--line);
    border-radius: 3px;
    padding: 0 5px;
    font-size: 12px;
    font-weight: 400;
  }
  .wide {
    overflow-x: auto;
  }
  table {
    border-collapse: collapse;
    width: 100%;
  }
  th,
  td {
    padding: 6px 10px;
    border-bottom: 1px solid var(--line);
    text-align: left;
    vertical-align: top;
    overflow-wrap: anywhere;
  }
  thead th {
    background: var(--bar);
    font-size: 12px;
  }
  .rows td {
    white-space: pre-wrap;
    min-width: 60px;
    max-width: 420px;
    font-size: 13px;
  }
  @media print {
    main {
      max-width: none;
      padding: 0;
    }
  }
</style>`;
