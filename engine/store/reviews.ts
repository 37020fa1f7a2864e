import type { DuckDBAppender } from '@duckdb/node-api';
import { type ReviewVerdict, reviewVerdicts, WorkbenchError } from '../api/index.ts';
import { text } from './appending.ts';
import type { Database, Row } from './database.ts';
import { theOne } from './fits.ts';
import type { ParkedReview, ReviewRepository, StoredDecision } from './store.ts';
import { textOf } from './text-of.ts';

/** Ids are unique: an item with an open question is not run again, and `decide` looks before it writes. */
const reviewsSql = `
  SELECT r.*, d.verdict, d.answer AS decided_answer, d.decided_by, d.note, d.decided_at, d.took_ms
  FROM reviews r LEFT JOIN decisions d ON d.review = r.id`;

export function createReviews(database: Database): ReviewRepository {
  /** One at a time: two decisions of one review must not both find none. */
  let deciding: Promise<unknown> = Promise.resolve();
  const find: ReviewRepository['find'] = async (ref) => {
    const rows = await database.rows(
      `${reviewsSql} WHERE starts_with(r.id, ?) ORDER BY r.id = ? DESC LIMIT 2`,
      [ref, ref],
    );
    const row = theOne(rows, ref, 'review.not_found');
    return row && reviewOf(row);
  };
  return {
    find,
    async list({ run, status, offset, limit }) {
      const where = [
        ...(run === undefined ? [] : ['r.run = ?']),
        ...(status === 'all' ? [] : [`d.verdict IS ${status === 'waiting' ? '' : 'NOT '}NULL`]),
      ];
      const filtered = `${reviewsSql}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}`;
      const values = run === undefined ? [] : [run];
      const [counted] = await database.rows(`SELECT count(*)::DOUBLE AS n FROM (${filtered})`, values);
      const rows = await database.rows(`${filtered} ORDER BY r.asked_at, r.id LIMIT ? OFFSET ?`, [
        ...values,
        limit,
        offset,
      ]);
      return { total: Number(counted?.['n'] ?? 0), reviews: rows.map(reviewOf) };
    },
    async decide(decision) {
      const before = deciding;
      const turn = (async () => {
        await before.catch(() => undefined);
        const known = await find(decision.review);
        if (known?.decision) {
          throw new WorkbenchError(
            'review.decided',
            `${known.decision.by} has decided ${known.id} already.`,
            {
              hint: 'The first decision counts. `kneepoint review show` prints it.',
            },
          );
        }
        await database.write((connection) =>
          connection.run('INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?)', [
            decision.review,
            decision.verdict,
            decision.answer,
            decision.by,
            decision.note,
            decision.decidedAt,
            decision.tookMs,
          ]),
        );
      })();
      deciding = turn;
      await turn;
    },
    async state(run) {
      const waiting = new Set<string>();
      const decisions = new Map<string, Map<string, StoredDecision>>();
      for (const row of await database.rows(`${reviewsSql} WHERE r.run = ?`, [run])) {
        const { example, candidate, step, decision } = reviewOf(row);
        const key = `${example}\u0000${candidate}`;
        if (decision === null) {
          waiting.add(key);
          continue;
        }
        const item = decisions.get(key) ?? new Map<string, StoredDecision>();
        decisions.set(key, item.set(step, decision));
      }
      return { waiting, decisions };
    },
  };
}

export function appendReview(appender: DuckDBAppender, review: ParkedReview): void {
  appender.appendVarchar(review.id);
  appender.appendVarchar(review.run);
  appender.appendVarchar(review.example);
  appender.appendVarchar(review.candidate);
  appender.appendVarchar(review.step);
  appender.appendVarchar(review.reason);
  text(appender, review.question);
  text(appender, review.options && JSON.stringify(review.options));
  text(appender, review.answer);
  appender.appendVarchar(review.askedAt);
  appender.endRow();
}

const nullable = (value: unknown): string | null =>
  value === null || value === undefined ? null : textOf(value);

function reviewOf(row: Row): ParkedReview & { decision: StoredDecision | null } {
  const id = textOf(row['id']);
  const options = nullable(row['options']);
  const verdict = nullable(row['verdict']);
  return {
    id,
    run: textOf(row['run']),
    example: textOf(row['example']),
    candidate: textOf(row['candidate']),
    step: textOf(row['step']),
    reason: textOf(row['reason']),
    question: nullable(row['question']),
    // Written above.
    options: options === null ? null : (JSON.parse(options) as string[]),
    answer: nullable(row['answer']),
    askedAt: textOf(row['asked_at']),
    decision: !isVerdict(verdict)
      ? null
      : {
          review: id,
          verdict,
          answer: nullable(row['decided_answer']),
          by: textOf(row['decided_by']),
          note: nullable(row['note']),
          decidedAt: textOf(row['decided_at']),
          tookMs: row['took_ms'] === null ? null : Number(row['took_ms']),
        },
  };
}

const isVerdict = (value: string | null): value is ReviewVerdict =>
  value !== null && reviewVerdicts.some((known) => known === value);
