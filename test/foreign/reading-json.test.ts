import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keysOf } from '../../datasets/foreign/head-keys.ts';
import { parseJson } from '../../datasets/foreign/parse-json.ts';
import { contentId } from '../../datasets/foreign/values.ts';
import type { Json } from '../../engine/api/index.ts';

const isObject = (value: unknown): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

describe('JSON of other tools', () => {
  it('is read as JSON is, and NaN and infinities outside strings as null', () => {
    const words = fc.constantFrom('NaN', 'Infinity', '-Infinity');
    const text = fc.oneof(fc.string(), fc.constantFrom('NaN', 'a "NaN" b', 'x\\', '-Infinity\\"', 'é'));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.option(words)), { minLength: 1 }), (entries) => {
        const written = entries
          .map(([key, word]) => `[${JSON.stringify(key)}, -1.5, ${word ?? 'true'}]`)
          .join(',');
        expect(parseJson(`[${written}]`)).toEqual(
          entries.map(([key, word]) => [key, -1.5, word === null ? true : null]),
        );
      }),
    );
  });

  it.each(['{"a":NaNa}', '{"a":Inf}', '{"a":"NaN', 'NaN NaN', '', '[1,]'])(
    'stays refused where it is none: %j',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  it('keys of the two outer levels are found, in the beginning of a document too', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), fc.nat(), (document, cut) => {
        const text = JSON.stringify(document);
        const plain = JSON.parse(text) as Record<string, Json>;
        const raw = (keys: string[]): Set<string> =>
          new Set(keys.map((key) => JSON.stringify(key).slice(1, -1)));
        const { top, under } = keysOf(text);
        expect(top).toEqual(raw(Object.keys(plain)));
        for (const [key, value] of Object.entries(plain))
          if (isObject(value))
            expect(under(JSON.stringify(key).slice(1, -1))).toEqual(raw(Object.keys(value)));
        const head = keysOf(text.slice(0, cut % (text.length + 1)));
        for (const key of head.top) expect(top.has(key)).toBe(true);
      }),
    );
  });

  it('content has one name, whatever the order of its keys, and other content another', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (document) => {
        const plain = JSON.parse(JSON.stringify(document)) as Record<string, Json>;
        const turned = Object.fromEntries(Object.entries(plain).reverse());
        expect(contentId(turned)).toBe(contentId(plain));
        expect(contentId({ ...plain, 'one more': 1 })).not.toBe(contentId(plain));
      }),
    );
  });
});
