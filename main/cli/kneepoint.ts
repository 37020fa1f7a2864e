/** The command line's entry. `--version` answers before anything heavy is loaded. */
import { version } from './version.ts';

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${version}\n`);
} else {
  const { runCli } = await import('./run-cli.ts');
  process.exitCode = await runCli(args, {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onInterrupt: (act) => {
      process.on('SIGINT', act);
      process.on('SIGTERM', act);
      return () => {
        process.off('SIGINT', act);
        process.off('SIGTERM', act);
      };
    },
  });
}
