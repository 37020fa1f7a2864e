import { Button, Checkbox, Group, Select } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { PolicyExported } from '../../../engine/api/index.ts';
import { workbench } from '../../data/connection.ts';
import { downloadText } from '../../data/download-text.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { bytes } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { Section } from '../../ui/screen.tsx';
import { SortableTable, type TableColumn } from '../../ui/sortable-table.tsx';
import { Tag, type Tone } from '../../ui/tag.tsx';

type Target = 'bundle' | 'portkey' | 'litellm';
const targets: { value: Target; label: string }[] = [
  { value: 'bundle', label: 'Bundle: JSON and evaluator, exact' },
  { value: 'portkey', label: 'Portkey gateway' },
  { value: 'litellm', label: 'LiteLLM router' },
];

export function ExportSection({ id, name }: { id: string; name: string }) {
  const [to, setTo] = useState<Target>('bundle');
  const [allowDropped, setAllowDropped] = useState<string[]>([]);
  const make = useMutation({
    mutationFn: () => workbench.policies.export({ policy: { policy: id }, to, allowDropped }),
  });
  const dropped = droppedIn(make.error);
  return (
    <Section title="Export" note="what the target can hold, element by element, before any file is saved">
      <div className="kp-stack">
        <Group align="flex-end">
          <Select
            label="Target"
            w={280}
            data={targets}
            value={to}
            onChange={(value) => {
              setTo(value ?? 'bundle');
              setAllowDropped([]);
              make.reset();
            }}
          />
          <Button
            leftSection={<Icon name="export" size={14} />}
            loading={make.isPending}
            onClick={() => make.mutate()}
          >
            Export
          </Button>
        </Group>
        {make.error !== null && <ErrorPanel error={make.error} />}
        {dropped.length > 0 && (
          <Checkbox.Group label="Losing these is acceptable" value={allowDropped} onChange={setAllowDropped}>
            {dropped.map((element) => (
              <Checkbox key={element} value={element} label={element} mt={6} />
            ))}
          </Checkbox.Group>
        )}
        {make.data !== undefined && <Exported exported={make.data} name={name} />}
      </div>
    </Section>
  );
}

/** Safety elements that a refusal names. */
function droppedIn(error: unknown): string[] {
  const details = (error as { details?: { elements?: unknown; dropped?: unknown } } | null)?.details;
  const listed = details?.elements ?? details?.dropped;
  return Array.isArray(listed) ? listed.filter((one): one is string => typeof one === 'string') : [];
}

type Fidelity = PolicyExported['fidelity'][number];
const statusTone: Record<Fidelity['status'], { tone: Tone; icon: 'check' | 'warn' | 'cross'; word: string }> =
  {
    exact: { tone: 'good', icon: 'check', word: 'Exact' },
    approximated: { tone: 'warn', icon: 'warn', word: 'Approximated' },
    dropped: { tone: 'bad', icon: 'cross', word: 'Dropped' },
  };
const columns: TableColumn<Fidelity>[] = [
  {
    id: 'element',
    header: 'Element',
    rowHeader: true,
    sortBy: (row) => row.element,
    cell: (row) => row.element,
  },
  {
    id: 'status',
    header: 'Fidelity',
    sortBy: (row) => row.status,
    cell: (row) => (
      <Tag tone={statusTone[row.status].tone} icon={statusTone[row.status].icon}>
        {statusTone[row.status].word}
      </Tag>
    ),
  },
  { id: 'safety', header: 'Safety', cell: (row) => (row.safety ? 'yes' : '') },
  { id: 'reason', header: 'Why', cell: (row) => row.reason },
];

function Exported({ exported, name }: { exported: PolicyExported; name: string }) {
  return (
    <div className="kp-stack">
      <ul className="kp-list kp-boxed" aria-label="Files">
        {exported.files.map((file) => (
          <li key={file.name}>
            <span className="kp-list-main">
              {file.name} <span className="kp-note">{bytes(new Blob([file.text]).size)}</span>
            </span>
            <Button
              variant="default"
              size="compact-xs"
              aria-label={`Save ${file.name}`}
              onClick={() => downloadText(file.name, file.text)}
            >
              Save
            </Button>
          </li>
        ))}
      </ul>
      <SortableTable
        label={`Fidelity of ${name}`}
        columns={columns}
        rows={exported.fidelity}
        rowId={(row) => `${row.element} ${row.reason}`}
      />
    </div>
  );
}
