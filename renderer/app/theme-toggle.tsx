import { ActionIcon, useMantineColorScheme } from '@mantine/core';
import { Icon } from '../ui/icons.tsx';

const next = { light: 'dark', dark: 'auto', auto: 'light' } as const;
const icons = { light: 'sun', dark: 'moon', auto: 'system' } as const;
const words = { light: 'light', dark: 'dark', auto: 'as the system' } as const;

export function ThemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const label = `Theme: ${words[colorScheme]}. Change to ${words[next[colorScheme]]}.`;
  return (
    <ActionIcon
      variant="default"
      size={28}
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(next[colorScheme])}
    >
      <Icon name={icons[colorScheme]} />
    </ActionIcon>
  );
}
