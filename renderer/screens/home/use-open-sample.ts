import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { toWorkbenchError } from '../../../engine/api/index.ts';
import { workbench } from '../../data/connection.ts';

/** Imports the bundled sample, starts its run and shows it. */
export function useOpenSample() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => workbench.sample.open({}),
    onSuccess: async ({ run }) => {
      await queries.invalidateQueries();
      await navigate({ to: '/runs/$run', params: { run } });
    },
    onError: (error) => {
      const { message, hint } = toWorkbenchError(error);
      notifications.show({ title: message, message: hint ?? '', color: 'red', autoClose: false });
    },
  });
}
