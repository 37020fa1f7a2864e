import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ClassificationReport, ClassReport } from '../../../../engine/api/index.ts';
import { scoreReport } from '../../../data/queries.ts';
import { EstimateText } from '../../../ui/estimate.tsx';
import { count } from '../../../ui/format.ts';
import { Facts, Loaded, Section } from '../../../ui/screen.tsx';
import { SortableTable, type TableColumn } from '../../../ui/sortable-table.tsx';
import { ConfusionMatrix } from './confusion-matrix.tsx';

/** Precision, recall and F1 by class, and which class is taken for which. Asked for by the person: it reads every answer. */
export function ClassReportSection({ run }: { run: string }) {
  const query = useQuery(scoreReport(run));
  const [picked, setPicked] = useState<string | null>(null);
  const reports = query.data?.reports ?? [];
  const shown = reports.find(({ candidate }) => candidate === picked) ?? reports[0];
  return (
    <Section
      title="Classes"
      note="95 % intervals"
      actions={
        reports.length > 1 && (
          <Select
            aria-label="Candidate of the classes"
            data={reports.map(({ candidate }) => candidate)}
            value={shown?.candidate ?? null}
            onChange={setPicked}
          />
        )
      }
    >
      <Loaded query={query} what="Counting classes…">
        {() => (shown === undefined ? null : <Report report={shown} />)}
      </Loaded>
    </Section>
  );
}

const figure = (
  id: string,
  header: string,
  of: (row: ClassReport) => ClassReport['f1'],
): TableColumn<ClassReport> => ({
  id,
  header,
  align: 'right',
  sortBy: (row) => of(row)?.mean ?? -1,
  cell: (row) => <EstimateText value={of(row)} kind="score" />,
});
const classColumns: TableColumn<ClassReport>[] = [
  { id: 'label', header: 'Class', rowHeader: true, sortBy: ({ label }) => label, cell: ({ label }) => label },
  {
    id: 'support',
    header: 'Rows',
    align: 'right',
    sortBy: ({ support }) => support,
    cell: ({ support }) => count(support),
  },
  {
    id: 'predicted',
    header: 'Answered',
    align: 'right',
    sortBy: ({ predicted }) => predicted,
    cell: ({ predicted }) => count(predicted),
  },
  figure('precision', 'Precision', ({ precision }) => precision),
  figure('recall', 'Recall', ({ recall }) => recall),
  figure('f1', 'F1', ({ f1 }) => f1),
];

type Confused = ClassificationReport['confusion'][number];
const MOST_CONFUSED = 100;
const confusedColumns: TableColumn<Confused>[] = [
  {
    id: 'expected',
    header: 'Expected',
    rowHeader: true,
    sortBy: ({ expected }) => expected,
    cell: ({ expected }) => expected,
  },
  {
    id: 'predicted',
    header: 'Answered',
    sortBy: ({ predicted }) => predicted,
    cell: ({ predicted }) => predicted,
  },
  {
    id: 'count',
    header: 'Rows',
    align: 'right',
    sortBy: (row) => row.count,
    cell: (row) => count(row.count),
  },
];

function Report({ report }: { report: ClassificationReport }) {
  const confused = report.confusion
    .filter(({ expected, predicted }) => expected !== predicted)
    .toSorted((a, b) => b.count - a.count);
  const hidden = report.classCount - report.classes.length;
  return (
    <div className="kp-stack">
      <Facts
        facts={[
          { label: 'Accuracy', value: <EstimateText value={report.micro.recall} kind="score" /> },
          { label: 'Of those read', value: <EstimateText value={report.micro.precision} kind="score" /> },
          { label: 'Macro F1', value: <EstimateText value={report.macroF1} kind="score" /> },
          { label: 'Classes', value: count(report.classCount) },
          { label: 'Not read', value: count(report.unparsed) },
          { label: 'Failed', value: count(report.failed) },
        ]}
      />
      <div className="kp-boxed-grid kp-scrolled">
        <SortableTable
          label="By class"
          columns={classColumns}
          rows={report.classes}
          rowId={({ label }) => label}
        />
      </div>
      {hidden > 0 && <p className="kp-note">{count(hidden)} rarer classes are not shown.</p>}
      <ConfusionMatrix key={report.candidate} confusion={report.confusion} classes={report.classCount} />
      {confused.length === 0 ? (
        <p className="kp-note">No class is taken for another.</p>
      ) : (
        <div className="kp-boxed-grid kp-scrolled">
          <SortableTable
            label="Taken for another class"
            columns={confusedColumns}
            rows={confused.slice(0, MOST_CONFUSED)}
            rowId={({ expected, predicted }) => JSON.stringify([expected, predicted])}
          />
        </div>
      )}
    </div>
  );
}
