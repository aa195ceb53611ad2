/** A trend made ready to be drawn: few enough columns, the scale of its lines, its ticks and its changes. Pure. */
import type { TrendReport } from '../../../server/src/protocol/report.ts';

/** More columns than these cannot be told apart: neighbours are drawn as one. */
const MAX_COLUMNS = 240;
const MAX_TICKS = 8;

export interface Bucket {
  readonly label: string;
  /** Hours or days that it stands for. */
  readonly groups: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly partial: boolean;
  readonly steps: number;
  /** null where it stands for several: an interaction may be in more than one. */
  readonly interactions: number | null;
  readonly errors: number;
  readonly bottlenecks: number;
  /** Seconds; of several, the greatest. */
  readonly median: number | null;
  readonly p95: number | null;
  /** Steps whose dwell is known. */
  readonly n: number;
}

export interface Tick {
  /** Of the bucket that begins there. */
  readonly at: number;
  readonly label: string;
}

export interface Change {
  /** From 1, the latest first. */
  readonly rank: number;
  readonly nodeId: string;
  readonly label: string;
  readonly since: string;
  readonly before: { readonly n: number; readonly median: number };
  readonly after: { readonly n: number; readonly median: number };
}

export interface Flag {
  /** Of the bucket at whose beginning it stands. */
  readonly at: number;
  readonly ranks: readonly number[];
  /** Above each other where they would overlap. */
  readonly level: number;
}

/** Whether the groups are hours or days, one after another. */
export function isSeries({ by }: Pick<TrendReport, 'by'>): boolean {
  return by === 'HOUR' || by === 'DAY';
}

export function bucketsOf({ groups }: Pick<TrendReport, 'groups'>): readonly Bucket[] {
  const size = Math.ceil(groups.length / MAX_COLUMNS);
  const buckets: Bucket[] = [];
  for (let at = 0; at < groups.length; at += size) {
    const some = groups.slice(at, at + size);
    const [first] = some;
    const last = some.at(-1);
    if (first === undefined || last === undefined) break;
    const sum = (of: (group: (typeof some)[number]) => number): number =>
      some.reduce((total, group) => total + of(group), 0);
    const most = (of: (group: (typeof some)[number]) => number | null): number | null => {
      const known = some.flatMap((group) => of(group) ?? []);
      return known.length === 0 ? null : Math.max(...known);
    };
    buckets.push({
      label: some.length === 1 ? first.label : `${first.label} – ${last.label}`,
      groups: some.length,
      from: first.from,
      to: last.to,
      partial: some.some((group) => group.partial),
      steps: sum((group) => group.steps),
      interactions: some.length === 1 ? first.interactions : null,
      errors: sum((group) => group.errors),
      bottlenecks: sum((group) => group.bottlenecks),
      median: most((group) => group.dwell.median),
      p95: most((group) => group.dwell.p95),
      n: sum((group) => group.dwell.n),
    });
  }
  return buckets;
}

/**
 * An SVG path through the values, x from 0 to their number, y from 0 (the scale's top) to 100; a gap where there is none,
 * a dot where one stands alone.
 */
export function linePath(values: readonly (number | null)[], most: number): string {
  let path = '';
  let isOpen = false;
  for (const [at, value] of values.entries()) {
    if (value === null) {
      isOpen = false;
      continue;
    }
    const y = round(most === 0 ? 100 : 100 - (value / most) * 100);
    path += `${isOpen ? 'L' : 'M'}${at + 0.5} ${y}`;
    if (!isOpen && (values[at + 1] ?? null) === null) path += 'h0';
    isOpen = true;
  }
  return path;
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** At round hours or every so many days; the day beside the hour where it is another than at the tick before. */
export function ticksOf(buckets: readonly Pick<Bucket, 'label'>[], isHours: boolean): readonly Tick[] {
  const steps = isHours ? [1, 2, 3, 6, 12, 24, 48, 72, 168] : [1, 2, 7, 14, 28];
  const every =
    steps.find((step) => buckets.length / step <= MAX_TICKS) ?? Math.ceil(buckets.length / MAX_TICKS);
  // Counted from midnight, where the labels begin at another hour.
  const hour = isHours ? Number(/ (\d\d):/.exec(buckets[0]?.label ?? '')?.[1] ?? 0) : 0;
  const first = isHours && every <= 24 ? (every - (hour % every)) % every : 0;
  const ticks: Tick[] = [];
  let day = '';
  for (let at = first; at < buckets.length; at += every) {
    const [date = '', time = ''] = (buckets[at]?.label ?? '').split(' ');
    const isNew = date !== day;
    day = date;
    const clock = time.slice(0, 5);
    const isDay = clock === '' || (isNew && clock === '00:00');
    ticks.push({ at, label: isDay ? dayOf(date) : isNew ? `${clock}\n${dayOf(date)}` : clock });
  }
  return ticks;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2025-03-10` as `10 Mar`. */
function dayOf(date: string): string {
  const [, month, day] = /^\d+-(\d\d)-(\d\d)$/.exec(date) ?? [];
  const name = MONTHS[Number(month) - 1];
  return name === undefined ? date : `${Number(day)} ${name}`;
}

export function changesOf({ changePoints }: Pick<TrendReport, 'changePoints'>): readonly Change[] {
  return changePoints.map(({ nodeId, label, since, before, after }, at) => ({
    rank: at + 1,
    nodeId,
    label,
    since,
    before,
    after,
  }));
}

/** One flag for all that changed at the beginning of a bucket. */
export function flagsOf(changes: readonly Change[], buckets: readonly Bucket[]): readonly Flag[] {
  const ranks = new Map<number, number[]>();
  for (const { since, rank } of changes) {
    const time = Date.parse(since);
    const at = buckets.findIndex(({ to }) => to !== null && Date.parse(to) > time);
    if (at < 0) continue;
    const here = ranks.get(at) ?? [];
    here.push(rank);
    ranks.set(at, here);
  }
  const apart = buckets.length * 0.07;
  let before = Number.NEGATIVE_INFINITY;
  let level = 0;
  return [...ranks]
    .sort(([a], [b]) => a - b)
    .map(([at, here]) => {
      level = at - before < apart ? (level + 1) % 3 : 0;
      before = at;
      return { at, ranks: here, level };
    });
}
