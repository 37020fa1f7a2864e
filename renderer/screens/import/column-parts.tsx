/** Which part each column of a file plays, and the first rows under the columns that play one. */
import { Select } from '@mantine/core';
import type { DatasetPreviewed, Json } from '../../../engine/api/index.ts';
import { count } from '../../ui/format.ts';

interface Props<Part extends string> {
  preview: DatasetPreviewed;
  parts: Record<Part, string>;
  chosen: Record<string, Part>;
  ignored: Part;
  onPart: (column: string, part: Part) => void;
}

export function ColumnParts<Part extends string>({ preview, parts, chosen, ignored, onPart }: Props<Part>) {
  // The keys of a record of parts are parts.
  const data = (Object.entries(parts) as [Part, string][]).map(([value, label]) => ({ value, label }));
  const shown = preview.columns.filter((column) => (chosen[column.name] ?? ignored) !== ignored);
  return (
    <>
      <div className="kp-table-frame kp-boxed" tabIndex={0} role="group" aria-label="Columns of the file">
        <table className="kp-table">
          <thead>
            <tr>
              <th scope="col">Column</th>
              <th scope="col">Type</th>
              <th scope="col" data-align="right">
                Distinct
              </th>
              <th scope="col" data-align="right">
                Empty
              </th>
              <th scope="col">Part</th>
            </tr>
          </thead>
          <tbody>
            {preview.columns.map((column) => (
              <tr key={column.name}>
                <th scope="row">{column.name}</th>
                <td>{column.type}</td>
                <td data-align="right">{count(column.distinct)}</td>
                <td data-align="right">{count(column.nulls)}</td>
                <td>
                  <Select
                    aria-label={`Part of ${column.name}`}
                    data={data}
                    value={chosen[column.name] ?? ignored}
                    onChange={(part) => part !== null && onPart(column.name, part)}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="kp-table-frame kp-boxed kp-preview" tabIndex={0} role="group" aria-label="First rows">
        <table className="kp-table">
          <thead>
            <tr>
              {shown.map((column) => (
                <th key={column.name} scope="col">
                  {column.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {preview.rows.slice(0, 5).map((row, index) => (
              // Previewed rows have no identity but their place in the file.
              <tr key={index}>
                {shown.map((column) => (
                  <td key={column.name}>{asText(row[column.name]).slice(0, 160)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const asText = (value: Json | undefined): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
