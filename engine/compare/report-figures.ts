/** How figures are written in a report: a unit, an interval and n with each. */
import type { Estimate } from '../api/index.ts';
import { html, type Markup } from './markup.ts';

export const count = (value: number): string => value.toLocaleString('en-US');
const signed = (value: number, text: string): string => (value < 0 ? '−' : value > 0 ? '+' : '±') + text;

export const score = (value: number): string => `${(value * 100).toFixed(1)} %`;
export const points = (value: number): string => `${signed(value, Math.abs(value * 100).toFixed(2))} pt`;
/** Per thousand examples, three digits. */
export function usdPerThousand(value: number): string {
  const amount = Math.abs(value * 1000);
  const digits =
    amount === 0 || amount >= 100 ? 2 : Math.min(12, Math.max(2, 2 - Math.floor(Math.log10(amount))));
  return `${value < 0 ? '−' : ''}$${amount.toFixed(digits)}`;
}
/** A bound that too few rows know is not there. */
export const milliseconds = (value: number): string =>
  Number.isNaN(value)
    ? 'unknown'
    : value >= 10_000
      ? `${(value / 1000).toFixed(1)} s`
      : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
export const pValue = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`);

export function estimate(value: Estimate | null, write: (value: number) => string, nominal = false): Markup {
  if (value === null) return html`<span class="dim">not known</span>`;
  const groups =
    value.groups === undefined || value.groups === value.n ? '' : ` in ${count(value.groups)} groups`;
  return html`<b>${write(value.mean)}</b>${nominal ? html` <span class="dim">nominal</span>` : ''}<br /><span
      class="dim"
      >${write(value.lo)} to ${write(value.hi)} · n ${count(value.n)}${groups}</span
    >`;
}
