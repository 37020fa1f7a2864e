/** What is looked at is in the address: `#/compare?runs=…`. The fragment, because the server has one page. */
import { createHashHistory, createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { CompareScreen } from '../screens/compare/compare-screen.tsx';
import { CompareSearch } from '../screens/compare/search.ts';
import { DatasetScreen } from '../screens/datasets/dataset-screen.tsx';
import { DatasetsScreen } from '../screens/datasets/datasets-screen.tsx';
import { HomeScreen } from '../screens/home/home-screen.tsx';
import { PoliciesScreen } from '../screens/policy/policies-screen.tsx';
import { PolicyScreen } from '../screens/policy/policy-screen.tsx';
import { RunScreen } from '../screens/runs/run-screen.tsx';
import { RunSearch } from '../screens/runs/search.ts';
import { RunsScreen } from '../screens/runs/runs-screen.tsx';
import { TuneSearch } from '../screens/tune/search.ts';
import { TuneScreen } from '../screens/tune/tune-screen.tsx';
import { Empty, Screen } from '../ui/screen.tsx';
import { ErrorPanel } from '../ui/error-panel.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => (
    <Screen title="Not here">
      <Empty title="There is no such screen">Use the navigation on the left.</Empty>
    </Screen>
  ),
});
const screens = [
  createRoute({ getParentRoute: () => root, path: '/', component: HomeScreen }),
  createRoute({ getParentRoute: () => root, path: '/datasets', component: DatasetsScreen }),
  createRoute({ getParentRoute: () => root, path: '/datasets/$dataset', component: DatasetScreen }),
  createRoute({ getParentRoute: () => root, path: '/runs', component: RunsScreen }),
  createRoute({
    getParentRoute: () => root,
    path: '/runs/$run',
    component: RunScreen,
    validateSearch: RunSearch,
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/compare',
    component: CompareScreen,
    validateSearch: CompareSearch,
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/tune',
    component: TuneScreen,
    validateSearch: TuneSearch,
  }),
  createRoute({ getParentRoute: () => root, path: '/policy', component: PoliciesScreen }),
  createRoute({ getParentRoute: () => root, path: '/policy/$policy', component: PolicyScreen }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(screens),
  history: createHashHistory(),
  defaultErrorComponent: ({ error }) => (
    <Screen title="Something broke">
      <ErrorPanel error={error} />
    </Screen>
  ),
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
