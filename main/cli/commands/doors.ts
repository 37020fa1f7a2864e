import { example, integer } from '../flags.ts';
import type { Registrar } from '../run-cli.ts';

export function doorCommands({ program, around, flags }: Registrar): void {
  const serve = async (options: { port?: number; open?: boolean }): Promise<void> => {
    const { serveWorkspace } = await import('../serve-workspace.ts');
    await serveWorkspace({
      folder: flags().workspace,
      around,
      json: flags().json,
      port: options.port ?? 0,
      open: options.open === true,
    });
  };

  program
    .command('serve')
    .description('the workbench in the browser: prints a one-time address on this machine')
    .option('--port <port>', 'instead of a free one', integer)
    .option('--open', 'open the browser')
    .addHelpText('after', example('kneepoint serve --open'))
    .action(serve);

  program
    .command('open')
    .description(
      'the desktop app, which has a workspace of its own, where its binary is present; else the browser',
    )
    .option('--port <port>', 'for the browser', integer)
    .addHelpText('after', example('npm start'))
    .action(async (options: { port?: number }) => {
      const { launchDesktop } = await import('../../desktop/launch.ts');
      const launched = await launchDesktop();
      if (launched.started) return;
      around.stderr.write(`Desktop app not started: ${launched.reason} Opening the browser door instead.\n`);
      await serve({ ...options, open: true });
    });
}
