/** Going on where another retrieval had come to: its last page is read once more before anything is built on it. */
import type { Checkpoint, Position, SeenRecord } from '../protocol/checkpoint.ts';
import type { Collector } from './collect.ts';
import { digestOfText } from './duplicates.ts';
import type { TenantErrorCode } from './errors.ts';
import type { Page } from './pages.ts';
import type { ReadPage } from './paging.ts';
import type { Reader } from './reader.ts';
import type { Resume, RetrievalRequest } from './retrieval.ts';

/** Why nothing can be built on what had come. */
export interface StartOver {
  readonly startOver: string;
}

/** Where a checkpoint is: the page, what is behind it, and how much of it was looked at. */
export interface Landmark {
  readonly read: ReadPage;
  readonly next: Position | null;
  readonly rows: number;
  /** LIMIT ended here. */
  readonly reached: boolean;
  /** All of the page was looked at. */
  readonly whole: boolean;
}

export function checkpointOf(
  { read, next, rows, reached, whole }: Landmark,
  known: Omit<Checkpoint, 'version' | 'next' | 'last'>,
): Checkpoint {
  return {
    version: 2,
    ...known,
    next: reached ? null : next,
    last: { place: { ...read.place }, rows, whole, total: read.page.total },
    batches: known.batches.map((one, index) => ({
      ...one,
      enough: one.enough || (reached && index === known.batch),
    })),
  };
}

/** What was asked for, apart from the filter: its time bounds may be clamped anew. */
export function requestDigest({ batches, sort, offset, limit }: RetrievalRequest): string {
  return digestOfText(JSON.stringify({ sort, offset, limit, ids: batches.map(({ ids }) => ids ?? null) }));
}

/** Gives the collector back what had been seen, and the rows of the last page. */
export async function restore(
  { checkpoint, seen }: Resume,
  collector: Collector,
): Promise<readonly SeenRecord[] | StartOver> {
  const { totals, last } = checkpoint;
  const tail: SeenRecord[] = [];
  let count = 0;
  for await (const record of seen) {
    if (count === totals.seen) break;
    count += 1;
    collector.restore(record);
    if (count > totals.seen - last.rows) tail.push(record);
  }
  if (count < totals.seen) return { startOver: 'What had been retrieved is not wholly there any more.' };
  return tail;
}

/** How the last page, read once more, differs from what it was; undefined where it does not. */
export async function difference(
  { last, next }: Checkpoint,
  tail: readonly SeenRecord[],
  page: Page,
  collector: Collector,
  reader: Reader,
): Promise<StartOver | undefined> {
  if (page.total !== last.total) {
    return {
      startOver: `The tenant now says that there are ${page.total ?? 'an unknown number of'} interactions, no longer ${last.total ?? 'an unknown number'}.`,
    };
  }
  const changed = { startOver: 'The last page that had been retrieved is another now.' };
  if (next !== null && (next.token === null) !== (page.token === null)) return changed;
  let row = 0;
  for await (const block of page.records.blocks()) {
    for (const record of block) {
      const before = tail[row];
      if (before === undefined) return last.whole ? changed : undefined;
      const { id, digest } = collector.look(record, reader);
      if (id !== before.id || digest !== before.digest) return changed;
      row += 1;
    }
  }
  return row < tail.length ? changed : undefined;
}

/** Errors by which a tenant refuses a page token that it gave some time ago. */
const EXPIRED: ReadonlySet<TenantErrorCode> = new Set(['bad-request', 'not-found', 'unexpected-answer']);

export function isExpired(code: TenantErrorCode): boolean {
  return EXPIRED.has(code);
}
