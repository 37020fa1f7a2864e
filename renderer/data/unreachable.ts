import { WorkbenchError } from '../../engine/api/index.ts';

export const unreachable = (): WorkbenchError =>
  new WorkbenchError('host.disconnected', 'The engine cannot be reached.', {
    hint: 'Is it still running?',
    retryable: true,
  });
