import { example, given } from '../flags.ts';
import { table, usd } from '../format.ts';
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
                table(
                  ['step', 'kind', 'needs'],
                  checked.steps.map((step) => [step.id, step.kind, step.needs.join(', ')]),
                ),
                ...(checked.calls === null
                  ? []
                  : [
                      `${checked.calls} calls, at most ${checked.estimatedCostUsd === null ? 'an unknown price' : usd(checked.estimatedCostUsd)}`,
                    ]),
              ].join('\n\n')
            : checked.problems
                .map(
                  (problem) =>
                    `${problem.file}:${problem.line}:${problem.column} ${problem.message}\n  ${problem.hint}`,
                )
                .join('\n'),
        );
      }),
    );
}
