/** Pure functions of text: names alike, personal data, templates' slots, conversations, cells of CSV. */
export {
  type ChatMessage,
  type ChatRole,
  chatMessages,
  chatRoles,
  chatText,
  chatTranscript,
} from './chat.ts';
export { csvLine, neutral } from './csv-cells.ts';
export { nearNames, nearNamesHint } from './near-names.ts';
export {
  countPersonalData,
  holdsPersonalData,
  MAX_SEARCHED,
  type PersonalKind,
  personalKinds,
} from './personal-data.ts';
export { scanSlots, type SlotProblem, type Slots } from './slots.ts';
