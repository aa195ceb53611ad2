/** Long work in turns, so that what a person does meanwhile is answered. */
import { setImmediate } from 'node:timers/promises';

/** Half of what a keystroke may wait for. */
const TURN_MS = 20;

export class Turns {
  #since = performance.now();

  /** Lets others have their turn when this one has lasted long enough. */
  async take(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
