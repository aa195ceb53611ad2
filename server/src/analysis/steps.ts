/** Steps of one interaction in time order, with everything that is derived from their times. */
import type { Interaction, Step } from '../protocol/history.ts';
import type { Micros } from '../protocol/instant.ts';
import { StepClock } from './order.ts';

export interface DerivedStep {
  readonly step: Step;
  /** 0 for the first step in time order. */
  readonly sequence: number;
  /** As the tenant gave them. */
  readonly start: Micros | null;
  readonly end: Micros | null;
  /** µs; null where open or unknown. Never negative. */
  readonly dwell: Micros | null;
  /** µs since the latest end of all steps before; null for the first step and where unknown. */
  readonly wait: Micros | null;
  /** The last step, without an end: it still runs. */
  readonly open: boolean;
  /** `dwell`, or for an open step the time since its start; null where neither is known. */
  readonly elapsed: Micros | null;
  readonly isLast: boolean;
}

export interface DerivedInteraction {
  readonly steps: readonly DerivedStep[];
  /** Earliest start; a step with only an end is taken to have begun by then. null where no step has a time. */
  readonly start: Micros | null;
  /** Latest end; a step with only a start is taken to have lasted until then. null where no step has a time. */
  readonly end: Micros | null;
  /** µs; null where the interaction is untimed or empty. */
  readonly duration: Micros | null;
  /** µs of the duration in which no step ran; null where the length of a step is not known. */
  readonly idle: Micros | null;
  /** A step has neither start nor end. */
  readonly untimed: boolean;
  /** Steps that begin before the latest end of those before them. */
  readonly overlaps: number;
  /** Steps whose dwell is not known (end before start, no start), open ones not counted. */
  readonly unknownDwells: number;
  readonly stepCount: number;
  /** Steps whose `errorState` is true. */
  readonly errorCount: number;
}

/**
 * Orders the steps by (start, end, position in the source) and derives their times. `now` is needed only for
 * `elapsed` of an open step.
 */
export function deriveSteps(interaction: Interaction, now?: Micros): DerivedInteraction {
  const clock = new StepClock();
  const source = interaction.steps;
  clock.read(source);
  const steps: DerivedStep[] = [];
  let errorCount = 0;
  for (let sequence = 0; sequence < clock.count; sequence += 1) {
    const step = source[clock.order[sequence] ?? 0];
    if (step === undefined) continue;
    if (step.errorState === true) errorCount += 1;
    const isLast = sequence === clock.count - 1;
    const open = isLast && clock.open;
    const dwell = known(clock.dwell[sequence]);
    const running = open && now !== undefined && step.startTime !== null;
    steps.push({
      step,
      sequence,
      start: step.startTime,
      end: step.endTime,
      dwell,
      wait: known(clock.wait[sequence]),
      open,
      elapsed: running ? Math.max(0, now - (step.startTime ?? now)) : dwell,
      isLast,
    });
  }
  return {
    steps,
    start: known(clock.earliestStart),
    end: known(clock.latestEnd),
    duration: known(clock.duration()),
    idle: known(clock.idle()),
    untimed: clock.untimed,
    overlaps: clock.overlaps,
    unknownDwells: clock.unknownDwells,
    stepCount: clock.count,
    errorCount,
  };
}

function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
