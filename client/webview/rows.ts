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
  /** Forgets everything; answers still on their way are ignored. */
  reset(): void;
}

/**
 * @param load asks for `count` rows from `offset`
 * @param changed is called after every answer
 */
export function createRowPages<T>(
  load: (offset: number, count: number) => Promise<Slice<T>>,
  changed: () => void,
): RowPages<T> {
  let pages = new Map<number, readonly T[]>();
  let flying = new Set<number>();
  let generation = 0;
  let wanted = { first: 0, last: 0 };
  let total: number | undefined;
  let error: string | undefined;

  const pump = (): void => {
    if (error !== undefined) return;
    const end = total === undefined ? 0 : Math.max(0, Math.ceil(total / PAGE) - 1);
    const last = Math.min(Math.floor(wanted.last / PAGE), end);
    for (let page = Math.floor(wanted.first / PAGE); page <= last; page += 1) {
      if (flying.size >= LANES) return;
      if (!pages.has(page) && !flying.has(page)) void fetchPage(page);
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

  const fetchPage = async (page: number): Promise<void> => {
    const mine = generation;
    flying.add(page);
    try {
      const slice = await load(page * PAGE, PAGE);
      if (mine !== generation) return;
      total = slice.total;
      pages.set(page, slice.rows);
      forget();
    } catch (reason) {
      if (mine !== generation) return;
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
    row: (index) => pages.get(Math.floor(index / PAGE))?.[index % PAGE],
    want(first, last) {
      wanted = { first: Math.max(0, first), last: Math.max(0, last) };
      pump();
    },
    prime(slice) {
      total = slice.total;
      if (slice.offset % PAGE === 0) pages.set(slice.offset / PAGE, slice.rows);
      forget();
    },
    reset() {
      generation += 1;
      pages = new Map();
      flying = new Set();
      wanted = { first: 0, last: 0 };
      total = undefined;
      error = undefined;
    },
  };
}
