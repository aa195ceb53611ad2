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
  /** Whether some records are held back, until a drift inserts them. */
  readonly holdsBack?: boolean;
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

/** A page before it is written: what a fault changes of it. */
export interface PageDraft {
  /** Row of the first record. */
  readonly offset: number;
  readonly records: { id: string; text: Buffer }[];
  /** null where answers have none. */
  total: number | null;
  /** Whether answers have tokens. */
  readonly tokens: boolean;
  /** Where the next page's token leads; null where there is none. */
  nextOffset: number | null;
}

/** Changes a page; gives what it did, for the fault log, or null where there was nothing to do. */
export type PageChange = (draft: PageDraft) => string | null;

/** How the history itself changes between two pages. */
export interface Drift {
  readonly kind: 'inserted' | 'deleted' | 'page-size';
  /** 0 to 1: where. */
  readonly place: number;
}

/** What faults do to an answer. */
export interface Disturbance {
  readonly drift?: Drift;
  readonly change?: PageChange;
}

export interface Page {
  readonly body: Buffer;
  /** Strong: a digest of the body, made when it is asked for. */
  etag(): string;
  readonly offset: number;
  readonly records: number;
  readonly total: number;
  /** What a change and a drift did, for the fault log. */
  readonly changed: string | null;
  readonly drifted: string | null;
  /** Whether another request for it gives other bytes. */
  readonly disturbed: boolean;
  /** Content-Encoding of the body, where a fault packs it. */
  readonly coding?: string;
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
/** Of so many records one is held back. */
const HELD_BACK = 16;
const CACHED_SELECTIONS = 32;
const CACHED_PAGES = 8;

/** The offset that a page token stands for, or null where it is none. */
export function offsetOfToken(token: unknown): number | null {
  return whole(Buffer.from(String(token), 'base64url').toString('utf8').split('.')[0]);
}

/** The strong ETag of a body, made when it is asked for. */
export function etagOf(body: Buffer): () => string {
  let digest: string | undefined;
  return () => {
    digest ??= createHash('sha256').update(body).digest('base64url').slice(0, 27);
    return `"${digest}"`;
  };
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
  /** Records that are not there: not yet, or not any more. */
  private readonly absent = new Set<number>();
  private readonly heldBack = new Set<number>();
  private pageCap: number;

  constructor(dataset: Dataset, rules: PageRules) {
    this.dataset = dataset;
    this.rules = rules;
    this.pageCap = rules.pageCap ?? Number.POSITIVE_INFINITY;
    for (let index = HELD_BACK - 1; rules.holdsBack === true && index < dataset.count; index += HELD_BACK) {
      this.heldBack.add(index);
      this.absent.add(index);
    }
  }

  /** The page that was asked for at an instant, or why not. */
  answer(query: PageQuery, now: Micros, { drift, change }: Disturbance = {}): PageAnswer {
    const { maxPageSize } = this.rules;
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
    let selection = this.select(filter.filter, direction, selectionKey, now);
    let drifted: string | null = null;
    if (drift !== undefined) {
      drifted = this.drift(drift, { filter: filter.filter, selection, offset, limit, now });
      if (drifted !== null) selection = this.select(filter.filter, direction, selectionKey, now);
    }
    const take = Math.min(limit, this.pageCap);
    const pageKey = `${offset} ${take} ${selection.indices.length} ${selectionKey}`;
    const plain = drift === undefined && change === undefined;
    const known = plain ? this.pages.get(pageKey) : undefined;
    if (known !== undefined) return { page: known };
    const page = this.render(selection, offset, take, key, change);
    return { page: plain ? remember(this.pages, pageKey, page, CACHED_PAGES) : { ...page, drifted } };
  }

  /** Lets a record appear or disappear, or pages become smaller; gives what it was, null where nothing can. */
  private drift(
    { kind, place }: Drift,
    at: {
      readonly filter: Filter;
      readonly selection: Selection;
      readonly offset: number;
      readonly limit: number;
      readonly now: Micros;
    },
  ): string | null {
    const { filter, selection, offset, limit, now } = at;
    if (kind === 'page-size') {
      this.pageCap = Math.max(1, Math.floor(Math.min(limit, this.pageCap) * (0.2 + 0.6 * place)));
      return `${this.pageCap} for ${limit}`;
    }
    const among =
      kind === 'deleted'
        ? [...selection.indices.subarray(0, offset > 0 ? offset : undefined)]
        : [...this.heldBack].filter(
            (index) =>
              !(this.latest(index) < this.edge(now)) && this.match(filter, index, 'DESC') !== undefined,
          );
    const index = among[Math.floor(place * among.length)];
    if (index === undefined) return null;
    if (kind === 'deleted') this.absent.add(index);
    else {
      this.heldBack.delete(index);
      this.absent.delete(index);
    }
    this.selections.clear();
    this.pages.clear();
    return this.dataset.idOf(index);
  }

  /** The record of an id, or undefined. */
  record(id: string, now: Micros): Buffer | undefined {
    if (this.byId === undefined) {
      this.byId = new Map();
      for (let index = 0; index < this.dataset.count; index += 1)
        this.byId.set(this.dataset.idOf(index), index);
    }
    const index = this.byId.get(id);
    if (index === undefined || this.absent.has(index) || this.latest(index) < this.edge(now))
      return undefined;
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
      if (latest < edge || this.absent.has(index)) continue;
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
    change: PageChange | undefined,
  ): Page {
    const all = selection.indices.length;
    const indices = [...selection.indices.subarray(offset, offset + take)];
    const next = offset + indices.length;
    const draft: PageDraft = {
      offset,
      records: indices.map((index) => ({ id: this.dataset.idOf(index), text: this.bytesOf(index) })),
      total: this.rules.totals ? all : null,
      tokens: this.rules.tokens,
      nextOffset: this.rules.tokens && next < all ? next : null,
    };
    const changed = change?.(draft) ?? null;
    const { records, total, nextOffset } = draft;
    const parts: Buffer[] = [Buffer.from('{"data":[')];
    for (const [at, { text }] of records.entries()) {
      if (at > 0) parts.push(COMMA);
      parts.push(text);
    }
    const token = nextOffset === null ? '' : `,"nextPageToken":"${this.writeToken(nextOffset, key)}"`;
    parts.push(Buffer.from(`]${total === null ? '' : `,"total":${total}`}${token}}`));
    const body = Buffer.concat(parts);
    const etag = etagOf(body);
    return {
      body,
      etag,
      offset,
      records: records.length,
      total: all,
      changed,
      drifted: null,
      disturbed: changed !== null,
    };
  }

  private writeToken(offset: number, key: string): string {
    return Buffer.from(`${offset}.${key}`).toString('base64url');
  }

  private readToken(token: unknown, key: string): number | null {
    const [offset, owner] = Buffer.from(String(token), 'base64url').toString('utf8').split('.');
    return owner === key ? whole(offset) : null;
  }
}
