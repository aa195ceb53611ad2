/** From a request to a page of history: checks, filter, order, and the bytes of the answer. */
import { createHash } from 'node:crypto';
import { formatInstant, MICROS_PER_DAY, type Micros } from '../protocol/instant.ts';
import type { Dataset } from './dataset.ts';
import { type Filter, parseFilter } from './filter.ts';

export interface PageRules {
  readonly retentionDays: number;
  readonly maxPageSize: number;
  readonly maxIdsPerRequest: number;
  /** A page has at most this many records, whatever was asked for; null for no cap. */
  readonly pageCap: number | null;
  /** Whether answers say how many there are in all. */
  readonly totals: boolean;
  /** Whether answers give the next page's token. */
  readonly tokens: boolean;
  /** Booleans that a filter may use. */
  readonly filterBooleans: 'lower' | 'title' | 'any';
  /** How records spell booleans: JSON's own, or the texts `True` and `False`. */
  readonly recordBooleans: 'json' | 'title';
}

/** What a request asked for, as it came. */
export interface PageQuery {
  readonly filter: unknown;
  readonly limit: unknown;
  readonly offset: unknown;
  readonly sort: unknown;
  readonly pageToken: unknown;
}

/** A request that the tenant refuses, with status 400. */
export interface Refusal {
  readonly code: 'invalid_filter' | 'retention_exceeded' | 'invalid_parameter';
  readonly message: string;
  /** 0-based place in the filter. */
  readonly position?: number;
}

/** One record is given twice, or left out: what a fault does to a page. */
export interface PageChange {
  readonly kind: 'duplicate' | 'missing' | 'repeat-token';
  /** 0 to 1: where in the page. */
  readonly place: number;
}

export interface Page {
  readonly body: Buffer;
  /** Strong: a digest of the body, made when it is asked for. */
  etag(): string;
  readonly offset: number;
  readonly records: number;
  readonly total: number;
  /** What a change did, for the fault log. */
  readonly changed: string | null;
}

export type PageAnswer = { readonly page: Page } | { readonly refusal: Refusal };

type Direction = 'ASC' | 'DESC';
interface Selection {
  readonly indices: Uint32Array;
  /** Until when this is right: the instant at which the oldest interaction in it falls out of retention. */
  readonly validUntil: Micros;
}

const SORT = /^\s*nodeTimestamp(?:\s+(asc|desc))?\s*$/i;
const COMMA = Buffer.from(',');
const CACHED_SELECTIONS = 32;
const CACHED_PAGES = 8;

/** The offset that a page token stands for, or null where it is none. */
export function offsetOfToken(token: unknown): number | null {
  return whole(Buffer.from(String(token), 'base64url').toString('utf8').split('.')[0]);
}

function whole(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

function remember<V>(cache: Map<string, V>, key: string, value: V, size: number): V {
  cache.delete(key);
  cache.set(key, value);
  for (const oldest of cache.keys()) {
    if (cache.size <= size) break;
    cache.delete(oldest);
  }
  return value;
}

/**
 * Answers page requests over a dataset. Interactions are sorted by their latest matching step for
 * `nodeTimestamp DESC` and by their earliest for `ASC` (ties by id; without any time last), so the order depends
 * on the filter and not on steps that it does not look at. A step is seen when its interaction has not fallen
 * out of retention, that is when its latest step began within it.
 */
export class Pages {
  private readonly dataset: Dataset;
  private readonly rules: PageRules;
  private readonly selections = new Map<string, Selection>();
  private readonly pages = new Map<string, Page>();
  private byId: Map<string, number> | undefined;

  constructor(dataset: Dataset, rules: PageRules) {
    this.dataset = dataset;
    this.rules = rules;
  }

  /** The page that was asked for at an instant, or why not. */
  answer(query: PageQuery, now: Micros, change: PageChange | null = null): PageAnswer {
    const { maxPageSize, pageCap } = this.rules;
    const limit = query.limit === undefined ? 100 : whole(query.limit);
    if (limit === null || limit < 1 || limit > maxPageSize) {
      return this.refuse('invalid_parameter', `limit must be an integer from 1 to ${maxPageSize}.`);
    }
    const asked = query.offset === undefined ? 0 : whole(query.offset);
    if (asked === null || asked < 0) {
      return this.refuse('invalid_parameter', 'offset must be an integer of 0 or more.');
    }
    const sort = SORT.exec(query.sort === undefined ? 'nodeTimestamp DESC' : String(query.sort));
    if (sort === null) {
      return this.refuse('invalid_parameter', 'sort must be nodeTimestamp ASC or nodeTimestamp DESC.');
    }
    const direction = sort[1]?.toUpperCase() === 'ASC' ? 'ASC' : 'DESC';
    const filterText = query.filter ?? '';
    if (typeof filterText !== 'string') return this.refuse('invalid_filter', 'filter must be a string.');
    const filter = this.readFilter(filterText, now);
    if ('refusal' in filter) return filter;

    const selectionKey = `${direction} ${filterText}`;
    const key = createHash('sha256').update(selectionKey).digest('base64url').slice(0, 12);
    let offset = asked;
    if (query.pageToken !== undefined && query.pageToken !== null && query.pageToken !== '') {
      const continued = this.readToken(query.pageToken, key);
      if (continued === null) {
        return this.refuse('invalid_parameter', 'The page token does not belong to this query.');
      }
      offset = continued;
    }
    const selection = this.select(filter.filter, direction, selectionKey, now);
    const take = Math.min(limit, pageCap ?? limit);
    const pageKey = `${offset} ${take} ${selection.indices.length} ${selectionKey}`;
    const known = change === null ? this.pages.get(pageKey) : undefined;
    if (known !== undefined) return { page: known };
    const page = this.render(selection, offset, take, key, change);
    return { page: change === null ? remember(this.pages, pageKey, page, CACHED_PAGES) : page };
  }

  /** The record of an id, or undefined. */
  record(id: string, now: Micros): Buffer | undefined {
    if (this.byId === undefined) {
      this.byId = new Map();
      for (let index = 0; index < this.dataset.count; index += 1)
        this.byId.set(this.dataset.idOf(index), index);
    }
    const index = this.byId.get(id);
    if (index === undefined || this.latest(index) < this.edge(now)) return undefined;
    return this.bytesOf(index);
  }

  /** Lets the data go on to an instant. Never while pages of a run are being asked for: they would not fit together. */
  advance(now: Micros): void {
    if (!this.dataset.advance(now)) return;
    this.selections.clear();
    this.pages.clear();
    this.byId = undefined;
  }

  /** How many interactions are retained at an instant. */
  retained(now: Micros): number {
    let count = 0;
    for (let index = 0; index < this.dataset.count; index += 1) {
      if (!(this.latest(index) < this.edge(now))) count += 1;
    }
    return count;
  }

  private edge(now: Micros): Micros {
    return now - this.rules.retentionDays * MICROS_PER_DAY;
  }

  private refuse(code: Refusal['code'], message: string, position?: number): { readonly refusal: Refusal } {
    return { refusal: { code, message, ...(position === undefined ? {} : { position }) } };
  }

  private readFilter(text: string, now: Micros): { readonly filter: Filter } | { readonly refusal: Refusal } {
    const parsed = parseFilter(text, { booleans: this.rules.filterBooleans });
    if ('problem' in parsed) {
      const { message, position } = parsed.problem;
      return this.refuse('invalid_filter', `Filter, character ${position + 1}: ${message}.`, position);
    }
    const { maxIdsPerRequest, retentionDays } = this.rules;
    if (parsed.filter.longestList > maxIdsPerRequest) {
      return this.refuse('invalid_filter', `An IN list may have at most ${maxIdsPerRequest} values.`);
    }
    const edge = this.edge(now);
    const old = parsed.filter.instants.find(({ micros }) => micros < edge);
    if (old === undefined) return parsed;
    return this.refuse(
      'retention_exceeded',
      `nodeTimestamp '${old.text}' lies before the retention window of ${retentionDays} days, which begins at ${formatInstant(edge)}.`,
      old.position,
    );
  }

  /** Start of the latest step; NaN where no step has one. */
  private latest(index: number): number {
    const [first, last] = this.dataset.stepsOf(index);
    let latest = Number.NaN;
    for (let step = first; step < last; step += 1) {
      const start = this.dataset.starts[step] ?? Number.NaN;
      if (!(start <= latest)) latest = Number.isNaN(start) ? latest : start;
    }
    return latest;
  }

  private select(filter: Filter, direction: Direction, key: string, now: Micros): Selection {
    const known = this.selections.get(key);
    if (known !== undefined && now <= known.validUntil) return known;
    const { dataset } = this;
    const edge = this.edge(now);
    const found: { readonly index: number; readonly at: number }[] = [];
    let oldest = Number.POSITIVE_INFINITY;
    for (let index = 0; index < dataset.count; index += 1) {
      const latest = this.latest(index);
      if (latest < edge) continue;
      const at = this.match(filter, index, direction);
      if (at === undefined) continue;
      if (latest < oldest) oldest = latest;
      found.push({ index, at });
    }
    const sign = direction === 'ASC' ? 1 : -1;
    found.sort((left, right) => {
      if (left.at !== right.at) {
        if (Number.isNaN(left.at) !== Number.isNaN(right.at)) return Number.isNaN(left.at) ? 1 : -1;
        if (!Number.isNaN(left.at)) return sign * (left.at - right.at);
      }
      const [one, other] = [dataset.idOf(left.index), dataset.idOf(right.index)];
      return one < other ? -1 : one > other ? 1 : left.index - right.index;
    });
    const selection: Selection = {
      indices: Uint32Array.from(found, ({ index }) => index),
      validUntil: oldest + this.rules.retentionDays * MICROS_PER_DAY,
    };
    return remember(this.selections, key, selection, CACHED_SELECTIONS);
  }

  /** The sort key of an interaction (NaN without a time), or undefined when none of its steps matches. */
  private match(filter: Filter, index: number, direction: Direction): number | undefined {
    const { dataset } = this;
    const [first, last] = dataset.stepsOf(index);
    const interactionId = dataset.idOf(index);
    if (first === last) {
      const step = { interactionId, nodeTimestamp: null, errorState: null };
      return filter.evaluate(step) === true ? Number.NaN : undefined;
    }
    let best: number | undefined;
    for (let step = first; step < last; step += 1) {
      const start = dataset.starts[step] ?? Number.NaN;
      const error = dataset.errors[step] ?? -1;
      const matches = filter.evaluate({
        interactionId,
        nodeTimestamp: Number.isNaN(start) ? null : start,
        errorState: error < 0 ? null : error === 1,
      });
      if (matches !== true) continue;
      const better = direction === 'ASC' ? start < (best ?? Number.NaN) : start > (best ?? Number.NaN);
      if (best === undefined || Number.isNaN(best) || better) best = start;
    }
    return best;
  }

  private bytesOf(index: number): Buffer {
    const bytes = this.dataset.bytesOf(index);
    if (this.rules.recordBooleans === 'json') return bytes;
    const spelled = bytes
      .toString('utf8')
      .replace(
        /"errorState":(true|false)/g,
        (_, value) => `"errorState":"${value === 'true' ? 'True' : 'False'}"`,
      );
    return Buffer.from(spelled);
  }

  private render(
    selection: Selection,
    offset: number,
    take: number,
    key: string,
    change: PageChange | null,
  ): Page {
    const total = selection.indices.length;
    const indices = [...selection.indices.subarray(offset, offset + take)];
    const next = offset + indices.length;
    let changed: string | null = null;
    let tokenOffset = next;
    // A page of one is spared: left empty it would say that the history ends there.
    if (change !== null && (indices.length > 1 || change.kind === 'repeat-token')) {
      const place = Math.min(indices.length - 1, Math.floor(change.place * indices.length));
      const index = indices[place] ?? 0;
      if (change.kind === 'duplicate') indices.splice(place, 0, index);
      if (change.kind === 'missing') indices.splice(place, 1);
      if (change.kind === 'repeat-token') tokenOffset = offset;
      const repeats = this.rules.tokens && next < total;
      if (change.kind !== 'repeat-token') changed = this.dataset.idOf(index);
      else if (repeats) changed = `token of offset ${offset}`;
    }
    const parts: Buffer[] = [Buffer.from('{"data":[')];
    for (const [at, index] of indices.entries()) {
      if (at > 0) parts.push(COMMA);
      parts.push(this.bytesOf(index));
    }
    const more = this.rules.tokens && next < total;
    const token = more ? `,"nextPageToken":"${this.writeToken(tokenOffset, key)}"` : '';
    parts.push(Buffer.from(`]${this.rules.totals ? `,"total":${total}` : ''}${token}}`));
    const body = Buffer.concat(parts);
    let digest: string | undefined;
    const etag = (): string => {
      digest ??= createHash('sha256').update(body).digest('base64url').slice(0, 27);
      return `"${digest}"`;
    };
    return { body, etag, offset, records: indices.length, total, changed };
  }

  private writeToken(offset: number, key: string): string {
    return Buffer.from(`${offset}.${key}`).toString('base64url');
  }

  private readToken(token: unknown, key: string): number | null {
    const [offset, owner] = Buffer.from(String(token), 'base64url').toString('utf8').split('.');
    return owner === key ? whole(offset) : null;
  }
}
