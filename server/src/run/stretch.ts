/** Long work in stretches, so that others have their turn: an editor's requests, a cancel, other runs. */
import { setImmediate as turn } from 'node:timers/promises';

/** So long others may wait for their turn, in milliseconds. */
const STRETCH_MS = 4;

/** The work since others had their turn last. */
export class Stretch {
  #began = performance.now();

  /** Whether it is others' turn. */
  get isOver(): boolean {
    return performance.now() - this.#began >= STRETCH_MS;
  }

  /** Lets others have their turn. */
  async end(): Promise<void> {
    await turn();
    this.#began = performance.now();
  }
}
