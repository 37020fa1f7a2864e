/** One row in full: what was asked, what was expected, and every answer with what sets it apart. */
import { SegmentedControl } from '@mantine/core';
import type { Cell, PagedRows } from '../../data/paged-rows.ts';
import { DifferenceText } from '../../ui/difference-text.tsx';
import { milliseconds, usd } from '../../ui/format.ts';
import { Tag } from '../../ui/tag.tsx';
import { columnPart, deltaText, scoreText } from './row-columns.ts';

type Against = 'baseline' | 'expected' | 'nothing';
interface Props {
  rows: PagedRows;
  row: number;
  candidates: string[];
  baseline: string;
  against: Against;
  onAgainst: (against: Against) => void;
}

export function ComparedRow({ rows, row, candidates, baseline, against, onAgainst }: Props) {
  const at = (column: string): Cell => rows.cell(row, column) ?? null;
  const text = (column: string): string => String(at(column) ?? '–');
  const tags = rows.columns.filter((column) => columnPart(column).kind === 'tag' && at(column) !== null);
  const other =
    against === 'baseline' ? at(`output:${baseline}`) : against === 'expected' ? at('expected') : null;
  const ordered = [baseline, ...candidates.filter((id) => id !== baseline)];
  return (
    <div className="kp-stack">
      <dl className="kp-record">
        <div>
          <dt>Example</dt>
          <dd>
            {text('example')}
            {tags.map((column) => (
              <span key={column} className="kp-note">
                {' '}
                {columnPart(column).of}: {text(column)}
              </span>
            ))}
          </dd>
        </div>
        <div>
          <dt>Input</dt>
          <dd>{text('input')}</dd>
        </div>
        <div>
          <dt>Expected</dt>
          <dd>{text('expected')}</dd>
        </div>
      </dl>
      <div className="kp-step">
        <span className="kp-note" id="against">
          Mark what differs from
        </span>
        <SegmentedControl
          aria-labelledby="against"
          value={against}
          onChange={(value) => onAgainst(value)}
          data={[
            { value: 'baseline', label: 'Baseline' },
            { value: 'expected', label: 'Expected' },
            { value: 'nothing', label: 'Nothing' },
          ]}
        />
      </div>
      {ordered.map((id) => (
        <section key={id} className="kp-answer" aria-label={`Answer of ${id}`}>
          <header>
            <h3>{id}</h3>
            {id === baseline && (
              <Tag tone="info" icon="dot">
                Baseline
              </Tag>
            )}
            <span className="kp-note">
              {at(`failed:${id}`) === 1 ? 'failed' : scoreText(at(`score:${id}`))}
              {id !== baseline && ` · ${deltaText(at(`delta:${id}`))}`} · {amount(at(`costUsd:${id}`), usd)} ·{' '}
              {amount(at(`latencyMs:${id}`), milliseconds)}
            </span>
          </header>
          <Answer
            answer={at(`output:${id}`)}
            other={against === 'baseline' && id === baseline ? null : other}
            failed={at(`failed:${id}`) === 1}
          />
        </section>
      ))}
    </div>
  );
}

const amount = (value: Cell, write: (value: number) => string): string =>
  typeof value === 'number' ? write(value) : '–';

function Answer({ answer, other, failed }: { answer: Cell; other: Cell; failed: boolean }) {
  if (answer === null)
    return <p className="kp-note">{failed ? 'The call failed: no answer.' : 'No answer.'}</p>;
  return (
    <p className="kp-answer-text">
      {other === null ? String(answer) : <DifferenceText before={String(other)} after={String(answer)} />}
    </p>
  );
}
