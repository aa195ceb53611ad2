/** Places that are asked for once more, because rows were missing there. */
import type { BatchProgress, Gap } from '../protocol/checkpoint.ts';
import type { BatchRun } from './batch-run.ts';
import type { Result, TenantError } from './errors.ts';
import { firstOf, missingOf, totalOf } from './gaps.ts';
import type { Page } from './pages.ts';

export interface AgainOptions {
  readonly run: BatchRun;
  readonly tally: BatchProgress['tally'];
  /** First row of the batch. */
  readonly offset: number;
  /** Places asked for at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Takes a page over; false where nothing more is wanted. */
  readonly take: (offset: number, page: Page) => Promise<boolean>;
  readonly fail: (error: TenantError) => void;
}

/**
 * Reads what may be missing of a batch once more, and what then is still empty although more was to be expected, once again.
 * What it comes to is in `run.end`.
 */
export async function closeGaps(options: AgainOptions): Promise<void> {
  const { run, tally, offset } = options;
  const { end, gaps, state } = run;
  const proof = { state, tally, offset };
  const total = totalOf(proof);
  const holes = total === null ? gaps.holes() : [];
  const isHole = (gap: Gap): boolean =>
    total === null
      ? holes.some((hole) => gap.offset >= hole.offset && gap.offset < hole.offset + hole.limit)
      : gap.offset < state.furthest;
  let { empty, wanted } = await readAgain([...gaps.suspects(missingOf(proof), state), ...holes], options);
  if (wanted && (total === null || missingOf(proof) > 0)) {
    // Of those behind the last row the first alone: what is behind it was asked for in vain already.
    const [first] = empty.filter((gap) => total !== null && !isHole(gap));
    const others = empty.filter((gap) => gap !== first && !isHole(gap));
    const places = empty.filter((gap) => gap === first || isHole(gap));
    ({ empty, wanted } = await readAgain(firstOf(places, total), options));
    empty.push(...others);
  }
  end.gap = missingOf(proof);
  // A total that is reached says more than a place that stayed empty.
  end.hole = total === null && empty.some(isHole);
  end.empty = total === null ? firstOf(empty.filter(isHole), null) : firstOf(end.gap > 0 ? empty : [], total);
}

/** Asks for the places, in order and side by side, each until it is full or nothing more comes. */
async function readAgain(
  places: readonly Gap[],
  { run, concurrency, signal, take, fail }: AgainOptions,
): Promise<{ empty: Gap[]; wanted: boolean }> {
  const ask = (place: Gap): Promise<Result<Page>> => run.source.fetch({ ...place, token: null }, signal);
  const ahead: Promise<Result<Page>>[] = [];
  const empty: Gap[] = [];
  let wanted = true;
  for (const [position, { offset, limit }] of places.entries()) {
    for (const place of wanted ? places.slice(ahead.length, position + concurrency) : [])
      ahead.push(ask(place));
    let answer = await ahead[position];
    let row = offset;
    while (answer !== undefined) {
      if (!answer.ok) {
        fail(answer.error);
        wanted = false;
        break;
      }
      const { records } = answer.value;
      // What had come when another place failed is taken all the same.
      const goesOn = await take(row, answer.value);
      wanted &&= goesOn;
      await records.discard();
      row += records.distinct;
      if (!wanted || records.distinct === 0 || row >= offset + limit) break;
      answer = await ask({ offset: row, limit: offset + limit - row });
    }
    if (row < offset + limit) empty.push({ offset: row, limit: offset + limit - row });
  }
  return { empty, wanted };
}
