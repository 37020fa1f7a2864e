const view = new DataView(new ArrayBuffer(8));

/** The least double above x; Infinity above the largest. x finite. */
export function nextUp(x: number): number {
  if (x === 0) return Number.MIN_VALUE;
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + (x > 0 ? 1n : -1n));
  return view.getFloat64(0);
}

/** The greatest double below x; −Infinity below the least. x finite. */
export const nextDown = (x: number): number => -nextUp(-x);
