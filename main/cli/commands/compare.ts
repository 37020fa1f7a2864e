import {
  type Compared,
  comparedSelections,
  type Workbench,
  WorkbenchError,
} from '../../../engine/api/index.ts';
import { comparison } from '../compared-text.ts';
import { save } from '../files.ts';
import { example, given, integer, list, number } from '../flags.ts';
import { exportFormat, exportRows, selectionNamed } from '../export-rows.ts';
import { junitReport } from '../gates.ts';
import { pricesHelp, pricingHelp, repricing } from '../price-file.ts';
import type { Registrar } from '../run-cli.ts';
import { safe } from '../terminal.ts';

export function compareCommand({ program, work }: Registrar): void {
  program
    .command('compare [runs]')
    .description('candidates side by side on the same rows; RUNS is one run or several, comma-separated')
    .option(
      '--run <run>',
      'given twice or more: the same candidates over time, each against itself in the first run',
      (run: string, before: string[] | undefined) => [...(before ?? []), run],
    )
    .option('--candidates <ids>', 'only these', list)
    .option('--baseline <id>', 'compare the others with this one')
    .option('--by <tag>', 'the same within each value of a tag')
    .option('--prices <file>', pricesHelp)
    .option('--pricing <way>', pricingHelp)
    .option('--level <x>', 'confidence level of the intervals', number)
    .option('--seed <n>', 'for the bootstrap', integer)
    .option('--detect <points>', 'how many rows would show such a difference: 1pt', wantedPoints)
    .option('--rows <n>', 'name up to N rows that only one of a pair has right', integer)
    .option(
      '--fail-if <gate>',
      'exit 1 where the interval shows it against the baseline: "score drop > 1pt", "score drop > 2%", "cost rise > 10%", "cost rise > $0.5" (per thousand), "p95 latency rise > 10%", "p50 latency rise > 200ms"; with "in each TAG" or "in TAG=VALUE"; may be repeated',
      (gate: string, before: string[] | undefined) => [...(before ?? []), gate],
    )
    .option('--junit <file>', 'the gates as a JUnit report')
    .option(
      '--out <file>',
      'save the rows side by side, by its ending: .csv, .json, .parquet or .html (a report)',
    )
    .option('--only <rows>', `with --out: ${comparedSelections.join(', ')}`)
    .option('--of <id>', 'with --only: that candidate against the baseline')
    .addHelpText(
      'after',
      example('kneepoint compare latest --baseline large --fail-if "score drop > 1pt" --junit gates.xml'),
    )
    .action(
      (
        named: string | undefined,
        flags: {
          run?: string[];
          candidates?: string[];
          baseline?: string;
          by?: string;
          prices?: string;
          pricing?: string;
          level?: number;
          detect?: number;
          rows?: number;
          seed?: number;
          failIf?: string[];
          junit?: string;
          out?: string;
          only?: string;
          of?: string;
        },
      ) =>
        work(async ({ api, out, watch, fail }) => {
          const {
            junit,
            out: file,
            only,
            of,
            rows: shown = 0,
            prices: table,
            pricing,
            run,
            ...asked
          } = flags;
          const { runs, overTime } = runsNamed(named, run);
          const prices = await repricing(table, pricing);
          const format = file === undefined ? null : exportFormat(file);
          if (file === undefined && (only ?? of) !== undefined) {
            throw new WorkbenchError('input.invalid', '--only and --of choose the rows that --out saves.', {
              hint: 'Add --out rows.csv.',
            });
          }
          if (junit !== undefined && asked.failIf === undefined) {
            throw new WorkbenchError('input.invalid', 'A JUnit report is of gates, and none was given.', {
              hint: 'Add --fail-if "score drop > 1pt".',
            });
          }
          const compared = await watch(() =>
            api.compare.compare({ runs, overTime, ...given({ ...asked, prices }) }),
          );
          if (junit !== undefined) await save(junit, junitReport(compared.gates));
          if (file !== undefined && format !== null) {
            const saved = await exportRows(api, file, {
              runs,
              overTime,
              ...given({ by: asked.by, level: asked.level, seed: asked.seed, of, prices }),
              candidates: compared.candidates.map(({ id }) => id),
              baseline: compared.baseline,
              only: selectionNamed(only),
              format,
            });
            out.note(
              `${file}: ${saved.rows} rows${saved.total > saved.rows ? ` of ${saved.total}` : ''}, ${saved.bytes} bytes`,
            );
          }
          if (compared.gates.some(({ status }) => status === 'failed')) fail();
          const apart = shown === 0 ? [] : await rowsApart(api, compared, { runs, overTime, shown });
          await out.result(shown === 0 ? compared : { ...compared, rows: apart }, () =>
            [comparison(compared), ...apart.map(rowsLine)].join('\n\n'),
          );
        }),
    );
}

/** RUNS, put together; or `--run A --run B`, apart. */
function runsNamed(
  named: string | undefined,
  apart: string[] | undefined,
): { runs: string[]; overTime: boolean } {
  if ((named === undefined) === (apart === undefined) || apart?.length === 1) {
    throw new WorkbenchError(
      'input.invalid',
      'Name the runs to compare, or two of them to compare over time.',
      {
        hint: 'Say `kneepoint compare latest`, or `kneepoint compare --run A --run B`.',
      },
    );
  }
  return apart === undefined
    ? { runs: list(named ?? '', undefined), overTime: false }
    : { runs: apart, overTime: true };
}

interface RowsApart {
  a: string;
  b: string;
  wins: string[];
  losses: string[];
}

/** Ids of rows that only one of a candidate and the baseline has right. */
async function rowsApart(
  api: Workbench,
  { pairs, baseline, candidates: all }: Compared,
  { runs, overTime, shown }: { runs: string[]; overTime: boolean; shown: number },
): Promise<RowsApart[]> {
  const named: RowsApart[] = [];
  for (const { a, b } of pairs.filter((pair) => overTime || pair.b === baseline)) {
    const ids = async (only: 'wins' | 'losses'): Promise<string[]> => {
      const page = await api.compare.rows({
        runs,
        overTime,
        candidates: all.map(({ id }) => id),
        baseline: b,
        only,
        of: a,
        offset: 0,
        limit: shown,
      });
      return Array.from(page.columns['example'] ?? [], String);
    };
    named.push({ a, b, wins: await ids('wins'), losses: await ids('losses') });
  }
  return named;
}

const rowsLine = ({ a, b, wins, losses }: RowsApart): string =>
  safe(
    `${a} alone right: ${wins.join(', ') || 'nowhere'}\n${b} alone right, against ${a}: ${losses.join(', ') || 'nowhere'}`,
  );

/** "1pt" or "1": 0.01 of score. */
function wantedPoints(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*(?:pt|points?)?$/i.exec(text.trim());
  if (found === null || Number(found[1]) === 0)
    throw new WorkbenchError('input.invalid', `"${text}" is no number of points.`, {
      hint: 'Say --detect 1pt.',
    });
  return Number(found[1]) / 100;
}
