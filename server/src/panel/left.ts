/** What a filter leaves of a run. */
import { type FlaggedSteps, type Frame, narrowFrame } from '../analysis/index.ts';
import type { Filter } from '../protocol/panel-filter.ts';
import {
  emptyTest,
  type InteractionCondition,
  interactionTest,
  isOfInteractions,
  type StepCondition,
  stepTest,
} from './conditions.ts';
import type { PanelData } from './data.ts';
import { Whole } from './whole.ts';

export interface Left {
  readonly filter: Filter;
  /** Of the whole run. */
  readonly whole: Whole;
  /** Of the interactions that stay. Their ids (`columns.ids`) are the names by which the panel knows them. */
  readonly frame: Frame;
  /** Of these interactions. */
  readonly flagged: FlaggedSteps;
  /**
   * By step of the store: 1 where it satisfies the conditions on steps and its interaction stays; undefined where there
   * is no condition on steps.
   */
  readonly found: Uint8Array | undefined;
  /** Steps found; all of the interactions that stay where there is no condition on steps. */
  readonly matchingSteps: number;
}

/** `whole` is that of the data, where it is at hand: what it has worked out is not worked out again. */
export function leftBy(data: PanelData, filter: Filter, whole: Whole = new Whole(data)): Left {
  const { frame, flagged } = whole;
  if (filter.length === 0) {
    return { filter, whole, frame, flagged, found: undefined, matchingSteps: frame.steps };
  }
  const interactions = filter.filter(isOfInteractions);
  const steps = filter.filter((one): one is StepCondition => !isOfInteractions(one));
  const keep = keptInteractions(whole, interactions);
  const found = steps.length === 0 ? undefined : findSteps(whole, steps, keep);
  const narrow = narrowFrame(frame, keep);
  return {
    ...{ filter, whole, found },
    frame: narrow,
    flagged: flaggedOf(flagged, keep),
    matchingSteps: found === undefined ? narrow.steps : countOnes(found),
  };
}

function keptInteractions(whole: Whole, conditions: readonly InteractionCondition[]): Uint8Array {
  const { frame } = whole;
  const keep = new Uint8Array(frame.columns.ids.length);
  for (const i of frame.live) keep[i] = 1;
  for (const condition of conditions) {
    const test = interactionTest(whole, condition);
    for (const i of frame.live) if (keep[i] === 1 && !test(i)) keep[i] = 0;
  }
  return keep;
}

/** Steps of the kept interactions that satisfy all conditions; interactions that have none are kept no longer. */
function findSteps(whole: Whole, conditions: readonly StepCondition[], keep: Uint8Array): Uint8Array {
  const { frame, stepCount } = whole;
  const offsets = frame.columns.firstStep.values;
  const found = new Uint8Array(stepCount);
  for (const i of frame.live) if (keep[i] === 1) found.fill(1, offsets[i] ?? 0, offsets[i + 1] ?? 0);
  for (const condition of conditions) {
    const test = stepTest(whole, condition);
    for (let s = 0; s < stepCount; s += 1) if (found[s] === 1 && !test(s)) found[s] = 0;
  }
  const staysEmpty = emptyTest(whole, conditions);
  for (const i of frame.live) {
    if (keep[i] === 0) continue;
    const [from, to] = [offsets[i] ?? 0, offsets[i + 1] ?? 0];
    const stays = from === to ? staysEmpty(i) : hasOne(found, from, to);
    if (!stays) keep[i] = 0;
  }
  return found;
}

function hasOne(marks: Uint8Array, from: number, to: number): boolean {
  for (let s = from; s < to; s += 1) if (marks[s] === 1) return true;
  return false;
}

function countOnes(marks: Uint8Array): number {
  let count = 0;
  for (let s = 0; s < marks.length; s += 1) count += marks[s] ?? 0;
  return count;
}

function flaggedOf(flagged: FlaggedSteps, keep: Uint8Array): FlaggedSteps {
  const places = Int32Array.from(flagged.step.keys()).filter((f) => keep[flagged.interaction[f] ?? 0] === 1);
  return {
    count: places.length,
    step: places.map((f) => flagged.step[f] ?? 0),
    interaction: places.map((f) => flagged.interaction[f] ?? 0),
    threshold: Float64Array.from(places, (f) => flagged.threshold[f] ?? 0),
  };
}
