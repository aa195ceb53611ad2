/** What came of a retrieval: whether anything is missing, and how much there was to fetch. */
import type { BatchProgress } from '../protocol/checkpoint.ts';
import type { Outcome } from '../protocol/run.ts';
import { type BatchSize, expectedRecords } from './accuracy.ts';
import type { Totals } from './collect.ts';
import type { TenantError } from './errors.ts';
import { totalOf } from './gaps.ts';
import { notesOf } from './notes.ts';

/** What is known of a batch. */
export interface BatchProof {
  readonly state: Readonly<BatchProgress['state']>;
  readonly tally: Readonly<BatchProgress['tally']>;
  readonly end: Readonly<Pick<BatchProgress, 'enough' | 'gap' | 'hole' | 'empty' | 'shrunk'>>;
  readonly offset: number;
}

/** Records that there were to fetch; null where nothing tells. */
export function expectedOf(batches: readonly BatchProof[], limit: number | null): number | null {
  const sizes = batches.map((batch): BatchSize => {
    const { state, tally, end, offset } = batch;
    const total = totalOf(batch);
    const rows = tally.readable + tally.rejected;
    return {
      total,
      offset,
      // Not there yet, LIMIT still bounds what is to come, where a total says that there is as much.
      needed: end.enough ? rows : limit !== null && total !== null ? limit + tally.rejected : null,
      proven: state.ended && !end.enough && !end.hole ? rows : null,
    };
  });
  const sum = expectedRecords(sizes);
  const shared = batches.reduce((count, { tally }) => count + tally.shared, 0);
  return sum === null ? null : Math.max(0, sum - shared);
}

/** Sum of the totals; null where a batch gave none, or one that was exceeded. */
export function totalsOf(batches: readonly BatchProof[]): number | null {
  return batches
    .map(totalOf)
    .reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one), 0);
}

export function proofOf(
  batches: readonly BatchProof[],
  totals: Readonly<Totals>,
  error: TenantError | undefined,
): { readonly outcome: Outcome; readonly notes: string[] } {
  const gap = batches.reduce((sum, { end }) => sum + end.gap, 0);
  const hole = batches.some(({ end }) => end.hole);
  const skipped = batches.some(({ end }) => end.enough && end.shrunk);
  const repeatedToken = batches.some(({ state }) => state.repeatedToken);
  const endless = batches.some(({ state }) => state.endless);
  const isPartial = totals.conflicts > 0 || gap > 0 || hole || skipped || repeatedToken || endless;
  const notes = notesOf({
    ...{ totals, gap, hole, skipped, repeatedToken, endless },
    empty: batches.map(({ end }) => end.empty),
    promised: batches.reduce((sum, one) => sum + Math.max(0, (totalOf(one) ?? one.offset) - one.offset), 0),
    shrunk: batches.some(({ end }) => end.shrunk),
    exceeded: batches.flatMap((one) =>
      one.state.total !== null && totalOf(one) === null ? [one.state.total] : [],
    ),
    failed: error !== undefined,
  });
  if (error === undefined) return { outcome: isPartial ? 'partial' : 'complete', notes };
  if (error.code === 'cancelled') return { outcome: 'cancelled', notes };
  return { outcome: totals.readable + totals.rejected > 0 ? 'partial' : 'failed', notes };
}
