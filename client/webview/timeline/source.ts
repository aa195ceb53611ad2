/** The rows of the timeline: fetched in pages as they come into view, as fine as the zoom needs, kept while near. */

import type { TimelineRow } from '../../../server/src/protocol/panel-views.ts';
import type { AnswerTo } from '../channel.ts';

type Answer = AnswerTo<'timeline'>;
type Slice = Pick<Answer, 'total' | 'offset' | 'rows'>;

/** Rows a page; pages asked for side by side; pages kept. */
export const PAGE = 50;
const LANES = 2;
const KEPT = 40;

interface Page {
  readonly rows: readonly TimelineRow[];
  readonly resolution: number;
  /** Every step came as a bar of its own: no resolution has more. */
  readonly complete: boolean;
  readonly generation: number;
}

export interface TimelineSource {
  /** undefined while the first answer is awaited. */
  readonly total: number | undefined;
  /** What the last failed answer said; cleared by `reset`. */
  readonly error: string | undefined;
  /** Counts the answers. */
  readonly version: number;
  row(index: number): TimelineRow | undefined;
  /** Of all pages kept, the nearest rows first. */
  loaded(): readonly TimelineRow[];
  /** Tells which rows show; only these are asked for, so a fast scroll asks for where it ends. */
  want(first: number, last: number): void;
  /** Takes in a page that was asked for elsewhere. */
  prime(slice: Slice, resolution: number): void;
  /** Asks anew. With `keep` the old rows stay until the new ones come; without, they go at once. */
  reset(keep: boolean): void;
}

/**
 * @param load asks for a page
 * @param finest the resolution that these rows need, or undefined for rows that are not known yet; 0 for all there is
 * @param changed is called after every answer
 */
export function createTimelineSource(
  load: (offset: number, count: number, resolution: number, signal: AbortSignal) => Promise<Slice>,
  finest: (rows: readonly TimelineRow[] | undefined) => number,
  changed: () => void,
): TimelineSource {
  let pages = new Map<number, Page>();
  let flying = new Map<number, number>();
  let stop = new AbortController();
  let generation = 0;
  let wanted = { first: 0, last: 0 };
  let total: number | undefined;
  let error: string | undefined;
  let version = 0;

  const needs = (page: number): boolean => {
    const have = pages.get(page);
    if (have === undefined || have.generation !== generation) return true;
    return !have.complete && finest(have.rows) < have.resolution;
  };

  const pump = (): void => {
    if (error !== undefined) return;
    const first = Math.floor(wanted.first / PAGE);
    const end = total === undefined ? first : Math.max(0, Math.ceil(total / PAGE) - 1);
    for (let page = Math.min(first, end); page <= Math.min(Math.floor(wanted.last / PAGE), end); page += 1) {
      if (flying.size >= LANES) return;
      if (!flying.has(page) && needs(page)) void fetchPage(page);
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

  const take = (page: number, slice: Slice, resolution: number): void => {
    const complete = slice.rows.every((row) => row.steps.every((step) => (step.steps ?? 1) === 1));
    total = slice.total;
    version += 1;
    pages.set(page, { rows: slice.rows, resolution, complete, generation });
    forget();
  };

  const fetchPage = async (page: number): Promise<void> => {
    const [mine, resolution, { signal }] = [generation, finest(pages.get(page)?.rows), stop];
    flying.set(page, resolution);
    try {
      const slice = await load(page * PAGE, PAGE, resolution, signal);
      if (mine !== generation) return;
      take(page, slice, resolution);
    } catch (reason) {
      if (mine !== generation) return;
      pages = new Map();
      total = undefined;
      error = reason instanceof Error ? reason.message : 'The interactions could not be read.';
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
    get version() {
      return version;
    },
    row: (index) => pages.get(Math.floor(index / PAGE))?.rows[index % PAGE],
    loaded() {
      const middle = (wanted.first + wanted.last) / 2 / PAGE - 0.5;
      const near = [...pages].sort(([a], [b]) => Math.abs(a - middle) - Math.abs(b - middle));
      return near.flatMap(([, { rows }]) => rows);
    },
    want(first, last) {
      wanted = { first: Math.max(0, first), last: Math.max(0, last) };
      pump();
    },
    prime(slice, resolution) {
      if (slice.offset % PAGE === 0) take(slice.offset / PAGE, slice, resolution);
    },
    reset(keep) {
      generation += 1;
      stop.abort();
      stop = new AbortController();
      flying = new Map();
      error = undefined;
      if (keep) return;
      pages = new Map();
      total = undefined;
    },
  };
}
