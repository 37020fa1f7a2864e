/** Rows of a large table, fetched a page at a time around what is on screen. */
import { useQueries } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import type { Page } from '../../engine/api/index.ts';

export const PAGE_ROWS = 200;

export type Cell = string | number | null;

export interface PagedRows {
  total: number;
  columns: string[];
  /** Undefined while its page is on the way. NaN in a numeric column is null here. */
  cell(row: number, column: string): Cell | undefined;
  show(first: number, last: number): void;
  pending: boolean;
  error: Error | null;
}

/** The pages that cover rows first…last, with one to either side. */
export function pagesFor(first: number, last: number, total: number): number[] {
  const lastPage = Math.max(0, Math.ceil(total / PAGE_ROWS) - 1);
  const from = Math.max(0, Math.floor(first / PAGE_ROWS) - 1);
  const to = Math.min(lastPage, Math.floor(Math.max(first, last) / PAGE_ROWS) + 1);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

export function cellOf(page: Page, row: number, column: string): Cell {
  const value = page.columns[column]?.[row];
  if (value === undefined || value === null) return null;
  return typeof value === 'number' && Number.isNaN(value) ? null : value;
}

/** What a queryOptions factory makes, as far as it is used here. */
interface PageOptions {
  queryKey: readonly unknown[];
  queryFn?: unknown;
}

export function usePagedRows(options: (offset: number, limit: number) => PageOptions): PagedRows {
  const [span, setSpan] = useState({ first: 0, last: 0 });
  const [total, setTotal] = useState(0);
  const pages = pagesFor(span.first, span.last, total);
  const wanted = pages.includes(0) ? pages : [0, ...pages];
  const results = useQueries({
    queries: wanted.map((page) => {
      const { queryKey, queryFn } = options(page * PAGE_ROWS, PAGE_ROWS);
      // Every factory here sets a function that takes nothing and answers a page.
      return { queryKey, queryFn: queryFn as () => Promise<Page> };
    }),
  });
  const byPage = new Map(wanted.map((page, index) => [page, results[index]?.data]));
  const firstPage = byPage.get(0);
  const known = firstPage?.total ?? 0;
  if (known !== total) setTotal(known);
  const show = useCallback((first: number, last: number) => {
    setSpan((was) => {
      const moved =
        Math.floor(was.first / PAGE_ROWS) !== Math.floor(first / PAGE_ROWS) ||
        Math.floor(was.last / PAGE_ROWS) !== Math.floor(last / PAGE_ROWS);
      return moved ? { first, last } : was;
    });
  }, []);
  return {
    total: known,
    columns: Object.keys(firstPage?.columns ?? {}),
    cell(row, column) {
      const page = byPage.get(Math.floor(row / PAGE_ROWS));
      return page === undefined ? undefined : cellOf(page, row % PAGE_ROWS, column);
    },
    show,
    pending: results.some((result) => result.isPending),
    error: results.find((result) => result.error !== null)?.error ?? null,
  };
}
