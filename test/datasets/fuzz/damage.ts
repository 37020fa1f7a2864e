/** Ways to spoil bytes and texts; each is a function of the content and a seeded generator, and nothing else. */
import type { Random } from '../../../engine/math/index.ts';

export type Damage = (content: Buffer, random: Random) => Buffer;

/** As latin1, so that every byte survives what a text damage does not touch. */
const onText =
  (change: (text: string, random: Random) => string): Damage =>
  (content, random) =>
    Buffer.from(change(content.toString('latin1'), random), 'latin1');

const splice = (content: Buffer, random: Random, inserted: Buffer): Buffer => {
  const at = random.int(content.length + 1);
  return Buffer.concat([content.subarray(0, at), inserted, content.subarray(at)]);
};

const pick = (random: Random, among: readonly string[]): string => among[random.int(among.length)] ?? '';

/** Values of JSON and cells of CSV alike: whatever stands between two delimiters. */
const replacingValues = (share: number, among: readonly string[]): Damage =>
  onText((text, random) =>
    text.replaceAll(/(?<=[,:\t\n]\s*)("[^"\n]*"|[^\s",:{}[\]]+)(?=[,}\t\n\]])/g, (all) =>
      random.next() < share ? pick(random, among) : all,
    ),
  );

export const damages: Record<string, Damage> = {
  'bytes flipped'(content, random) {
    const flipped = Buffer.from(content);
    for (let i = 0; i < 12; i++) flipped[random.int(flipped.length)] = random.int(256);
    return flipped;
  },
  truncated: (content, random) => content.subarray(0, 1 + random.int(content.length - 1)),
  'end repeated': (content, random) => Buffer.concat([content, content.subarray(random.int(content.length))]),
  'NUL bytes': (content, random) => splice(content, random, Buffer.alloc(1 + random.int(40))),
  'deep nesting': (content, random) =>
    splice(content, random, Buffer.from(pick(random, ['[', '{"a":']).repeat(20_000))),
  'wrong delimiters': onText((text, random) =>
    text.replaceAll(',', pick(random, [';', '|', '\t', '、', ''])),
  ),
  'invalid UTF-8': (content, random) =>
    splice(
      content,
      random,
      Buffer.from([[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf8, 0x88]][random.int(4)] ?? []),
    ),
  'UTF-16 cut in half': (content, random) =>
    Buffer.concat([
      Buffer.from(random.int(2) === 0 ? [0xff, 0xfe] : [0xfe, 0xff]),
      Buffer.from(content.toString('utf8'), 'utf16le').subarray(0, -1),
    ]),
  'lone quotes': (content, random) =>
    splice(splice(content, random, Buffer.from('"')), random, Buffer.from(pick(random, ['"', "'", '""" ']))),
  'mixed line ends': onText((text, random) =>
    text.replaceAll('\n', () => pick(random, ['\r', '\r\n', '\n', '\n\r', '\u0085'])),
  ),
  formulas: replacingValues(0.3, ['"=1+1"', '"@SUM(A1)"', '"+cmd|\' /C calc\'!A0"', '"-2+3"', '"\t=1"']),
  'huge numbers': replacingValues(0.3, ['1e999', '-1e308', '9007199254740993', '1e-400', '0x1F', '00', '-0']),
  'lone surrogates': replacingValues(0.3, ['"\\ud800"', '"\\udc00x"', '"\\u0000"']),
  'prototype keys': onText((text, random) =>
    text.replaceAll(/\b(id|question|answer|output|input|doc|vars|metadata|model)\b/g, (all) =>
      random.next() < 0.3
        ? pick(random, ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString'])
        : all,
    ),
  ),
  'other types': replacingValues(0.3, [
    '{}',
    '[]',
    'null',
    'true',
    '-1',
    '""',
    '[[1]]',
    '{"__proto__":{"a":1}}',
  ]),
};
