/** The least width of a CSS grid track written as `90px` or `minmax(90px, 2fr)`. */
export function minWidthPx(track: string): number {
  const pixels = /(\d+)px/.exec(track)?.[1];
  return pixels === undefined ? 100 : Number(pixels);
}
