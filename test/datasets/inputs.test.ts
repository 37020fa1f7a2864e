import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { previewSource } from '../../datasets/index.ts';
import type { Json } from '../../engine/api/index.ts';
import { chatMessages } from '../../engine/text/index.ts';
import { failure } from '../contract/failure.ts';
import { scratch } from '../fixtures/scratch.ts';
import { examplesOf, openFile } from './reading.ts';

describe('inputs made of several columns', () => {
  it('fill the template, and leave out a row of which every column is empty', async () => {
    await using dir = await scratch();
    const path = await dir.file(
      'a.jsonl',
      ['{"q":{"text":"Who?"},"c":"{{q}} \\\\{{","n":3}', '{"q":{"text":" "},"c":null,"n":null}'].join('\n'),
    );
    const { examples, read } = await examplesOf(
      path,
      { input: ['prompt', 'n'], templates: { prompt: 'Q: {{ q.text }}\n{{c}} \\{{' } },
      1,
    );
    // What a value holds is never read as a template.
    expect(examples.map(({ input }) => input)).toEqual([{ prompt: 'Q: Who?\n{{q}} \\{{ {{', n: 3 }]);
    expect(read.rejected).toMatchObject([{ line: 2, code: 'input_missing' }]);
  });

  it('are another version under another template', async () => {
    await using dir = await scratch();
    const path = await dir.file('a.csv', 'q,c\nx,\n');
    const hash = async (prompt: string) =>
      (await examplesOf(path, { input: ['prompt'], templates: { prompt } })).read.hash;
    expect(await hash('{{q}}{{c}}')).not.toBe(await hash('{{c}}{{q}}'));
    expect(await hash('{{q}}{{c}}')).toBe(await hash('{{q}}{{c}}'));
  });

  it('name the column that is not there, and the near one', async () => {
    await using dir = await scratch();
    const path = await dir.file('a.csv', 'question,context\nx,y\n');
    const asked = (prompt: string) => failure(examplesOf(path, { input: ['prompt'], templates: { prompt } }));
    expect(await asked('{{contxt}}')).toMatchObject({
      code: 'dataset.column_unknown',
      hint: expect.stringContaining('"context"'),
    });
    expect(await asked('{{question')).toMatchObject({ code: 'input.invalid' });
    expect(await asked('no column')).toMatchObject({ code: 'input.invalid' });
  });
});

const hi = [{ role: 'user', content: 'Hi' }];
const forms: [string, Json, Json][] = [
  [
    'OpenAI',
    [{ role: 'developer', content: 'Be kind' }, ...hi],
    [{ role: 'system', content: 'Be kind' }, ...hi],
  ],
  ['a request', { model: 'm', messages: hi }, hi],
  [
    'Anthropic',
    { system: 'S', messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] },
    [{ role: 'system', content: 'S' }, ...hi],
  ],
  [
    'ShareGPT',
    {
      conversations: [
        { from: 'human', value: 'Hi' },
        { from: 'gpt', value: 'Yes' },
      ],
    },
    hi,
  ],
  ['JSON text', JSON.stringify(hi), hi],
];
const broken: [string, Json][] = [
  ['not JSON', 'hello'],
  ['not a list', { a: 1 }],
  ['no message', []],
  ['an answer alone', [{ role: 'assistant', content: 'x' }]],
  ['an unknown role', [{ role: 'alien', content: 'x' }]],
  ['a tool call', [{ role: 'assistant', content: null, tool_calls: [{}] }, ...hi]],
  ['an image', [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }]],
  ['an empty text', [{ role: 'user', content: ' ' }]],
  ['the system last', [...hi, { role: 'system', content: 'x' }]],
];

describe('conversations', () => {
  it.each(forms)('are read as %s writes them', async (_, value, messages) => {
    await using dir = await scratch();
    const path = await dir.file('a.jsonl', JSON.stringify({ m: value }));
    const { examples } = await examplesOf(path, { input: ['m'], messages: ['m'] });
    expect(examples[0]?.input).toEqual({ m: messages });
    expect(chatMessages(examples[0]?.input['m'])).not.toBeNull();
  });

  it.each(broken)('are rejected by the row where they hold %s', async (_, value) => {
    await using dir = await scratch();
    const path = await dir.file(
      'a.jsonl',
      [{ m: hi }, { m: value }].map((row) => JSON.stringify(row)).join('\n'),
    );
    const { read } = await examplesOf(path, { input: ['m'], messages: ['m'] }, 1);
    expect(read.rejected).toMatchObject([{ line: 2, code: 'messages_invalid' }]);
  });

  it('never hold the answer they are asked for; mapped as their own expected answer, it is that', async () => {
    await using dir = await scratch();
    const path = await dir.file(
      'a.csv',
      `m\n"${JSON.stringify([...hi, { role: 'assistant', content: 'Yo' }]).replaceAll('"', '""')}"\n`,
    );
    const { examples } = await examplesOf(path, { input: ['m'], messages: ['m'], expected: 'm' });
    expect(examples[0]).toMatchObject({ input: { m: hi }, expected: 'Yo' });
  });

  it('are messages or a reason, whatever JSON a cell holds', async () => {
    await using dir = await scratch();
    const part = fc.jsonValue({ maxDepth: 3 });
    const cells = fc.sample(
      fc.oneof(part, fc.array(fc.record({ role: fc.constantFrom('user', 'assistant', 'x'), content: part }))),
      { numRuns: 300, seed: 7 },
    );
    const usable = cells.filter((cell) => !JSON.stringify(cell).includes('\\u0000'));
    const path = await dir.file(
      'a.jsonl',
      [{ m: hi }, ...usable.map((m) => ({ m }))].map((row) => JSON.stringify(row)).join('\n'),
    );
    const { examples, read } = await examplesOf(path, { input: ['m'], messages: ['m'] }, 1000);
    expect(examples.every(({ input }) => chatMessages(input['m']) !== null)).toBe(true);
    expect(examples.length + read.rejections).toBe(usable.length + 1);
  });
});

describe('the suggested mapping', () => {
  it('says which column plays which part, why, and how far to trust it', async () => {
    await using dir = await scratch();
    const rows = Array.from(
      { length: 12 },
      (_, i) => `${i},text ${i},${i % 2 === 0 ? 'train' : 'test'},k${i % 2},A`,
    );
    const path = await dir.file('a.csv', ['id,wording,portion,kind,label', ...rows].join('\n'));
    const { suggestion } = await previewSource(await openFile(path), 50);
    expect(suggestion).toMatchObject({
      id: 'id',
      input: ['wording'],
      split: 'portion',
      tags: ['kind'],
      expected: 'label',
    });
    expect(suggestion.reasons.map(({ column, confidence }) => `${column}: ${confidence}`)).toEqual([
      'id: sure',
      'portion: likely',
      'label: sure',
      'wording: a guess',
      'kind: a guess',
    ]);
  });

  it('takes no column with repeats for an id, and conversations for what they are', async () => {
    await using dir = await scratch();
    const chat = JSON.stringify([
      { from: 'human', value: 'Hi' },
      { from: 'gpt', value: 'Yes' },
    ]);
    const path = await dir.file('a.jsonl', `{"id":1,"talk":${chat}}\n{"id":1,"talk":${chat}}\n`);
    const { suggestion } = await previewSource(await openFile(path), 50);
    expect(suggestion.id).toBeUndefined();
    expect(suggestion).toMatchObject({ input: ['talk'], messages: ['talk'], expected: 'talk' });
  });
});
