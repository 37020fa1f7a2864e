import { holdsPersonalData, type PersonalKind } from '../text/index.ts';
import type { recogniserNames } from './specification.ts';

export type Recogniser = (typeof recogniserNames)[number];

const kinds: Record<Recogniser, PersonalKind> = {
  email: 'email',
  phone: 'phone',
  card: 'card',
  iban: 'iban',
  ip: 'ip',
  'api-key': 'api_key',
  'national-id': 'national_id',
};

/** The kinds found, in the order asked, joined by `+`; `none` where there is none. */
export function recognise(text: string, detect: readonly Recogniser[]): string {
  const found = detect.filter((name) => holdsPersonalData(text, kinds[name]));
  return found.length === 0 ? 'none' : found.join('+');
}
