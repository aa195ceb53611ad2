/**
 * The pages of one filter, asked for side by side and given in order. The next offset is what was received,
 * not what was asked for; the end is proved by the total, an empty page, or a page token that does not come.
 */
import type { Result, TenantError } from './errors.ts';
import type { Lanes } from './lanes.ts';
import type { PageRecords } from './page-records.ts';
import type { FetchPage, Page, PagePlace } from './pages.ts';

/** A stretch of rows: one page, and those that filled it up where it was short. */
export interface Segment {
  /** Row of its first record. */
  readonly offset: number;
  readonly asked: number;
  readonly pages: readonly PageRecords[];
  /** Short or empty where more was to be expected: a gap may be here. */
  readonly suspect: boolean;
  readonly error?: TenantError;
}

export interface BatchState {
  /** Largest total that the tenant gave; null where it gave none or one that cannot be. */
  total: number | null;
  /** The end was proved by an empty page or by a token that did not come. */
  ended: boolean;
  /** Page tokens took over. */
  tokens: boolean;
  repeatedToken: boolean;
  /** It went on and on without anything new, or its total ran away. */
  endless: boolean;
}

export interface BatchReader {
  /** The next segment in order; null after the last. After an error, what had already come still follows. */
  next(): Promise<Segment | null>;
  /** Enough: gives up what is under way, down to the socket. */
  stop(): void;
  readonly state: Readonly<BatchState>;
}

export interface BatchOptions {
  readonly fetch: FetchPage;
  readonly lanes: Lanes;
  readonly offset: number;
  readonly pageSize: number;
  readonly concurrency: number;
  /** Rows still wanted beyond those given so far; null for all. */
  readonly wanted: () => number | null;
  /** Segments without anything new, one after another, up to now. */
  readonly useless: () => number;
  readonly signal: AbortSignal;
}

interface Task {
  readonly offset: number;
  readonly size: number;
  skipped: boolean;
  work: Promise<Filled>;
}

interface Filled {
  readonly pages: readonly PageRecords[];
  readonly rows: number;
  readonly short: boolean;
  readonly token: string | null;
  readonly error?: TenantError;
}

const NOTHING: Filled = { pages: [], rows: 0, short: false, token: null };

/** A total that grows is followed up to this. */
const growthLimit = (first: number): number => 2 * first + 1_000;
const MAX_EMPTY_TOKEN_PAGES = 3;

export function readBatch(options: BatchOptions): BatchReader {
  const { offset: start, pageSize, concurrency, lanes } = options;
  const state: BatchState = {
    total: null,
    ended: false,
    tokens: false,
    repeatedToken: false,
    endless: false,
  };
  const controller = new AbortController();
  const cancel = (): void => controller.abort();
  if (options.signal.aborted) cancel();
  else options.signal.addEventListener('abort', cancel);

  let stopped = false;
  // Nothing further is asked for: tokens took over, or a lane met an error that ends the run.
  let abandoned = false;
  let trusted = true;
  let firstTotal: number | null = null;
  // Rows at which nothing was found; a row found after one takes it off again.
  let empties: number[] = [];
  // Short pages that are being filled up: without a total, what comes after them waits, for this may be the end.
  const filling = new Map<number, Promise<void>>();

  const observe = (page: Page, at: number, count: number): void => {
    if (page.total === null || !trusted) return;
    if (count > 0 && at + count > page.total) {
      // More rows than there should be: whatever it counts, it is not the rows.
      trusted = false;
      state.total = null;
      return;
    }
    firstTotal ??= page.total;
    state.total = Math.max(state.total ?? 0, page.total);
  };

  const fill = async (task: Task): Promise<Filled> => {
    const pages: PageRecords[] = [];
    let got = 0;
    let short = false;
    let filled = (): void => undefined;
    for (;;) {
      if (abandoned || empties.some((row) => task.offset >= row)) {
        task.skipped = true;
        return NOTHING;
      }
      const [, before] = [...filling].find(([row]) => state.total === null && row < task.offset) ?? [];
      if (before === undefined) break;
      await before;
    }
    try {
      while (got < task.size) {
        const at = task.offset + got;
        const answer = await options.fetch(
          { offset: at, limit: task.size - got, token: null },
          controller.signal,
        );
        if (!answer.ok) {
          abandoned = true;
          return { pages, rows: got, short, token: null, error: answer.error };
        }
        const page = answer.value;
        const count = page.records.distinct;
        observe(page, at, count);
        pages.push(page.records);
        if (count === 0) {
          empties.push(at);
          short = true;
          break;
        }
        got += count;
        if (page.token !== null) return { pages, rows: got, short, token: page.token };
        if (got >= task.size || (state.total !== null && task.offset + got >= state.total)) break;
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
    task.work = lanes.run(() => fill(task));
  };

  const segment = (task: Task, filled: Filled): Segment => ({
    offset: task.offset,
    asked: task.size,
    pages: filled.pages,
    suspect: filled.short,
    ...(filled.error === undefined ? {} : { error: filled.error }),
  });

  async function* segments(): AsyncGenerator<Segment, undefined> {
    const firstSize = Math.min(pageSize, options.wanted() ?? pageSize);
    const first = await lanes.run(() =>
      options.fetch({ offset: start, limit: firstSize, token: null }, controller.signal),
    );
    if (!first.ok) {
      yield { offset: start, asked: firstSize, pages: [], suspect: false, error: first.error };
      return;
    }
    const got = first.value.records.distinct;
    observe(first.value, start, got);
    const isShort = got < firstSize && (state.total === null || start + got < state.total);
    yield {
      offset: start,
      asked: firstSize,
      pages: [first.value.records],
      suspect: isShort && state.total !== null,
    };
    if (first.value.token !== null) {
      yield* serial(first.value.token, start + got);
      return;
    }
    if (got === 0) {
      state.ended = true;
      return;
    }
    // A first page that is short sets the step; without a total it may as well be the last.
    const step = isShort ? got : pageSize;
    yield* sideBySide(step, start + got, isShort && state.total === null);
  }

  async function* sideBySide(
    step: number,
    from: number,
    careful: boolean,
  ): AsyncGenerator<Segment, undefined> {
    const pending: Task[] = [];
    let next = from;
    let probing = careful;
    const window = 2 * concurrency;
    const plan = (): void => {
      while (!stopped && !abandoned && pending.length < window && empties.length === 0) {
        if (probing && pending.length > 0) return;
        const promised = pending.reduce((sum, task) => sum + task.size, 0);
        const wanted = options.wanted();
        const room = wanted === null ? step : wanted - promised;
        const left = state.total === null ? step : state.total - next;
        if (firstTotal !== null && left > 0 && next >= growthLimit(firstTotal)) {
          state.endless = true;
          return;
        }
        const size = Math.min(step, room, left);
        if (size <= 0) return;
        const task: Task = { offset: next, size, skipped: false, work: Promise.resolve(NOTHING) };
        launch(task);
        pending.push(task);
        next += size;
      }
    };
    for (;;) {
      // They made room for what might have been the end and was not.
      if (empties.length === 0) for (const task of pending) if (task.skipped && !abandoned) launch(task);
      plan();
      const head = pending.shift();
      if (head === undefined) break;
      const filled = await head.work;
      if (head.skipped) {
        if (stopped || abandoned || empties.some((row) => head.offset >= row)) continue;
        launch(head);
        pending.unshift(head);
        continue;
      }
      if (filled.rows > 0) empties = empties.filter((row) => row >= head.offset);
      if (filled.rows >= head.size) probing = false;
      yield segment(head, filled);
      if (filled.error !== undefined) {
        yield* leftovers(pending);
        return;
      }
      if (filled.token !== null) {
        // Those still under way belong to the offsets, which no longer count.
        abandoned = true;
        yield* serial(filled.token, head.offset + filled.rows);
        return;
      }
      if (options.useless() > concurrency + 2) {
        state.endless = true;
        return;
      }
    }
    state.ended = empties.length > 0;
  }

  /** What other lanes had finished when one failed: it was retrieved, so it is kept. */
  async function* leftovers(pending: readonly Task[]): AsyncGenerator<Segment, undefined> {
    controller.abort();
    for (const task of pending) {
      const { error: _, ...filled } = await task.work;
      if (filled.rows > 0) yield { ...segment(task, filled), suspect: true };
    }
  }

  async function* serial(token: string, from: number): AsyncGenerator<Segment, undefined> {
    state.tokens = true;
    const seen = new Set<string>();
    let at = from;
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
      const place: PagePlace = { offset: at, limit: pageSize, token: next };
      const answer: Result<Page> = await lanes.run(() => options.fetch(place, controller.signal));
      const base = { offset: at, asked: pageSize, suspect: false };
      if (!answer.ok) {
        yield { ...base, pages: [], error: answer.error };
        return;
      }
      const count = answer.value.records.distinct;
      observe(answer.value, start, 0);
      at += count;
      empty = count === 0 ? empty + 1 : 0;
      yield { ...base, pages: [answer.value.records] };
      next = answer.value.token;
      if (empty > MAX_EMPTY_TOKEN_PAGES || options.useless() > concurrency + 2) {
        state.endless = true;
        return;
      }
    }
    state.ended = true;
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
    stop() {
      stopped = true;
      controller.abort();
      options.signal.removeEventListener('abort', cancel);
    },
  };
}
