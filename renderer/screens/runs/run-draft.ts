/** The pipeline being written: kept while the dialog is closed. */
import { create } from 'zustand';

export const useRunDraft = create<{ text: string; set: (text: string) => void }>((set) => ({
  text: '',
  set: (text) => set({ text }),
}));
