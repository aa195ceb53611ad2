import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff, systemClock } from '../../../server/src/tenant/clock.ts';
import {
  createGovernor,
  governorFor,
  type Slot,
  throttledUntil,
} from '../../../server/src/tenant/governor.ts';
import { parseHttpDate, parseRetryAfter } from '../../../server/src/tenant/retry-after.ts';

/** A clock that stands still until it is moved. */
function manualClock(random = 0.5) {
  let now = 1_000_000;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => now,
    random: () => random,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        sleepers.push({ at: now + ms, wake: resolve });
        signal?.addEventListener('abort', () => resolve());
      }),
    after: systemClock.after,
    async pass(ms: number) {
      now += ms;
      const due = sleepers.filter(({ at }) => at <= now);
      sleepers = sleepers.filter(({ at }) => at > now);
      for (const { wake } of due) wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const never = new AbortController().signal;

async function take(governor: ReturnType<typeof createGovernor>, patience = 120_000): Promise<Slot> {
  const result = await governor.acquire(never, patience);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe('the governor', () => {
  it('never gives more slots than the quota, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 40 }),
        async (quota, work) => {
          const governor = createGovernor(quota, {
            ...systemClock,
            sleep: async () => undefined,
            now: () => 0,
            random: () => 0,
          });
          let active = 0;
          let most = 0;
          await Promise.all(
            work.map(async (turns) => {
              const slot = await take(governor);
              active += 1;
              most = Math.max(most, active);
              for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
              if (turns === 5) slot.throttled(undefined);
              else slot.succeeded();
              active -= 1;
              slot.release();
              slot.release();
            }),
          );
          expect(most).toBeLessThanOrEqual(quota);
          expect(governor.active()).toBe(0);
        },
      ),
      { numRuns: 200, seed: 7 },
    );
  });

  it('makes all lanes wait, halves once for requests that were under way together, and recovers', async () => {
    const clock = manualClock();
    const governor = createGovernor(8, clock);
    const slots = await Promise.all(Array.from({ length: 8 }, () => take(governor)));
    for (const slot of slots) slot.throttled(10_000);
    for (const slot of slots) slot.release();
    expect(governor.limit()).toBe(4);
    expect(governor.pausedUntil()).toBe(1_000_000 + 10_000 + 500);
    const next: Slot[] = [];
    for (let lane = 0; lane < 8; lane += 1) void take(governor).then((slot) => next.push(slot));
    await clock.pass(10_499);
    expect(next).toHaveLength(0);
    await clock.pass(1);
    expect(next).toHaveLength(4);
    for (let count = 0; count < 60; count += 1) next[0]?.succeeded();
    expect(governor.limit()).toBe(8);
    await clock.pass(0);
    expect(next).toHaveLength(8);
  });

  it('never shortens a pause', async () => {
    const clock = manualClock(0);
    const governor = createGovernor(2, clock);
    const [first, second] = [await take(governor), await take(governor)];
    first.throttled(60_000);
    second.throttled(1_000);
    expect(governor.pausedUntil()).toBe(1_060_000);
    first.release();
    expect(await governor.acquire(never, 59_999)).toMatchObject({ ok: false, error: { retryAt: 1_060_000 } });
  });

  it('pauses longer each time where the tenant names no time', async () => {
    const clock = manualClock(1);
    const governor = createGovernor(1, clock);
    const pauses: number[] = [];
    for (let time = 0; time < 7; time += 1) {
      const slot = await take(governor);
      slot.throttled(undefined);
      slot.release();
      pauses.push((governor.pausedUntil() ?? 0) - clock.now());
      await clock.pass(60_000);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it('refuses to wait longer than the caller does', async () => {
    const governor = createGovernor(1, manualClock(1));
    const slot = await take(governor);
    const patient = governor.acquire(never, 200_000);
    const waiting = governor.acquire(never, 100_000);
    slot.throttled(100_001);
    slot.release();
    expect(await waiting).toMatchObject({ ok: false, error: { code: 'throttled', retryAt: 1_100_001 } });
    expect(await governor.acquire(never, 100_000)).toMatchObject({ ok: false });
    expect(governor.active()).toBe(0);
    void patient;
  });

  it('lets a waiter go when it is cancelled, and keeps no timer for nobody', async () => {
    const clock = manualClock();
    const governor = createGovernor(1, clock);
    const slot = await take(governor);
    slot.throttled(5_000);
    slot.release();
    const controller = new AbortController();
    const waiting = governor.acquire(controller.signal, 100_000);
    controller.abort();
    expect(await waiting).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect(await governor.acquire(controller.signal, 100_000)).toMatchObject({
      ok: false,
      error: { code: 'cancelled' },
    });
    const later = take(governor);
    await clock.pass(6_000);
    (await later).release();
    expect(governor.active()).toBe(0);
  });
});

describe('the governor’s speed', () => {
  it('grows by one after as many successes as there are slots, in a row', async () => {
    const clock = manualClock(0);
    const governor = createGovernor(4, clock);
    const slot = await take(governor);
    slot.throttled(1);
    await clock.pass(1);
    expect(governor.limit()).toBe(2);
    slot.succeeded();
    expect(governor.limit()).toBe(2);
    slot.throttled(1);
    await clock.pass(1);
    // The one success before counts no more; the second 429 belonged to a request of before the first.
    expect(governor.limit()).toBe(2);
    slot.succeeded();
    expect(governor.limit()).toBe(2);
    slot.succeeded();
    expect(governor.limit()).toBe(3);
    slot.succeeded();
    slot.succeeded();
    expect(governor.limit()).toBe(3);
    slot.succeeded();
    expect(governor.limit()).toBe(4);
    for (let count = 0; count < 20; count += 1) slot.succeeded();
    expect(governor.limit()).toBe(4);
  });

  it('is halved down to one, and never to none', async () => {
    const clock = manualClock(0);
    const governor = createGovernor(5, clock);
    const limits: number[] = [];
    for (let time = 0; time < 4; time += 1) {
      const slot = await take(governor);
      slot.throttled(1);
      slot.release();
      limits.push(governor.limit());
      await clock.pass(1);
    }
    expect(limits).toEqual([2, 1, 1, 1]);
  });

  it('begins with the short pause again after a success', async () => {
    const clock = manualClock(1);
    const governor = createGovernor(1, clock);
    const pause = async (): Promise<number> => {
      const slot = await take(governor);
      slot.throttled(undefined);
      const ms = (governor.pausedUntil() ?? 0) - clock.now();
      slot.release();
      await clock.pass(ms);
      return ms;
    };
    expect([await pause(), await pause(), await pause()]).toEqual([1_000, 2_000, 4_000]);
    const slot = await take(governor);
    slot.succeeded();
    slot.release();
    expect([await pause(), await pause()]).toEqual([1_000, 2_000]);
    expect(governor.pausedUntil()).toBeNull();
  });

  it('follows a new maximum, and a halved one does not rise by it', async () => {
    const clock = manualClock(0);
    const governor = createGovernor(1, clock);
    const [first] = [await take(governor)];
    let second: Slot | undefined;
    void take(governor).then((slot) => {
      second = slot;
    });
    await clock.pass(0);
    expect(second).toBeUndefined();
    governor.setMaximum(4);
    await clock.pass(0);
    expect(second).toBeDefined();
    expect(governor.limit()).toBe(4);
    expect(governor.active()).toBe(2);
    first.throttled(1);
    governor.setMaximum(8);
    expect(governor.limit()).toBe(2);
    governor.setMaximum(1);
    expect(governor.limit()).toBe(1);
    first.release();
    second?.release();
    second?.release();
    expect(governor.active()).toBe(0);
    await clock.pass(1);
    (await take(governor)).succeeded();
    expect(governor.limit()).toBe(1);
  });

  it('keeps the order of those who wait, and lengthens a wait under way', async () => {
    const clock = manualClock(0);
    const governor = createGovernor(2, clock);
    const [one, two] = [await take(governor), await take(governor)];
    const order: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      void take(governor).then((slot) => {
        order.push(name);
        slot.release();
      });
    }
    one.throttled(1_000);
    one.release();
    await clock.pass(500);
    two.throttled(2_000);
    two.release();
    await clock.pass(500);
    expect(order).toEqual([]);
    expect(governor.pausedUntil()).toBe(1_002_500);
    await clock.pass(1_499);
    expect(order).toEqual([]);
    await clock.pass(1);
    expect(order).toEqual(['a', 'b', 'c']);
    expect(governor.pausedUntil()).toBeNull();
  });

  it('adds at most a second to the time that the tenant named, however often', async () => {
    const clock = manualClock(1);
    const governor = createGovernor(1, clock);
    const pauses: number[] = [];
    for (let time = 0; time < 4; time += 1) {
      const slot = await take(governor);
      slot.throttled(5_000);
      slot.release();
      pauses.push((governor.pausedUntil() ?? 0) - clock.now());
      await clock.pass(6_000);
    }
    expect(pauses).toEqual([6_000, 6_000, 6_000, 6_000]);
  });

  it('lets wait who accepts just so long a pause', async () => {
    const clock = manualClock(0);
    const governor = createGovernor(1, clock);
    const slot = await take(governor);
    slot.throttled(60_000);
    slot.release();
    const waiting = governor.acquire(never, 60_000);
    await clock.pass(60_000);
    expect(await waiting).toMatchObject({ ok: true });
  });

  it('has one timer while anyone waits, and none when all have gone', async () => {
    const timers = new Set<AbortSignal | undefined>();
    let most = 0;
    const clock = manualClock(0);
    const governor = createGovernor(1, {
      ...clock,
      sleep: (ms, signal) => {
        timers.add(signal);
        most = Math.max(most, timers.size);
        signal?.addEventListener('abort', () => timers.delete(signal));
        return clock.sleep(ms, signal);
      },
    });
    const slot = await take(governor);
    slot.throttled(5_000);
    slot.release();
    expect(timers.size).toBe(0);
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [governor.acquire(one.signal, 9_000), governor.acquire(two.signal, 9_000)];
    expect(timers.size).toBe(1);
    one.abort();
    expect(timers.size).toBe(1);
    two.abort();
    expect(timers.size).toBe(0);
    expect(most).toBe(1);
    expect((await Promise.all(waiting)).map(({ ok }) => ok)).toEqual([false, false]);
  });

  it('says until when, where nobody waits that long', () => {
    const error = throttledUntil(Date.UTC(2026, 10, 22, 8, 0, 5));
    expect(error).toMatchObject({ code: 'throttled', status: 429, retriable: true });
    expect(error.retryAt).toBe(Date.UTC(2026, 10, 22, 8, 0, 5));
    expect(error.message).toContain('no request until 2026-11-22T08:00:05');
    expect(error.message).toContain('limits.maxRetryAfterSeconds). Run the query again');
  });

  it('is one for all runs of an origin, and another for another', async () => {
    const governor = governorFor('https://one.example', 2);
    expect(governorFor('https://one.example', 3)).toBe(governor);
    expect(governor.limit()).toBe(3);
    expect(governorFor('https://other.example', 2)).not.toBe(governor);
    expect(governor.limit()).toBe(3);
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 0);
  it.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
    ['120', 120_000],
    ['0', 0],
    ['-3', 0],
    ['1.5', 1_500],
    ['99999999999', 99_999_999_999_000],
    ['3, 9', 9_000],
    ['', undefined],
    ['soon', undefined],
    ['Sun, 06 Foo 1994 08:49:37 GMT', undefined],
  ])('%j', (text, ms) => {
    expect(parseRetryAfter(text, undefined, now)).toBe(ms);
  });

  it('takes the longest of several, and measures a date from the answer’s own', () => {
    expect(parseRetryAfter(['5', 'Sun, 06 Nov 1994 08:49:37 GMT', 'x'], undefined, now)).toBe(37_000);
    expect(
      parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 08:49:07 GMT', now + 3_600_000),
    ).toBe(30_000);
    expect(parseRetryAfter(undefined, undefined, now)).toBeUndefined();
  });

  it('reads a two-digit year as the nearest past or coming one', () => {
    expect(parseHttpDate('Sunday, 06-Nov-70 08:49:37 GMT', Date.UTC(2026, 0))).toBe(
      Date.UTC(2070, 10, 6, 8, 49, 37),
    );
    expect(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT', Date.UTC(2026, 0))).toBe(
      Date.UTC(1994, 10, 6, 8, 49, 37),
    );
  });
});

describe('waiting', () => {
  it('survives more than 2^31 ms and ends at once when cancelled', async () => {
    const controller = new AbortController();
    let ended = false;
    const long = systemClock.sleep(2 ** 40, controller.signal).then(() => {
      ended = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ended).toBe(false);
    controller.abort();
    await long;
    await systemClock.sleep(2 ** 40, controller.signal);
    await systemClock.sleep(-5);
  });

  it('backs off with full jitter', () => {
    const at = (random: number) =>
      [0, 1, 2, 10].map((attempt) => backoff(attempt, { ...systemClock, random: () => random }));
    expect(at(0)).toEqual([0, 0, 0, 0]);
    expect(at(0.5)).toEqual([250, 500, 1_000, 15_000]);
  });
});
