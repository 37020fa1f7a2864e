/** A process of its own that opens a workspace, says so, and keeps it until it is killed. */
import { openStore } from '../../engine/store/index.ts';

const store = await openStore(process.argv[2]!);
process.stdout.write(`open ${store.warnings.length}\n`);
setInterval(() => undefined, 1000);
