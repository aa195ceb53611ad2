/** A whole retrieval: batches of pages, handed on in order, with the proof of what is and is not there. */
import type { Interaction, JsonValue, RejectedRecord } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import type { Outcome } from '../protocol/run.ts';
import { type BatchSize, expectedRecords } from './accuracy.ts';
import type { Clock } from './clock.ts';
import { type Collector, createCollector, type Gathered } from './collect.ts';
import { scrubber, type TenantError } from './errors.ts';
import { createLanes, type Lanes } from './lanes.ts';
import type { Meter } from './meter.ts';
import type { PageRecords } from './page-records.ts';
import type { FetchPage } from './pages.ts';
import { type BatchReader, readBatch, type Segment } from './paging.ts';
import { createReader } from './reader.ts';

/** One filter of a query; a long list of ids makes several. */
export interface Batch {
  /** In the tenant's own dialect. */
  readonly filter: string;
  /** The ids that the filter names, where it does; the adapter `per-interaction` asks for each of them. */
  readonly ids?: readonly string[];
}

export interface RetrievalRequest {
  readonly batches: readonly Batch[];
  readonly sort: string;
  /** First row of each batch. */
  readonly offset: number;
  /** Distinct readable records wanted of each batch; null for all. */
  readonly limit: number | null;
  readonly pageSize: number;
  /** Requests of this run at once; the tenant's quota holds all the same. */
  readonly concurrency: number;
  /** Retries of one request. */
  readonly retries: number;
  /** Of one request. */
  readonly timeoutMs: number;
  /** `stream` is served as `page`. */
  readonly mode?: 'stream' | 'page';
}

/** A stretch of rows that has come, in order, without what had come before. */
export interface RetrievedPage {
  /** Index among the batches. */
  readonly batch: number;
  /** Row of its first record. */
  readonly offset: number;
  readonly interactions: readonly Interaction[];
  /** Fuller versions of interactions that earlier pages gave: each takes the place of the one with its id. */
  readonly replaced: readonly Interaction[];
  readonly rejected: readonly RejectedRecord[];
  /** Read once more around a gap: its rows belong among earlier ones. */
  readonly late: boolean;
}

export interface RetrievalProgress {
  /** Distinct readable records so far. */
  readonly records: number;
  readonly expected: number | null;
  readonly requests: number;
  readonly retries: number;
  readonly throttled: number;
  readonly pages: number;
  /** Epoch milliseconds until which the tenant makes every request wait; null when none waits. */
  readonly pausedUntil: number | null;
}

export interface RetrieveOptions {
  readonly signal?: AbortSignal;
  /**
   * Takes each page before the next is handed on. `'stop'` says that this batch has given enough (LIMIT counts
   * what the caller keeps). What it throws ends the run with the error `consumer`.
   */
  readonly onPage?: (page: RetrievedPage) => 'stop' | undefined | Promise<'stop' | undefined>;
  /** Called after each page and each 429; what it throws is ignored: a broken display must not end a run. */
  readonly onProgress?: (progress: RetrievalProgress) => void;
}

export interface RetrievalStats {
  /** Requests to the history API, retries included. */
  readonly requests: number;
  readonly retries: number;
  /** Answers with status 429. */
  readonly throttled: number;
  /** Token requests. */
  readonly tokens: number;
  readonly pages: number;
  /** Bytes of bodies on the wire. */
  readonly bytes: number;
  /** Distinct readable records. */
  readonly records: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly rejected: number;
  /** Sum of the largest totals; null where a batch gave none. */
  readonly total: number | null;
  /** Records that there were to fetch; null where nothing tells. */
  readonly expected: number | null;
  /** From the first history request to the end. */
  readonly latencyMs: number;
}

export interface RetrievalResult {
  /** `failed`: ended by an error with nothing retrieved; `partial`: something is, or may be, missing. */
  readonly outcome: Outcome;
  /** What ended it early. */
  readonly error?: TenantError;
  /** In the tenant's order; two contradicting records of one id are both here. */
  readonly records: readonly Interaction[];
  readonly rejected: readonly RejectedRecord[];
  readonly stats: RetrievalStats;
  /** Sentences on what a person should know. */
  readonly notes: readonly string[];
}

export interface RetrievalContext {
  readonly profile: Profile;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly pausedUntil: () => number | null;
  readonly fetcher: (batch: Batch) => FetchPage;
  /** How a batch is read where there are no pages. */
  readonly reader?: (batch: Batch, lanes: Lanes, signal: AbortSignal) => BatchReader | undefined;
}

/** What is remembered of a segment that was handed on. */
interface Delivered {
  readonly offset: number;
  readonly asked: number;
  readonly short: boolean;
  readonly shifted: boolean;
  readonly rows: number;
  /** Nothing came at its end, so it took itself for the last one. */
  readonly last: boolean;
}

interface BatchEnd {
  /** Stopped by LIMIT or by the caller. */
  enough: boolean;
  gap: number;
  /** Nothing came at a place although rows behind it did. */
  hole: boolean;
}

/** Retrieves a request's batches. Never rejects: how it ended is in the result. */
export async function retrieveBatches(
  context: RetrievalContext,
  request: RetrievalRequest,
  options: RetrieveOptions,
): Promise<RetrievalResult> {
  const { profile, clock, meter } = context;
  const signal = options.signal ?? new AbortController().signal;
  const reader = createReader(profile.response);
  const collector = createCollector(reader);
  const lanes = createLanes(request.concurrency);
  const readers: BatchReader[] = [];
  const firsts = new Map<number, Promise<Segment | null>>();
  const ends: BatchEnd[] = request.batches.map(() => ({ enough: false, gap: 0, hole: false }));
  let error: TenantError | undefined;

  const open = (index: number): BatchReader | undefined => {
    const batch = request.batches[index];
    if (batch === undefined) return undefined;
    let opened = readers[index];
    if (opened === undefined) {
      opened =
        context.reader?.(batch, lanes, signal) ??
        readBatch({
          fetch: context.fetcher(batch),
          lanes,
          offset: request.offset,
          pageSize: request.pageSize,
          concurrency: request.concurrency,
          wanted: () => (request.limit === null ? null : request.limit - collector.tally(index).readable),
          useless: () => collector.tally(index).useless,
          signal,
        });
      readers[index] = opened;
      firsts.set(index, opened.next());
    }
    return opened;
  };

  const sizes = (): BatchSize[] =>
    request.batches.map((_, index) => {
      const { readable, rejected } = collector.tally(index);
      const state = readers[index]?.state;
      const rows = readable + rejected;
      const ended = state?.ended === true && ends[index]?.enough !== true && ends[index]?.hole !== true;
      const limit = request.limit;
      return {
        total: state?.total ?? null,
        offset: request.offset,
        // Not there yet, LIMIT still bounds what is to come, where a total says that there is as much.
        needed: ends[index]?.enough ? rows : limit !== null && state?.total != null ? limit + rejected : null,
        proven: ended ? rows : null,
      };
    });

  const expected = (): number | null => {
    const sum = expectedRecords(sizes());
    const shared = request.batches.reduce((total, _, index) => total + collector.tally(index).shared, 0);
    return sum === null ? null : Math.max(0, sum - shared);
  };

  const progress = (): void => {
    const { requests, retries, throttled, pages } = meter.counts;
    try {
      options.onProgress?.({
        records: collector.totals.readable,
        expected: expected(),
        requests,
        retries,
        throttled,
        pages,
        pausedUntil: context.pausedUntil(),
      });
    } catch {
      // Only the display is behind.
    }
  };

  const handOn = async (
    batch: number,
    offset: number,
    gathered: Gathered,
    late: boolean,
  ): Promise<boolean> => {
    progress();
    const { interactions, replaced, rejected } = gathered;
    if (interactions.length + replaced.length + rejected.length === 0) return false;
    try {
      const answer = await options.onPage?.({ batch, offset, interactions, replaced, rejected, late });
      return answer === 'stop';
    } catch (thrown) {
      error ??= {
        code: 'consumer',
        message: `What was retrieved could not be taken over: ${scrubber.clean(thrown instanceof Error ? thrown.message : String(thrown))}`,
        retriable: false,
      };
      return true;
    }
  };

  meter.onThrottled(progress);
  for (let index = 0; index < request.batches.length; index += 1) {
    // The first pages of the next batches are on their way while this one is read.
    if (error === undefined) for (let near = 0; near < request.concurrency; near += 1) open(index + near);
    const batch = readers[index];
    const end = ends[index];
    if (batch === undefined || end === undefined) continue;
    const delivered: Delivered[] = [];
    let segment = await (firsts.get(index) ?? batch.next());
    while (segment !== null) {
      const gathered = collector.take(index, segment.offset, await valuesOf(segment.pages), request.limit);
      const { offset, asked, suspect } = segment;
      delivered.push({
        ...{ offset, asked, short: suspect, shifted: gathered.shifted },
        rows: segment.pages.reduce((sum, page) => sum + page.count, 0),
        last: segment.pages.at(-1)?.count === 0,
      });
      if (segment.error !== undefined) error ??= segment.error;
      const stop = await handOn(index, segment.offset, gathered, false);
      const reached = request.limit !== null && collector.tally(index).readable >= request.limit;
      if ((stop || reached) && error === undefined) {
        end.enough = true;
        break;
      }
      if (error?.code === 'consumer') break;
      segment = await batch.next();
    }
    batch.stop();
    const holes = holesIn(delivered);
    if (error !== undefined || end.enough) {
      end.hole = holes.length > 0;
      if (error !== undefined) for (const other of readers) other.stop();
      continue;
    }
    const gap = missing(collector, batch, index, request.offset);
    const again = [...suspects(delivered, gap, batch, request), ...(batch.state.total === null ? holes : [])];
    const asked = request.batches[index];
    if (asked !== undefined && again.length > 0) {
      const fetch = context.fetcher(asked);
      const answers = again.map((place) => lanes.run(() => fetch({ ...place, token: null }, signal)));
      for (const [position, { offset }] of again.entries()) {
        const page = await answers[position];
        if (page === undefined) continue;
        if (!page.ok) error ??= page.error;
        else {
          const { records } = page.value;
          if (holes.some((hole) => hole.offset === offset && records.count < hole.limit)) end.hole = true;
          await handOn(
            index,
            offset,
            collector.take(index, offset, await valuesOf([records]), request.limit, true),
            true,
          );
        }
      }
    }
    end.gap = missing(collector, batch, index, request.offset);
    // A total that is reached says more than a place that stayed empty.
    if (batch.state.total !== null) end.hole = false;
  }

  const { totals } = collector;
  const notes = [...partialNotes(readers, ends, collector, error), ...reader.notes(), ...damageNotes(meter)];
  const first = meter.firstRequestAt();
  const totalsGiven = readers.map(({ state }) => state.total);
  const partial =
    totals.conflicts > 0 ||
    ends.some(({ gap, hole }) => gap > 0 || hole) ||
    readers.some(({ state }) => state.repeatedToken || state.endless);
  const something = totals.readable + collector.rejected().length > 0;
  const outcome: Outcome =
    error !== undefined
      ? error.code === 'cancelled'
        ? 'cancelled'
        : something
          ? 'partial'
          : 'failed'
      : partial
        ? 'partial'
        : 'complete';
  progress();
  return {
    outcome,
    ...(error === undefined ? {} : { error }),
    records: collector.records(),
    rejected: collector.rejected(),
    notes,
    stats: {
      ...meter.counts,
      records: totals.readable,
      duplicates: totals.duplicates,
      conflicts: totals.conflicts,
      rejected: collector.rejected().length,
      total:
        totalsGiven.length < request.batches.length
          ? null
          : totalsGiven.reduce<number | null>(
              (sum, total) => (sum === null || total === null ? null : sum + total),
              0,
            ),
      expected: expected(),
      latencyMs: first === null ? 0 : clock.now() - first,
    },
  };
}

/** The records of whole pages. */
async function valuesOf(pages: readonly PageRecords[]): Promise<JsonValue[][]> {
  const all: JsonValue[][] = [];
  for (const page of pages) {
    const values: JsonValue[] = [];
    for await (const block of page.blocks())
      for (const record of block) values.push(record.ok ? record.value : record.head);
    all.push(values);
  }
  return all;
}

/** Rows that the total promises and that have not come. */
function missing(collector: Collector, batch: BatchReader, index: number, offset: number): number {
  const { total } = batch.state;
  const { readable, rejected } = collector.tally(index);
  return total === null ? 0 : Math.max(0, total - offset - readable - rejected);
}

/** Segments that ended in nothing, although rows behind them came: there is no end there, but a gap. */
function holesIn(delivered: readonly Delivered[]): { readonly offset: number; readonly limit: number }[] {
  const lastWithRows = delivered.findLastIndex(({ rows }) => rows > 0);
  return delivered
    .slice(0, Math.max(0, lastWithRows))
    .filter(({ last }) => last)
    .map(({ offset, asked }) => ({ offset, limit: asked }));
}

/** Where to read once more: segments that were short or repeated something, their neighbours, and the end. */
function suspects(
  delivered: readonly Delivered[],
  gap: number,
  batch: BatchReader,
  request: RetrievalRequest,
): { readonly offset: number; readonly limit: number }[] {
  const { tokens, total } = batch.state;
  // Tokens cannot be asked for twice; and with a total that is reached, nothing is missing.
  if (tokens || (gap === 0 && total !== null)) return [];
  // Without a total a short page may be the end; only a row that was given twice tells that rows have moved.
  const strange = (index: number): boolean => {
    const segment = delivered[index];
    return segment !== undefined && (segment.shifted || (segment.short && total !== null));
  };
  const places = delivered
    .filter((_, index) => strange(index) || strange(index - 1) || strange(index + 1))
    .map(({ offset, asked }) => ({ offset, limit: asked }));
  // A row that came twice has pushed another one beyond the total.
  if (total !== null) places.push({ offset: total, limit: Math.min(gap, request.pageSize) });
  return places;
}

function damageNotes(meter: Meter): string[] {
  const answers = meter.damagedAnswers();
  if (answers === 0) return [];
  const held = answers === 1 ? '1 answer held' : `${answers} answers held`;
  return [`${held} bytes that are not UTF-8; each was replaced by U+FFFD.`];
}

function partialNotes(
  readers: readonly BatchReader[],
  ends: readonly BatchEnd[],
  collector: Collector,
  error: TenantError | undefined,
): string[] {
  const notes: string[] = [];
  const { conflicts, replaced, readable } = collector.totals;
  const gap = ends.reduce((sum, end) => sum + end.gap, 0);
  if (gap > 0) {
    notes.push(
      `The tenant says that there are ${readable + collector.rejected().length + gap} interactions, but ${gap} of them did not come, ` +
        'although the pages around the gap were read once more.',
    );
  }
  if (ends.some(({ hole }) => hole)) {
    notes.push(
      'The tenant gave nothing at a place in the middle, although rows behind it came; what belongs there is missing.',
    );
  }
  if (conflicts > 0) {
    notes.push(
      `${conflicts} ${conflicts === 1 ? 'interaction' : 'interactions'} came twice with different content; both versions are kept.`,
    );
  }
  if (replaced > 0) {
    notes.push(
      `${replaced} ${replaced === 1 ? 'interaction' : 'interactions'} went on while pages were read; the later version is kept.`,
    );
  }
  if (readers.some(({ state }) => state.repeatedToken)) {
    notes.push(
      'The tenant gave the same page token twice, so there was no way further; what comes after it is missing.',
    );
  }
  if (readers.some(({ state }) => state.endless)) {
    notes.push(
      'The tenant went on giving pages without anything new, or its total grew without end, so reading was stopped.',
    );
  }
  const rejected = collector.rejected().length;
  if (rejected > 0) {
    notes.push(
      `${rejected} ${rejected === 1 ? 'record' : 'records'} could not be read and were set aside with the reason.`,
    );
  }
  if (error !== undefined && readable > 0) {
    notes.push(`It ended early; the ${readable} interactions that had come are kept.`);
  }
  return notes;
}
