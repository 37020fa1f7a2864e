/** The rows shown, all of them, as a file. */
import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type CompareRows, type ExportFormat, toWorkbenchError } from '../../../engine/api/index.ts';
import { workbench } from '../../data/connection.ts';
import { downloadExport } from '../../data/download-export.ts';
import { bytes, count } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';

const formats: { format: ExportFormat; title: string; note: string }[] = [
  { format: 'csv', title: 'CSV', note: 'for a spreadsheet; formulas are made harmless' },
  { format: 'json', title: 'JSON', note: 'rows and every figure' },
  { format: 'parquet', title: 'Parquet', note: 'typed columns' },
  { format: 'html', title: 'Report', note: 'one HTML page to send or print' },
];

export function ExportMenu({
  asked,
  by,
}: {
  asked: Omit<CompareRows, 'offset' | 'limit'>;
  by: string | undefined;
}) {
  const save = useMutation({
    mutationFn: async (format: ExportFormat) => {
      const exported = await workbench.compare.export({
        ...asked,
        ...(by === undefined ? {} : { by }),
        format,
      });
      await downloadExport(exported);
      return exported;
    },
    onSuccess: ({ name, rows, total, bytes: size }) =>
      notifications.show({
        title: name,
        message: `${count(rows)} rows${rows < total ? ` of ${count(total)}` : ''}, ${bytes(size)}`,
      }),
    onError: (thrown) => {
      const { message, hint } = toWorkbenchError(thrown);
      notifications.show({ color: 'red', title: message, message: hint ?? '' });
    },
  });
  return (
    <Menu position="bottom-end" width={300}>
      <Menu.Target>
        <Button variant="default" loading={save.isPending} leftSection={<Icon name="export" size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(({ format, title, note }) => (
          <Menu.Item key={format} onClick={() => save.mutate(format)}>
            {title} <span className="kp-note">{note}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
