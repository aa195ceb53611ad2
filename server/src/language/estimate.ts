/** How many requests a run takes, as far as the text and what is known of sets tell. */

import type { ProfileFacts } from './context.ts';

export interface Cost {
  /** How the connection is asked: a file takes no request, and without pages each id takes one. */
  readonly adapter: ProfileFacts['adapter'];
  /** Ids asked for; null where the tenant is not asked for ids. */
  readonly ids: readonly string[] | null;
  /** Most ids that sets which are not known yet can give; null where nothing tells; undefined where none is awaited. */
  readonly awaited: number | null | undefined;
  readonly maxIds: number;
  /** The limit counts what is kept here, or everything is sorted first: the tenant is read to the end. */
  readonly readsAll: boolean;
  readonly limit: number | null;
  readonly offset: number;
  readonly pageSize: number;
}

export interface Estimate {
  readonly min: number;
  /** null where nothing tells. */
  readonly max: number | null;
}

/** At least one request a batch, at most what limit or ids allow. */
export function estimate(cost: Cost): Estimate {
  const { adapter, ids, awaited, pageSize } = cost;
  if (adapter === 'file') return { min: 0, max: 0 };
  const pages = (rows: number) => Math.max(1, Math.ceil(rows / pageSize));
  if (ids === null && awaited === undefined) {
    // Refused before anything is asked.
    if (adapter === 'per-interaction') return { min: 0, max: 0 };
    return { min: 1, max: cost.readsAll || cost.limit === null ? null : pages(cost.limit) };
  }
  const known = ids?.length ?? null;
  const most = known === null ? awaited : awaited == null ? known : Math.min(known, awaited);
  if (most == null) return { min: 0, max: null };
  if (adapter === 'per-interaction') return { min: awaited === undefined ? most : 0, max: most };
  const several = most > cost.maxIds;
  let max = 0;
  for (let left = most; left > 0; left -= cost.maxIds) {
    const rows = Math.min(left, cost.maxIds);
    max += pages(Math.min(rows, wanted(cost, several, rows)));
  }
  return { min: awaited === undefined ? Math.ceil(most / cost.maxIds) : 0, max };
}

/** Rows that are read of a batch. The tenant skips OFFSET itself only where it has nothing to be merged with. */
function wanted(cost: Cost, several: boolean, rows: number): number {
  const { readsAll, limit, offset } = cost;
  if (readsAll) return rows;
  if (several) return limit === null ? rows : limit + offset;
  return Math.min(limit ?? rows, Math.max(0, rows - offset));
}
