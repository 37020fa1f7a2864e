import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { Group as Panels, Panel, Separator } from 'react-resizable-panels';
import { openPanel } from '../../app/panels.ts';
import { fitList, fitResult, runList } from '../../data/queries.ts';
import { when } from '../../ui/format.ts';
import { Empty, Loaded, Screen, Section } from '../../ui/screen.tsx';
import { FitVerdict } from '../../ui/tag.tsx';
import { FitForm } from './fit-form.tsx';
import { FitView } from './fit-view.tsx';

export function TuneScreen() {
  const { run, fit } = useSearch({ from: '/tune' });
  const runs = useQuery(runList());
  const fits = useQuery(fitList());
  const newest = fits.data?.toSorted((a, b) => b.created.localeCompare(a.created))[0]?.fit;
  const shown = fit ?? (run === undefined ? newest : undefined);
  const asked = useQuery({ ...fitResult(shown ?? ''), enabled: shown !== undefined });
  return (
    <Screen
      title="Tune"
      about="Find the rule that gives up the least accuracy for the most saving, and how sure that is."
    >
      <Loaded query={runs} what="Reading runs…">
        {(list) =>
          list.length === 0 ? (
            <Section title="Fit">
              <Empty
                title="Tuning needs a finished run"
                action={<Button onClick={() => openPanel('run')}>Start a run</Button>}
              >
                Its outcomes tell which candidate was right, and what it cost.
              </Empty>
            </Section>
          ) : (
            <Panels
              className="kp-split"
              orientation="horizontal"
              style={{ height: 'auto', overflow: 'visible' }}
            >
              <Panel defaultSize="300px" minSize="240px" maxSize="460px" style={{ overflow: 'visible' }}>
                <div className="kp-stack">
                  <FitForm runs={list} firstRun={run} shown={asked.data} />
                  <Section title="Earlier fits" flush>
                    <ul className="kp-list">
                      {(fits.data ?? [])
                        .toSorted((a, b) => b.created.localeCompare(a.created))
                        .slice(0, 12)
                        .map((one) => (
                          <li key={one.fit} data-marked={one.fit === shown ? '' : undefined}>
                            <span className="kp-list-main">
                              <Link className="kp-link" to="/tune" search={{ fit: one.fit }}>
                                {one.dataset}
                              </Link>{' '}
                              <span className="kp-note">{when(one.created)}</span>
                              <br />
                              <FitVerdict verdict={one.verdict} />
                            </span>
                          </li>
                        ))}
                      {fits.data?.length === 0 && (
                        <li>
                          <span className="kp-note">None yet.</span>
                        </li>
                      )}
                    </ul>
                  </Section>
                </div>
              </Panel>
              <Separator className="kp-splitter" aria-label="Width of the form" />
              <Panel style={{ overflow: 'visible' }}>
                {shown === undefined ? <NoFit /> : <ShownFit key={shown} fit={shown} />}
              </Panel>
            </Panels>
          )
        }
      </Loaded>
    </Screen>
  );
}

function NoFit() {
  return (
    <Section title="Frontier">
      <Empty title="No fit shown">
        State how much loss you accept and press Fit. The answer may be that no routing is worth it.
      </Empty>
    </Section>
  );
}

function ShownFit({ fit }: { fit: string }) {
  const query = useQuery(fitResult(fit));
  return (
    <Loaded query={query} what="Reading the fit…">
      {(result) => <FitView fit={result} />}
    </Loaded>
  );
}
