/** Builds the program from the command groups, runs it, and turns every failure into the contract's exit code. */
import { Command, CommanderError } from 'commander';
import { type ErrorKind, WorkbenchError, toWorkbenchError } from '../../engine/api/index.ts';
import { compareCommand } from './commands/compare.ts';
import { completionCommand } from './commands/completion.ts';
import { datasetCommands } from './commands/dataset.ts';
import { demoCommand } from './commands/demo.ts';
import { doorCommands } from './commands/doors.ts';
import { fitCommand } from './commands/fit.ts';
import { modelCommands } from './commands/models.ts';
import { DEFAULT_WORKSPACE } from './flags.ts';
import { outcomesCommands } from './commands/outcomes.ts';
import { pipelineCommands } from './commands/pipeline.ts';
import { policyCommands } from './commands/policy.ts';
import { reviewCommands } from './commands/review.ts';
import { runCommands } from './commands/run.ts';
import { scoreCommands } from './commands/score.ts';
import { type Command as Work, runSession } from './session.ts';
import { type GlobalFlags, type Surroundings, createOutput, safe } from './terminal.ts';
import { version } from './version.ts';

/** What a command group gets: the program to add to, and how its work is carried out. */
export interface Registrar {
  program: Command;
  around: Surroundings;
  work(command: Work): Promise<void>;
  flags(): GlobalFlags;
}

const exitCodes: Record<ErrorKind, number> = {
  input: 2,
  conflict: 2,
  unsupported: 2,
  config: 3,
  provider: 3,
  storage: 3,
  bug: 3,
  cancelled: 130,
};

export async function runCli(args: string[], around: Surroundings): Promise<number> {
  let code = 0;
  const program = new Command('kneepoint');
  const flags = (): GlobalFlags => {
    const given = program.opts<{ workspace: string; json?: boolean; quiet?: boolean; color: boolean }>();
    return {
      workspace: given.workspace,
      json: given.json === true,
      quiet: given.quiet === true,
      color: given.color,
    };
  };
  const registrar: Registrar = {
    program,
    around,
    flags,
    async work(command) {
      code = await runSession(around, flags(), command);
    },
  };
  program
    .description(
      'Which model for which request, and what does it cost? Runs models on labelled data, compares them,\nfits the routing rule that trades cost against accuracy, and exports it as a policy.',
    )
    .version(version)
    .option('--workspace <dir>', 'folder that holds the data', DEFAULT_WORKSPACE)
    .option('--json', 'one JSON document on stdout, everything else on stderr')
    .option('--quiet', 'no progress and no notes')
    .option('--no-color', 'plain text')
    .enablePositionalOptions(false)
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      `
Start here:
  kneepoint demo                       the whole job on a bundled sample, offline
  kneepoint serve --open               the same in the browser

Exit codes: 0 ok, 1 a gate failed, 2 usage or input, 3 environment or provider, 130 interrupted.`,
    );
  for (const add of [
    demoCommand,
    datasetCommands,
    outcomesCommands,
    pipelineCommands,
    runCommands,
    reviewCommands,
    scoreCommands,
    compareCommand,
    fitCommand,
    policyCommands,
    modelCommands,
    doorCommands,
    completionCommand,
  ]) {
    add(registrar);
  }
  overrideAll(program, around);
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (thrown) {
    return report(thrown, args.includes('--json'), around, flags);
  }
}

/** commander must neither exit the process nor print by itself: a test and --json need both here. */
function overrideAll(command: Command, around: Surroundings): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => around.stdout.write(text),
    writeErr: () => undefined,
  });
  for (const child of command.commands) overrideAll(child, around);
}

function report(thrown: unknown, json: boolean, around: Surroundings, flags: () => GlobalFlags): number {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  const error = thrown instanceof CommanderError ? usageError(thrown) : toWorkbenchError(thrown);
  if (json) {
    around.stdout.write(`${JSON.stringify({ error: error.toBody() }, null, 2)}\n`);
  } else {
    const style = createOutput({ ...around, stdout: around.stderr }, flags()).style;
    around.stderr.write(`${style.bad('error')} ${safe(error.message)}  [${error.code}]\n`);
    if (error.hint !== undefined) around.stderr.write(`  ${safe(error.hint)}\n`);
    for (const line of detailLines(error)) around.stderr.write(`  ${style.dim(safe(line))}\n`);
    if (error.code === 'bug' && error.cause instanceof Error)
      around.stderr.write(`${error.cause.stack ?? ''}\n`);
  }
  return exitCodes[error.kind];
}

function usageError(error: CommanderError): WorkbenchError {
  if (error.code === 'commander.help') {
    return new WorkbenchError('input.unknown_command', 'A command is missing.', {
      hint: 'Run `kneepoint --help` for the list of commands.',
    });
  }
  const [message = 'wrong usage', ...suggestion] = error.message.replace(/^error: /, '').split('\n');
  const hint = suggestion.join(' ').trim();
  return new WorkbenchError(
    error.code === 'commander.unknownCommand' ? 'input.unknown_command' : 'input.invalid',
    message,
    {
      hint: hint === '' ? 'Run the command with --help for its flags and an example.' : hint,
    },
  );
}

/** Rejected rows and problems, a line each; the rest of the details are for programs. */
function detailLines(error: WorkbenchError): string[] {
  const lists = ['rejected', 'problems'].map((key) => error.details?.[key]).filter(Array.isArray);
  return lists
    .flat()
    .slice(0, 10)
    .map((item: unknown) => {
      const row = (typeof item === 'object' && item !== null ? item : {}) as {
        line?: unknown;
        code?: unknown;
        message?: unknown;
        hint?: unknown;
      };
      return `line ${String(row.line)}: ${String(row.message)}${typeof row.hint === 'string' ? ` — ${row.hint}` : ''}`;
    });
}
