/**
 * What the latest runs have seen: the values that completion offers. Bounded in runs, steps, distinct values and time;
 * a value that was masked is never among them.
 */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { KnownValues, KnownVariable } from '../language/index.ts';
import { MASK_TEXT } from '../output/index.ts';
import {
  type Interaction,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Step,
} from '../protocol/history.ts';
import type { RunManifest } from '../protocol/run.ts';
import { createReader } from '../tenant/index.ts';
import { RUN_FILES } from './files.ts';
import { listRuns } from './store.ts';

/** How much is collected. */
export interface CollectedLimits {
  readonly steps: number;
  /** Distinct values of a field. */
  readonly values: number;
  readonly variables: number;
  /** Distinct values of a variable. */
  readonly variableValues: number;
  readonly milliseconds: number;
}

export interface KnownLimits extends CollectedLimits {
  readonly runs: number;
}

export const KNOWN_LIMITS: KnownLimits = {
  runs: 5,
  steps: 50_000,
  values: 2_000,
  variables: 1_000,
  variableValues: 200,
  milliseconds: 5_000,
};

/** Longer texts are no values that somebody picks from a list. */
const LONGEST_TEXT = 120;
/** Variables inside variables. */
const DEEPEST = 4;

type Value = string | number | boolean;

class Counts<K extends Value> {
  readonly #counts = new Map<K, number>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(value: K): void {
    const count = this.#counts.get(value);
    if (count === undefined && this.#counts.size >= this.#most) return;
    this.#counts.set(value, (count ?? 0) + 1);
  }

  /** The commonest first; of those as common the one seen first. */
  ordered(): K[] {
    return [...this.#counts].sort(([, a], [, b]) => b - a).map(([value]) => value);
  }
}

/** A text that can stand in a query and was not masked. */
function isText(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= LONGEST_TEXT &&
    !value.startsWith(MASK_TEXT) &&
    !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(value)
  );
}

/** Collects what is seen, within limits. */
export class Collector {
  readonly #limits: CollectedLimits;
  readonly #fields = new Map<string, Counts<string>>();
  readonly #variables = new Map<
    string,
    { readonly path: readonly string[]; readonly values: Counts<Value> }
  >();
  steps = 0;

  constructor(limits: CollectedLimits) {
    this.#limits = limits;
  }

  interaction({ interactionId, workflowId, workflowName, steps }: Interaction): void {
    this.#field('interactionId', interactionId);
    this.#field('workflowId', workflowId);
    this.#field('workflowName', workflowName);
    for (const step of steps) this.#step(step);
  }

  #field(name: string, value: string | null): void {
    if (!isText(value)) return;
    let counts = this.#fields.get(name);
    if (counts === undefined) {
      counts = new Counts(this.#limits.values);
      this.#fields.set(name, counts);
    }
    counts.add(value);
  }

  #step(step: Step): void {
    this.steps += 1;
    this.#field('nodeId', step.nodeId);
    this.#field('nodeName', step.nodeName);
    this.#field('nodeType', step.nodeType);
    this.#field('outcome', step.outcome);
    if (step.variablesBefore !== null) this.#inside(step.variablesBefore, []);
    if (step.variablesAfter !== null) this.#inside(step.variablesAfter, []);
  }

  #inside(values: JsonObject, path: readonly string[]): void {
    for (const [name, value] of Object.entries(values))
      if (isText(name)) this.#variable([...path, name], value);
  }

  #variable(path: readonly string[], value: JsonValue): void {
    const key = JSON.stringify(path);
    let known = this.#variables.get(key);
    if (known === undefined) {
      if (this.#variables.size >= this.#limits.variables) return;
      known = { path, values: new Counts<Value>(this.#limits.variableValues) };
      this.#variables.set(key, known);
    }
    if (isJsonObject(value)) {
      if (path.length < DEEPEST) this.#inside(value, path);
    } else if (isText(value) || typeof value === 'boolean' || isPlainNumber(value)) known.values.add(value);
  }

  /** What was seen, under the name of where. */
  result(origin: string): KnownValues {
    const variables = [...this.#variables.values()].map(
      ({ path, values }): KnownVariable => ({ path, values: values.ordered() }),
    );
    return {
      origin,
      fields: new Map([...this.#fields].map(([name, counts]) => [name, counts.ordered()])),
      variables,
    };
  }
}

/** A number as the language writes it, without an exponent. */
function isPlainNumber(value: JsonValue): value is number {
  return typeof value === 'number' && /^-?\d+(?:\.\d+)?$/.test(String(value));
}

/** Reads the latest runs that have ended. What cannot be read is passed over; an abort ends with what came until then. */
export async function readKnownValues(
  runsFolder: string,
  signal: AbortSignal,
  limits: KnownLimits = KNOWN_LIMITS,
): Promise<KnownValues> {
  const collector = new Collector(limits);
  const until = AbortSignal.any([signal, AbortSignal.timeout(limits.milliseconds)]);
  const manifests = (await listRuns(runsFolder)).filter(({ outcome }) => outcome !== 'running');
  for (const manifest of manifests.slice(0, limits.runs)) {
    if (until.aborted || collector.steps >= limits.steps) break;
    await readRecords(
      runsFolder,
      manifest,
      collector,
      () => !until.aborted && collector.steps < limits.steps,
    );
  }
  return collector.result('earlier runs');
}

async function readRecords(
  runsFolder: string,
  { runId, response }: RunManifest,
  collector: Collector,
  goesOn: () => boolean,
): Promise<void> {
  const reader = createReader(response);
  const input = createReadStream(join(runsFolder, runId, RUN_FILES.interactions));
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) {
      if (!goesOn()) break;
      const interaction = reader.read(parsed(line));
      if (typeof interaction === 'string') continue;
      collector.interaction(interaction);
    }
  } catch {
    // A run that was deleted meanwhile, or a file that is none any more: the other runs say enough.
  } finally {
    lines.close();
    input.destroy();
  }
}

/** The last line of a run that was killed may be cut. */
function parsed(line: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(line);
    return value;
  } catch {
    return null;
  }
}
