import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recognise } from '../../engine/pipeline/recognisers.ts';

const all = ['email', 'phone', 'card', 'iban', 'ip', 'api-key', 'national-id'] as const;

describe('personal data', () => {
  it.each([
    ['write to Ann.Lee+x@mail.example.co.uk.', 'email'],
    ['card 4111 1111 1111 1111 exp', 'card'],
    ['5500-0000-0000-0004', 'card'],
    ['pay GB82 WEST 1234 5698 7654 32 now', 'iban'],
    ['DE89370400440532013000', 'iban'],
    [`key=sk-${'a1'.repeat(16)}`, 'api-key'],
    ['AKIAIOSFODNN7EXAMPLE', 'api-key'],
    [`ghp_${'x'.repeat(36)} and a@b.io`, 'email+api-key'],
  ])('is found in %j', (text, kinds) => {
    expect(recognise(text, all)).toBe(kinds);
  });

  it.each([
    '4111 1111 1111 1112',
    '0000 0000 0000 0000',
    'GB82 WEST 1234 5698 7654 33',
    'a@b',
    '@channel',
    'sk-short',
    'order 12345678901234567890123',
    '',
  ])('is not seen in %j', (text) => {
    expect(recognise(text, all)).toBe('none');
  });

  it('is looked for only as asked', () => {
    expect(recognise('a@b.io 4111111111111111', ['card'])).toBe('card');
  });

  it('is told from other numbers by its check digits: one digit changed is none of it', () => {
    fc.assert(
      fc.property(fc.nat(15), fc.integer({ min: 1, max: 9 }), (place, by) => {
        const card = '4111111111111111';
        const changed = card.slice(0, place) + ((Number(card[place]) + by) % 10) + card.slice(place + 1);
        expect(recognise(changed, ['card'])).toBe('none');
      }),
    );
  });

  it('comes to an end on texts made to be slow', () => {
    for (const piece of ['a.', '1 ', 'A1 ', 'a@', 'a-', 'sk-', '@a.', 'GB82 ', ':', '1.'])
      expect(recognise(piece.repeat(100_000), all)).toBeTypeOf('string');
  });
});
