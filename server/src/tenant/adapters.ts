/** Tenants without pages: one answer an interaction, or a history file on disk. */
import type { JsonValue } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import { CANCELLED, failure, type Result, success, type TenantError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { streamHistory } from './history-file.ts';
import type { HistoryStretch, LogOptions } from './history-parser.ts';
import { getter, isObject } from './json.ts';
import type { Meter } from './meter.ts';
import { type PageRecords, pageOf } from './page-records.ts';
import type { FetchPage, Page } from './pages.ts';
import {
  type BatchOptions,
  type BatchReader,
  type BatchState,
  newBatchState,
  type Segment,
} from './paging.ts';
import type { ScannedRecord } from './scanned-record.ts';

/** A reader over a generator of segments, with its own way to stop. */
function readerOf(
  state: BatchState,
  signal: AbortSignal,
  segments: (signal: AbortSignal) => AsyncGenerator<Segment, undefined>,
): BatchReader {
  const controller = new AbortController();
  const generator = segments(AbortSignal.any([signal, controller.signal]));
  return {
    state,
    async next() {
      const result = await generator.next();
      return result.done === true ? null : result.value;
    },
    async stop() {
      controller.abort();
      await generator.return(undefined);
    },
  };
}

export type FetchInteraction = (id: string, signal: AbortSignal) => Promise<Result<Page>>;

/** Asks for one interaction by its id; an interaction that is not there (404) is no record. */
export function createInteractionFetcher(
  profile: Profile,
  exchange: Exchange,
  meter: Meter,
): FetchInteraction {
  const records = getter(profile.response.interactions);
  const page = async (values: readonly JsonValue[]): Promise<Result<Page>> =>
    success({ records: await pageOf(values, profile.response), total: null, token: null });
  return async (id, signal) => {
    const path = profile.query.path.replaceAll('{interactionId}', encodeURIComponent(id));
    const answer = await exchange({ method: 'GET', url: profile.baseUrl + path, signal, purpose: 'history' });
    if (!answer.ok) return answer.error.status === 404 ? page([]) : answer;
    meter.counts.pages += 1;
    const { value } = answer;
    if (value === undefined || value === null) return page([]);
    if (Array.isArray(value)) return page(value);
    const list = isObject(value) ? records(value) : undefined;
    return page(Array.isArray(list) ? list : [value]);
  };
}

/** Ids as pages: the offset of a place is the index of an id, and each gives what is known of it. */
export function pagesOfIds(ids: readonly string[], fetch: FetchInteraction): FetchPage {
  return async ({ offset }, signal) => {
    const id = ids[offset];
    return id === undefined ? failure(WITHOUT_IDS) : fetch(id, signal);
  };
}

export const WITHOUT_IDS: TenantError = {
  code: 'unsupported',
  message:
    'This connection can only be asked for interactions by their ids (query.adapter is per-interaction). ' +
    'Name them: interactionId IN [...].',
  retriable: false,
};

/** One request an id, side by side, given in the order of the ids. */
export function readInteractions(
  ids: readonly string[],
  options: Pick<BatchOptions, 'fetch' | 'offset' | 'concurrency' | 'from' | 'signal'>,
): BatchReader {
  const { concurrency, from } = options;
  const state: BatchState = { ...(from?.state ?? newBatchState()) };
  const first = from?.position.offset ?? options.offset;
  return readerOf(state, options.signal, async function* (signal): AsyncGenerator<Segment, undefined> {
    const ahead = new Map<number, Promise<Result<Page>>>();
    const place = (index: number) => ({ offset: index, limit: 1, token: null });
    let row = from?.position.row ?? first;
    try {
      for (let index = first; index < ids.length; index += 1) {
        // This one, and as many behind it: the next are on their way while it is taken over.
        for (let near = index; near < Math.min(ids.length, index + concurrency); near += 1) {
          if (!ahead.has(near)) ahead.set(near, options.fetch(place(near), signal));
        }
        const answer = await ahead.get(index);
        ahead.delete(index);
        if (answer === undefined) return;
        const base = { offset: row, asked: 1, suspect: false };
        if (!answer.ok) {
          yield { ...base, pages: [], next: undefined, error: answer.error };
          return;
        }
        row += answer.value.records.count;
        if (index + 1 === ids.length) state.ended = true;
        yield {
          ...base,
          pages: [{ place: place(index), page: answer.value }],
          next: index + 1 < ids.length ? { offset: index + 1, token: null, step: null, row } : null,
        };
      }
      if (first >= ids.length) state.ended = true;
    } finally {
      for (const unread of ahead.values()) {
        void unread.then((answer) => (answer.ok ? answer.value.records.discard() : undefined));
      }
    }
  });
}

export interface FileBatchOptions {
  /** Records to pass over. */
  readonly offset: number;
  readonly signal: AbortSignal;
  readonly log?: LogOptions;
  /** Is given sentences on how the file was understood, at its end. */
  readonly note: (sentence: string) => void;
}

/**
 * A history file, read as a stream: every record of it, whatever the filter says, which is asked of each record later.
 * It is not taken up again in the middle: reading it anew costs no request.
 */
export function readFileBatch(
  profile: Profile,
  { offset, signal, log = {}, note }: FileBatchOptions,
): BatchReader {
  const { path } = profile.query;
  const state = newBatchState();
  return readerOf(state, signal, async function* (ownSignal): AsyncGenerator<Segment, undefined> {
    let row = 0;
    for await (const stretch of streamHistory(path, { ...log, response: profile.response })) {
      const base = { offset: row, asked: 0, suspect: false, next: undefined };
      if (ownSignal.aborted) {
        yield { ...base, pages: [], error: CANCELLED };
        return;
      }
      if (stretch.kind === 'error') {
        const error: TenantError = { code: 'file', message: stretch.error.message, retriable: false };
        yield { ...base, pages: [], error };
        return;
      }
      if (stretch.kind === 'end') {
        for (const sentence of stretch.notes) note(sentence);
        break;
      }
      const all = inOrder(stretch, row);
      const records = all.slice(Math.max(0, offset - row));
      const from = row + all.length - records.length;
      row += all.length;
      if (records.length === 0) continue;
      const place = { offset: from, limit: records.length, token: null };
      const page = { records: heldRecords(records), total: null, token: null };
      yield { ...base, offset: from, asked: records.length, pages: [{ place, page }] };
    }
    state.ended = true;
  });
}

/** The records of a stretch of a file as they stood in it, the first being the `first` of the file. */
function inOrder(
  { interactions, rejected }: Extract<HistoryStretch, { kind: 'records' }>,
  first: number,
): ScannedRecord[] {
  const unread = new Map(rejected.map((record) => [record.index, record]));
  const rest = interactions.values();
  return Array.from({ length: interactions.length + rejected.length }, (_, at): ScannedRecord => {
    const record = unread.get(first + at);
    if (record === undefined) return { ok: true, value: rest.next().value?.raw ?? null, bytes: 0 };
    const { raw, reason } = record;
    // What was not even JSON says so by its reason; what was is read once more.
    if (raw !== null && typeof raw !== 'string') return { ok: true, value: raw, bytes: 0 };
    return { ok: false, reason, head: raw ?? '', bytes: 0 };
  });
}

/** Records that are in memory already, as a page. */
function heldRecords(records: readonly ScannedRecord[]): PageRecords {
  return {
    count: records.length,
    distinct: records.length,
    bytes: 0,
    async *blocks() {
      yield records;
    },
    discard: async () => undefined,
  };
}
