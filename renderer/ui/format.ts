/** How figures are written. Every one has a unit; none is written for a value that is not known. */
import type { Estimate } from '../../engine/api/index.ts';

export const UNKNOWN = '–';

const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
export const count = (value: number): string => counts.format(value);

/** 0.9134 → `91.3 %`. */
export function percent(value: number, digits = 1): string {
  return Number.isFinite(value) ? `${(value * 100).toFixed(digits)} %` : UNKNOWN;
}

/** A difference of scores in points: −0.0123 → `−1.23 pt`. */
export function points(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  const text = Math.abs(value * 100).toFixed(digits);
  const zero = Number(text) === 0;
  return `${zero ? '±' : value < 0 ? '−' : '+'}${text} pt`;
}

/** Dollars with three significant digits below a dollar: `$1.42`, `$0.0123`. */
export function usd(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (value === 0) return '$0';
  const magnitude = Math.abs(value);
  const sign = value < 0 ? '−' : '';
  if (magnitude >= 1000) return `${sign}$${counts.format(magnitude)}`;
  if (magnitude >= 1) return `${sign}$${magnitude.toFixed(2)}`;
  const digits = Math.min(12, 2 - Math.floor(Math.log10(magnitude)));
  return `${sign}$${magnitude.toFixed(digits)}`;
}

/** Costs an example are shown per thousand examples. */
export const perThousand = (costUsd: number): string => usd(costUsd * 1000);

export function milliseconds(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (value < 1) return `${value.toFixed(2)} ms`;
  if (value < 10) return `${value.toFixed(1)} ms`;
  if (value < 1000) return `${Math.round(value)} ms`;
  return duration(value);
}

/** 95_000 → `1 min 35 s`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  const seconds = ms / 1000;
  if (seconds < 59.5) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  return value < 1 << 20 ? `${(value / 1024).toFixed(0)} kB` : `${(value / (1 << 20)).toFixed(1)} MB`;
}

export function when(iso: string, now = new Date()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === now.toDateString()) return `today ${time}`;
  return `${date.toLocaleDateString('en-CA')} ${time}`;
}

/** A p-value: `p = 0.031`, `p < 0.001`. */
export function pValue(p: number): string {
  if (!Number.isFinite(p)) return UNKNOWN;
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}

export type Figure = 'score' | 'points' | 'costPerThousand' | 'latency';
export function figure(value: number, kind: Figure): string {
  switch (kind) {
    case 'score':
      return percent(value);
    case 'points':
      return points(value);
    case 'costPerThousand':
      return perThousand(value);
    case 'latency':
      return milliseconds(value);
  }
}

/** `91.3 % (90.1 % to 92.4 %, n = 1,234)`: what is read out for an estimate. */
export function spoken(estimate: Estimate, kind: Figure): string {
  return `${figure(estimate.mean, kind)} (${Math.round(estimate.level * 100)} % interval ${figure(estimate.lo, kind)} to ${figure(estimate.hi, kind)}, n = ${count(estimate.n)})`;
}
