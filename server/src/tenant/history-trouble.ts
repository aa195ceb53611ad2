/** Whether a history file can be read, found out before anything is made of it. */
import { streamHistory } from './history-file.ts';
import type { HistoryError, HistoryOptions } from './history-parser.ts';

/** So many stretches are looked at: some megabytes of a file, which say how it is written. */
const STRETCHES = 8;

/**
 * Why a file cannot be read, as far as its beginning tells; with `whole`, all of it is read. Undefined where nothing
 * is wrong. Ends where the signal says so, and then knows of nothing.
 */
export async function troubleWith(
  path: string,
  {
    whole = false,
    signal,
    ...options
  }: HistoryOptions & { readonly whole?: boolean; readonly signal: AbortSignal },
): Promise<HistoryError | undefined> {
  let seen = 0;
  for await (const stretch of streamHistory(path, options)) {
    if (signal.aborted) return undefined;
    if (stretch.kind === 'error') return stretch.error;
    seen += 1;
    if (!whole && seen === STRETCHES) return undefined;
  }
  return undefined;
}
