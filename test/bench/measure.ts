/** Measuring a command as a whole process: wall time, CPU time and peak memory as the kernel counted them. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Measured {
  wallMs: number;
  peakMb: number;
  stdout: string;
}

/** Peak resident memory is read from /proc while it runs (0 where there is no /proc). */
export async function measure(
  args: string[],
  options: { cwd?: string; input?: string } = {},
): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { cwd: options.cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  let peakKb = 0;
  const watch = setInterval(() => {
    try {
      const match = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
      peakKb = Math.max(peakKb, Number(match?.[1] ?? 0));
    } catch {
      // gone, or no /proc
    }
  }, 20);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearInterval(watch);
  if (code !== 0) throw new Error(`${args.join(' ')} exited with ${code}`);
  return {
    wallMs: performance.now() - started,
    peakMb: peakKb / 1024,
    stdout: Buffer.concat(chunks).toString(),
  };
}

export const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
