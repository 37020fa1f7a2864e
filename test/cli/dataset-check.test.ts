import { describe, expect, it } from 'vitest';
import { scratch, type Scratch } from '../fixtures/scratch.ts';
import { at, kneepoint } from './terminal.ts';

interface Checked {
  findings: { code: string; severity: string; count: number; rows: string[][]; advice: string }[];
  notes: string[];
}

/** Forty questions of which the twentieth carries a wrong answer, and one of them stands twice. */
async function workspace(dir: Scratch): Promise<ReturnType<typeof at>> {
  const questions = Array.from(
    { length: 40 },
    (_, i) => `${i},question number ${i} about ${i * i},a${i === 20 ? 99 : i},fit`,
  );
  questions.push('40,Question number 3 about 9,a3,test', '41,write to jane.doe@example.com,a41,fit');
  const examples = await dir.file('e.csv', `id,q,a,s\n${questions.join('\n')}\n`);
  const outcomes = ['id,m,ok,out'];
  for (const model of ['x', 'y', 'z'])
    for (let i = 0; i < 40; i++) outcomes.push(`${i},${model},${i === 20 ? 0 : 1},a${i}`);
  const run = at(`${dir.folder}/w`);
  const imported = ['--name', 'd', '--id', 'id', '--input', 'q', '--expected', 'a', '--split', 's'];
  expect((await run(['dataset', 'import', examples, ...imported])).code).toBe(0);
  const file = await dir.file('o.csv', `${outcomes.join('\n')}\n`);
  const columns = ['--example', 'id', '--candidate', 'm', '--score', 'ok', '--output', 'out'];
  expect((await run(['outcomes', 'import', file, '--dataset', 'd', ...columns])).code).toBe(0);
  return run;
}

describe('dataset check', () => {
  it('lists findings, the worst first, with rows and what to do, and finds the wrong label by a run', async () => {
    await using dir = await scratch();
    const run = await workspace(dir);
    const checked = await run(['dataset', 'check', 'd', '--run', 'latest']);
    expect(checked.code).toBe(0);
    const { findings } = checked.json<Checked & Record<string, unknown>>();
    expect(findings[0]).toMatchObject({ code: 'split_leakage', severity: 'error', rows: [['40', '3']] });
    for (const code of ['label_suspect_missed', 'label_suspect_agreed'])
      expect(findings.find((each) => each.code === code)).toMatchObject({ count: 1, rows: [['20']] });
    expect(findings.every(({ advice }) => advice.length > 10)).toBe(true);
    expect(checked.stdout).not.toContain('jane.doe');
  });

  it('says what was not looked for, and prints text for people', async () => {
    await using dir = await scratch();
    const run = await workspace(dir);
    expect((await run(['dataset', 'check', 'd'])).json<Checked & Record<string, unknown>>().notes).toEqual([
      expect.stringMatching(/--run/),
    ]);
    const { stdout } = await kneepoint(['dataset', 'check', 'd', '--workspace', `${dir.folder}/w`]);
    expect(stdout).toMatch(/error {4}1 rows .*\[split_leakage\]\n {4}40 \(test\) = 3 \(fit\)\n {4}→ Remove/);
  });

  it('is a gate where asked: 1 at or above the severity, 0 below, 2 for a severity there is not', async () => {
    await using dir = await scratch();
    const run = await workspace(dir);
    expect((await run(['dataset', 'check', 'd', '--fail-on', 'error'])).code).toBe(1);
    const clean = await dir.file('c.csv', 'id,q\n1,apples and pears\n2,something else\n');
    await run(['dataset', 'import', clean, '--name', 'c', '--id', 'id', '--input', 'q']);
    expect((await run(['dataset', 'check', 'c', '--fail-on', 'info'])).code).toBe(0);
    expect((await run(['dataset', 'check', 'c', '--fail-on', 'awful'])).code).toBe(2);
  });

  it('refuses a run over another dataset', async () => {
    await using dir = await scratch();
    const run = await workspace(dir);
    const other = await dir.file('c.csv', 'id,q\n1,apples and pears\n');
    await run(['dataset', 'import', other, '--name', 'c', '--id', 'id', '--input', 'q']);
    const refused = await run(['dataset', 'check', 'c', '--run', 'latest']);
    expect([refused.code, refused.json<{ error: { code: string } }>().error.code]).toEqual([
      2,
      'input.invalid',
    ]);
  });

  it('ends with 130 on Ctrl+C, and says that it was cancelled', async () => {
    await using dir = await scratch();
    const run = await workspace(dir);
    const ran = await run(['dataset', 'check', 'd'], { onInterrupt: (press) => setTimeout(press, 0) });
    expect(ran.code).toBe(130);
    expect(ran.json<{ error?: { code: string } }>().error?.code).toBe('cancelled');
    // Nothing is left behind that would stop the next one.
    expect((await run(['dataset', 'check', 'd'])).code).toBe(0);
  });
});
