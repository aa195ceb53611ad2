/**
 * One governor holds every request that this process sends to one tenant to its quota. It knows nothing of
 * HTTP: it gives slots, takes them back, and makes all lanes wait when the tenant says so.
 */

import { formatInstant, MICROS_PER_MILLI } from '../protocol/instant.ts';
import { type Clock, systemClock } from './clock.ts';
import { CANCELLED, failure, type Result, success, type TenantError } from './errors.ts';

/** The right to have one request under way. Release it before waiting for anything else. */
export interface Slot {
  release(): void;
  /** The tenant answered well: towards full speed again. */
  succeeded(): void;
  /**
   * The tenant answered 429. `floorMs` is what it asked for, undefined where it named no time. All lanes
   * wait; the slots are halved, once for all requests that were under way together.
   */
  throttled(floorMs: number | undefined): void;
}

export interface Governor {
  /**
   * Waits for a slot. `maxWaitMs` is the longest pause that the caller accepts: a longer one is the error
   * `throttled`, which says until when. Ends at once when the signal is aborted.
   */
  acquire(signal: AbortSignal, maxWaitMs: number): Promise<Result<Slot>>;
  /** Requests at once from now on. */
  setMaximum(maximum: number): void;
  /** Epoch milliseconds until which no request starts; null when none waits. */
  pausedUntil(): number | null;
  /** Slots that may be taken at once at the moment. */
  limit(): number;
  /** Slots taken. */
  active(): number;
}

const JITTER_MS = 1_000;
const PAUSE_BASE_MS = 1_000;
const PAUSE_CAP_MS = 30_000;

interface Waiter {
  readonly maxWaitMs: number;
  readonly settle: (result: Result<Slot>) => void;
}

export function createGovernor(maximum: number, clock: Clock = systemClock): Governor {
  let most = maximum;
  let limit = maximum;
  let active = 0;
  // Answers to requests of an earlier epoch belong to a 429 that has been counted already.
  let epoch = 0;
  let successes = 0;
  let throttlesInARow = 0;
  let resumeAt = 0;
  // What the tenant itself demanded, without jitter: only this is held against a caller's patience.
  let floorAt = 0;
  let wake: AbortController | null = null;
  const queue: Waiter[] = [];

  const pump = (): void => {
    const now = clock.now();
    for (const waiter of [...queue]) {
      if (floorAt - now > waiter.maxWaitMs) leave(waiter, failure(throttledUntil(floorAt)));
    }
    if (resumeAt > now) {
      if (queue.length > 0) wakeAfter(resumeAt - now);
      return;
    }
    while (active < limit) {
      const next = queue[0];
      if (next === undefined) return;
      active += 1;
      leave(next, success(slot()));
    }
  };

  const leave = (waiter: Waiter, result: Result<Slot>): void => {
    const index = queue.indexOf(waiter);
    if (index >= 0) queue.splice(index, 1);
    // Without anyone waiting the timer must not keep the process alive.
    if (queue.length === 0) {
      wake?.abort();
      wake = null;
    }
    waiter.settle(result);
  };

  const wakeAfter = (ms: number): void => {
    if (wake !== null) return;
    const controller = new AbortController();
    wake = controller;
    void clock.sleep(ms, controller.signal).then(() => {
      if (wake === controller) wake = null;
      pump();
    });
  };

  const slot = (): Slot => {
    const bornIn = epoch;
    let released = false;
    return {
      release() {
        if (released) return;
        released = true;
        active -= 1;
        pump();
      },
      succeeded() {
        throttlesInARow = 0;
        successes += 1;
        if (limit < most && successes >= limit) {
          successes = 0;
          limit += 1;
          pump();
        }
      },
      throttled(floorMs) {
        const now = clock.now();
        if (bornIn === epoch) {
          epoch += 1;
          throttlesInARow += 1;
          limit = Math.max(1, Math.floor(limit / 2));
        }
        successes = 0;
        const floor = floorMs ?? 0;
        // A tenant that names no time, or none that has not passed, is given more of it each time.
        const step = Math.min(PAUSE_CAP_MS, PAUSE_BASE_MS * 2 ** Math.min(throttlesInARow - 1, 10));
        const jitter = clock.random() * (floor > 0 ? JITTER_MS : step);
        floorAt = Math.max(floorAt, now + floor);
        resumeAt = Math.max(resumeAt, now + floor + jitter);
      },
    };
  };

  return {
    acquire(signal, maxWaitMs) {
      if (signal.aborted) return Promise.resolve(failure(CANCELLED));
      return new Promise((resolve) => {
        const cancel = (): void => leave(waiter, failure(CANCELLED));
        const waiter: Waiter = {
          maxWaitMs,
          settle(result) {
            signal.removeEventListener('abort', cancel);
            resolve(result);
          },
        };
        signal.addEventListener('abort', cancel);
        queue.push(waiter);
        pump();
      });
    },
    setMaximum(next) {
      limit = limit === most ? next : Math.min(limit, next);
      most = next;
      pump();
    },
    pausedUntil: () => (resumeAt > clock.now() ? resumeAt : null),
    limit: () => limit,
    active: () => active,
  };
}

/** The error for a tenant that wants to be left alone longer than anyone should wait. */
export function throttledUntil(at: number): TenantError {
  return {
    code: 'throttled',
    message:
      `The tenant is throttling (429) and accepts no request until ${formatInstant(at * MICROS_PER_MILLI)}, ` +
      'which is longer than the profile waits (limits.maxRetryAfterSeconds). Run the query again after that time.',
    status: 429,
    retriable: true,
    retryAt: at,
  };
}

const governors = new Map<string, Governor>();

/** The governor of an origin, the same one for every run of this process; the latest quota counts, the first clock. */
export function governorFor(origin: string, maximum: number, clock?: Clock): Governor {
  let governor = governors.get(origin);
  if (governor === undefined) {
    governor = createGovernor(maximum, clock);
    governors.set(origin, governor);
  } else {
    governor.setMaximum(maximum);
  }
  return governor;
}
