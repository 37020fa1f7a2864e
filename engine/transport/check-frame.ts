/**
 * Walks a MessagePack frame without building anything, and throws unless it is exactly one whole value.
 * A decoder makes room for a list as long as its header says: nested headers of a few bytes each could claim gigabytes.
 * In a frame that is whole, every item has its byte, so what is built stays in proportion to what was sent.
 */
const MAX_DEPTH = 200;

const broken = (why: string): never => {
  throw new RangeError(`a broken frame: ${why}`);
};

/** Bytes of content after the head byte, where it is fixed: integers, floats, and extensions of fixed size. */
const fixedBytes = new Map<number, number>([
  ...[0xc0, 0xc2, 0xc3].map((head): [number, number] => [head, 0]),
  ...[0xcc, 0xd0].map((head): [number, number] => [head, 1]),
  ...[0xcd, 0xd1].map((head): [number, number] => [head, 2]),
  ...[0xca, 0xce, 0xd2].map((head): [number, number] => [head, 4]),
  ...[0xcb, 0xcf, 0xd3].map((head): [number, number] => [head, 8]),
  ...[0xd4, 0xd5, 0xd6, 0xd7, 0xd8].map((head, power): [number, number] => [head, 1 + 2 ** power]),
]);
/** Width of the length that follows: text, bytes, and extensions (which have a type byte more). */
const sized = new Map<number, [width: number, more: number]>([
  [0xd9, [1, 0]],
  [0xda, [2, 0]],
  [0xdb, [4, 0]],
  [0xc4, [1, 0]],
  [0xc5, [2, 0]],
  [0xc6, [4, 0]],
  [0xc7, [1, 1]],
  [0xc8, [2, 1]],
  [0xc9, [4, 1]],
]);
/** Width of the count that follows, and values an item: lists and maps. */
const counted = new Map<number, [width: number, values: number]>([
  [0xdc, [2, 1]],
  [0xdd, [4, 1]],
  [0xde, [2, 2]],
  [0xdf, [4, 2]],
]);

export function checkFrame(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const read = (width: number): number => {
    if (at + width > bytes.byteLength) broken('it ends early');
    const value = width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at) : view.getUint32(at);
    at += width;
    return value;
  };
  /** Values still to come in each list or map that is open; the frame itself is a list of one. */
  const open = [1];
  while (open.length > 0) {
    const left = open.at(-1) ?? 0;
    if (left === 0) {
      open.pop();
      continue;
    }
    open[open.length - 1] = left - 1;
    const head = read(1);
    let values: number | null = null;
    if (head <= 0x7f || head >= 0xe0) continue;
    if (head <= 0x8f) values = (head & 0x0f) * 2;
    else if (head <= 0x9f) values = head & 0x0f;
    else if (head <= 0xbf) at += head & 0x1f;
    else if (fixedBytes.has(head)) at += fixedBytes.get(head) ?? 0;
    else if (sized.has(head)) {
      const [width, more] = sized.get(head) ?? [0, 0];
      const length = read(width);
      at += length + more;
    } else if (counted.has(head)) {
      const [width, each] = counted.get(head) ?? [0, 0];
      values = read(width) * each;
    } else broken('an unknown kind of value');
    if (at > bytes.byteLength) broken('it ends early');
    if (values === null) continue;
    if (values > bytes.byteLength - at) broken('it claims more than it holds');
    if (open.length >= MAX_DEPTH) broken('it is nested too deep');
    open.push(values);
  }
  if (at !== bytes.byteLength) broken('something follows it');
}
