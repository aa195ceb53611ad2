/** The interactions that a sandbox serves: what a filter asks of each step in flat columns, the text on demand. */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { JsonObject, JsonValue } from '../protocol/history.ts';
import { MICROS_PER_MILLI, type Micros, parseInstant } from '../protocol/instant.ts';
import { createHistoryModel, type GenerateOptions, type Outline } from './generate.ts';

export interface Dataset {
  /** How many interactions; this and the columns change only in `advance`. */
  readonly count: number;
  idOf(index: number): string;
  /** Steps of an interaction, in the order of the source: [first, last) in the columns. */
  stepsOf(index: number): readonly [first: number, last: number];
  /** Start of a step in microseconds; NaN where it has none. */
  readonly starts: Float64Array;
  /** 1 error, 0 none, -1 where the source says nothing. */
  readonly errors: Int8Array;
  /** The record as JSON text in UTF-8. */
  bytesOf(index: number): Buffer;
  /** Lets time go on to an instant, where the data can; true when something changed. */
  advance(now: Micros): boolean;
}

/** Generated records are kept, once asked for, up to this many bytes; the others are made anew each time. */
const KEPT_BYTES = 128_000_000;

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function startOf(step: JsonObject): Micros {
  const { startTime } = step;
  return typeof startTime === 'string' ? (parseInstant(startTime)?.micros ?? Number.NaN) : Number.NaN;
}

function errorOf(step: JsonObject): number {
  const { errorState } = step;
  const text = String(errorState).toLowerCase();
  return text === 'true' ? 1 : text === 'false' ? 0 : -1;
}

class Columns {
  readonly ids: string[] = [];
  private readonly firsts: number[] = [];
  private readonly lasts: number[] = [];
  starts = new Float64Array(1024);
  errors = new Int8Array(1024);
  private steps = 0;

  /** Adds a record in the tenant's format; anything else is kept as a record without id and steps. */
  add(record: JsonValue): void {
    const { interactionId, steps }: JsonObject = isObject(record) ? record : {};
    const index =
      this.ids.push(typeof interactionId === 'string' ? interactionId : String(interactionId ?? '')) - 1;
    this.firsts[index] = this.steps;
    for (const step of Array.isArray(steps) ? (steps as readonly JsonValue[]) : []) {
      if (isObject(step)) this.addStep(startOf(step), errorOf(step));
    }
    this.lasts[index] = this.steps;
  }

  /** Sets a record; one that has changed gets a new place at the end of the columns. */
  setOutline(index: number, { interactionId, steps }: Outline): void {
    this.ids[index] = interactionId;
    this.firsts[index] = this.steps;
    for (const { start, error } of steps) this.addStep(start * MICROS_PER_MILLI, error ? 1 : 0);
    this.lasts[index] = this.steps;
  }

  stepsOf(index: number): readonly [number, number] {
    return [this.firsts[index] ?? 0, this.lasts[index] ?? 0];
  }

  private addStep(start: Micros, error: number): void {
    if (this.steps === this.starts.length) {
      const starts = new Float64Array(this.steps * 2);
      starts.set(this.starts);
      this.starts = starts;
      const errors = new Int8Array(this.steps * 2);
      errors.set(this.errors);
      this.errors = errors;
    }
    this.starts[this.steps] = start;
    this.errors[this.steps] = error;
    this.steps += 1;
  }

  finish(rest: Pick<Dataset, 'bytesOf' | 'advance'>): Dataset {
    const columns = this;
    return {
      get count() {
        return columns.ids.length;
      },
      get starts() {
        return columns.starts;
      },
      get errors() {
        return columns.errors;
      },
      idOf: (index) => columns.ids[index] ?? '',
      stepsOf: (index) => columns.stepsOf(index),
      ...rest,
    };
  }
}

/** The generated history as a dataset. */
export function generatedDataset(options: GenerateOptions): Dataset {
  const model = createHistoryModel(options);
  const columns = new Columns();
  let unfinished: number[] = [];
  let { now } = options;
  const kept = new Map<number, Buffer>();
  let keptBytes = 0;

  const load = (indices: Iterable<number>): void => {
    const still: number[] = [];
    for (const index of indices) {
      const outline = model.outline(index, now);
      columns.setOutline(index, outline);
      keptBytes -= kept.get(index)?.length ?? 0;
      kept.delete(index);
      if (!outline.finished) still.push(index);
    }
    unfinished = still;
  };
  const upTo = function* (first: number, count: number): Generator<number> {
    for (let index = first; index < count; index += 1) yield index;
  };
  load(upTo(0, options.interactions));

  return columns.finish({
    bytesOf: (index) => {
      const known = kept.get(index);
      if (known !== undefined) return known;
      const bytes = Buffer.from(JSON.stringify(model.at(index, now)));
      if (keptBytes < KEPT_BYTES) {
        kept.set(index, bytes);
        keptBytes += bytes.length;
      }
      return bytes;
    },
    advance: (instant) => {
      if (instant <= now) return false;
      now = instant;
      const count = model.countAt(instant);
      if (unfinished.length === 0 && count === columns.ids.length) return false;
      load([...unfinished, ...upTo(columns.ids.length, count)]);
      return true;
    },
  });
}

function parseDocument(text: string, path: string): string[] {
  let whole: JsonValue | undefined;
  try {
    whole = JSON.parse(text) as JsonValue;
  } catch {
    whole = undefined;
  }
  if (Array.isArray(whole)) return whole.map((record) => JSON.stringify(record));
  if (isObject(whole)) {
    const { data } = whole;
    return Array.isArray(data)
      ? data.map((record: JsonValue) => JSON.stringify(record))
      : [JSON.stringify(whole)];
  }
  const lines: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const record = line.trim();
    if (record === '') continue;
    try {
      JSON.parse(record);
    } catch {
      throw new Error(
        `${path}, line ${index + 1}, is not JSON: the file is neither a JSON document nor NDJSON.`,
      );
    }
    lines.push(record);
  }
  return lines;
}

/** A history file as a dataset: a JSON array, `{"data": […]}`, NDJSON, or gzip of these. Throws with a sentence. */
export async function fileDataset(path: string): Promise<Dataset> {
  let bytes = await readFile(path);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = await promisify(gunzip)(bytes);
  const columns = new Columns();
  const records: Buffer[] = [];
  for (const text of parseDocument(bytes.toString('utf8').replace(/^\uFEFF/, ''), path)) {
    columns.add(JSON.parse(text) as JsonValue);
    records.push(Buffer.from(text));
  }
  return columns.finish({ bytesOf: (index) => records[index] ?? Buffer.alloc(0), advance: () => false });
}
