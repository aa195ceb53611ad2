/** Time that passes only when nothing else is left to do. */
import type { Clock } from '../../../server/src/tenant/clock.ts';

interface Event {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

export interface VirtualClock extends Clock {
  /** Lets everything happen until nothing is due any more, or for so many milliseconds. */
  run(ms?: number): Promise<void>;
}

/** More instants than any test has: what goes on after them goes on for ever. */
const MOST_INSTANTS = 20_000;

export function virtualClock(random: () => number = () => 0.5): VirtualClock {
  let now = 1_000_000;
  let order = 0;
  let events: Event[] = [];
  const at = (ms: number, action: () => void): (() => void) => {
    const event: Event = { at: now + Math.max(0, ms), order, action };
    order += 1;
    events.push(event);
    return () => {
      events = events.filter((other) => other !== event);
    };
  };
  return {
    now: () => now,
    random,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const off = at(ms, () => {
          signal?.removeEventListener('abort', cancel);
          resolve();
        });
        const cancel = (): void => {
          off();
          resolve();
        };
        signal?.addEventListener('abort', cancel, { once: true });
      }),
    after: at,
    async run(ms = Number.POSITIVE_INFINITY) {
      const end = now + ms;
      for (let instants = 0; ; instants += 1) {
        if (instants > MOST_INSTANTS) throw new Error('It goes on without end.');
        // Promises that are settled go first.
        await new Promise((resolve) => setImmediate(resolve));
        const next = Math.min(...events.map((event) => event.at));
        if (next > end || events.length === 0) break;
        now = next;
        // What is due at the same instant happens together, before anyone can react to it.
        const due = events.filter((event) => event.at === next).sort((a, b) => a.order - b.order);
        for (const event of due) {
          if (!events.includes(event)) continue;
          events = events.filter((other) => other !== event);
          event.action();
        }
      }
      if (Number.isFinite(end)) now = end;
    },
  };
}
