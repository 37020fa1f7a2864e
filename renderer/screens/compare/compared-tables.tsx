import { Button } from '@mantine/core';
import { useMemo } from 'react';
import type { ComparedCandidate, ComparedPair } from '../../../engine/api/index.ts';
import { EstimateText } from '../../ui/estimate.tsx';
import { count, pValue } from '../../ui/format.ts';
import { SortableTable, type TableColumn } from '../../ui/sortable-table.tsx';
import { PairVerdict, Tag } from '../../ui/tag.tsx';

type Pin = ((id: string) => void) | undefined;
/** Shows the rows of a pair that are counted, where they can be shown. */
type ShowRows = ((only: 'wins' | 'losses', of: string) => void) | undefined;

const candidateColumns = (baseline: string, onPin: Pin): TableColumn<ComparedCandidate>[] => [
  {
    id: 'id',
    header: 'Candidate',
    rowHeader: true,
    sortBy: (row) => row.id,
    cell: (row) => (
      <>
        {row.id}{' '}
        {row.id === baseline && (
          <Tag tone="info" icon="dot">
            Baseline
          </Tag>
        )}
      </>
    ),
  },
  {
    id: 'score',
    header: 'Score',
    align: 'right',
    sortBy: (row) => row.score.mean,
    cell: (row) => <EstimateText value={row.score} kind="score" />,
  },
  {
    id: 'cost',
    header: 'Cost per thousand',
    align: 'right',
    sortBy: (row) => row.costUsd?.mean ?? -1,
    cell: (row) => <EstimateText value={row.costUsd} kind="costPerThousand" nominal={row.priceNominal} />,
  },
  ...(['p50', 'p95', 'p99'] as const).map((quantile): TableColumn<ComparedCandidate> => ({
    id: quantile,
    header: `Latency ${quantile}`,
    align: 'right',
    sortBy: (row) => row.latencyMs?.[quantile] ?? -1,
    cell: (row) => <EstimateText value={row.latencyMs?.quantiles[quantile] ?? null} kind="latency" />,
  })),
  ...(onPin === undefined
    ? []
    : [
        {
          id: 'pin',
          header: 'Baseline',
          cell: (row: ComparedCandidate) =>
            row.id === baseline ? null : (
              <Button
                variant="subtle"
                size="compact-xs"
                onClick={() => onPin(row.id)}
                aria-label={`Make baseline: ${row.id}`}
              >
                Make baseline
              </Button>
            ),
        },
      ]),
];

export function CandidateTable({
  candidates,
  baseline,
  onPin,
}: {
  candidates: ComparedCandidate[];
  baseline: string;
  onPin?: Pin;
}) {
  const columns = useMemo(() => candidateColumns(baseline, onPin), [baseline, onPin]);
  const rows = useMemo(() => candidates.toSorted((a, b) => b.score.mean - a.score.mean), [candidates]);
  return (
    <SortableTable
      label="Compared candidates"
      columns={columns}
      rows={rows}
      rowId={(row) => row.id}
      marked={(row) => row.id === baseline}
      pinned={(row) => row.id === baseline}
    />
  );
}

const pairColumns = (
  nominal: ReadonlySet<string>,
  baseline: string,
  onRows: ShowRows,
): TableColumn<ComparedPair>[] => [
  {
    id: 'pair',
    header: 'a against b',
    rowHeader: true,
    sortBy: (row) => row.a,
    cell: (row) => (
      <>
        {row.a} <span className="kp-note">against</span> {row.b}
      </>
    ),
  },
  {
    id: 'verdict',
    header: 'Verdict',
    sortBy: (row) => row.verdict,
    cell: (row) => (
      <>
        <PairVerdict verdict={row.verdict} />
        {row.verdict === 'tied' && (
          <div className="kp-note">
            {row.detectable === null
              ? 'too few rows to tell'
              : `${(row.detectable * 100).toFixed(1)} pt would show in 80 % of repeats`}
          </div>
        )}
      </>
    ),
  },
  {
    id: 'delta',
    header: 'Score difference',
    align: 'right',
    sortBy: (row) => row.delta.mean,
    cell: (row) => <EstimateText value={row.delta} kind="points" />,
  },
  {
    id: 'cost',
    header: 'Cost difference per thousand',
    align: 'right',
    sortBy: (row) => row.deltaCostUsd?.mean ?? 0,
    cell: (row) => (
      <EstimateText
        value={row.deltaCostUsd}
        kind="costPerThousand"
        nominal={nominal.has(row.a) || nominal.has(row.b)}
      />
    ),
  },
  {
    id: 'latency',
    header: 'p95 latency difference',
    align: 'right',
    sortBy: (row) => row.deltaLatencyMs?.p95?.mean ?? 0,
    cell: (row) => <EstimateText value={row.deltaLatencyMs?.p95 ?? null} kind="latency" />,
  },
  {
    id: 'right',
    header: 'Only a right : only b',
    align: 'right',
    sortBy: (row) => row.onlyARight - row.onlyBRight,
    cell: (row) => (
      <>
        <Counted only="wins" pair={row} baseline={baseline} onRows={onRows} /> :{' '}
        <Counted only="losses" pair={row} baseline={baseline} onRows={onRows} />
        <div className="kp-note">
          both {count(row.bothRight)}, neither {count(row.bothWrong)}
        </div>
      </>
    ),
  },
  {
    id: 'p',
    header: 'Test',
    align: 'right',
    sortBy: (row) => row.test.pAdjusted,
    cell: (row) => (
      <span title={`unadjusted ${pValue(row.test.p)}`}>
        {pValue(row.test.pAdjusted)}{' '}
        <span className="kp-note">{row.test.kind === 'mcnemar-mid-p' ? 'McNemar' : 'bootstrap'}</span>
      </span>
    ),
  },
];

/** How many rows only one of a pair has right; pressed, it shows them. */
function Counted({
  only,
  pair,
  baseline,
  onRows,
}: {
  only: 'wins' | 'losses';
  pair: ComparedPair;
  baseline: string;
  onRows: ShowRows;
}) {
  const rows = only === 'wins' ? pair.onlyARight : pair.onlyBRight;
  if (onRows === undefined || pair.b !== baseline || rows === 0) return count(rows);
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      aria-label={`Show the ${count(rows)} rows that only ${only === 'wins' ? pair.a : pair.b} has right`}
      onClick={() => onRows(only, pair.a)}
    >
      {count(rows)}
    </Button>
  );
}

export function PairTable({
  pairs,
  candidates,
  baseline,
  onRows,
}: {
  pairs: ComparedPair[];
  candidates: ComparedCandidate[];
  baseline: string;
  onRows?: ShowRows;
}) {
  const columns = useMemo(() => {
    const nominal = new Set(candidates.filter((one) => one.priceNominal).map((one) => one.id));
    return pairColumns(nominal, baseline, onRows);
  }, [candidates, baseline, onRows]);
  return (
    <SortableTable
      label="Differences between candidates"
      columns={columns}
      rows={pairs}
      rowId={(row) => `${row.a} ${row.b}`}
    />
  );
}
