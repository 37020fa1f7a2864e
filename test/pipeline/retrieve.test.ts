import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compilePipeline, executeItem } from '../../engine/pipeline/index.ts';
import { compiled, context, example, registry, response } from './edge.ts';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-retrieve-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'manual', 'deep'), { recursive: true });
writeFileSync(
  join(folder, 'manual', 'refunds.md'),
  '# Refunds\n\nA refund takes five days. Keep the receipt.\n',
);
writeFileSync(join(folder, 'manual', 'deep', 'shipping.txt'), 'Parcels leave the warehouse on Mondays.\n');
writeFileSync(
  join(folder, 'manual', 'hours.html'),
  '<h1>Hours</h1><p>We are open from nine to five.</p><script>alert(1)</script>',
);
writeFileSync(join(folder, 'manual', 'photo.png'), 'not a document');

const text = `pipeline: p
candidates: { m: openai/m }
documents: { manual: { folder: manual } }
steps:
  - id: find
    retrieve: { from: manual, query: "{{input.subject}}", k: 2 }
  - id: answer
    generate:
      prompt: "{% for p in steps.find.output %}[{{ p.document }}] {{ p.text }}\\n{% endfor %}{{ input.subject }}"
  - id: found
    score: { of: find, expected: "{{input.body}}", scorer: { kind: recall, k: 1 } }
  - id: rank
    score: { of: find, expected: "{{input.body}}", scorer: mrr }
  - id: gain
    score: { of: find, expected: "{{input.body}}", scorer: ndcg }
  - id: grounded
    score: { of: answer, scorer: { kind: grounding, in: find } }
`;
const asked = (subject: string, body = '') => example({ subject, body });

describe('retrieval in a pipeline', () => {
  it('finds passages, journals the search as an effect, and measures ranking and grounding', async () => {
    const recorded = context(() => response('Five days, with a receipt, says nobody.'));
    const result = await executeItem(
      compiled(text, folder),
      'p',
      asked('when is my refund paid', 'refunds.md'),
      recorded,
    );
    expect(recorded.effects).toEqual([
      {
        step: 'find',
        name: 'retrieve/manual',
        request: expect.objectContaining({ query: 'when is my refund paid', k: 2, by: 'words' }),
      },
    ]);
    expect(recorded.calls[0]!.request.messages[0]!.content).toContain(
      '[refunds.md] A refund takes five days.',
    );
    // five, days, a, receipt: 4 of 7 words stand in what was found.
    expect(result.signals).toMatchObject({
      'score:found': 1,
      'score:rank': 1,
      'score:gain': 1,
      'score:grounded': 4 / 7,
    });
  });

  it('counts what was not found', async () => {
    const recorded = context(() => response('x'));
    const { signals } = await executeItem(
      compiled(text, folder),
      'p',
      asked('parcels and refund', '["deep/shipping.txt","hours.html"]'),
      recorded,
    );
    expect(signals['score:found']).toBeLessThanOrEqual(0.5);
    const none = await executeItem(compiled(text, folder), 'p', asked('zzz', 'hours.html'), recorded);
    expect(none.signals).toMatchObject({ 'score:found': 0, 'score:rank': 0, 'score:gain': 0 });
    expect(none.signals['score:grounded']).toBe(0);
  });

  it('is versioned by content: a changed document is another pipeline, and refuses to be resumed', () => {
    const first = compiled(text, folder);
    const path = join(folder, 'manual', 'refunds.md');
    writeFileSync(path, '# Refunds\n\nA refund takes six days.\n');
    const second = compiled(text, folder);
    expect(second.hash).not.toBe(first.hash);
    const again = compilePipeline({ text: first.source, file: 'p.yaml', baseFolder: folder }, registry, null);
    expect(again.problems.map(({ message }) => message)).toEqual([
      'The documents in `manual` are not those it was made with.',
      'There are no documents `manual`.',
    ]);
    writeFileSync(path, '# Refunds\n\nA refund takes five days. Keep the receipt.\n');
    expect(
      compilePipeline({ text: first.source, file: 'p.yaml', baseFolder: folder }, registry, null).pipeline
        ?.hash,
    ).toBe(first.hash);
  });

  it('reads nothing outside the folder of the pipeline, and nothing for a pipeline given as text', () => {
    const problems = (source: string, base: string | null) =>
      compilePipeline({ text: source, file: 'p.yaml', baseFolder: base }, registry, null).problems.map(
        ({ message }) => message,
      );
    expect(problems(text.replace('folder: manual', 'folder: ..'), join(folder, 'manual'))[0]).toBe(
      "`..` lies outside the pipeline's folder.",
    );
    expect(problems(text.replace('folder: manual', 'folder: /etc'), folder)[0]).toBe(
      "`/etc` lies outside the pipeline's folder.",
    );
    expect(problems(text, null)[0]).toContain('this one was given as text');
    expect(problems(text.replace('folder: manual', 'folder: none'), folder)[0]).toBe(
      'There is no folder `none`.',
    );
    expect(problems(text.replace('from: manual', 'from: manuel'), folder)[0]).toBe(
      'There are no documents `manuel`.',
    );
  });
});
