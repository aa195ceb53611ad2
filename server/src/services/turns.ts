/**
 * Long work in turns, so that what a person does meanwhile is answered. All work of the process shares one line: however
 * many requests there are, the editor's messages are read again after one turn.
 */
import { type CancellationToken, LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';

/** A fifth of what a keystroke may wait for: a step may be longer than what is left of a turn. */
const TURN_MS = 10;

/** Who waits: a person at the place of the cursor, one who looks at the text, or nobody in particular. */
const URGENCIES = ['now', 'soon', 'later'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** What a line needs of the event loop. */
export interface EventLoop {
  /** Milliseconds from any moment on. */
  readonly now: () => number;
  /** Calls back after what happened meanwhile was looked at. */
  readonly afterEvents: (call: () => void) => void;
}

const NODE: EventLoop = { now: () => performance.now(), afterEvents: (call) => void setImmediate(call) };

/** Those who wait for their turn: the most urgent first, then who came first. */
export class Line {
  readonly #loop: EventLoop;
  readonly #waiting = new Map<Urgency, (() => void)[]>(URGENCIES.map((urgency) => [urgency, []]));
  /** When the work of this round of the event loop began; undefined before there was any. */
  #began: number | undefined;
  #called = false;

  constructor(loop: EventLoop = NODE) {
    this.#loop = loop;
  }

  /** Whether the work of this round has lasted long enough. */
  get isSpent(): boolean {
    const now = this.#loop.now();
    if (this.#began === undefined) {
      this.#began = now;
      this.#call();
    }
    return now - this.#began >= TURN_MS;
  }

  /** Resolves when it is somebody's turn. */
  turn(urgency: Urgency): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.get(urgency)?.push(resolve);
      this.#call();
    });
  }

  #call(): void {
    if (this.#called) return;
    this.#called = true;
    this.#loop.afterEvents(() => {
      this.#called = false;
      this.#next();
    });
  }

  #next(): void {
    for (const waiting of this.#waiting.values()) {
      const resolve = waiting.shift();
      if (resolve === undefined) continue;
      this.#began = this.#loop.now();
      resolve();
      // The round after the one that begins here.
      this.#call();
      return;
    }
    this.#began = undefined;
  }
}

const LINE = new Line();

interface Manner {
  readonly urgency?: Urgency;
  /** Throws when the work is no longer wanted. */
  readonly guard?: () => void;
  readonly line?: Line;
}

/** Work that gives way between its steps, done to its end; throws what its guard throws. */
export async function inTurns<T>(
  steps: Generator<unknown, T>,
  { urgency = 'soon', guard, line = LINE }: Manner = {},
): Promise<T> {
  for (;;) {
    if (line.isSpent) await line.turn(urgency);
    guard?.();
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** What comes of each of them, one a step. */
export function* each<T, R>(all: Iterable<T>, to: (one: T) => readonly R[]): Generator<void, R[]> {
  const found: R[] = [];
  for (const one of all) {
    for (const made of to(one)) found.push(made);
    yield;
  }
  return found;
}

/** Resolves when nobody waits who is in more of a hurry. */
export function whenIdle(): Promise<void> {
  return LINE.turn('later');
}

/** Throws what the protocol wants of a request that was cancelled. */
export function refuseIfCancelled(token: CancellationToken): void {
  if (!token.isCancellationRequested) return;
  throw new ResponseError(LSPErrorCodes.RequestCancelled, 'The request was cancelled.');
}
