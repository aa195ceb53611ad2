/**
 * The cells of a CSV file, held so that a large one fits: each distinct text of a column once, a number for each cell.
 */

/** So many distinct texts of a column are looked for again; more of them would be ids that never come twice. */
const MOST_SHARED = 1 << 20;

function grown<A extends Int32Array | Float64Array>(array: A, make: (length: number) => A): A {
  const larger = make(array.length * 2);
  larger.set(array);
  return larger;
}

/** The texts of one column. */
export class Cells {
  #codes = new Int32Array(1024);
  #length = 0;
  readonly #index = new Map<string, number>();
  /** Each distinct text, in the order in which they came; where there are very many one may stand here twice. */
  readonly values: string[] = [];
  readonly #shared: number;

  /** `all`: no text stands twice, however many there are. */
  constructor(shared: 'common' | 'all' = 'common') {
    this.#shared = shared === 'all' ? Number.POSITIVE_INFINITY : MOST_SHARED;
  }

  /** Null where the cell has no value. Gives the number of the text, -1 for none. */
  push(text: string | null): number {
    if (this.#length === this.#codes.length) this.#codes = grown(this.#codes, (size) => new Int32Array(size));
    const code = text === null ? -1 : this.#codeOf(text);
    this.#codes[this.#length] = code;
    this.#length += 1;
    return code;
  }

  #codeOf(text: string): number {
    const known = this.#index.get(text);
    if (known !== undefined) return known;
    const code = this.values.push(text) - 1;
    if (code < this.#shared) this.#index.set(text, code);
    return code;
  }

  /** The number of a row's text, -1 for none. */
  code(row: number): number {
    return this.#codes[row] ?? -1;
  }

  at(row: number): string | null {
    return this.values[this.code(row)] ?? null;
  }
}

/** The times of one column, in microseconds. */
export class Times {
  #micros = new Float64Array(1024);
  #length = 0;
  /** What is no time, by its row. */
  readonly #texts = new Map<number, string>();

  push(time: number | string | null): void {
    if (this.#length === this.#micros.length)
      this.#micros = grown(this.#micros, (size) => new Float64Array(size));
    this.#micros[this.#length] = typeof time === 'number' ? time : Number.NaN;
    if (typeof time === 'string') this.#texts.set(this.#length, time);
    this.#length += 1;
  }

  /** The time, the text that is none, or null where there is nothing. */
  at(row: number): number | string | null {
    const micros = this.#micros[row] ?? Number.NaN;
    return Number.isNaN(micros) ? (this.#texts.get(row) ?? null) : micros;
  }
}

/** Numbers of rows by group, each group in the order of its rows. */
export function* grouped(groupOf: Cells, rows: number): Generator<Int32Array, void, undefined> {
  const starts = new Int32Array(groupOf.values.length + 1);
  for (let row = 0; row < rows; row += 1) {
    const group = groupOf.code(row);
    if (group >= 0) starts[group + 1] = (starts[group + 1] ?? 0) + 1;
  }
  for (let group = 1; group < starts.length; group += 1)
    starts[group] = (starts[group] ?? 0) + (starts[group - 1] ?? 0);
  const next = starts.slice();
  const order = new Int32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const group = groupOf.code(row);
    if (group < 0) continue;
    const place = next[group] ?? 0;
    order[place] = row;
    next[group] = place + 1;
  }
  for (let group = 0; group + 1 < starts.length; group += 1)
    yield order.subarray(starts[group], starts[group + 1]);
}
