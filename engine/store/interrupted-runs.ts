import type { Warning } from '../api/index.ts';
import type { Database } from './database.ts';
import { textOf } from './text-of.ts';

/** A run that was going on when its process died is paused: opening the workspace is the moment to say so. */
export async function leaveRunsPaused(database: Database): Promise<Warning[]> {
  const running = await database.rows("SELECT id FROM runs WHERE status = 'running' ORDER BY seq");
  if (running.length === 0) return [];
  const reason = { code: 'interrupted', message: 'The process ended while this run was going on.' };
  await database.write((connection) =>
    connection.run("UPDATE runs SET status = 'paused', reason = ? WHERE status = 'running'", [
      JSON.stringify(reason),
    ]),
  );
  const examples = running.map(({ id }) => textOf(id));
  return [
    {
      code: 'workspace.runs_interrupted',
      message: `${examples.length} run(s) were interrupted; continue each with \`run resume\`.`,
      count: examples.length,
      examples: examples.slice(0, 5),
    },
  ];
}
