/** Time and chance, as parameters: tests replace them. */

/** Settings of the wall clock, of waiting and of jitter. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** 0 ≤ number < 1. */
  random(): number;
  /** Waits; ends early, without an error, as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Acts once, later, unless it is called off by the function that this gives. Keeps no process alive. */
  after(ms: number, action: () => void): () => void;
}

/** Above this, `setTimeout` fires at once. */
const MAX_TIMER = 2 ** 31 - 1;

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  async sleep(ms, signal) {
    let rest = ms;
    while (rest > 0 && signal?.aborted !== true) {
      await wait(Math.min(rest, MAX_TIMER), signal);
      rest -= MAX_TIMER;
    }
  },
  after(ms, action) {
    const timer = setTimeout(action, Math.min(ms, MAX_TIMER));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

const BACKOFF_BASE_MS = 500;
const BACKOFF_CAP_MS = 30_000;

/** Exponential back-off with full jitter: anything from nothing to the step of this attempt (0 is the first). */
export function backoff(attempt: number, clock: Clock): number {
  return clock.random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** attempt);
}
