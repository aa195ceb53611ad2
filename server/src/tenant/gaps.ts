/** Where rows may be missing: what is remembered of the stretches that came, and which to read once more. */
import type { BatchProgress, Gap, Position, Stretch } from '../protocol/checkpoint.ts';
import { believedTotal } from './paging.ts';

export interface Gaps {
  add(stretch: Omit<Stretch, 'index'>): void;
  /** Stretches that ended in nothing, although rows behind them came: there is no end there, but a gap. */
  holes(): Gap[];
  /** Where to read once more, so many rows being missing. */
  suspects(gap: number, state: Readonly<BatchProgress['state']>): Gap[];
  /** Behind the last stretch; undefined where there is none. */
  behind(): Position | undefined;
  /** What another process needs to know of them: the strange ones and their neighbours, the first and the last. */
  snapshot(): Stretch[];
}

export function createGaps(before: readonly Stretch[] = []): Gaps {
  const stretches: Stretch[] = [...before];
  const around = ({ offset, asked }: Stretch): Gap => ({ offset, limit: asked });
  /** Those that `strange` names, and those beside them. */
  const near = (strange: (stretch: Stretch) => boolean): Stretch[] => {
    const indexes = new Set<number>();
    for (const stretch of stretches) {
      if (!strange(stretch)) continue;
      for (const index of [stretch.index - 1, stretch.index, stretch.index + 1]) indexes.add(index);
    }
    return stretches.filter(({ index }) => indexes.has(index));
  };
  return {
    add(stretch) {
      stretches.push({ index: (stretches.at(-1)?.index ?? -1) + 1, ...stretch });
    },
    holes() {
      const lastWithRows = stretches.findLastIndex(({ rows }) => rows > 0);
      return stretches
        .slice(0, Math.max(0, lastWithRows))
        .filter(({ empty }) => empty)
        .map(around);
    },
    suspects(gap, state) {
      const told = state.total !== null;
      // Tokens cannot be asked for twice; and with a total that is reached, nothing is missing.
      if (state.tokens || (gap === 0 && told)) return [];
      // Without a total a short page may be the end; only a row that was given twice tells that rows have moved.
      const found = near(({ shifted, moved, short }) => shifted || moved || (short && told));
      const [first] = stretches;
      // A total that became another: rows came in or went, and the newest stand first.
      const moved = stretches.some((stretch) => stretch.moved);
      if (moved && first !== undefined && !found.includes(first)) found.unshift(first);
      return found.map(around);
    },
    behind() {
      const last = stretches.at(-1);
      if (last === undefined) return undefined;
      const row = last.offset + last.asked;
      return { offset: row, token: null, step: last.asked, row };
    },
    snapshot() {
      const kept = new Set(near(({ shifted, moved, short, empty }) => shifted || moved || short || empty));
      return stretches.filter(
        (stretch, position) => position === 0 || position === stretches.length - 1 || kept.has(stretch),
      );
    },
  };
}

/** The total of a batch, unless more distinct rows came than it says. */
export function totalOf({
  state,
  tally,
  offset,
}: {
  readonly state: Readonly<BatchProgress['state']>;
  readonly tally: BatchProgress['tally'];
  readonly offset: number;
}): number | null {
  const { total } = state;
  if (total === null || believedTotal(state) !== null) return total;
  return distinctOf(tally) + offset > total ? null : total;
}

/** Rows of a batch, without those that came twice. */
export function distinctOf({ readable, rejected, conflicts }: BatchProgress['tally']): number {
  return readable + rejected + conflicts;
}

/** Rows that the total promises and that have not come. */
export function missingOf(batch: Parameters<typeof totalOf>[0]): number {
  const total = totalOf(batch);
  return total === null ? 0 : Math.max(0, total - batch.offset - distinctOf(batch.tally));
}

/** So many places that stayed empty are remembered. */
const MAX_GAPS = 100;

/** The first gaps, in order, those side by side as one; none reaches beyond the rows that there are. */
export function firstOf(gaps: readonly Gap[], rows: number | null): Gap[] {
  const merged: { offset: number; limit: number }[] = [];
  for (const { offset, limit } of [...gaps].sort((a, b) => a.offset - b.offset)) {
    const end = rows === null ? offset + limit : Math.min(offset + limit, rows);
    const last = merged.at(-1);
    if (end <= offset) continue;
    if (last === undefined || last.offset + last.limit < offset) merged.push({ offset, limit: end - offset });
    else last.limit = Math.max(last.limit, end - last.offset);
  }
  return merged.slice(0, MAX_GAPS);
}
