/** The one registry of commands: palette, shortcuts and the help sheet read it, and nothing else defines any. */
import type { IconName } from '../ui/icons.tsx';

export interface CommandContext {
  go: (to: '/' | '/datasets' | '/runs' | '/compare' | '/tune' | '/policy') => void;
  importFile: () => void;
  importOutcomes: () => void;
  startRun: () => void;
  openSample: () => void;
  theme: (scheme: 'light' | 'dark' | 'auto') => void;
  show: (panel: 'palette' | 'help' | 'keys') => void;
}
export interface Command {
  id: string;
  title: string;
  group: 'Go to' | 'Start' | 'Appearance' | 'Help';
  icon: IconName;
  /** `mod+k`, `?`, or two keys in a row: `g d`. */
  keys?: string;
  run: (context: CommandContext) => void;
}

export const commands: Command[] = [
  { id: 'go.home', title: 'Home', group: 'Go to', icon: 'home', keys: 'g h', run: ({ go }) => go('/') },
  {
    id: 'go.datasets',
    title: 'Datasets',
    group: 'Go to',
    icon: 'datasets',
    keys: 'g d',
    run: ({ go }) => go('/datasets'),
  },
  { id: 'go.runs', title: 'Runs', group: 'Go to', icon: 'runs', keys: 'g r', run: ({ go }) => go('/runs') },
  {
    id: 'go.compare',
    title: 'Compare',
    group: 'Go to',
    icon: 'compare',
    keys: 'g c',
    run: ({ go }) => go('/compare'),
  },
  { id: 'go.tune', title: 'Tune', group: 'Go to', icon: 'tune', keys: 'g t', run: ({ go }) => go('/tune') },
  {
    id: 'go.policy',
    title: 'Policy',
    group: 'Go to',
    icon: 'policy',
    keys: 'g p',
    run: ({ go }) => go('/policy'),
  },
  {
    id: 'start.import',
    title: 'Import a dataset…',
    group: 'Start',
    icon: 'import',
    keys: 'n d',
    run: ({ importFile }) => importFile(),
  },
  {
    id: 'start.outcomes',
    title: 'Import recorded outcomes…',
    group: 'Start',
    icon: 'import',
    keys: 'n o',
    run: ({ importOutcomes }) => importOutcomes(),
  },
  {
    id: 'start.run',
    title: 'Start a run…',
    group: 'Start',
    icon: 'runs',
    keys: 'n r',
    run: ({ startRun }) => startRun(),
  },
  {
    id: 'start.sample',
    title: 'Open the sample',
    group: 'Start',
    icon: 'sample',
    run: ({ openSample }) => openSample(),
  },
  {
    id: 'start.keys',
    title: 'Provider keys…',
    group: 'Start',
    icon: 'key',
    run: ({ show }) => show('keys'),
  },
  {
    id: 'theme.light',
    title: 'Light theme',
    group: 'Appearance',
    icon: 'sun',
    run: ({ theme }) => theme('light'),
  },
  {
    id: 'theme.dark',
    title: 'Dark theme',
    group: 'Appearance',
    icon: 'moon',
    run: ({ theme }) => theme('dark'),
  },
  {
    id: 'theme.system',
    title: 'Theme of the system',
    group: 'Appearance',
    icon: 'system',
    run: ({ theme }) => theme('auto'),
  },
  {
    id: 'help.palette',
    title: 'Search commands',
    group: 'Help',
    icon: 'search',
    keys: 'mod+k',
    run: ({ show }) => show('palette'),
  },
  {
    id: 'help.shortcuts',
    title: 'Keyboard shortcuts',
    group: 'Help',
    icon: 'help',
    keys: '?',
    run: ({ show }) => show('help'),
  },
];

/** Commands whose title has every word of the query, in registry order. */
export function findCommands(query: string): Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return commands.filter((command) => {
    const text = `${command.group} ${command.title}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}
/**
 * The command for a key press, given the key pressed just before (for `g d`), or the prefix to remember.
 * Plain keys are left alone while somebody types.
 */
export function matchKeys(
  press: KeyPress,
  before: string | null,
  typing: boolean,
): { command: Command | null; prefix: string | null } {
  const find = (keys: string): Command | null => commands.find((command) => command.keys === keys) ?? null;
  const key = press.key.toLowerCase();
  if (press.ctrlKey || press.metaKey)
    return { command: press.altKey ? null : find(`mod+${key}`), prefix: null };
  if (typing || press.altKey) return { command: null, prefix: null };
  if (before !== null) {
    const pair = find(`${before} ${key}`);
    if (pair !== null) return { command: pair, prefix: null };
  }
  const isPrefix = commands.some((command) => command.keys?.startsWith(`${key} `) === true);
  return { command: isPrefix ? null : find(key), prefix: isPrefix ? key : null };
}
