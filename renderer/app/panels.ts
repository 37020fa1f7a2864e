/** Which overlay is open. One at a time. */
import { create } from 'zustand';

export type Panel = 'palette' | 'help' | 'import' | 'outcomes' | 'run' | 'keys';
export const usePanel = create<{ open: Panel | null }>(() => ({ open: null }));
export const openPanel = (open: Panel): void => usePanel.setState({ open });
export const closePanel = (): void => usePanel.setState({ open: null });
