import { describe, expect, it } from 'vitest';
import { nearNames, nearNamesHint } from '../../engine/text/index.ts';

const models = ['claude-3-5-sonnet-20241022', 'claude-3-haiku-20240307', 'gpt-4o-2024-05-13', 'gpt-4o-mini'];

describe('names near a mistyped one', () => {
  it('come with the fewest edits first', () => {
    expect(nearNames('gpt4o-mini', models)).toEqual(['gpt-4o-mini']);
    expect(nearNames('claude-3-5-sonet-20241022', models)[0]).toBe('claude-3-5-sonnet-20241022');
  });

  it('include those that a shorter name is part of, whatever the case', () => {
    expect(nearNames('Sonnet', models)).toEqual(['claude-3-5-sonnet-20241022']);
    expect(nearNames('gpt-4o', models)).toEqual(['gpt-4o-mini', 'gpt-4o-2024-05-13']);
  });

  it('are none where nothing is alike, and the hint then lists a dozen at most', () => {
    expect(nearNames('llama', models)).toEqual([]);
    const many = Array.from({ length: 43 }, (_, i) => `model-number-${i}`);
    expect(nearNamesHint('llama', many, 'candidate')).toMatch(
      /^Known candidates: .*`model-number-11` and 31 more\.$/,
    );
    expect(nearNamesHint('llama', [], 'candidate')).toBe('There is no candidate to choose from.');
  });

  it('cost little for a hostile name', () => {
    expect(nearNames('x'.repeat(1_000_000), models)).toEqual([]);
  });
});
