/** One page of history: its request from the profile's templates, its answer through the profile's mapping. */
import type { JsonObject, JsonValue } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import { failure, type Result, success } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { getter, isObject } from './json.ts';
import type { Meter } from './meter.ts';
import { type PageRecords, pageOf } from './page-records.ts';

/** What an answer holds, before its records are taken over. */
interface Answer {
  readonly records: readonly JsonValue[];
  readonly total: number | null;
  readonly token: string | null;
}

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

const EMPTY: Answer = { records: [], total: null, token: null };

/** Asks for pages of one filter. */
export function createPageFetcher(
  profile: Profile,
  exchange: Exchange,
  meter: Meter,
  query: { readonly filter: string; readonly sort: string },
): FetchPage {
  const url = profile.baseUrl + profile.query.path;
  const records = getter(profile.response.interactions);
  const total = getter(profile.response.total);
  const nextToken = getter(profile.response.nextPageToken);
  const read = (value: JsonValue | undefined): Answer | undefined => {
    if (value === undefined || value === null) return EMPTY;
    if (Array.isArray(value)) return { ...EMPTY, records: value };
    if (!isObject(value)) return undefined;
    const list = records(value);
    const count = wholeNumber(total(value));
    if (!Array.isArray(list) && !(list === null || (list === undefined && count === 0))) return undefined;
    const token = nextToken(value);
    return {
      records: Array.isArray(list) ? list : [],
      total: count,
      token:
        typeof token === 'string' && token !== '' ? token : typeof token === 'number' ? String(token) : null,
    };
  };
  return async (place, signal) => {
    const answer = await exchange({
      method: 'POST',
      url,
      body: JSON.stringify(requestBody(profile.query.body, { ...query, ...place })),
      signal,
      purpose: 'history',
      problem: (value) =>
        read(value) === undefined ? `it has no list “${profile.response.interactions}”` : undefined,
    });
    if (!answer.ok) return failure(answer.error);
    meter.counts.pages += 1;
    const { records: values, ...rest } = read(answer.value) ?? EMPTY;
    return success({ ...rest, records: await pageOf(values, profile.response) });
  };
}

function wholeNumber(value: JsonValue | undefined): number | null {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

interface Values extends PagePlace {
  readonly filter: string;
  readonly sort: string;
}

/**
 * The body from its template. A text that is one placeholder alone becomes the value itself. A page token goes
 * where `{pageToken}` stands, else into the field `pageToken`, and the offset is left out then.
 */
export function requestBody(
  template: Readonly<Record<string, unknown>>,
  values: Values,
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
