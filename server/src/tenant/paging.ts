/**
 * The pages of one filter, asked for side by side and given in order. The next offset is what was received,
 * not what was asked for; the end is proved by a total beyond which nothing comes, an empty page where no total
 * promises more, or a page token that does not come.
 */
import type { BatchProgress, Position } from '../protocol/checkpoint.ts';
import { type Result, success, type TenantError } from './errors.ts';
import type { FetchPage, Page, PagePlace } from './pages.ts';

/** A page with the place that it was asked for by. */
export interface ReadPage {
  readonly place: PagePlace;
  readonly page: Page;
}

/** A stretch of rows: one page, and those that filled it up where it was short. */
export interface Segment {
  /** Row of its first record. */
  readonly offset: number;
  readonly asked: number;
  /** Whoever gets the segment reads or discards their records. */
  readonly pages: readonly ReadPage[];
  /** Short or empty where more was to be expected: a gap may be here. */
  readonly suspect: boolean;
  /** Where reading goes on behind it; null where nothing is behind it, undefined where it cannot be taken up here. */
  readonly next: Position | null | undefined;
  readonly error?: TenantError;
}

export type BatchState = BatchProgress['state'];

export function newBatchState(): BatchState {
  return {
    ...{ total: null, firstTotal: null, furthest: 0, ended: false, tokens: false },
    ...{ repeatedToken: false, endless: false },
  };
}

/** The total, as long as no row came from beyond it: whatever it counts then, it is not the rows. */
export function believedTotal({ total, furthest }: Readonly<BatchState>): number | null {
  return total !== null && furthest <= total ? total : null;
}

export interface BatchReader {
  /** The next segment in order; null after the last. After an error, what had already come still follows. */
  next(): Promise<Segment | null>;
  /** Enough: gives up what is under way, down to the socket, and frees what had come of it. */
  stop(): Promise<void>;
  readonly state: Readonly<BatchState>;
}

export interface BatchOptions {
  readonly fetch: FetchPage;
  readonly offset: number;
  readonly pageSize: number;
  /** Pages begun ahead of the one that is due. */
  readonly concurrency: number;
  /** Rows still wanted beyond those given so far; null for all. */
  readonly wanted: () => number | null;
  /** Segments without anything new, one after another, up to now. */
  readonly useless: () => number;
  /** More interactions than these cannot come: the filter names them; null where it names none. */
  readonly most: number | null;
  /** Where another process had come to, with the state that it had. */
  readonly from?: { readonly position: Position; readonly state: BatchState };
  readonly signal: AbortSignal;
}

interface Task {
  readonly offset: number;
  readonly size: number;
  skipped: boolean;
  /** Bytes of its records, once they have come and wait for their turn; undefined while they are under way. */
  come: number | undefined;
  work: Promise<Filled>;
}

interface Filled {
  readonly pages: readonly ReadPage[];
  readonly rows: number;
  readonly short: boolean;
  readonly token: string | null;
  readonly error?: TenantError;
}

const NOTHING: Filled = { pages: [], rows: 0, short: false, token: null };

/** A total that grows is followed up to this. */
const growthLimit = (first: number): number => 2 * first + 1_000;
/** So many empty pages, one after another, are gone past where a token or the total leads on. */
const MAX_EMPTY_PAGES = 3;
/** Pages that wait for their turn, beyond as many as are asked for at once, may hold so much. */
const AHEAD_BYTES = 16 * 2 ** 20;

/** What an answer brought: pages at one place, of which all but the last are empty. */
function whatCame(pages: readonly ReadPage[]): { readonly count: number; readonly token: string | null } {
  const page = pages.at(-1)?.page;
  return { count: page?.records.distinct ?? 0, token: page?.token ?? null };
}

export async function discardPages(pages: readonly ReadPage[]): Promise<void> {
  await Promise.all(pages.map(({ page }) => page.records.discard()));
}

export function readBatch(options: BatchOptions): BatchReader {
  const { offset: start, pageSize, concurrency, from } = options;
  const state: BatchState = { ...(from?.state ?? newBatchState()) };
  const controller = new AbortController();
  const cancel = (): void => controller.abort();
  if (options.signal.aborted) cancel();
  else options.signal.addEventListener('abort', cancel);

  let stopped = false;
  // Nothing further is asked for: tokens took over, or a page met an error that ends the run.
  let abandoned = false;
  // A page came with a token: what has been asked for comes, and no more is.
  let handedOver = false;
  // Rows at which nothing was found, and behind which nothing was found yet.
  let empties: number[] = [];
  // Short pages that are being filled up: without a total, what comes after them waits, for this may be the end.
  const filling = new Map<number, Promise<void>>();
  const pending: Task[] = [];
  // Begins what there is room for, as soon as a page has come, whosever turn it is.
  let plan = (): void => undefined;

  const fetchPage = (place: PagePlace) => options.fetch(place, controller.signal);

  const observe = ({ total }: Page, at: number, count: number): void => {
    if (count > 0) {
      state.furthest = Math.max(state.furthest, at + count);
      empties = empties.filter((row) => row >= state.furthest);
    }
    if (total === null) return;
    state.firstTotal ??= total;
    state.total = Math.max(state.total ?? 0, total);
  };

  const reaches = (row: number): boolean => {
    const total = believedTotal(state);
    return total !== null && row >= total;
  };

  /** Nothing is expected any more: an empty page where no total promises rows, or too many of them. */
  const isEnd = (): boolean => empties.length > (believedTotal(state) === null ? 0 : MAX_EMPTY_PAGES - 1);

  /** A page; one that is empty although there have to be rows is asked for twice, then both are given. */
  const ask = async (place: PagePlace): Promise<Result<readonly ReadPage[]>> => {
    const { offset } = place;
    const first = await fetchPage(place);
    if (!first.ok) return first;
    const page = first.value;
    observe(page, offset, page.records.distinct);
    const pages = [{ place, page }];
    const promised = believedTotal(state) !== null && !reaches(offset);
    // Behind an empty page it would likely be in vain.
    const isFirst = empties.every((row) => row >= offset);
    if (page.records.distinct > 0 || !promised || !isFirst) return success(pages);
    const again = await fetchPage(place);
    if (!again.ok) return again.error.code === 'cancelled' ? again : success(pages);
    observe(again.value, offset, again.value.records.distinct);
    return success([...pages, { place, page: again.value }]);
  };

  const fill = async (task: Task): Promise<Filled> => {
    const pages: ReadPage[] = [];
    let got = 0;
    let short = false;
    let filled = (): void => undefined;
    for (;;) {
      if (abandoned || (isEnd() && empties.some((row) => task.offset >= row))) {
        task.skipped = true;
        return NOTHING;
      }
      const waits = believedTotal(state) === null;
      const [, before] = [...filling].find(([row]) => waits && row < task.offset) ?? [];
      if (before === undefined) break;
      await before;
    }
    try {
      while (got < task.size) {
        const at = task.offset + got;
        const answer = await ask({ offset: at, limit: task.size - got, token: null });
        if (!answer.ok) {
          abandoned = true;
          return { pages, rows: got, short, token: null, error: answer.error };
        }
        pages.push(...answer.value);
        const { count, token } = whatCame(answer.value);
        if (count === 0) {
          if (at >= state.furthest) empties.push(at);
          // Behind the total nothing was to be expected.
          short ||= !reaches(at);
          break;
        }
        got += count;
        if (token !== null) {
          // Those behind it belong to the offsets, which no longer count.
          handedOver = true;
          return { pages, rows: got, short, token };
        }
        if (got >= task.size || reaches(task.offset + got)) break;
        short = true;
        if (!filling.has(task.offset)) {
          filling.set(
            task.offset,
            new Promise((resolve) => {
              filled = resolve;
            }),
          );
        }
      }
      return { pages, rows: got, short, token: null };
    } finally {
      filling.delete(task.offset);
      filled();
    }
  };

  const launch = (task: Task): void => {
    task.skipped = false;
    task.come = undefined;
    task.work = fill(task).then((filled) => {
      task.come = filled.pages.reduce((sum, { page }) => sum + page.records.bytes, 0);
      plan();
      return filled;
    });
  };

  /** As many under way as are asked for at once; what has come and waits for its turn is bounded too. */
  const hasRoom = (): boolean => {
    const under = pending.filter(({ come, skipped }) => come === undefined || skipped).length;
    if (under >= concurrency || pending.length < concurrency) return under < concurrency;
    const held = pending.reduce((sum, { come = 0 }) => sum + come, 0);
    return pending.length < 2 * concurrency && held < AHEAD_BYTES;
  };

  const segment = (task: Task, filled: Filled, step: number): Segment => {
    const row = task.offset + filled.rows;
    return {
      offset: task.offset,
      asked: task.size,
      pages: filled.pages,
      suspect: filled.short,
      next: { offset: row, token: filled.token, step, row },
      ...(filled.error === undefined ? {} : { error: filled.error }),
    };
  };

  async function* segments(): AsyncGenerator<Segment, undefined> {
    if (from !== undefined) {
      const { offset, token, step } = from.position;
      if (token !== null) yield* serial(token, offset);
      else yield* sideBySide(step ?? pageSize, offset, believedTotal(state) === null);
      return;
    }
    const firstSize = Math.min(pageSize, options.wanted() ?? pageSize);
    const first = await ask({ offset: start, limit: firstSize, token: null });
    if (!first.ok) {
      yield {
        offset: start,
        asked: firstSize,
        pages: [],
        suspect: false,
        next: undefined,
        error: first.error,
      };
      return;
    }
    const { count: got, token } = whatCame(first.value);
    const row = start + got;
    const told = believedTotal(state) !== null;
    const isShort = got < firstSize && !reaches(row);
    const isHole = got === 0 && isShort && told;
    // A first page that is short sets the step; without a total it may as well be the last.
    const step = isShort && got > 0 ? got : pageSize;
    const done = token === null && !isHole && (got === 0 || (got !== firstSize && reaches(row)));
    if (done && got === 0) state.ended = true;
    if (isHole) empties.push(start);
    yield {
      offset: start,
      asked: firstSize,
      pages: first.value,
      suspect: isShort && told,
      next: done ? null : { offset: row, token, step, row },
    };
    if (token !== null) yield* serial(token, row);
    else if (!done) yield* sideBySide(step, isHole ? start + firstSize : row, isShort && !told);
  }

  async function* sideBySide(
    step: number,
    begin: number,
    careful: boolean,
  ): AsyncGenerator<Segment, undefined> {
    let next = begin;
    let probing = careful;
    // While a page is taken over: what was wanted before it, without its rows.
    let left: number | null | undefined;
    plan = () => {
      while (!stopped && !abandoned && !handedOver && !isEnd() && hasRoom()) {
        if (probing && pending.length > 0) return;
        const promised = pending.reduce((sum, task) => sum + task.size, 0);
        const wanted = left === undefined ? options.wanted() : left;
        const size = wanted === null ? step : Math.min(step, wanted - promised);
        if (size <= 0) return;
        const total = believedTotal(state);
        if (total !== null) {
          // One page more where the last one ends at the total: a total that is too low shows in what lies behind.
          if (next > total || (next === total && options.most !== null && next - start >= options.most))
            return;
          if (state.firstTotal !== null && next >= growthLimit(state.firstTotal)) {
            state.endless = true;
            return;
          }
        }
        const work = Promise.resolve(NOTHING);
        const task: Task = { offset: next, size, skipped: false, come: undefined, work };
        pending.push(task);
        next += size;
        launch(task);
      }
    };
    for (;;) {
      // They made room for what might have been the end and was not.
      if (!isEnd()) for (const task of pending) if (task.skipped && !abandoned) launch(task);
      plan();
      const head = pending[0];
      if (head === undefined) break;
      const filled = await head.work;
      if (head.skipped) {
        const isBehind = isEnd() && empties.some((row) => head.offset >= row);
        if (stopped || abandoned || isBehind) pending.shift();
        else launch(head);
        continue;
      }
      const wanted = options.wanted();
      left = wanted === null ? null : wanted - filled.rows;
      pending.shift();
      if (filled.rows >= head.size) probing = false;
      // While it is taken over, the next pages are on their way.
      plan();
      yield segment(head, filled, step);
      left = undefined;
      if (filled.error !== undefined) {
        yield* leftovers();
        return;
      }
      if (filled.token !== null) {
        abandoned = true;
        void dropPending();
        yield* serial(filled.token, head.offset + filled.rows);
        return;
      }
      if (options.useless() > concurrency + 2) {
        state.endless = true;
        abandoned = true;
        return;
      }
    }
    state.ended = empties.length > 0;
  }

  /** What other lanes had finished when one failed: it was retrieved, so it is kept. */
  async function* leftovers(): AsyncGenerator<Segment, undefined> {
    controller.abort();
    for (let task = pending.shift(); task !== undefined; task = pending.shift()) {
      const { error: _, ...filled } = await task.work;
      if (filled.rows > 0) yield { ...segment(task, filled, pageSize), suspect: true, next: undefined };
      else await discardPages(filled.pages);
    }
  }

  async function dropPending(): Promise<void> {
    const dropped = pending.splice(0);
    await Promise.all(dropped.map(async ({ work }) => discardPages((await work).pages)));
  }

  async function* serial(token: string, begin: number): AsyncGenerator<Segment, undefined> {
    state.tokens = true;
    const seen = new Set<string>();
    let at = begin;
    let empty = 0;
    let next: string | null = token;
    while (next !== null) {
      const wanted = options.wanted();
      if (stopped || (wanted !== null && wanted <= 0)) return;
      if (seen.has(next)) {
        state.repeatedToken = true;
        return;
      }
      seen.add(next);
      const answer = await ask({ offset: at, limit: pageSize, token: next });
      const base = { offset: at, asked: pageSize, suspect: false };
      if (!answer.ok) {
        yield { ...base, pages: [], next: undefined, error: answer.error };
        return;
      }
      const { count, token: further } = whatCame(answer.value);
      at += count;
      empty = count === 0 ? empty + 1 : 0;
      next = further;
      if (next === null) state.ended = true;
      yield {
        ...base,
        pages: answer.value,
        next: next === null ? null : { offset: at, token: next, step: null, row: at },
      };
      if (next !== null && (empty > MAX_EMPTY_PAGES || options.useless() > concurrency + 2)) {
        state.endless = true;
        return;
      }
    }
  }

  const generator = segments();
  return {
    state,
    async next() {
      const result = await generator.next();
      if (result.done !== true) return result.value;
      options.signal.removeEventListener('abort', cancel);
      return null;
    },
    async stop() {
      stopped = true;
      controller.abort();
      options.signal.removeEventListener('abort', cancel);
      await dropPending();
      await generator.return(undefined);
    },
  };
}
