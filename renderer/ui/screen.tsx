/** What each screen is made of: a titled frame, sections, the three states of a query. */
import type { UseQueryResult } from '@tanstack/react-query';
import { Loader } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { ErrorPanel } from './error-panel.tsx';

export function Screen({
  title,
  about,
  actions,
  children,
}: {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Kneepoint`;
  }, [title]);
  return (
    <div className="kp-screen">
      <header className="kp-screen-head">
        <div className="kp-screen-name">
          <h1>{title}</h1>
          {about !== undefined && <div className="kp-screen-about">{about}</div>}
        </div>
        {actions !== undefined && <div className="kp-actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Section({
  title,
  note,
  actions,
  flush = false,
  children,
}: {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}) {
  return (
    <section className="kp-section" aria-label={title}>
      <header className="kp-section-head">
        <h2>{title}</h2>
        {note !== undefined && <span className="kp-note">{note}</span>}
        {actions !== undefined && <div className="kp-actions">{actions}</div>}
      </header>
      <div className={flush ? 'kp-section-flush' : 'kp-section-body'}>{children}</div>
    </section>
  );
}

export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="kp-empty">
      <p className="kp-empty-title">{title}</p>
      <p>{children}</p>
      {action !== undefined && <div className="kp-empty-action">{action}</div>}
    </div>
  );
}

/** Shown only after 200 ms, so that quick answers do not flicker. */
export function Waiting({ what }: { what: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="kp-waiting" role="status">
      {late && (
        <>
          <Loader size="xs" /> {what}
        </>
      )}
    </div>
  );
}

export function Loaded<T>({
  query,
  what,
  children,
}: {
  query: UseQueryResult<T>;
  what: string;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />;
  return <Waiting what={what} />;
}

export interface Fact {
  label: string;
  value: ReactNode;
  note?: ReactNode;
}
export function Facts({ facts }: { facts: Fact[] }) {
  return (
    <dl className="kp-facts">
      {facts.map((fact) => (
        <div key={fact.label}>
          <dt>{fact.label}</dt>
          <dd>
            {fact.value}
            {fact.note !== undefined && <span className="kp-note"> {fact.note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
