/** The frame around every screen: top bar, navigation, overlays, keys. */
import { ActionIcon, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef } from 'react';
import { workspaceInfo } from '../data/queries.ts';
import { ImportDialog } from '../screens/import/import-dialog.tsx';
import { useOpenSample } from '../screens/home/use-open-sample.ts';
import { ImportOutcomesDialog } from '../screens/import/import-outcomes-dialog.tsx';
import { KeysDialog } from '../screens/keys/keys-dialog.tsx';
import { StartRunDialog } from '../screens/runs/start-run-dialog.tsx';
import { count } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { type Command, type CommandContext, commands, matchKeys } from './commands.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { Keys } from './keys.tsx';
import { Palette } from './palette.tsx';
import { openPanel } from './panels.ts';
import { ShortcutsHelp } from './shortcuts-help.tsx';
import { ThemeToggle } from './theme-toggle.tsx';

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

function useCommands(): (command: Command) => void {
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const sample = useOpenSample();
  const context = useMemo(
    (): CommandContext => ({
      // The next Tab is then on the new screen, not behind the old link.
      go: (to) => void navigate({ to }).then(focusMain),
      importFile: () => openPanel('import'),
      importOutcomes: () => openPanel('outcomes'),
      startRun: () => openPanel('run'),
      openSample: () => sample.mutate(),
      theme: setColorScheme,
      show: openPanel,
    }),
    [navigate, setColorScheme, sample],
  );
  return (command) => command.run(context);
}

export function Shell() {
  const run = useCommands();
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    let before: { key: string; at: number } | null = null;
    const onKeyDown = (event: KeyboardEvent): void => {
      const recent = before !== null && event.timeStamp - before.at < 1200 ? before.key : null;
      const { command, prefix } = matchKeys(event, recent, isTyping(event.target));
      before = prefix === null ? null : { key: prefix, at: event.timeStamp };
      if (command === null) return;
      event.preventDefault();
      latest.current(command);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);

  return (
    <div className="kp-shell">
      <a className="kp-skip" href="#main" onClick={(event) => skipToMain(event)}>
        Skip to the content
      </a>
      <header className="kp-top">
        <Link to="/" className="kp-brand">
          <img src="./favicon.svg" alt="" width={20} height={20} />
          Kneepoint
        </Link>
        <button type="button" className="kp-palette-button" onClick={() => openPanel('palette')}>
          <Icon name="search" size={14} /> Search commands <Keys keys="mod+k" />
        </button>
        <span className="kp-top-space" />
        <ThemeToggle />
        <ActionIcon
          variant="default"
          size={28}
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={() => openPanel('help')}
        >
          <Icon name="help" />
        </ActionIcon>
      </header>
      <Navigation />
      <main className="kp-main" id="main" tabIndex={-1}>
        <ConnectionBanner />
        <Outlet />
      </main>
      <Palette run={run} />
      <ShortcutsHelp />
      <ImportDialog />
      <ImportOutcomesDialog />
      <StartRunDialog />
      <KeysDialog />
    </div>
  );
}

/** The fragment belongs to the router, so the focus is moved by hand. */
function skipToMain(event: { preventDefault: () => void }): void {
  event.preventDefault();
  focusMain();
}

const focusMain = (): void => document.getElementById('main')?.focus();

function Navigation() {
  const info = useQuery(workspaceInfo()).data;
  const counts: Record<string, number | undefined> = {
    'go.datasets': info?.rows.datasets,
    'go.runs': info?.rows.runs,
    'go.tune': info?.rows.fits,
    'go.policy': info?.rows.policies,
  };
  const targets = {
    'go.home': '/',
    'go.datasets': '/datasets',
    'go.runs': '/runs',
    'go.compare': '/compare',
    'go.tune': '/tune',
    'go.policy': '/policy',
  } as const;
  return (
    <nav className="kp-nav" aria-label="Screens">
      {commands
        .filter((command) => command.group === 'Go to')
        .map((command) => (
          // Every `Go to` command has its target above; an unknown one would lead home.
          <Link
            key={command.id}
            to={targets[command.id as keyof typeof targets] ?? '/'}
            title={command.title}
            activeOptions={{ exact: command.id === 'go.home', includeSearch: false }}
          >
            <Icon name={command.icon} />
            {command.title}
            {(counts[command.id] ?? 0) > 0 && (
              <span className="kp-nav-count">{count(counts[command.id] ?? 0)}</span>
            )}
          </Link>
        ))}
      {info !== undefined && (
        <p className="kp-nav-foot">
          {info.workspace}
          <br />
          version {info.version}
        </p>
      )}
    </nav>
  );
}
