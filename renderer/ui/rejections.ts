import { type RejectedRow, rejectionWords } from '../../engine/api/index.ts';

export { rejectionWords };

const codes = new Set<string>(Object.keys(rejectionWords));
const isCode = (code: unknown): code is RejectedRow['code'] => typeof code === 'string' && codes.has(code);

/** The rows that an error of an import names, and how many there are; null where it names none. */
export function rejectedIn(
  details: Record<string, unknown> | undefined,
): { count: number; rows: RejectedRow[] } | null {
  const listed: unknown = details?.['rejected'];
  if (!Array.isArray(listed) || listed.length === 0) return null;
  const rows = listed.flatMap((entry: unknown): RejectedRow[] => {
    // Each field is looked at below.
    const { line, code, message } = (entry ?? {}) as Record<string, unknown>;
    return typeof line === 'number' && isCode(code) && typeof message === 'string'
      ? [{ line, code, message }]
      : [];
  });
  const count = details?.['count'];
  return rows.length === 0 ? null : { count: typeof count === 'number' ? count : rows.length, rows };
}
