/** The ruler as it is being set: by drag, or by keyboard from the start of one step to that of another. */
import type { End, Ruler } from './measure.ts';

export interface Measuring {
  /** A drag on the tracks measures. */
  readonly isOn: boolean;
  readonly ruler: Ruler | undefined;
  /** The first end, while the second is not set. */
  readonly begun: End | undefined;
  turn(on: boolean): void;
  start(at: End): void;
  move(at: End): void;
  /** Sets the second end; false where that is where the first one is. */
  end(at: End): boolean;
  /** False where there was nothing. */
  clear(): boolean;
}

export function createMeasuring(): Measuring {
  let isOn = false;
  let begun: End | undefined;
  let ruler: Ruler | undefined;
  const between = (from: End, to: End): Ruler | undefined => (from.at === to.at ? undefined : { from, to });
  return {
    get isOn() {
      return isOn;
    },
    get ruler() {
      return ruler;
    },
    get begun() {
      return begun;
    },
    turn(on) {
      isOn = on;
    },
    start(at) {
      begun = at;
      ruler = undefined;
    },
    move(at) {
      if (begun !== undefined) ruler = between(begun, at);
    },
    end(at) {
      if (begun !== undefined) ruler = between(begun, at);
      begun = undefined;
      return ruler !== undefined;
    },
    clear() {
      const had = isOn || begun !== undefined || ruler !== undefined;
      isOn = false;
      begun = undefined;
      ruler = undefined;
      return had;
    },
  };
}
