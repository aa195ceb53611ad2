/** How much of what was retrieved may be held at once to be analysed. */
import { totalmem } from 'node:os';
import type { Store } from '../analysis/index.ts';
import type { RunError } from '../protocol/run.ts';

/** More than this share of the machine's memory is not taken for columns: the rest of it is in use. */
const SHARE = 0.6;

/** Bytes of columns. */
export const MOST_BYTES = SHARE * totalmem();

/** Why what is in these stores is not analysed. */
export function tooLarge(stores: readonly Store[], maxBytes: number): RunError {
  const sum = (of: (store: Store) => number): number => stores.reduce((all, store) => all + of(store), 0);
  const interactions = sum(({ counts }) => counts.interactions);
  const steps = sum(({ counts }) => counts.steps);
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  const message = `There is more than can be analysed at once on this machine: ${interactions} interactions with ${steps} steps took ${gigabytes(sum(({ bytes }) => bytes))} GB of memory, and ${gigabytes(maxBytes)} GB may be taken. Analyse a shorter window.`;
  return { code: 'too-large', message };
}
