/** The records of a kept run as the panel's views need them: columns, names, matching steps, and where each record stands. */
import { closeSync, openSync, readSync } from 'node:fs';
import { createStore, type Store } from '../analysis/index.ts';
import { Namer } from '../panel/index.ts';
import type { Interaction, JsonObject } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import { createReader, type Reader } from '../tenant/index.ts';
import { type Line, objectOf, type Place } from './lines.ts';
import { TailedFile } from './tail.ts';

/** The two files of a run that belong together, line by line. */
export interface KeptFiles {
  readonly interactions: string;
  readonly matches: string;
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'number') : [];
}

/** A record of the run. */
interface KeptRecord {
  readonly record: JsonObject;
  /** What was read from it. */
  readonly interaction: Interaction;
  /** Dotted path to its steps. */
  readonly stepsPath: string;
}

function recordAt(file: string, { offset, length }: Place): JsonObject | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const bytes = Buffer.alloc(length);
    readSync(descriptor, bytes, 0, length, offset);
    return objectOf(JSON.parse(bytes.toString()));
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Grows as the files do. */
export class KeptReading {
  readonly #response: Profile['response'];
  readonly #reader: Reader;
  readonly #interactions: TailedFile;
  readonly #matches: TailedFile;
  readonly #store: Store = createStore({ reconcile: false });
  readonly #namer = new Namer();
  readonly #names: string[] = [];
  /** By interaction of the store. */
  readonly #places: Place[] = [];
  #matching = new Uint8Array(1024);
  /** Read of one file already, and not yet of the other. */
  #records: Line[] = [];
  #steps: (readonly number[])[] = [];
  /** Of `steps`, so many belong to records that were taken in. */
  #used = 0;
  #lines = 0;

  constructor({ interactions, matches }: KeptFiles, response: Profile['response']) {
    this.#response = response;
    this.#reader = createReader(response);
    this.#interactions = new TailedFile(interactions);
    this.#matches = new TailedFile(matches);
  }

  get store(): Store {
    return this.#store;
  }

  get names(): readonly string[] {
    return this.#names;
  }

  /** By step of the store. */
  get matching(): Uint8Array {
    return this.#matching.subarray(0, this.#store.columns.node.length);
  }

  /** Lines of the file of interactions, whether or not a record stands on them. */
  get lines(): number {
    return this.#lines;
  }

  /** The record of an interaction of the store, read once more where it stands; undefined where it is no longer there. */
  recordOf(interaction: number): KeptRecord | undefined {
    const place = this.#places[interaction];
    const record = place === undefined ? undefined : recordAt(this.#interactions.path, place);
    const read = record === undefined ? '' : this.#reader.read(record);
    if (record === undefined || typeof read === 'string') return undefined;
    return { record, interaction: read, stepsPath: this.#response.steps };
  }

  /** Whether it is of these files, as far as they were read. */
  async isOf({ interactions, matches }: KeptFiles): Promise<boolean> {
    if (this.#interactions.path !== interactions || this.#matches.path !== matches) return false;
    return (await this.#interactions.isSame()) && (await this.#matches.isSame());
  }

  /**
   * Takes in what is there by now; whether it was anything. While a run goes on, a record waits for its matching steps,
   * which are written beside it. Stops early where `isFull` says so.
   */
  async more(isGoingOn: boolean, isFull: () => boolean): Promise<boolean> {
    const before = this.#lines;
    for await (const lines of this.#matches.more()) {
      for (const { value } of lines) this.#steps.push(numbers(value));
    }
    for await (const lines of this.#interactions.more()) {
      for (const line of lines) this.#records.push(line);
      this.#take(isGoingOn);
      if (isFull()) break;
    }
    this.#take(isGoingOn);
    return this.#lines > before;
  }

  /** The records that wait; while the run goes on, those whose steps are known. */
  #take(isGoingOn: boolean): void {
    const most = isGoingOn ? this.#steps.length - this.#used : Number.POSITIVE_INFINITY;
    const taken = this.#records.splice(0, most);
    for (const [index, line] of taken.entries()) this.#add(line, this.#steps[this.#used + index] ?? []);
    this.#used += taken.length;
    if (this.#used < this.#steps.length) return;
    this.#steps = [];
    this.#used = 0;
  }

  #add({ value, place }: Line, matching: readonly number[]): void {
    this.#lines += 1;
    const interaction = this.#reader.read(objectOf(value));
    // What was kept was readable when it came; a file that was edited since may hold anything.
    if (typeof interaction === 'string') return;
    const from = this.#store.columns.node.length;
    this.#store.add(interaction);
    this.#names.push(this.#namer.name(interaction.interactionId));
    this.#places.push(place);
    const to = this.#store.columns.node.length;
    if (to > this.#matching.length) {
      const larger = new Uint8Array(2 * to);
      larger.set(this.#matching);
      this.#matching = larger;
    }
    for (const sequence of matching) if (from + sequence < to) this.#matching[from + sequence] = 1;
  }
}
