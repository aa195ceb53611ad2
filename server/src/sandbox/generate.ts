/** Seeded history: the same seed, count and now give the same bytes, and record i never depends on the others. */
import { MICROS_PER_MILLI, type Micros } from '../protocol/instant.ts';
import { DAY_MS, HOUR_MS, incidentStart, intensityAt } from './model.ts';
import { createRandom, type Random } from './random.ts';
import { createTrace, type GeneratedInteraction, type StepOutline, type Trace } from './trace.ts';
import { type Scene, WORKFLOWS, type Workflow } from './workflows.ts';

export interface GenerateOptions {
  /** How many interactions. */
  readonly interactions: number;
  /** Any integer. */
  readonly seed: number;
  /** The instant at which the history is looked at: nothing lies after it, and what runs then is open. */
  readonly now: Micros;
  /** Length of the history in days; 29 by default, so that all of it is inside a retention of 30. */
  readonly days?: number;
}

/**
 * A history that can be read at any place without making the rest. It goes on after the `now` that it was made
 * for: later instants see running interactions further on, and new ones behind the first `interactions`.
 */
export interface HistoryModel {
  /** How many interactions have begun by an instant; the first `interactions` of them are there from the start. */
  countAt(now: Micros): number;
  /** An interaction as it stands at an instant. They are in order of their beginnings. */
  at(index: number, now: Micros): GeneratedInteraction;
  /** All that a filter asks of that interaction, several times faster. */
  outline(index: number, now: Micros): Outline;
}

export interface Outline {
  readonly interactionId: string;
  readonly steps: readonly StepOutline[];
  /** It will look the same ever after. */
  readonly finished: boolean;
}

interface Played {
  readonly interactionId: string;
  readonly workflow: Workflow;
  readonly trace: Trace;
}

const CELL_MS = HOUR_MS / 4;
/** Interactions this young may hang at priority routing: what "stuck right now" finds. */
const STUCK_WITHIN_MS = 3 * HOUR_MS;
const STUCK_SHARE = 0.03;

function identifier(random: Random): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(8, '0').slice(0, digits);
  const [a, b, c, d] = [random.bits(), random.bits(), random.bits(), random.bits()];
  const variant = ((b & 0x3fff) | 0x8000).toString(16);
  return `${hex(a, 8)}-${hex(c, 4)}-4${hex(d, 3)}-${variant}-${hex(b, 4)}${hex((c ^ d) >>> 0, 8)}`;
}

/** Prepares a history; costs the same whatever its size. */
export function createHistoryModel(options: GenerateOptions): HistoryModel {
  const { interactions: count, seed } = options;
  const now = Math.floor(options.now / MICROS_PER_MILLI);
  const from = now - (options.days ?? 29) * DAY_MS;
  const cells = Math.ceil((now - from) / CELL_MS);
  const cumulative = new Float64Array(cells + 1);
  for (let cell = 0; cell < cells; cell += 1) {
    const middle = Math.min(now, from + (cell + 0.5) * CELL_MS);
    cumulative[cell + 1] = (cumulative[cell] ?? 0) + intensityAt(middle, now);
  }
  const total = cumulative[cells] ?? 1;
  const incident = incidentStart(now);

  /** The instant at which a share (0 to 1) of all arrivals has come. */
  const arrivalAt = (share: number): number => {
    const wanted = share * total;
    let low = 0;
    let high = cells - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle + 1] ?? total) > wanted) high = middle;
      else low = middle + 1;
    }
    const before = cumulative[low] ?? 0;
    const within = (wanted - before) / ((cumulative[low + 1] ?? total) - before);
    // A second before now at the latest: an interaction without any step yet would be no record.
    return Math.min(now - 1_000, Math.floor(from + (low + within) * CELL_MS));
  };

  // The history goes on as busy as an ordinary hour shortly before now.
  const laterPerCell = Math.max(1, Math.round((count / total) * 20));
  const startOf = (index: number, share: number): number => {
    // One arrival in each of `count` equal shares keeps the records in order without sorting them.
    if (index < count) return arrivalAt((index + share) / count);
    return Math.floor(now + ((index - count + share) / laterPerCell) * CELL_MS);
  };

  const play = (index: number): Played => {
    const random = createRandom(seed, index);
    const interactionId = identifier(random);
    const start = startOf(index, random.next());
    const workflow = random.weighted(WORKFLOWS);
    const young = now - start < STUCK_WITHIN_MS && (now - start > 60_000 || index >= count);
    const scene: Scene = { incident, stuck: young && random.chance(STUCK_SHARE) };
    const trace = createTrace(random, workflow.channel, start, workflow.begin(random, start));
    workflow.play(trace, scene);
    return { interactionId, workflow, trace };
  };

  const millisOf = (instant: Micros): number => Math.floor(instant / MICROS_PER_MILLI);
  return {
    countAt: (instant) => {
      if (count === 0) return 0;
      // Each cell's arrivals are there once it is over: none of them is still to come.
      return count + Math.max(0, Math.floor((millisOf(instant) - now) / CELL_MS)) * laterPerCell;
    },
    at: (index, instant) => {
      const { interactionId, workflow, trace } = play(index);
      return {
        interactionId,
        workflowId: workflow.id,
        workflowName: workflow.name,
        channel: workflow.channel,
        steps: trace.stepsAt(millisOf(instant)),
      };
    },
    outline: (index, instant) => {
      const { interactionId, trace } = play(index);
      const millis = millisOf(instant);
      return { interactionId, steps: trace.outlineAt(millis), finished: trace.finishedBy(millis) };
    },
  };
}

/** The history one record after another, in order of their beginnings; memory does not grow with the count. */
export function* generateInteractions(options: GenerateOptions): Generator<GeneratedInteraction, void> {
  const model = createHistoryModel(options);
  for (let index = 0; index < options.interactions; index += 1) yield model.at(index, options.now);
}
