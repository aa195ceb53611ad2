/** How much of what there was to fetch has been fetched. */
import type { Outcome } from '../protocol/run.ts';

/** What is known about the size of one batch. */
export interface BatchSize {
  /** The largest `total` that the tenant gave; null where it gave none. */
  readonly total: number | null;
  readonly offset: number;
  /** Rows read when LIMIT had been reached, without those that came twice; null where it was not reached. */
  readonly needed: number | null;
  /** Rows, without those that came twice, before a proven end (an empty page); null where nothing proved it. */
  readonly proven: number | null;
}

/** Records that the batches together were expected to give; null where nothing tells. */
export function expectedRecords(batches: readonly BatchSize[]): number | null {
  let sum = 0;
  for (const { total, offset, needed, proven } of batches) {
    const available = total === null ? proven : Math.max(0, total - offset);
    if (needed !== null) sum += available === null ? needed : Math.min(available, needed);
    else if (available === null) return null;
    else sum += available;
  }
  return sum;
}

export interface AccuracyInput {
  /** Distinct readable records fetched; unreadable ones count as not retrieved. */
  readonly fetched: number;
  /** Records expected, null where nothing tells. */
  readonly expected: number | null;
  readonly outcome: Outcome;
}

export interface Accuracy {
  /** null where nothing tells the expectation. */
  readonly rate: number | null;
  readonly status: 'VERIFIED' | 'REVIEW_REQUIRED';
}

/** Above this, a complete run is verified. */
const VERIFIED_ABOVE = 0.95;

/** The accuracy of a run, as the audit record states it; nothing expected and nothing fetched is 1. */
export function accuracy({ fetched, expected, outcome }: AccuracyInput): Accuracy {
  const rate = expected === null ? null : expected > 0 ? fetched / expected : fetched === 0 ? 1 : null;
  const verified = rate !== null && rate > VERIFIED_ABOVE && outcome === 'complete';
  return { rate, status: verified ? 'VERIFIED' : 'REVIEW_REQUIRED' };
}
