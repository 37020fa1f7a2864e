/** Pure functions of text: names alike, personal data. */
export { nearNames, nearNamesHint } from './near-names.ts';
export {
  countPersonalData,
  holdsPersonalData,
  MAX_SEARCHED,
  type PersonalKind,
  personalKinds,
} from './personal-data.ts';
