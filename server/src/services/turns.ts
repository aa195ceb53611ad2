/** Long work in turns, so that what a person does meanwhile is answered. */
import { setImmediate } from 'node:timers/promises';
import { type CancellationToken, LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';

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

/** Work that gives way between its steps, done to its end; throws once its request is cancelled. */
export async function inTurns<T>(steps: Generator<void, T>, token?: CancellationToken): Promise<T> {
  const turns = new Turns();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await turns.take();
    if (token !== undefined) refuseIfCancelled(token);
  }
}

/** Throws what the protocol wants of a request that was cancelled. */
export function refuseIfCancelled(token: CancellationToken): void {
  if (!token.isCancellationRequested) return;
  throw new ResponseError(LSPErrorCodes.RequestCancelled, 'The request was cancelled.');
}
