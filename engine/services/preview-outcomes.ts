import { foreignFormatOf, openForeign, surveyForeign } from '../../datasets/index.ts';
import type { Handlers, OutcomesPreviewed } from '../api/index.ts';
import { type Rooms, opening } from './rooms.ts';

/** Reads the whole file and stores nothing. Throws what an import of it would throw before its rows are judged. */
export async function previewOutcomes(
  rooms: Rooms,
  { source, foreign: asked, score }: Parameters<Handlers['outcomes']['preview']>[0],
): Promise<OutcomesPreviewed> {
  const format = asked ?? (await foreignFormatOf(source, opening(rooms, 'preview')));
  if (format === null)
    return {
      format: 'table',
      examples: 0,
      candidates: [],
      inputs: null,
      expected: false,
      rejected: 0,
      warnings: [],
    };
  const choice = score === undefined ? {} : { score };
  const foreign = await openForeign(source, format, { opening: opening(rooms, 'preview'), choice });
  try {
    const survey = await surveyForeign(foreign);
    const candidates = [...survey.counts].map(([id, counts]) => ({ id, ...counts }));
    return {
      format,
      examples: survey.inputs.size,
      candidates: candidates.sort((a, b) => (a.id < b.id ? -1 : 1)),
      inputs: survey.mapping?.input ?? null,
      expected: survey.mapping?.expected !== undefined,
      rejected: survey.rejected,
      warnings: [...foreign.notes(), ...survey.warnings],
    };
  } finally {
    await foreign.close();
  }
}
