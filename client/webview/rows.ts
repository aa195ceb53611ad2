/** Rows that the editor holds: fetched in pages as they come into view, forgotten when far away. */

export interface Slice<T> {
  readonly total: number;
  readonly offset: number;
  readonly rows: readonly T[];
}

/** Rows a page; pages side by side; pages kept. */
export const PAGE = 100;
const LANES = 2;
const KEPT = 40;

export interface RowPages<T> {
  /** undefined while the first answer is awaited. */
  readonly total: number | undefined;
  /** What the last failed answer said; cleared by `reset`. */
  readonly error: string | undefined;
  row(index: number): T | undefined;
  /** Tells which rows show; only these are asked for, so a fast scroll asks for where it ends. */
  want(first: number, last: number): void;
  /** Takes in a page that was asked for elsewhere. */
  prime(slice: Slice<T>): void;
  /** False until the first answer after a reset: what shows until then is what showed before. */
  readonly settled: boolean;
  /**
   * Asks anew, the rows in view first; answers still on their way are ignored. With `keep`, old rows in view stay until
   * the new ones come, so that nothing flickers and the keyboard keeps its place; without, they go at once.
   */
  reset(keep: boolean): void;
}

/**
 * @param load asks for `count` rows from `offset`
 * @param changed is called after every answer
 */
export function createRowPages<T>(
  load: (offset: number, count: number, signal: AbortSignal) => Promise<Slice<T>>,
  changed: () => void,
): RowPages<T> {
  let pages = new Map<number, { readonly rows: readonly T[]; readonly generation: number }>();
  let flying = new Set<number>();
  let stop = new AbortController();
  let generation = 0;
  let wanted = { first: 0, last: 0 };
  let total: number | undefined;
  let error: string | undefined;
  let settled = false;

  const pump = (): void => {
    if (error !== undefined) return;
    const first = Math.floor(wanted.first / PAGE);
    if (!settled) {
      // Until the new total is known, one answer tells it.
      if (flying.size === 0) void fetchPage(first);
      return;
    }
    const end = Math.max(0, Math.ceil((total ?? 0) / PAGE) - 1);
    const last = Math.min(Math.floor(wanted.last / PAGE), end);
    for (let page = Math.min(first, end); page <= last; page += 1) {
      if (flying.size >= LANES) return;
      if (pages.get(page)?.generation !== generation && !flying.has(page)) void fetchPage(page);
    }
  };

  const forget = (): void => {
    const middle = (wanted.first + wanted.last) / 2 / PAGE;
    while (pages.size > KEPT) {
      let farthest = -1;
      for (const page of pages.keys()) {
        if (farthest < 0 || Math.abs(page - middle) > Math.abs(farthest - middle)) farthest = page;
      }
      pages.delete(farthest);
    }
  };

  const clear = (): void => {
    pages = new Map();
    total = undefined;
    settled = false;
  };

  /** Of the old rows, only those in view are of use until the new ones come. */
  const forgetOld = (): void => {
    for (const page of pages.keys()) {
      if (page < Math.floor(wanted.first / PAGE) || page > wanted.last / PAGE) pages.delete(page);
    }
  };

  const take = (page: number, slice: Slice<T>): void => {
    if (!settled) forgetOld();
    settled = true;
    total = slice.total;
    pages.set(page, { rows: slice.rows, generation });
    forget();
  };

  const fetchPage = async (page: number): Promise<void> => {
    const [mine, { signal }] = [generation, stop];
    flying.add(page);
    try {
      const slice = await load(page * PAGE, PAGE, signal);
      if (mine !== generation) return;
      take(page, slice);
    } catch (reason) {
      if (mine !== generation) return;
      clear();
      error = reason instanceof Error ? reason.message : 'The rows could not be read.';
    }
    flying.delete(page);
    changed();
    pump();
  };

  return {
    get total() {
      return total;
    },
    get error() {
      return error;
    },
    row: (index) => pages.get(Math.floor(index / PAGE))?.rows[index % PAGE],
    want(first, last) {
      wanted = { first: Math.max(0, first), last: Math.max(0, last) };
      pump();
    },
    get settled() {
      return settled;
    },
    prime(slice) {
      if (slice.offset % PAGE === 0) take(slice.offset / PAGE, slice);
    },
    reset(keep) {
      generation += 1;
      stop.abort();
      stop = new AbortController();
      flying = new Set();
      if (!keep) wanted = { first: 0, last: 0 };
      error = undefined;
      settled = false;
      if (!keep) clear();
    },
  };
}
