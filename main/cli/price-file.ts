/** A price table from a file: JSON, YAML, or CSV with a column a price. */
import { readFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { ModelPrices, pricings, type Repricing, WorkbenchError } from '../../engine/api/index.ts';

export const pricesHelp =
  'costs under another price table, from recorded usage: a JSON, YAML or CSV file of USD per million tokens by model, or `table` (the frozen one)';
export const pricingHelp = `with or without --prices: ${pricings.join(', ')} (what share came from a cache, or the batch service)`;

/** `--prices FILE|table` and `--pricing WAY`; undefined where neither was given. Throws `file.unreadable`, `input.invalid`. */
export async function repricing(
  file: string | undefined,
  way: string | undefined,
): Promise<Repricing | undefined> {
  if (file === undefined && way === undefined) return undefined;
  const pricing = pricings.find((one) => one === (way ?? 'recorded'));
  if (pricing === undefined) {
    throw new WorkbenchError('input.invalid', `There is no pricing "${way}".`, {
      hint: `Name one of: ${pricings.join(', ')}.`,
    });
  }
  if (file === undefined || file === 'table') return { pricing };
  return { pricing, name: basename(file).slice(0, 200), models: await pricesIn(file) };
}

const Table = z.record(z.string().min(1), ModelPrices);
const Wrapped = z.object({ models: Table });

async function pricesIn(file: string): Promise<Record<string, ModelPrices>> {
  const text = await readFile(resolve(file), 'utf8').catch((cause: unknown) => {
    throw new WorkbenchError('file.unreadable', `Cannot read ${file}.`, { cause, hint: 'Check its name.' });
  });
  let given: unknown;
  try {
    given = extname(file).toLowerCase() === '.csv' ? tableOf(text) : parseYaml(text, { maxAliasCount: 0 });
  } catch (cause) {
    throw wrong(file, cause instanceof Error ? cause.message.split('\n')[0]! : 'it cannot be read', cause);
  }
  const wrapped = Wrapped.safeParse(given);
  const read = wrapped.success
    ? { success: true as const, data: wrapped.data.models }
    : Table.safeParse(given);
  if (read.success && Object.keys(read.data).length > 0) return read.data;
  const [issue] = read.success ? [] : read.error.issues;
  throw wrong(file, issue === undefined ? 'it names no model' : `${issue.path.join('.')}: ${issue.message}`);
}

const wrong = (file: string, why: string, cause?: unknown): WorkbenchError =>
  new WorkbenchError('input.invalid', `${file} is no price table: ${why}.`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'Say {"MODEL": {"inputPerMTok": 2.5, "outputPerMTok": 10, "cachedInputPerMTok": 1.25}}, or a CSV with the columns model,inputPerMTok,outputPerMTok.',
  });

/** Empty cells are prices that are not known. */
function tableOf(text: string): Record<string, Record<string, number>> {
  const rows = parseCsv<Record<string, string>>(text, { columns: true, bom: true, trim: true });
  return Object.fromEntries(
    rows.map(({ model = '', ...prices }) => [
      model,
      Object.fromEntries(
        Object.entries(prices)
          .filter(([, price]) => price !== '')
          .map(([name, price]) => [name, Number(price)]),
      ),
    ]),
  );
}
