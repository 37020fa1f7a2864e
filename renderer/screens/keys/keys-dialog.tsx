import { Button, Modal, PasswordInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { closePanel, usePanel } from '../../app/panels.ts';
import { askKeychain, hasKeychain, type KeyRequest } from '../../data/keychain.ts';
import { providerList } from '../../data/queries.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Loaded } from '../../ui/screen.tsx';

/** Which providers have a key; in the desktop app also the place to give and to forget one. */
export function KeysDialog() {
  const open = usePanel((state) => state.open === 'keys');
  return (
    <Modal
      opened={open}
      onClose={closePanel}
      title="Provider keys"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Keys />
    </Modal>
  );
}

function Keys() {
  const query = useQuery(providerList());
  return (
    <Loaded query={query} what="Asking which keys are set…">
      {(providers) => {
        const variables = [...new Set(providers.flatMap(({ keyVariable }) => keyVariable ?? []))];
        return (
          <div className="kp-stack">
            <p className="kp-note">
              {hasKeychain()
                ? 'A key goes to the system keychain and from there to the engine. It is never shown again.'
                : 'Keys come from the environment that the server was started in, and are never sent to this page.'}
            </p>
            {variables.map((variable) => (
              <KeyRow
                key={variable}
                variable={variable}
                users={providers.filter(({ keyVariable }) => keyVariable === variable).map(({ id }) => id)}
                isSet={providers.some(({ keyVariable, keySet }) => keyVariable === variable && keySet)}
              />
            ))}
          </div>
        );
      }}
    </Loaded>
  );
}

function KeyRow({ variable, users, isSet }: { variable: string; users: string[]; isSet: boolean }) {
  const [value, setValue] = useState('');
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (input: KeyRequest) => askKeychain(input),
    onSuccess: async () => {
      setValue('');
      await queries.invalidateQueries({ queryKey: ['providers'] });
    },
  });
  const state = isSet ? 'set' : 'not set';
  if (!hasKeychain()) {
    return (
      <div>
        <code>{variable}</code>: <strong>{state}</strong>{' '}
        <span className="kp-note">for {users.join(', ')}</span>
      </div>
    );
  }
  return (
    <form
      className="kp-stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ act: 'set', variable, value });
      }}
    >
      <PasswordInput
        size="xs"
        label={variable}
        description={`For ${users.join(', ')}; ${state}`}
        autoComplete="off"
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <div className="kp-actions">
        <Button type="submit" disabled={value === ''} loading={change.isPending}>
          Store
        </Button>
        <Button
          variant="default"
          disabled={!isSet || change.isPending}
          onClick={() => change.mutate({ act: 'clear', variable })}
        >
          Forget
        </Button>
      </div>
      {change.error !== null && <ErrorPanel error={change.error} />}
    </form>
  );
}
