/**
 * The columnar store: interned strings and typed arrays, filled as records arrive. One sort per interaction; a
 * report can be made at any moment, while more is still coming.
 */
import type { Interaction, RejectedRecord, Step } from '../protocol/history.ts';
import { jsonText, walkChanges } from './diff.ts';
import { fingerprint } from './fingerprint.ts';
import { Column, float64, Interned, int8, int32, textBytes } from './growable.ts';
import { StepClock } from './order.ts';
import { States } from './states.ts';

/** Kinds of a variable change in the column `changeKind`. */
export const CHANGE = { added: 0, removed: 1, changed: 2, typeChanged: 3, outside: 4 } as const;

/** Steps in time order, an interaction's together. Instants and lengths in µs, NaN where not known. */
class Columns {
  /** By interaction. `firstStep` and `firstChange` have one more entry than there are interactions. */
  readonly ids: string[] = [];
  /** Into `texts`; -1 where the tenant gave none. */
  readonly workflowId = int32();
  readonly workflowName = int32();
  readonly firstStep = int32();
  readonly firstChange = int32();
  readonly earliest = float64();
  readonly latest = float64();
  readonly duration = float64();
  readonly errors = int32();
  readonly untimed = int8();
  readonly open = int8();
  readonly overlaps = int32();
  readonly unknownDwells = int32();
  /** 0 where a later record replaced it. */
  readonly live = int8();

  /** By step. */
  readonly node = int32();
  /** -1 where the tenant gave none. */
  readonly name = int32();
  readonly type = int32();
  readonly outcome = int32();
  readonly start = float64();
  readonly end = float64();
  readonly dwell = float64();
  readonly wait = float64();
  /** 1, 0, or -1 where the tenant said nothing. */
  readonly error = int8();

  /** By variable change. */
  readonly changeVariable = int32();
  readonly changeKind = int8();
  /** Into `transitions`; -1 where there was nothing before or nothing after. */
  readonly changeTransition = int32();
  /** The step in which it happened, or before which, where it was outside any. */
  readonly changeStep = int32();

  readonly nodes = new Interned();
  readonly texts = new Interned();
  readonly variables = new Interned();
  /** JSON text before, U+0000, JSON text after. */
  readonly transitions = new Interned();

  /** The variables before each step. */
  readonly states = new States();
}

export type { Columns };

export const TRANSITION_SEPARATOR = '\u0000';

/** What became of a record: `conflict` is kept apart beside the other record with its id. */
export type AddOutcome = 'added' | 'duplicate' | 'replaced' | 'conflict';

export interface StoreCounts {
  /** Interactions and steps that reports are made of. */
  readonly interactions: number;
  readonly steps: number;
  readonly rejected: number;
  /** Records seen again unchanged (dropped), continued by a later one, or kept apart. */
  readonly duplicates: number;
  readonly replaced: number;
  readonly conflicts: number;
}

export interface StoreOptions {
  /**
   * Compare records that have one id (default true). False where the records were reconciled already, as those of
   * a run are: nothing is then compared, and every record counts.
   */
  readonly reconcile?: boolean;
}

export interface Store {
  /** Takes a record in. Nothing of it is held on to but strings. */
  add(interaction: Interaction): AddOutcome;
  addRejected(record: RejectedRecord): void;
  readonly counts: StoreCounts;
  /** What it holds in memory: of the columns exactly, of texts and their tables by estimate. */
  readonly bytes: number;
  /** For the reports of this room. */
  readonly columns: Columns;
  readonly rejected: readonly { readonly index: number; readonly reason: string }[];
}

export function createStore(options: StoreOptions = {}): Store {
  return new HistoryStore(options.reconcile ?? true);
}

class HistoryStore implements Store {
  readonly columns = new Columns();
  readonly rejected: { readonly index: number; readonly reason: string }[] = [];
  readonly #clock = new StepClock();
  readonly #reconcile: boolean;
  /** Interaction id to its first record; further records of that id are chained by `#nextOfId`. */
  readonly #byId = new Map<string, number>();
  readonly #nextOfId = int32();
  readonly #names = new Map<string, number>();
  readonly #fingerprintA = int32();
  readonly #fingerprintB = int32();
  #idCharacters = 0;
  #deadSteps = 0;
  #duplicates = 0;
  #replaced = 0;
  #conflicts = 0;

  constructor(reconcile: boolean) {
    this.#reconcile = reconcile;
    this.columns.firstStep.push(0);
    this.columns.firstChange.push(0);
  }

  get counts(): StoreCounts {
    return {
      interactions: this.columns.ids.length - this.#replaced,
      steps: this.columns.node.length - this.#deadSteps,
      rejected: this.rejected.length,
      duplicates: this.#duplicates,
      replaced: this.#replaced,
      conflicts: this.#conflicts,
    };
  }

  get bytes(): number {
    const { ids } = this.columns;
    let bytes = this.#nextOfId.bytes + this.#fingerprintA.bytes + this.#fingerprintB.bytes;
    for (const column of Object.values(this.columns)) {
      if (column instanceof Column || column instanceof Interned || column instanceof States) {
        bytes += column.bytes;
      }
    }
    return bytes + textBytes(ids.length + this.#byId.size, this.#idCharacters);
  }

  add(interaction: Interaction): AddOutcome {
    if (!this.#reconcile) {
      this.#clock.read(interaction.steps);
      this.#append(interaction);
      return 'added';
    }
    const [a, b] = fingerprint(interaction.raw, this.#names);
    const first = this.#byId.get(interaction.interactionId) ?? -1;
    if (this.#holds(first, a, b)) {
      this.#duplicates += 1;
      return 'duplicate';
    }
    this.#clock.read(interaction.steps);
    const continued = this.#continuedBy(first, interaction.steps);
    const index = this.#append(interaction);
    this.#fingerprintA.push(a);
    this.#fingerprintB.push(b);
    this.#nextOfId.push(first);
    this.#byId.set(interaction.interactionId, index);
    if (first < 0) return 'added';
    if (continued >= 0) {
      const { live, firstStep } = this.columns;
      live.values[continued] = 0;
      this.#deadSteps += (firstStep.values[continued + 1] ?? 0) - (firstStep.values[continued] ?? 0);
      this.#replaced += 1;
      return 'replaced';
    }
    this.#conflicts += 1;
    return 'conflict';
  }

  addRejected(record: RejectedRecord): void {
    this.rejected.push({ index: record.index, reason: record.reason });
  }

  #holds(first: number, a: number, b: number): boolean {
    for (let i = first; i >= 0; i = this.#nextOfId.values[i] ?? -1) {
      if (this.#fingerprintA.values[i] === a && this.#fingerprintB.values[i] === b) return true;
    }
    return false;
  }

  /** The record of this id whose steps are all there again, with more after them or with the open one ended. */
  #continuedBy(first: number, steps: readonly Step[]): number {
    for (let i = first; i >= 0; i = this.#nextOfId.values[i] ?? -1) {
      if (this.columns.live.values[i] === 1 && this.#isContinuation(i, steps)) return i;
    }
    return -1;
  }

  #isContinuation(earlier: number, steps: readonly Step[]): boolean {
    const { columns } = this;
    const from = columns.firstStep.values[earlier] ?? 0;
    const count = (columns.firstStep.values[earlier + 1] ?? 0) - from;
    const ended = columns.open.values[earlier] === 1 && !this.#clock.open;
    if (steps.length < count || (steps.length === count && !ended)) return false;
    for (let k = 0; k < count; k += 1) {
      const at = from + k;
      const step = steps[this.#clock.order[k] ?? 0];
      if (step === undefined || columns.nodes.find(step.nodeId) !== columns.node.values[at]) return false;
      if (!Object.is(step.startTime ?? Number.NaN, columns.start.values[at])) return false;
      const end = columns.end.values[at] ?? Number.NaN;
      // What had not ended may have got its end, outcome and error since; what had ended must be as it was.
      if (Number.isNaN(end)) continue;
      if (step.endTime !== end || errorCode(step) !== columns.error.values[at]) return false;
      const outcome = columns.texts.texts[columns.outcome.values[at] ?? -1] ?? null;
      if (step.outcome !== outcome) return false;
    }
    return true;
  }

  #append(interaction: Interaction): number {
    const { columns } = this;
    const clock = this.#clock;
    const source = interaction.steps;
    const index = columns.ids.length;
    let errors = 0;
    let before: Step | undefined;
    columns.states.begin();
    for (let k = 0; k < clock.count; k += 1) {
      const at = clock.order[k] ?? 0;
      const step = source[at];
      if (step === undefined) continue;
      const error = errorCode(step);
      if (error === 1) errors += 1;
      columns.states.add(columns.node.length, step.variablesBefore ?? before?.variablesAfter ?? null);
      columns.node.push(columns.nodes.id(step.nodeId));
      columns.name.push(this.#text(step.nodeName));
      columns.type.push(this.#text(step.nodeType));
      columns.outcome.push(this.#text(step.outcome));
      columns.start.push(clock.start[at] ?? Number.NaN);
      columns.end.push(clock.end[at] ?? Number.NaN);
      columns.dwell.push(clock.dwell[k] ?? Number.NaN);
      columns.wait.push(clock.wait[k] ?? Number.NaN);
      columns.error.push(error);
      this.#addChanges(columns.node.length - 1, before, step);
      before = step;
    }
    columns.states.end();
    columns.ids.push(interaction.interactionId);
    this.#idCharacters += interaction.interactionId.length;
    columns.workflowId.push(this.#text(interaction.workflowId));
    columns.workflowName.push(this.#text(interaction.workflowName));
    columns.firstStep.push(columns.node.length);
    columns.firstChange.push(columns.changeKind.length);
    columns.earliest.push(clock.earliestStart);
    columns.latest.push(clock.latestEnd);
    columns.duration.push(clock.duration());
    columns.errors.push(errors);
    columns.untimed.push(clock.untimed ? 1 : 0);
    columns.open.push(clock.open ? 1 : 0);
    columns.overlaps.push(clock.overlaps);
    columns.unknownDwells.push(clock.unknownDwells);
    columns.live.push(1);
    return index;
  }

  #text(value: string | null): number {
    return value === null ? -1 : this.columns.texts.id(value);
  }

  #addChanges(at: number, before: Step | undefined, step: Step): void {
    const { columns } = this;
    const { variablesBefore, variablesAfter } = step;
    // Where a side is not given nothing is known to have changed.
    if (before?.variablesAfter != null && variablesBefore !== null) {
      walkChanges(before.variablesAfter, variablesBefore, (path) => {
        columns.changeVariable.push(columns.variables.id(path.slice(1)));
        columns.changeKind.push(CHANGE.outside);
        columns.changeTransition.push(-1);
        columns.changeStep.push(at);
      });
    }
    if (variablesBefore === null || variablesAfter === null) return;
    walkChanges(variablesBefore, variablesAfter, (path, kind, b, a) => {
      if (kind === 'same') return;
      const both = b !== undefined && a !== undefined;
      columns.changeVariable.push(columns.variables.id(path.slice(1)));
      columns.changeKind.push(CHANGE[kind]);
      columns.changeTransition.push(
        both ? columns.transitions.id(jsonText(b) + TRANSITION_SEPARATOR + jsonText(a)) : -1,
      );
      columns.changeStep.push(at);
    });
  }
}

function errorCode(step: Step): number {
  if (step.errorState === null) return -1;
  return step.errorState ? 1 : 0;
}
