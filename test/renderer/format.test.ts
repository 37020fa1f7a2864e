import { describe, expect, it } from 'vitest';
import {
  bytes,
  duration,
  percent,
  perThousand,
  points,
  pValue,
  spoken,
  usd,
} from '../../renderer/ui/format.ts';

describe('figures', () => {
  it('never writes a number for one that is not known', () => {
    for (const write of [percent, points, usd, duration, pValue]) expect(write(Number.NaN)).toBe('–');
  });
  it('keeps three significant digits of a small price and never rounds it to nothing', () => {
    expect(usd(0.00000123)).toBe('$0.00000123');
    expect(usd(0.0456)).toBe('$0.0456');
    expect(usd(1.4249)).toBe('$1.42');
    expect(usd(12345.6)).toBe('$12,346');
    expect(usd(-0.5)).toBe('−$0.500');
    expect(usd(0)).toBe('$0');
  });
  it('states a cost an example per thousand of them', () => {
    expect(perThousand(0.00142)).toBe('$1.42');
  });
  it('gives every difference a sign, and a difference of nothing its own', () => {
    expect(points(0.0123)).toBe('+1.23 pt');
    expect(points(-0.0123)).toBe('−1.23 pt');
    expect(points(0.0000001)).toBe('±0.00 pt');
  });
  it('does not round a small p-value to zero', () => {
    expect(pValue(0)).toBe('p < 0.001');
    expect(pValue(0.0309)).toBe('p = 0.031');
  });
  it('reads an estimate out with its interval and n', () => {
    expect(spoken({ mean: 0.913, lo: 0.901, hi: 0.924, n: 1234, level: 0.95 }, 'score')).toBe(
      '91.3 % (95 % interval 90.1 % to 92.4 %, n = 1,234)',
    );
  });
  it('writes times and sizes in the unit that fits', () => {
    expect([duration(900), duration(95_000), duration(7_500_000)]).toEqual([
      '0.9 s',
      '1 min 35 s',
      '2 h 5 min',
    ]);
    expect([bytes(12), bytes(2048), bytes(5 << 20)]).toEqual(['12 B', '2 kB', '5.0 MB']);
  });
  it('does not show sixty seconds in a minute', () => {
    expect(duration(119_700)).toBe('2 min 0 s');
  });
});
