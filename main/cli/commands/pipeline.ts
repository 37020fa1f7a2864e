import { Option } from 'commander';
import type { PipelineChecked } from '../../../engine/api/index.ts';
import { example, given } from '../flags.ts';
import { table, usd } from '../format.ts';
import { graphText, graphFormats, type GraphFormat } from '../pipeline-graph.ts';
import type { Registrar } from '../run-cli.ts';

export function pipelineCommands({ program, work }: Registrar): void {
  const pipeline = program.command('pipeline').description('pipeline specifications');
  pipeline
    .command('check <file>')
    .description('every problem at once, with line and hint; with a dataset also calls and worst-case cost')
    .option('--dataset <name>', 'check the prompts against its columns')
    .addHelpText('after', example('kneepoint pipeline check triage.yaml --dataset mails'))
    .action((file: string, flags: { dataset?: string }) =>
      work(async ({ api, out, fail }) => {
        const checked = await api.pipelines.check({ pipeline: { path: file }, ...given(flags) });
        if (!checked.valid) fail();
        await out.result(checked, () =>
          checked.valid
            ? [
                `${checked.name ?? file}: valid. Candidates: ${checked.candidates.join(', ')}.`,
                graphText(checked, 'text'),
                ...(checked.calls === null ? [] : [totalOf(checked)]),
              ].join('\n\n')
            : problemsOf(checked),
        );
      }),
    );
  pipeline
    .command('graph <file>')
    .description('the steps and what they read: as text, or for Mermaid or Graphviz')
    .addOption(new Option('--format <format>', 'text unless said').choices([...graphFormats]))
    .addHelpText('after', example('kneepoint pipeline graph triage.yaml --format mermaid'))
    .action((file: string, flags: { format?: GraphFormat }) =>
      work(async ({ api, out, fail }) => {
        const checked = await api.pipelines.check({ pipeline: { path: file } });
        if (!checked.valid) fail();
        await out.result({ valid: checked.valid, steps: checked.steps, problems: checked.problems }, () =>
          checked.valid ? graphText(checked, flags.format ?? 'text') : problemsOf(checked),
        );
      }),
    );
  pipeline
    .command('estimate <file>')
    .description(
      'the most a run can call and cost, by candidate: every retry made, every answer at its longest',
    )
    .requiredOption('--dataset <name>', 'the dataset it would run on')
    .addHelpText('after', example('kneepoint pipeline estimate triage.yaml --dataset mails'))
    .action((file: string, flags: { dataset: string }) =>
      work(async ({ api, out, fail }) => {
        const checked = await api.pipelines.check({ pipeline: { path: file }, dataset: flags.dataset });
        if (!checked.valid) fail();
        const { valid, problems, calls, estimatedCostUsd, perCandidate } = checked;
        await out.result({ valid, problems, calls, estimatedCostUsd, perCandidate }, () =>
          valid
            ? [
                table(
                  ['candidate', 'calls at most', 'cost at most'],
                  perCandidate.map((one) => [
                    one.candidate,
                    String(one.calls),
                    one.worstUsd === null ? 'unknown' : usd(one.worstUsd),
                  ]),
                ),
                totalOf(checked),
              ].join('\n\n')
            : problemsOf(checked),
        );
      }),
    );
}

const totalOf = ({ calls, estimatedCostUsd }: PipelineChecked): string =>
  `${calls ?? 'unknown'} calls, at most ${estimatedCostUsd === null ? 'an unknown price' : usd(estimatedCostUsd)}`;

const problemsOf = ({ problems }: PipelineChecked): string =>
  problems
    .map(({ file, line, column, message, hint }) => `${file}:${line}:${column} ${message}\n  ${hint}`)
    .join('\n');
