/** Which variables go with the outcome of a decision: information gain, its ratio, and whether it may be chance. */

import { ascending } from './sorting.ts';
import { chiSquareTail } from './statistics/distributions.ts';
import { randomNumbers } from './statistics/samples.ts';
import { falseDiscovery, gTest } from './statistics/shares.ts';
import { compareText } from './text.ts';
import { type DecisionTable, sample, type VariableColumn } from './visits.ts';

/** Visits that a permutation looks at: enough for any effect worth acting on, and a report takes seconds. */
const MAX_PERMUTED = 3_000;
const MAX_PERMUTATIONS = 1_000;
/** As soon as so many permutations do as well as the data, the p is known well enough (Besag and Clifford). */
const ENOUGH_AS_GOOD = 10;
/** Where all thresholds together are less likely than this by chance, a thousand permutations need not show it. */
const CERTAIN = 1e-7;
const LEAST_P = 1 / (MAX_PERMUTATIONS + 1);
const ENOUGH_EXPECTED = 5;
const MAX_FEW = 0.2;
const SEED = 20_260_101;

export interface Driver {
  readonly variable: string;
  readonly kind: 'categorical' | 'numeric';
  /** Numeric: up to it, and above. */
  readonly threshold: number | null;
  /** Bits. */
  readonly gain: number;
  readonly gainRatio: number;
  readonly p: number;
  readonly q: number;
  /** Visits that the permutations behind `p` looked at, a seeded sample where they are fewer than all; null for a G-test. */
  readonly permutedVisits: number | null;
}

/** H in bits. */
export function entropy(counts: ArrayLike<number>): number {
  let n = 0;
  for (let i = 0; i < counts.length; i += 1) n += counts[i] ?? 0;
  let bits = 0;
  for (let i = 0; i < counts.length; i += 1) {
    const count = counts[i] ?? 0;
    if (count > 0) bits -= (count / n) * Math.log2(count / n);
  }
  return Math.max(0, bits);
}

/**
 * Those with at least the mean gain, by gain ratio; `named` ones come behind them whatever their gain. Gain of a
 * number is that of its best threshold among those rows that have a value, times their share; absence is one more
 * branch of its split. p by the G-test; for numbers, and where the table is sparse, by permuting outcomes among
 * interactions.
 */
export function findDrivers(table: DecisionTable, isNamed: boolean): Driver[] {
  const found = table.columns
    .map((column) =>
      column.kind === 'numeric' ? numericGain(column, table) : categoricalGain(column, table),
    )
    .filter(({ gain }) => gain > 0);
  const mean = found.reduce((sum, { gain }) => sum + gain, 0) / found.length;
  const ps = found.map(({ column, p }) => p ?? permuted(column, table));
  const qs = falseDiscovery(ps);
  // The rounding of a mean of equal gains must not exclude them all.
  const isAmong = (gain: number): boolean => gain >= mean * (1 - 1e-12);
  return found
    .map(({ column, threshold, gain, gainRatio, p }, i) => ({
      ...{ variable: column.name, kind: column.kind, threshold, gain, gainRatio },
      ...{ p: ps[i] ?? 1, q: qs[i] ?? 1 },
      permutedVisits: p === undefined ? Math.min(table.outcome.length, MAX_PERMUTED) : null,
    }))
    .filter(({ gain }) => isNamed || isAmong(gain))
    .sort(
      (a, b) =>
        Number(isAmong(b.gain)) - Number(isAmong(a.gain)) ||
        b.gainRatio - a.gainRatio ||
        compareText(a.variable, b.variable),
    );
}

interface Gain {
  readonly column: VariableColumn;
  readonly threshold: number | null;
  readonly gain: number;
  readonly gainRatio: number;
  /** Undefined where a permutation has to tell. */
  readonly p: number | undefined;
}

function categoricalGain(column: VariableColumn, { outcome, outcomeCount }: DecisionTable): Gain {
  const counts = column.categories.map(() => new Array<number>(outcomeCount).fill(0));
  for (const [row, y] of outcome.entries()) {
    const category = counts[column.values[row] ?? 0];
    if (category !== undefined) category[y] = (category[y] ?? 0) + 1;
  }
  const all = new Array<number>(outcomeCount)
    .fill(0)
    .map((_, y) => counts.reduce((sum, row) => sum + (row[y] ?? 0), 0));
  const sizes = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const rest = counts.reduce((sum, row, c) => sum + ((sizes[c] ?? 0) / outcome.length) * entropy(row), 0);
  const gain = entropy(all) - rest;
  const isFilled = counts.filter((_, c) => (sizes[c] ?? 0) > 0);
  const p = isSparse(isFilled, all) ? undefined : gTest(counts);
  return { column, threshold: null, ...ratio(gain, sizes), p };
}

/** More than a fifth of the cells with fewer than five expected: there the G-test finds what is not. */
function isSparse(rows: readonly (readonly number[])[], columns: readonly number[]): boolean {
  const total = columns.reduce((sum, count) => sum + count, 0);
  let [few, cells] = [0, 0];
  for (const row of rows) {
    const size = row.reduce((sum, count) => sum + count, 0);
    for (const count of columns) {
      if (count === 0) continue;
      cells += 1;
      if ((size * count) / total < ENOUGH_EXPECTED) few += 1;
    }
  }
  return few > cells * MAX_FEW;
}

function ratio(gain: number, sizes: readonly number[]): { gain: number; gainRatio: number } {
  const split = entropy(sizes);
  // What is left of a difference of equal numbers is no gain.
  return gain > 1e-12 && split > 0 ? { gain, gainRatio: gain / split } : { gain: 0, gainRatio: 0 };
}

function numericGain(column: VariableColumn, { outcome, outcomeCount }: DecisionTable): Gain {
  const known = ascending(column.values);
  const search = new ThresholdSearch(
    Float64Array.from(known, (row) => column.values[row] ?? 0),
    outcomeCount,
  );
  const { gain, below, threshold } = search.best(known.map((row) => outcome[row] ?? 0));
  const absent = outcome.length - known.length;
  const sizes = [below, known.length - below, absent];
  return { column, threshold, ...ratio(gain * (known.length / outcome.length), sizes), p: undefined };
}

/** The best binary threshold of ascending values, for any outcomes of the rows: made once, asked many times. */
export class ThresholdSearch {
  readonly #sorted: Float64Array;
  readonly #right: Int32Array;
  readonly #left: Int32Array;
  /** n log2 n. */
  readonly #logs: Float64Array;

  constructor(sorted: Float64Array, outcomeCount: number) {
    this.#sorted = sorted;
    this.#left = new Int32Array(outcomeCount);
    this.#right = new Int32Array(outcomeCount);
    this.#logs = new Float64Array(sorted.length + 1);
    for (let n = 2; n <= sorted.length; n += 1) this.#logs[n] = n * Math.log2(n);
  }

  /** Bits gained by the best midpoint of neighbouring distinct values, the lowest of equal ones, with at least `least` on either side. */
  best(outcome: Int32Array, least = 1): { gain: number; below: number; threshold: number | null } {
    const sorted = this.#sorted;
    const logs = this.#logs;
    const left = this.#left.fill(0);
    const right = this.#right.fill(0);
    const n = sorted.length;
    for (let i = 0; i < n; i += 1) {
      const y = outcome[i] ?? 0;
      right[y] = (right[y] ?? 0) + 1;
    }
    let rightSum = 0;
    for (const count of right) rightSum += logs[count] ?? 0;
    // n times the entropy is n log n less the sum of c log c, so that moving a row changes two terms.
    const whole = (logs[n] ?? 0) - rightSum;
    let leftSum = 0;
    let [best, below] = [0, 0];
    for (let i = 0; i + 1 < n; i += 1) {
      const y = outcome[i] ?? 0;
      const l = left[y] ?? 0;
      const r = right[y] ?? 0;
      leftSum += (logs[l + 1] ?? 0) - (logs[l] ?? 0);
      rightSum += (logs[r - 1] ?? 0) - (logs[r] ?? 0);
      left[y] = l + 1;
      right[y] = r - 1;
      if (sorted[i] === sorted[i + 1] || i + 1 < least || n - i - 1 < least) continue;
      const gained = whole - ((logs[i + 1] ?? 0) - leftSum) - ((logs[n - i - 1] ?? 0) - rightSum);
      // The lowest wins unless another is better by more than rounding.
      if (gained > best + 1e-9) {
        best = gained;
        below = i + 1;
      }
    }
    if (below === 0) return { gain: 0, below: 0, threshold: null };
    const threshold = ((sorted[below - 1] ?? 0) + (sorted[below] ?? 0)) / 2;
    return { gain: best / n, below, threshold };
  }
}

/**
 * How often outcomes that were exchanged among interactions (those with equally many visits) do as well as they are,
 * with the threshold of a number searched anew each time.
 */
function permuted(column: VariableColumn, table: DecisionTable): number {
  const rows = sample(table.interaction, MAX_PERMUTED).filter((row) => !Number.isNaN(column.values[row]));
  const outcome = rows.map((row) => table.outcome[row] ?? 0);
  const interaction = rows.map((row) => table.interaction[row] ?? 0);
  const values = Float64Array.from(rows, (row) => column.values[row] ?? 0);
  const gainOf =
    column.kind === 'numeric'
      ? thresholdGain(values, table.outcomeCount)
      : categoryGain(values, column.categories.length, table.outcomeCount);
  const observed = gainOf(outcome);
  const blocks = blocksOf(interaction);
  // One visit an interaction: the bound of the G-test over all thresholds holds.
  if (column.kind === 'numeric' && blocks.every(({ length }) => length === 1)) {
    const chance = chiSquareTail(2 * Math.LN2 * rows.length * observed, table.outcomeCount - 1);
    if (chance * rows.length < CERTAIN) return LEAST_P;
  }
  const shuffled = new Int32Array(outcome.length);
  const random = randomNumbers(SEED);
  let asGood = 0;
  for (let round = 1; round <= MAX_PERMUTATIONS; round += 1) {
    for (const block of blocks) exchange(block, outcome, shuffled, random);
    if (gainOf(shuffled) >= observed - 1e-12) asGood += 1;
    if (asGood === ENOUGH_AS_GOOD) return asGood / round;
  }
  return (asGood + 1) * LEAST_P;
}

type GainOf = (outcomes: Int32Array) => number;

/** Of the best threshold. */
function thresholdGain(values: Float64Array, outcomeCount: number): GainOf {
  const order = ascending(values);
  const search = new ThresholdSearch(
    Float64Array.from(order, (place) => values[place] ?? 0),
    outcomeCount,
  );
  const arranged = new Int32Array(order.length);
  return (outcomes) => {
    for (let i = 0; i < order.length; i += 1) arranged[i] = outcomes[order[i] ?? 0] ?? 0;
    return search.best(arranged).gain;
  };
}

/** Up to what is the same for every arrangement of the outcomes. */
function categoryGain(values: Float64Array, categories: number, outcomeCount: number): GainOf {
  const counts = new Int32Array(categories * outcomeCount);
  return (outcomes) => {
    counts.fill(0);
    for (let i = 0; i < values.length; i += 1) {
      const cell = (values[i] ?? 0) * outcomeCount + (outcomes[i] ?? 0);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    let sum = 0;
    for (const count of counts) if (count > 1) sum += count * Math.log2(count);
    return sum / values.length;
  };
}

interface Block {
  readonly length: number;
  /** First row of each interaction with so many rows. */
  readonly starts: Int32Array;
  /** The same in another order, changed again and again. */
  readonly from: Int32Array;
}

function blocksOf(interaction: Int32Array): Block[] {
  const byLength = new Map<number, number[]>();
  let start = 0;
  for (let row = 1; row <= interaction.length; row += 1) {
    if (row < interaction.length && interaction[row] === interaction[start]) continue;
    const starts = byLength.get(row - start) ?? [];
    starts.push(start);
    byLength.set(row - start, starts);
    start = row;
  }
  return [...byLength].map(([length, starts]) => ({
    length,
    starts: Int32Array.from(starts),
    from: Int32Array.from(starts),
  }));
}

function exchange(
  { length, starts, from }: Block,
  outcome: Int32Array,
  into: Int32Array,
  random: () => number,
): void {
  for (let i = from.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    const held = from[i] ?? 0;
    from[i] = from[j] ?? 0;
    from[j] = held;
  }
  for (let i = 0; i < starts.length; i += 1) {
    for (let k = 0; k < length; k += 1) into[(starts[i] ?? 0) + k] = outcome[(from[i] ?? 0) + k] ?? 0;
  }
}
