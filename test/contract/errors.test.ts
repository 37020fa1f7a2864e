import { expect, it } from 'vitest';
import { toWorkbenchError, WorkbenchError } from '../../engine/api/index.ts';

it('keeps our own errors, and calls an unknown throw a defect with its cause', () => {
  const own = new WorkbenchError('input.invalid', 'No.');
  expect(toWorkbenchError(own)).toBe(own);
  const thrown = new TypeError('x is undefined');
  expect(toWorkbenchError(thrown)).toMatchObject({ code: 'bug', cause: thrown });
});

it('names a full disk wherever it is met, with the file', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    path: '/d/x',
  });
  expect(toWorkbenchError(full)).toMatchObject({
    code: 'workspace.disk_full',
    kind: 'storage',
    retryable: true,
  });
  expect(toWorkbenchError(full).message).toContain('/d/x');
});
