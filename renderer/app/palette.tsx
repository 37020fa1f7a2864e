import { Modal, TextInput } from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';
import { Icon } from '../ui/icons.tsx';
import { type Command, findCommands } from './commands.ts';
import { Keys } from './keys.tsx';
import { closePanel, usePanel } from './panels.ts';

export function Palette({ run }: { run: (command: Command) => void }) {
  const open = usePanel((state) => state.open === 'palette');
  return (
    <Modal
      opened={open}
      onClose={closePanel}
      withCloseButton={false}
      title="Search commands"
      size="md"
      yOffset="12vh"
      classNames={{ header: 'kp-hidden', body: 'kp-palette' }}
    >
      {open && <Choices run={run} />}
    </Modal>
  );
}

function Choices({ run }: { run: (command: Command) => void }) {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const found = findCommands(query);
  const choose = (command: Command | undefined): void => {
    if (command === undefined) return;
    closePanel();
    run(command);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((was) => (was + step + found.length) % Math.max(1, found.length));
    }
    if (event.key === 'Enter') choose(found[at]);
  };
  return (
    <>
      <TextInput
        data-autofocus
        size="sm"
        placeholder="Type a command"
        aria-label="Type a command"
        role="combobox"
        aria-expanded
        aria-controls="kp-palette-list"
        aria-activedescendant={found[at] === undefined ? undefined : `command-${found[at].id}`}
        value={query}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul className="kp-choices" role="listbox" id="kp-palette-list" aria-label="Commands">
        {found.map((command, index) => (
          <li
            key={command.id}
            id={`command-${command.id}`}
            role="option"
            aria-selected={index === at}
            onMouseMove={() => setAt(index)}
            onClick={() => choose(command)}
          >
            <Icon name={command.icon} />
            <span className="kp-choice-group">{command.group}</span>
            {command.title}
            {command.keys !== undefined && <Keys keys={command.keys} />}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="kp-note">No command has these words.</p>}
    </>
  );
}
