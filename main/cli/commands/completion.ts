import { type Command, Option } from 'commander';
import { example } from '../flags.ts';
import type { Registrar } from '../run-cli.ts';

/** Completion scripts, made from the program itself so that they cannot fall behind it. */
export function completionCommand({ program, around }: Registrar): void {
  program
    .command('completion')
    .description('a completion script for your shell')
    .addOption(new Option('--shell <shell>', 'which one').choices(['bash', 'zsh', 'fish']).default('bash'))
    .addHelpText('after', example('source <(kneepoint completion --shell bash)'))
    .action((flags: { shell: 'bash' | 'zsh' | 'fish' }) => {
      around.stdout.write(script(program, flags.shell));
    });
}

const words = (command: Command): string =>
  [
    ...command.commands.map((child) => child.name()),
    ...command.options.flatMap((option) =>
      option.long === undefined || option.long === null ? [] : [option.long],
    ),
  ].join(' ');

function script(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  const groups = program.commands.map((child) => ({
    name: child.name(),
    words: words(child),
    children: child.commands.map((leaf) => ({ name: leaf.name(), words: words(leaf) })),
  }));
  if (shell === 'fish') {
    const top = program.commands.map(
      (child) =>
        `complete -c kneepoint -n __fish_use_subcommand -a ${child.name()} -d '${child.description().replaceAll("'", '')}'`,
    );
    const inner = groups.flatMap((group) =>
      group.children.map(
        (leaf) => `complete -c kneepoint -n '__fish_seen_subcommand_from ${group.name}' -a ${leaf.name}`,
      ),
    );
    return `${[...top, ...inner].join('\n')}\n`;
  }
  const cases = groups.flatMap((group) => [
    ...group.children.map((leaf) => `    "${group.name} ${leaf.name}") list="${leaf.words}" ;;`),
    `    "${group.name} "*) list="${group.words}" ;;`,
  ]);
  const bash = `_kneepoint() {
  local list
  case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${cases.join('\n')}
    *) list="${words(program)}" ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && list="${words(program)}"
  COMPREPLY=($(compgen -W "$list" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _kneepoint kneepoint
`;
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`;
}
