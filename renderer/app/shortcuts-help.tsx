import { Modal } from '@mantine/core';
import { commands } from './commands.ts';
import { Keys } from './keys.tsx';
import { closePanel, usePanel } from './panels.ts';

export function ShortcutsHelp() {
  const open = usePanel((state) => state.open === 'help');
  const withKeys = commands.filter((command) => command.keys !== undefined);
  const groups = [...new Set(withKeys.map((command) => command.group))];
  return (
    <Modal
      opened={open}
      onClose={closePanel}
      title="Keyboard shortcuts"
      size="sm"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className="kp-help">
        {groups.map((group) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            {withKeys
              .filter((command) => command.group === group)
              .map((command) => (
                <div key={command.id}>
                  {command.title}
                  <Keys keys={command.keys ?? ''} />
                </div>
              ))}
          </section>
        ))}
      </div>
    </Modal>
  );
}
