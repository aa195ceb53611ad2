/** A whole retrieval: batches of pages, handed on in order, with the proof of what is and is not there. */
import type { BatchProgress, Checkpoint, SeenRecord } from '../protocol/checkpoint.ts';
import type { Interaction, RejectedRecord } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import { closeGaps } from './again.ts';
import { type BatchRun, type BatchSource, newRun } from './batch-run.ts';
import type { Clock } from './clock.ts';
import { type Collector, createCollector, type Gathered } from './collect.ts';
import { scrubber, type TenantError } from './errors.ts';
import { distinctOf, firstOf } from './gaps.ts';
import type { Meter } from './meter.ts';
import { damageNotes } from './notes.ts';
import { SpoolError } from './page-records.ts';
import type { Page } from './pages.ts';
import { discardPages, type ReadPage, readBatch, type Segment } from './paging.ts';
import { piecesOf } from './pieces.ts';
import { type BatchProof, expectedOf, proofOf, totalsOf } from './proof.ts';
import { createReader, type Reader } from './reader.ts';
import {
  checkpointOf,
  difference,
  isExpired,
  type Landmark,
  requestDigest,
  restore,
  type StartOver,
} from './resume.ts';
import type {
  Batch,
  Resume,
  RetrievalRequest,
  RetrievalResult,
  RetrieveOptions,
  Traffic,
} from './retrieval.ts';

export interface RetrievalContext {
  readonly profile: Profile;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly pausedUntil: () => number | null;
  /** What reading gave to tell by its end. */
  readonly notes: readonly string[];
  readonly source: (batch: Batch) => BatchSource;
}

/** Retrieves a request's batches. Never rejects: how it ended is in the result. */
export async function retrieveBatches(
  context: RetrievalContext,
  request: RetrievalRequest,
  options: RetrieveOptions,
): Promise<RetrievalResult> {
  let { resume } = request;
  let failed: TenantError | undefined;
  for (;;) {
    const result = await new Retrieval(context, request, options, resume, failed).run();
    if (!('startOver' in result)) return result;
    // Only what went on from another process starts over.
    resume = undefined;
    try {
      await options.onStartOver?.(result.startOver);
    } catch (thrown) {
      failed = notTaken(thrown);
    }
  }
}

class Retrieval {
  readonly #context: RetrievalContext;
  readonly #request: RetrievalRequest;
  readonly #options: RetrieveOptions;
  readonly #resume: Resume | undefined;
  readonly #signal: AbortSignal;
  readonly #reader: Reader;
  readonly #collector: Collector;
  readonly #runs: BatchRun[];
  readonly #digest: string;
  /** What was handed on, where the caller does not keep it. */
  readonly #kept: Interaction[] = [];
  readonly #rejected: RejectedRecord[] = [];
  /** Number of the first interaction that was handed on here. */
  readonly #inherited: number;
  /** Rows of pages that gave nothing new: told with the next that did. */
  #carried: SeenRecord[] = [];
  #error: TenantError | undefined;
  /** What was handed on last was no end of a page. */
  #unfinished = false;

  constructor(
    context: RetrievalContext,
    request: RetrievalRequest,
    options: RetrieveOptions,
    resume: Resume | undefined,
    failed: TenantError | undefined,
  ) {
    const checkpoint = resume?.checkpoint;
    this.#context = context;
    this.#request = request;
    this.#options = options;
    this.#resume = resume;
    this.#error = failed;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#reader = createReader(context.profile.response, checkpoint?.assumed);
    this.#inherited = checkpoint?.totals.versions ?? 0;
    this.#collector = createCollector({
      reader: this.#reader,
      recall: options.recall ?? ((version) => this.#kept[version - this.#inherited]),
      ...(options.digest === undefined ? {} : { digest: options.digest }),
      ...(checkpoint === undefined ? {} : { resumed: checkpoint }),
    });
    this.#digest = requestDigest(request);
    this.#runs = request.batches.map((batch, index) =>
      newRun(batch, context.source(batch), checkpoint?.batches[index]),
    );
  }

  async run(): Promise<RetrievalResult | StartOver> {
    const { meter } = this.#context;
    let begin = 0;
    if (this.#resume !== undefined && this.#error === undefined) {
      const begun = await this.#takeUp(this.#resume);
      if (typeof begun !== 'number') return begun;
      begin = begun;
    }
    meter.onThrottled(() => this.#progress());
    let startOver: StartOver | undefined;
    for (let index = begin; index < this.#runs.length && startOver === undefined; index += 1) {
      const run = this.#runs[index];
      if (run === undefined || (this.#error !== undefined && run.reader === undefined)) continue;
      // The first pages of the next batches are on their way while this one is read.
      for (let near = 0; near < this.#request.concurrency && this.#error === undefined; near += 1) {
        this.#open(index + near);
      }
      startOver = await this.#readBatch(index, run);
    }
    await this.#stop();
    if (startOver !== undefined) return startOver;
    this.#progress();
    return this.#result();
  }

  fail(error: TenantError): void {
    this.#error ??= error;
  }

  /** Checks what had come; gives the batch to go on with. */
  async #takeUp(resume: Resume): Promise<number | StartOver> {
    const { checkpoint } = resume;
    const run = this.#runs[checkpoint.batch];
    if (checkpoint.request !== this.#digest || run === undefined) {
      return { startOver: 'What had been retrieved belongs to another request.' };
    }
    const tail = await restore(resume, this.#collector);
    if ('startOver' in tail) return tail;
    const { last, next, batch } = checkpoint;
    const answer = await run.source.fetch(last.place, this.#signal);
    if (!answer.ok) {
      const { code } = answer.error;
      if (last.place.token !== null && isExpired(code)) {
        return { startOver: 'The tenant does not know its page token any more.' };
      }
      this.fail(answer.error);
      return batch;
    }
    const page = answer.value;
    try {
      const own = createReader(this.#context.profile.response);
      const differs = await difference(checkpoint, tail, page, this.#collector, own);
      if (differs !== undefined) return differs;
    } catch (thrown) {
      this.fail(spoolError(thrown));
      return batch;
    } finally {
      await page.records.discard();
    }
    run.lastTotal = last.total;
    run.end.enough ||= resume.stopped === true;
    if (run.end.enough) return batch + 1;
    run.finished = next === null;
    // The token that it gives now leads on, the one that it gave then may have expired.
    if (next !== null) run.from = { ...next, token: page.token };
    return batch;
  }

  #open(index: number): void {
    const run = this.#runs[index];
    if (run === undefined || run.reader !== undefined) return;
    const { batch, source, from, state } = run;
    const { limit, offset, pageSize, concurrency } = this.#request;
    const common = {
      ...{ fetch: source.fetch, offset, concurrency, signal: this.#signal },
      ...(from === undefined ? {} : { from: { position: from, state } }),
    };
    run.reader =
      source.open?.(common) ??
      readBatch({
        ...common,
        pageSize,
        wanted: () => (limit === null ? null : limit - this.#collector.tally(index).readable),
        useless: () => run.useless,
        most: batch.ids?.length ?? null,
      });
    if (run.finished) run.first = Promise.resolve(null);
    else {
      run.state = run.reader.state;
      run.first = run.reader.next();
    }
  }

  async #readBatch(index: number, run: BatchRun): Promise<StartOver | undefined> {
    for (;;) {
      const startOver = await this.#readSegments(index, run);
      // An id that is not known is no gap, and a file has none.
      if (startOver !== undefined || run.source.open !== undefined) return startOver;
      const { end, gaps } = run;
      if (this.#error !== undefined || end.enough) {
        const holes = gaps.holes();
        end.hole = holes.length > 0;
        end.empty = firstOf(holes, null);
        return undefined;
      }
      const { versions } = this.#collector.totals;
      const closed = await this.#closeGaps(index, run);
      if (closed !== undefined) return closed;
      // Where too many pages were empty, reading had stopped. Now they are not: it goes on behind them.
      const behind = gaps.behind();
      const { endless, tokens, total } = run.state;
      const leadsOn = end.gap > 0 && !endless && !tokens && this.#error === undefined;
      const isNew = this.#collector.totals.versions > versions;
      if (!leadsOn || !isNew || behind === undefined || behind.row >= (total ?? 0)) return undefined;
      run.from = behind;
      run.reader = undefined;
      this.#open(index);
    }
  }

  /** Reads a batch from where its reader is to where it ends. */
  async #readSegments(index: number, run: BatchRun): Promise<StartOver | undefined> {
    const { reader, end } = run;
    if (reader === undefined) return undefined;
    let segment = await (run.first ?? reader.next());
    run.first = undefined;
    while (segment !== null) {
      if (segment.error !== undefined) this.fail(segment.error);
      const went = await this.#takeSegment(index, run, segment);
      if (typeof went !== 'string') return went;
      if (went === 'enough' && this.#error === undefined) end.enough = true;
      if (end.enough || this.#error?.code === 'consumer') break;
      segment = await reader.next();
    }
    await reader.stop();
    return undefined;
  }

  async #closeGaps(index: number, run: BatchRun): Promise<StartOver | undefined> {
    let startOver: StartOver | undefined;
    await closeGaps({
      run,
      tally: this.#tally(index),
      offset: this.#request.offset,
      concurrency: this.#request.concurrency,
      signal: this.#signal,
      fail: (error) => this.fail(error),
      take: async (offset, page) => {
        if (startOver !== undefined || this.#error?.code === 'consumer') return false;
        startOver = await this.#takeLate(index, offset, page);
        return startOver === undefined;
      },
    });
    return startOver;
  }

  /** Takes a stretch over, piece by piece. */
  async #takeSegment(index: number, run: BatchRun, segment: Segment): Promise<'on' | 'enough' | StartOver> {
    const { limit } = this.#request;
    const { offset, asked, next } = segment;
    const moved = this.#watchTotals(run, segment.pages);
    let shifted = false;
    const before = distinctOf(this.#tally(index));
    let row = offset;
    let ofPage = 0;
    const remember = (): void => {
      const rows = segment.pages.reduce((sum, { page }) => sum + page.records.count, 0);
      const empty = segment.pages.at(-1)?.page.records.count === 0;
      run.gaps.add({ offset, asked, rows, short: segment.suspect, shifted, moved, empty });
    };
    try {
      for await (const { read, records, first, last } of piecesOf(segment.pages)) {
        if (first) {
          this.#collector.page();
          ofPage = 0;
        }
        const gathered = this.#collector.take({ batch: index, row, records, limit, late: false });
        if (gathered.undecided) return UNDECIDED;
        row += records.length;
        ofPage += gathered.seen.length;
        shifted ||= gathered.shifted;
        const reached = limit !== null && this.#tally(index).readable >= limit;
        const ends = last || reached;
        if (ends) {
          remember();
          run.useless = distinctOf(this.#tally(index)) > before ? 0 : run.useless + 1;
        }
        // After an error nothing stands behind what came before any more.
        const whole = last && gathered.seen.length === records.length;
        const isLandmark = ends && next !== undefined && this.#error === undefined;
        const place = isLandmark ? { read, next, rows: ofPage, reached, whole } : undefined;
        const stop = await this.#handOn(index, gathered, row - records.length, place);
        if (stop || reached) return 'enough';
      }
      if (row === offset) remember();
    } catch (thrown) {
      this.fail(spoolError(thrown));
    } finally {
      await discardPages(segment.pages);
    }
    return 'on';
  }

  /** Whether the total is another than on the page before. */
  #watchTotals(run: BatchRun, pages: readonly ReadPage[]): boolean {
    let moved = false;
    for (const { page } of pages) {
      if (page.total === null) continue;
      if (run.lastTotal !== null && page.total !== run.lastTotal) {
        moved = true;
        if (page.total < run.lastTotal) run.end.shrunk = true;
      }
      run.lastTotal = page.total;
    }
    return moved;
  }

  /** Takes a page that was read once more: its rows belong among earlier ones. */
  async #takeLate(index: number, offset: number, { records }: Page): Promise<StartOver | undefined> {
    const { limit } = this.#request;
    this.#collector.page();
    let row = offset;
    try {
      for await (const block of records.blocks()) {
        const gathered = this.#collector.take({ batch: index, row, records: block, limit, late: true });
        if (gathered.undecided) return UNDECIDED;
        await this.#handOn(index, gathered, row, undefined, true);
        if (this.#error?.code === 'consumer') return undefined;
        row += block.length;
      }
    } catch (thrown) {
      this.fail(spoolError(thrown));
    }
    return undefined;
  }

  /** Hands on what is new; whether the caller has enough. */
  async #handOn(
    batch: number,
    gathered: Gathered,
    offset: number,
    place: Landmark | undefined,
    late = false,
  ): Promise<boolean> {
    const { interactions, first, replaced, replaces, rejected } = gathered;
    const { recall, onPage } = this.#options;
    if (recall === undefined) {
      for (const interaction of interactions) this.#kept.push(interaction);
      for (const record of rejected) this.#rejected.push(record);
      for (const [at, version] of replaces.entries()) {
        const fuller = replaced[at];
        if (fuller !== undefined) this.#kept[version - this.#inherited] = fuller;
      }
    }
    this.#progress();
    if (onPage !== undefined) this.#carried.push(...gathered.seen);
    const isNew = interactions.length + replaced.length + rejected.length > 0;
    // What had begun a page is told where the page ends, although the rest of it is nothing new.
    if (!isNew && (place === undefined || !this.#unfinished)) return false;
    this.#unfinished = place === undefined;
    const seen = this.#carried;
    this.#carried = [];
    const checkpoint = place === undefined ? null : this.#checkpoint(batch, place);
    try {
      const answer = await onPage?.({
        ...{ batch, offset, interactions, first, replaced, replaces, rejected, late, seen, checkpoint },
        traffic: this.#traffic(),
      });
      return answer === 'stop';
    } catch (thrown) {
      this.fail(notTaken(thrown));
      return true;
    }
  }

  #checkpoint(batch: number, landmark: Landmark): Checkpoint {
    const batches = this.#batches().slice(0, batch + 1);
    return checkpointOf(landmark, {
      request: this.#digest,
      batch,
      batches: batches.map(({ state, tally, end }, index) => ({
        ...{ state: { ...state }, tally: { ...tally }, ...end },
        stretches: index === batch ? (this.#runs[index]?.gaps.snapshot() ?? []) : [],
      })),
      totals: { ...this.#collector.totals },
      assumed: this.#reader.assumed(),
    });
  }

  #tally(index: number): BatchProgress['tally'] {
    return this.#collector.tally(index);
  }

  /** What is known of each batch. */
  #batches(): BatchProof[] {
    const { offset } = this.#request;
    return this.#runs.map(({ state, end }, index) => ({ state, end, tally: this.#tally(index), offset }));
  }

  #progress(): void {
    const { requests, retries, throttled, pages } = this.#context.meter.counts;
    try {
      this.#options.onProgress?.({
        records: this.#collector.totals.readable,
        expected: expectedOf(this.#batches(), this.#request.limit),
        ...{ requests, retries, throttled, pages },
        pausedUntil: this.#context.pausedUntil(),
      });
    } catch {
      // Only the display is behind.
    }
  }

  /** Ends what is under way and frees what nobody reads. */
  async #stop(): Promise<void> {
    await Promise.all(
      this.#runs.map(async ({ reader, first }) => {
        await reader?.stop();
        await discardPages((await first)?.pages ?? []);
      }),
    );
  }

  #traffic(): Traffic {
    const { clock, meter } = this.#context;
    const first = meter.firstRequestAt();
    return { ...meter.counts, latencyMs: first === null ? 0 : clock.now() - first };
  }

  #result(): RetrievalResult {
    const { meter } = this.#context;
    const { totals } = this.#collector;
    const error = this.#error;
    const batches = this.#batches();
    const { outcome, notes } = proofOf(batches, totals, error);
    const order = this.#collector.order();
    const kept = order
      ?.filter((version) => version >= this.#inherited)
      .flatMap((version) => this.#kept[version - this.#inherited] ?? []);
    return {
      outcome,
      ...(error === undefined ? {} : { error }),
      records: kept ?? this.#kept,
      rejected: this.#rejected,
      order,
      continued: this.#resume !== undefined,
      notes: [
        ...notes,
        ...this.#context.notes,
        ...this.#reader.notes(),
        ...damageNotes(meter.damagedAnswers()),
      ],
      stats: {
        ...this.#traffic(),
        records: totals.readable,
        duplicates: totals.duplicates,
        conflicts: totals.conflicts,
        rejected: totals.rejected,
        total: totalsOf(batches),
        expected: expectedOf(batches, this.#request.limit),
      },
    };
  }
}

const UNDECIDED: StartOver = {
  startOver:
    'An interaction that had been retrieved came again with other content, and what it was is no longer there to compare.',
};

function notTaken(thrown: unknown): TenantError {
  const why = scrubber.clean(thrown instanceof Error ? thrown.message : String(thrown));
  return {
    code: 'consumer',
    message: `What was retrieved could not be taken over: ${why}`,
    retriable: false,
  };
}

/** What only a temporary file throws. */
function spoolError(thrown: unknown): TenantError {
  if (thrown instanceof SpoolError) return thrown.error;
  throw thrown;
}
