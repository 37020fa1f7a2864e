import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { DatasetSummary } from '../../../engine/api/index.ts';
import { openPanel } from '../../app/panels.ts';
import { datasetList } from '../../data/queries.ts';
import { count, when } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { Empty, Loaded, Screen, Section } from '../../ui/screen.tsx';
import { SortableTable, type TableColumn } from '../../ui/sortable-table.tsx';
import { useOpenSample } from '../home/use-open-sample.ts';
import { describeSplits } from './describe.ts';

const columns: TableColumn<DatasetSummary>[] = [
  {
    id: 'name',
    header: 'Name',
    rowHeader: true,
    sortBy: (row) => row.name,
    cell: (row) => (
      <Link className="kp-link" to="/datasets/$dataset" params={{ dataset: row.name }}>
        {row.name}
      </Link>
    ),
  },
  { id: 'rows', header: 'Rows', align: 'right', sortBy: (row) => row.rows, cell: (row) => count(row.rows) },
  { id: 'input', header: 'Input columns', cell: (row) => row.mapping.input.join(', ') },
  { id: 'expected', header: 'Expected', cell: (row) => row.mapping.expected ?? 'none' },
  { id: 'scorer', header: 'Scorer', cell: (row) => row.scorer.kind },
  { id: 'splits', header: 'Splits', cell: (row) => describeSplits(row.splits) },
  { id: 'version', header: 'Version', cell: (row) => <code title={row.hash}>{row.hash.slice(0, 10)}</code> },
  { id: 'created', header: 'Imported', sortBy: (row) => row.created, cell: (row) => when(row.created) },
];

export function DatasetsScreen() {
  const query = useQuery(datasetList());
  const sample = useOpenSample();
  const importButton = (
    <Button leftSection={<Icon name="import" size={14} />} onClick={() => openPanel('import')}>
      Import a dataset
    </Button>
  );
  return (
    <Screen
      title="Datasets"
      about="Labelled examples. A dataset never changes once imported; its version is the hash of its content."
      actions={importButton}
    >
      <Section title="All datasets" flush>
        <Loaded query={query} what="Reading datasets…">
          {(datasets) =>
            datasets.length === 0 ? (
              <Empty
                title="No dataset yet"
                action={
                  <>
                    {importButton}
                    <Button variant="default" loading={sample.isPending} onClick={() => sample.mutate()}>
                      Open the sample
                    </Button>
                  </>
                }
              >
                Import a file with one example a row: what is asked, and the answer you expect.
              </Empty>
            ) : (
              <SortableTable label="Datasets" columns={columns} rows={datasets} rowId={(row) => row.name} />
            )
          }
        </Loaded>
      </Section>
    </Screen>
  );
}
