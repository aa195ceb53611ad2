/** Time that passes only when nothing else is left to do. */
import type { Clock } from '../../../server/src/tenant/clock.ts';

interface Due {
  readonly at: number;
  readonly action: () => void;
}

export interface VirtualTime extends Clock {
  /** Goes on to the next moment at which something is due, and does it; false where nothing is. */
  pass(): boolean;
}

export function virtualTime(): VirtualTime {
  let time = Date.UTC(2026, 10, 22);
  const due = new Set<Due>();
  const after = (ms: number, action: () => void): (() => void) => {
    const one = { at: time + ms, action };
    due.add(one);
    return () => due.delete(one);
  };
  return {
    now: () => time,
    random: () => 0.5,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const done = (): void => {
          off();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const off = after(ms, done);
        signal?.addEventListener('abort', done);
      }),
    pass() {
      let first = Number.POSITIVE_INFINITY;
      for (const { at } of due) first = Math.min(first, at);
      if (first === Number.POSITIVE_INFINITY) return false;
      time = Math.max(time, first);
      for (const one of [...due]) {
        if (one.at > first || !due.delete(one)) continue;
        one.action();
      }
      return true;
    },
  };
}

/** Whatever can be done without time passing. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** More moments than any download of these sizes has. */
const MOST_MOMENTS = 100_000;

/** What a piece of work gives, as time passes; throws where nothing is due any more and it still has not ended. */
export async function timed<T>(time: VirtualTime, work: Promise<T>): Promise<T> {
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  work.then(end, end);
  for (let moments = 0; ; moments += 1) {
    await settled();
    if (ended) return work;
    if (moments > MOST_MOMENTS) throw new Error('It goes on without end.');
    if (time.pass()) continue;
    await settled();
    if (ended) return work;
    throw new Error('It hangs: nothing is due any more.');
  }
}

/** Lets pass what is still due. */
export async function passed(time: VirtualTime): Promise<void> {
  for (let moments = 0; time.pass(); moments += 1) {
    if (moments > MOST_MOMENTS) throw new Error('Its timers never end.');
    await settled();
  }
}
