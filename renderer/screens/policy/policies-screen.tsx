import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { PolicyListed } from '../../../engine/api/index.ts';
import { policyList } from '../../data/queries.ts';
import { when } from '../../ui/format.ts';
import { Empty, Loaded, Screen, Section } from '../../ui/screen.tsx';
import { SortableTable, type TableColumn } from '../../ui/sortable-table.tsx';
import { CertifiedTag } from '../../ui/tag.tsx';
import { LinkButton } from '../../ui/link-button.tsx';

const columns: TableColumn<PolicyListed>[] = [
  {
    id: 'name',
    header: 'Policy',
    rowHeader: true,
    sortBy: (row) => row.name,
    cell: (row) => (
      <Link className="kp-link" to="/policy/$policy" params={{ policy: row.id }}>
        {row.name}
      </Link>
    ),
  },
  { id: 'version', header: 'Version', cell: (row) => row.version },
  {
    id: 'certified',
    header: 'Certificate',
    sortBy: (row) => Number(row.certified),
    cell: (row) => <CertifiedTag certified={row.certified} />,
  },
  { id: 'sentence', header: 'What it does', cell: (row) => row.sentence },
  { id: 'created', header: 'Made', sortBy: (row) => row.created, cell: (row) => when(row.created) },
];

export function PoliciesScreen() {
  const query = useQuery(policyList());
  return (
    <Screen
      title="Policy"
      about="The exported rule with its evidence: a gateway runs it exactly as it was measured here."
    >
      <Section title="All policies" flush>
        <Loaded query={query} what="Reading policies…">
          {(policies) =>
            policies.length === 0 ? (
              <Empty title="No policy yet" action={<LinkButton to="/tune">Open Tune</LinkButton>}>
                A fit over a finished run makes one.
              </Empty>
            ) : (
              <SortableTable
                label="Policies"
                columns={columns}
                rows={policies.toSorted((a, b) => b.created.localeCompare(a.created))}
                rowId={(row) => row.id}
              />
            )
          }
        </Loaded>
      </Section>
    </Screen>
  );
}
