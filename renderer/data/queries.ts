/** Query options by thing: the only place where keys are written. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type {
  AgreementInput,
  CompareInput,
  CompareRows,
  DatasetRows,
  RunRows,
} from '../../engine/api/index.ts';
import { workbench } from './connection.ts';

export const workspaceInfo = () =>
  queryOptions({ queryKey: ['workspace'], queryFn: () => workbench.workspace.info({}) });

export const datasetList = () =>
  queryOptions({ queryKey: ['datasets'], queryFn: () => workbench.datasets.list({}) });
export const datasetShown = (dataset: string) =>
  queryOptions({
    queryKey: ['datasets', dataset, 'show'],
    queryFn: () => workbench.datasets.show({ dataset }),
  });
const tab = crypto.randomUUID();
/** A check's progress comes under this name. */
export const checkJob = (dataset: string): string => `check ${dataset} ${tab}`;
export const datasetChecked = (dataset: string) =>
  queryOptions({
    queryKey: ['datasets', dataset, 'check'],
    // Who leaves the screen, or cancels the query, stops the engine's work too.
    queryFn: ({ signal }) => {
      const job = checkJob(dataset);
      signal.addEventListener(
        'abort',
        () => void workbench.datasets.cancelCheck({ job }).catch(() => undefined),
      );
      return workbench.datasets.check({ dataset, job });
    },
    retry: false,
  });
export const datasetRows = (input: z.input<typeof DatasetRows>) =>
  queryOptions({
    queryKey: ['datasets', input.dataset, 'rows', input],
    queryFn: () => workbench.datasets.rows(input),
    // A dataset is immutable.
    staleTime: Infinity,
  });

export const runList = () => queryOptions({ queryKey: ['runs'], queryFn: () => workbench.runs.list({}) });
export const runStatus = (run: string) =>
  queryOptions({ queryKey: ['runs', run, 'status'], queryFn: () => workbench.runs.status({ run }) });
export const runRows = (input: z.input<typeof RunRows>) =>
  queryOptions({ queryKey: ['runs', input.run, 'rows', input], queryFn: () => workbench.runs.rows(input) });

export const scoreReport = (run: string) =>
  queryOptions({
    queryKey: ['runs', run, 'report'],
    queryFn: () => workbench.scores.report({ run }),
    retry: false,
  });

export const ratersAgreement = (input: z.input<typeof AgreementInput>) =>
  queryOptions({
    queryKey: ['runs', 'agreement', input],
    queryFn: () => workbench.scores.agreement(input),
    enabled: input.runs.length > 1,
    retry: false,
  });

export const compared = (input: z.input<typeof CompareInput>) =>
  queryOptions({
    queryKey: ['compare', input],
    queryFn: () => workbench.compare.compare(input),
    enabled: input.runs.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
  });
export const comparedRows = (input: z.input<typeof CompareRows>) =>
  queryOptions({ queryKey: ['compare', 'rows', input], queryFn: () => workbench.compare.rows(input) });

export const fitList = () => queryOptions({ queryKey: ['fits'], queryFn: () => workbench.fits.list({}) });
export const fitResult = (fit: string) =>
  queryOptions({ queryKey: ['fits', fit], queryFn: () => workbench.fits.get({ fit }), staleTime: Infinity });

export const policyList = () =>
  queryOptions({ queryKey: ['policies'], queryFn: () => workbench.policies.list({}) });
export const policyShown = (policy: string) =>
  queryOptions({ queryKey: ['policies', policy], queryFn: () => workbench.policies.get({ policy }) });

export const providerList = () =>
  queryOptions({ queryKey: ['providers'], queryFn: () => workbench.models.providers({}) });
export const modelList = (search: string) =>
  queryOptions({
    queryKey: ['models', search],
    queryFn: () => workbench.models.list(search === '' ? {} : { search }),
  });
