/**
 * What the workflow variables were before each step, flattened by JSON Pointer: drivers of decisions and groups by a
 * variable read it. Kept as what was set and unset from step to step, so a variable that stays costs nothing.
 */
import type { JsonObject, JsonValue } from '../protocol/history.ts';
import { pointer, walkChanges } from './diff.ts';
import { float64, Interned, int32, PairTable } from './growable.ts';

/** In the place of a text's number. */
export const VALUE = {
  /** The variable is not there. */
  absent: -1,
  /** A number, in the column of numbers. */
  number: -2,
  /** A text of a variable with more different ones than are told apart. */
  many: -3,
} as const;

/** So many paths are followed; what comes later is left out and counted. */
const MAX_VARIABLES = 2_000;
/** So many different texts of one variable are told apart. */
const MAX_TEXTS = 10_000;
/** So much of a text tells it apart, with its length. */
const MAX_LENGTH = 200;
const MAX_DEPTH = 32;
const NOTHING: JsonObject = {};

/** The values before one step, by the number of the variable. Valid until the reader is asked for the next step. */
export interface State {
  /** Into `States.texts`, or one of `VALUE`. */
  readonly text: Int32Array;
  /** Where `text` is `VALUE.number`. */
  readonly number: Float64Array;
}

export class States {
  /** Paths without their leading slash. */
  readonly variables = new Interned();
  /** JSON texts of what is no number. */
  readonly texts = new Interned();
  /** By interaction, one entry more than there are. */
  readonly #firstEvent = int32();
  /** By event: the step from which it holds, the variable, and the value. */
  readonly #step = int32();
  readonly #variable = int32();
  readonly #text = int32();
  readonly #number = float64();
  /** Variables with the texts seen of each. */
  readonly #seen = new PairTable();
  readonly #distinct: number[] = [];
  readonly #omitted = new Set<string>();
  #held: JsonObject = NOTHING;

  constructor() {
    this.#firstEvent.push(0);
  }

  /** Paths beyond those that are followed, counted up to as many again. */
  get omitted(): number {
    return this.#omitted.size;
  }

  /** Bytes of the columns and, by estimate, of the texts. */
  get bytes(): number {
    const columns = [this.#firstEvent, this.#step, this.#variable, this.#text, this.#number, this.#seen];
    return [...columns, this.variables, this.texts].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Before the first step of an interaction. */
  begin(): void {
    this.#held = NOTHING;
  }

  /** The variables as they are before a step; null where nothing is known, so that what was known still holds. */
  add(step: number, variables: JsonObject | null): void {
    if (variables === null || variables === this.#held) return;
    walkChanges(this.#held, variables, (path, kind, before, after) => {
      if (kind === 'same') return;
      const name = path.slice(1);
      if (before !== undefined && isContainer(before)) this.#leaves(step, name, before, true, 0);
      else if (before !== undefined && (after === undefined || isContainer(after))) this.#unset(step, name);
      if (after !== undefined) this.#leaves(step, name, after, false, 0);
    });
    this.#held = variables;
  }

  /** After the last step of an interaction. */
  end(): void {
    this.#firstEvent.push(this.#step.length);
    this.#held = NOTHING;
  }

  /**
   * Visits the steps of interactions with the values before each. `steps` gives the first step of an interaction and
   * the one behind its last.
   */
  read(
    interactions: Iterable<number>,
    steps: (interaction: number) => readonly [number, number],
    visit: (step: number, state: State, interaction: number) => void,
  ): void {
    const size = this.variables.texts.length;
    const state = { text: new Int32Array(size).fill(VALUE.absent), number: new Float64Array(size) };
    const { values: stepOf } = this.#step;
    for (const i of interactions) {
      const [from, to] = steps(i);
      const first = this.#firstEvent.values[i] ?? 0;
      const last = this.#firstEvent.values[i + 1] ?? first;
      let event = first;
      for (let s = from; s < to; s += 1) {
        for (; event < last && (stepOf[event] ?? 0) <= s; event += 1) {
          const variable = this.#variable.values[event] ?? 0;
          state.text[variable] = this.#text.values[event] ?? VALUE.absent;
          state.number[variable] = this.#number.values[event] ?? 0;
        }
        visit(s, state, i);
      }
      for (let e = first; e < event; e += 1) state.text[this.#variable.values[e] ?? 0] = VALUE.absent;
    }
  }

  #leaves(step: number, path: string, value: JsonValue, unset: boolean, depth: number): void {
    if (!isContainer(value) || depth >= MAX_DEPTH) {
      if (unset) this.#unset(step, path);
      else this.#set(step, path, value);
      return;
    }
    for (const key of Object.keys(value)) {
      const inner = isArray(value) ? value[Number(key)] : value[key];
      if (inner === undefined) continue;
      this.#leaves(step, pointer(path, key), inner, unset, depth + 1);
    }
  }

  #set(step: number, path: string, value: JsonValue): void {
    const variable = this.#variableOf(path);
    if (variable < 0) return;
    const isNumber = typeof value === 'number';
    this.#push(step, variable, isNumber ? VALUE.number : this.#textOf(variable, value), isNumber ? value : 0);
  }

  #unset(step: number, path: string): void {
    const variable = this.variables.find(path);
    if (variable >= 0) this.#push(step, variable, VALUE.absent, 0);
  }

  #variableOf(path: string): number {
    const known = this.variables.find(path);
    if (known >= 0) return known;
    if (this.variables.texts.length < MAX_VARIABLES) return this.variables.id(path);
    if (this.#omitted.size < MAX_VARIABLES) this.#omitted.add(path);
    return -1;
  }

  #textOf(variable: number, value: JsonValue): number {
    const whole = isContainer(value) ? '"(nested too deeply)"' : JSON.stringify(value);
    const text = whole.length <= MAX_LENGTH ? whole : `${whole.slice(0, MAX_LENGTH)}… (${whole.length})`;
    const known = this.texts.find(text);
    if (known >= 0 && this.#seen.find(variable, known) >= 0) return known;
    const distinct = this.#distinct[variable] ?? 0;
    if (distinct >= MAX_TEXTS) return VALUE.many;
    const id = this.texts.id(text);
    this.#seen.id(variable, id);
    this.#distinct[variable] = distinct + 1;
    return id;
  }

  #push(step: number, variable: number, text: number, number: number): void {
    this.#step.push(step);
    this.#variable.push(variable);
    this.#text.push(text);
    this.#number.push(number);
  }
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isContainer(value: JsonValue): value is readonly JsonValue[] | JsonObject {
  return typeof value === 'object' && value !== null;
}
