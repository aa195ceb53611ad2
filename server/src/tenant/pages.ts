/** One page of history: what it is asked for by, and what it gives. */
import type { JsonObject } from '../protocol/history.ts';
import type { Result } from './errors.ts';
import { isObject } from './json.ts';
import type { PageRecords } from './page-records.ts';

/** A whole page, checked. Whoever asked for it reads its records or discards them. */
export interface Page {
  readonly records: PageRecords;
  /** How many rows there are in all, where the tenant says so. */
  readonly total: number | null;
  readonly token: string | null;
}

export interface PagePlace {
  readonly offset: number;
  readonly limit: number;
  /** Takes the place of the offset, once the tenant has given one. */
  readonly token: string | null;
}

export type FetchPage = (place: PagePlace, signal: AbortSignal) => Promise<Result<Page>>;

/** A filter in the tenant's dialect, and its order. */
export interface PageQuery {
  readonly filter: string;
  readonly sort: string;
}

/**
 * The body from its template. A text that is one placeholder alone becomes the value itself. A page token goes
 * where `{pageToken}` stands, else into the field `pageToken`, and the offset is left out then.
 */
export function requestBody(
  template: Readonly<Record<string, unknown>>,
  values: PageQuery & PagePlace,
): Record<string, unknown> {
  let tokenPlaced = false;
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill).filter((item) => item !== undefined);
    if (isObject(value)) {
      return Object.fromEntries(
        Object.entries(value).flatMap(([key, inner]) => {
          const filled = fill(inner);
          return filled === undefined ? [] : [[key, filled]];
        }),
      );
    }
    if (typeof value !== 'string') return value;
    if (value === '{limit}') return values.limit;
    if (value === '{offset}') return values.token === null ? values.offset : undefined;
    if (value === '{pageToken}') {
      tokenPlaced = true;
      return values.token ?? undefined;
    }
    return value.replace(/\{(filter|sort|limit|offset|pageToken)\}/g, (_, name: string) => {
      if (name === 'filter') return values.filter;
      if (name === 'sort') return values.sort;
      if (name === 'limit') return String(values.limit);
      if (name === 'offset') return String(values.offset);
      tokenPlaced = true;
      return values.token ?? '';
    });
  };
  const body = fill(template);
  const filled: JsonObject | Record<string, unknown> = isObject(body) ? body : {};
  return values.token === null || tokenPlaced ? { ...filled } : { ...filled, pageToken: values.token };
}
