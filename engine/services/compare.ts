import { compareRows } from '../compare/index.ts';
import { comparedOf } from './compared-of.ts';
import { type Handlers } from '../api/index.ts';
import { createComparedMatrices } from './compared-matrix.ts';
import { exportComparison } from './export-comparison.ts';
import type { Rooms } from './rooms.ts';

export function compareServices(rooms: Rooms): Pick<Handlers, 'compare' | 'downloads'> {
  const compared = createComparedMatrices(() => rooms.store());
  return {
    compare: {
      compare: async (input) => comparedOf(await compared(input), input),
      rows: async (input) => {
        const { matrix, texts, select } = await compared(input);
        return compareRows(matrix, input, texts, await select(input));
      },
      export: async (input) => exportComparison(rooms, await compared(input), input),
    },
    downloads: {
      read: async ({ download, offset, limit }) => ({
        chunk: await rooms.downloads.read(download, offset, limit),
      }),
      discard: async ({ download }) => {
        await rooms.downloads.discard(download);
        return null;
      },
    },
  };
}
