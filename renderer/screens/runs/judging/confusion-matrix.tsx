import { Group, SegmentedControl, Select } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { ClassificationReport } from '../../../../engine/api/index.ts';
import { count, percent } from '../../../ui/format.ts';
import { foldConfusion, OTHER } from './fold-confusion.ts';

/** Sizes offered. A square of more cells than this is no longer read but searched: the table of pairs is for that. */
const sizes = [12, 25, 50, 100];

/** Expected against answered, the classes most often confused first. Darker is more of the row; the number is the count. */
export function ConfusionMatrix({
  confusion,
  classes,
}: Pick<ClassificationReport, 'confusion'> & { classes: number }) {
  const [most, setMost] = useState(12);
  const [by, setBy] = useState<'errors' | 'name'>('errors');
  const { rows, columns, counts, folded } = useMemo(
    () => foldConfusion(confusion, most, by),
    [confusion, most, by],
  );
  return (
    <>
      <Group justify="space-between">
        <span className="kp-note">
          Rows are expected, columns answered; the darker, the larger the share of the row.
          {folded > 0 && ` ${count(folded)} classes with fewer errors are counted as ${OTHER}.`}
        </span>
        <Group>
          {classes > (sizes[0] ?? 0) && (
            <Select
              aria-label="Classes in the matrix"
              data={sizes
                .filter((_, index) => index === 0 || classes > (sizes[index - 1] ?? 0))
                .map((size) => ({
                  value: String(size),
                  label: size >= classes ? 'All classes' : `${size} most confused`,
                }))}
              allowDeselect={false}
              value={String(most)}
              onChange={(value) => setMost(Number(value ?? most))}
            />
          )}
          <SegmentedControl
            aria-label="Order of the classes"
            data={[
              { value: 'errors', label: 'By errors' },
              { value: 'name', label: 'By name' },
            ]}
            value={by}
            onChange={setBy}
          />
        </Group>
      </Group>
      <div className="kp-matrix-frame" tabIndex={0} role="group" aria-label="Confusion matrix">
        <table className="kp-matrix">
          <thead>
            <tr>
              <th scope="col">Expected \ answered</th>
              {columns.map((label) => (
                <th key={label} scope="col" title={label}>
                  <span>{label}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((label, row) => (
              <Row key={label} label={label} columns={columns} counts={counts[row] ?? []} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Row({ label, columns, counts }: { label: string; columns: string[]; counts: number[] }) {
  const total = counts.reduce((a, b) => a + b, 0);
  return (
    <tr>
      <th scope="row" title={label}>
        {label}
      </th>
      {columns.map((column, index) => {
        const here = counts[index] ?? 0;
        if (here === 0) return <td key={column} />;
        // Among the folded classes a right answer and a wrong one stand in one cell: it is neither.
        const kind = label === OTHER && column === OTHER ? 'mixed' : column === label ? 'right' : 'wrong';
        return (
          <td
            key={column}
            data-kind={kind}
            data-step={Math.ceil((here / total) * 4)}
            title={`${label} answered as ${column}: ${count(here)} of ${count(total)} (${percent(here / total, 0)})`}
          >
            {count(here)}
          </td>
        );
      })}
    </tr>
  );
}
