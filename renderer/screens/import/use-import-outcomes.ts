import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { OutcomesImported } from '../../../engine/api/index.ts';
import { closePanel } from '../../app/panels.ts';
import { workbench } from '../../data/connection.ts';

type Sent = Parameters<typeof workbench.outcomes.import>[0];

/** Imports outcomes. Where the import has nothing to say the run is opened at once, else when the person asks. */
export function useImportOutcomes() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  /** One candidate alone is compared with nobody. */
  const open = async ({ run, candidates }: OutcomesImported): Promise<void> => {
    closePanel();
    await (candidates.length > 1
      ? navigate({ to: '/compare', search: { runs: [run] } })
      : navigate({ to: '/runs/$run', params: { run } }));
  };
  const submit = useMutation({
    mutationFn: (input: Sent) => workbench.outcomes.import(input),
    onSuccess: async (imported) => {
      await Promise.all(['runs', 'datasets'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
      if (imported.warnings.length === 0 && imported.rejected.length === 0) await open(imported);
    },
  });
  return { submit, open };
}
