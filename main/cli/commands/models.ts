import { example, given } from '../flags.ts';
import { table } from '../format.ts';
import type { Registrar } from '../run-cli.ts';

export function modelCommands({ program, work }: Registrar): void {
  const model = program
    .command('model')
    .description('models with their frozen prices, and which keys are set');
  model
    .command('list')
    .description('known models and prices (USD per million tokens)')
    .option('--search <text>', 'part of the name')
    .addHelpText('after', example('kneepoint model list --search haiku'))
    .action((flags: { search?: string }) =>
      work(async ({ api, out }) => {
        const found = await api.models.list(given(flags));
        await out.result(found, () =>
          [
            table(
              ['model', 'in', 'out', 'as of'],
              found.models.map((item) => [
                item.id,
                item.inputPerMTok?.toString() ?? 'unknown',
                item.outputPerMTok?.toString() ?? 'unknown',
                item.priceDate ?? '',
              ]),
            ),
            `${found.models.length} of ${found.total}`,
          ].join('\n'),
        );
      }),
    );
  model
    .command('providers')
    .description('providers and whether their key is set')
    .addHelpText('after', example('kneepoint model providers'))
    .action(() =>
      work(async ({ api, out }) => {
        const providers = await api.models.providers({});
        await out.result(providers, () =>
          table(
            ['provider', 'key'],
            providers.map((item) => [
              item.id,
              item.keyVariable === null
                ? 'none needed'
                : `${item.keyVariable} ${item.keySet ? 'set' : 'not set'}`,
            ]),
          ),
        );
      }),
    );
}
