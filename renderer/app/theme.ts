/** Mantine set to a dense desktop look, with every text colour at 4.5:1 or better in both themes. */
import { createTheme, type CSSVariablesResolver } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'knee',
  primaryShade: { light: 8, dark: 8 },
  colors: {
    // The bluish greys of app.css: fields and panels are of one kind in the dark.
    dark: [
      '#e4e8ed',
      '#b5bdc7',
      '#98a1ac',
      '#6b7480',
      '#3a4149',
      '#2f353d',
      '#23282e',
      '#1c2025',
      '#16191d',
      '#101316',
    ],
    knee: [
      '#edf5fc',
      '#d8e7f6',
      '#aecdeb',
      '#86b8e6',
      '#5a9bd7',
      '#418cd2',
      '#3384d0',
      '#2571b8',
      '#1a64a6',
      '#0d4a80',
    ],
  },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  headings: { fontWeight: '600' },
  defaultRadius: 'sm',
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs', allowDeselect: false } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    FileInput: { defaultProps: { size: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs' } },
    Notification: {
      defaultProps: { closeButtonProps: { 'aria-label': 'Close' } },
      styles: { description: { color: 'var(--kp-dim)' } },
    },
  },
});

export const resolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#545c66',
    '--mantine-color-placeholder': '#66707b',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#1a64a6',
    '--mantine-color-disabled-color': '#66707b',
  },
  dark: {
    '--mantine-color-body': '#16191d',
    '--mantine-color-dimmed': '#a3acb7',
    '--mantine-color-placeholder': '#98a1ac',
    '--mantine-color-error': '#ff9c94',
    '--mantine-color-anchor': '#86b8e6',
    '--mantine-color-disabled-color': '#98a1ac',
  },
});
