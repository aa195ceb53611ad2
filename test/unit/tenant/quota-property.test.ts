import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CANCELLED, failure, type Result, success } from '../../../server/src/tenant/errors.ts';
import { createGovernor } from '../../../server/src/tenant/governor.ts';
import { createMeter } from '../../../server/src/tenant/meter.ts';
import { BodyError } from '../../../server/src/tenant/network-errors.ts';
import { resolveProfile } from '../../../server/src/tenant/profile.ts';
import { createRequester } from '../../../server/src/tenant/requests.ts';
import { createTokenSource } from '../../../server/src/tenant/tokens.ts';
import type { HttpAnswer, Transport } from '../../../server/src/tenant/transport.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

/** What the tenant does with one request. */
interface Fate {
  readonly status: number;
  /** Milliseconds until the headers, and from there to the end of the body. */
  readonly latency: number;
  readonly body: number;
  /** Seconds; null for no header. */
  readonly retryAfter: number | null;
  /** Milliseconds until the tenant notices that a request was broken off. */
  readonly notice: number;
  /** The body is cut. */
  readonly cut: boolean;
}

interface Seen {
  active: number;
  most: number;
  sent: number;
  throttled: number;
  /** No request may be sent before this. */
  pausedUntil: number;
  readonly early: number[];
}

function tenantOf(
  clock: VirtualClock,
  fates: readonly Fate[],
): { readonly transport: Transport; readonly seen: Seen } {
  const seen: Seen = { active: 0, most: 0, sent: 0, throttled: 0, pausedUntil: 0, early: [] };
  const send = async (_: unknown, signal: AbortSignal): Promise<Result<HttpAnswer>> => {
    const fate = fates[seen.sent % fates.length];
    if (signal.aborted || fate === undefined) return failure(CANCELLED);
    seen.sent += 1;
    seen.active += 1;
    seen.most = Math.max(seen.most, seen.active);
    if (clock.now() < seen.pausedUntil) seen.early.push(clock.now());
    let over = false;
    let gaveUp = false;
    // The client ends it before its end has come; the tenant notices later.
    const leave = (): void => {
      if (over) return;
      over = true;
      gaveUp = true;
      clock.after(fate.notice, () => {
        seen.active -= 1;
      });
    };
    signal.addEventListener('abort', leave);
    await clock.sleep(fate.latency, signal);
    if (signal.aborted) return failure(CANCELLED);
    if (fate.status === 429) {
      seen.throttled += 1;
      seen.pausedUntil = Math.max(seen.pausedUntil, clock.now() + (fate.retryAfter ?? 0) * 1_000);
    }
    async function* body(): AsyncGenerator<Uint8Array, undefined> {
      try {
        await clock.sleep(fate?.body ?? 0, signal);
        if (signal.aborted) throw new BodyError(CANCELLED);
        seen.active -= 1;
        over = true;
        if (fate?.cut === true) throw new BodyError({ code: 'unreachable', message: 'cut', retriable: true });
        yield Buffer.from('{}');
        return undefined;
      } finally {
        leave();
        signal.removeEventListener('abort', leave);
      }
    }
    return success({
      status: fate.status,
      headers: fate.retryAfter === null ? {} : { 'retry-after': String(fate.retryAfter) },
      body: body(),
      discard: leave,
      received: () => 2,
      allow: () => undefined,
      brokenOff: () => gaveUp,
    });
  };
  return { transport: { send }, seen };
}

const profile = (() => {
  const resolved = resolveProfile({ baseUrl: 'https://tenant.example', auth: { kind: 'none' } });
  if (!resolved.ok) throw new Error('profile');
  return resolved.profile;
})();

const fate = fc.record({
  status: fc.oneof(
    { arbitrary: fc.constant(200), weight: 6 },
    { arbitrary: fc.constant(429), weight: 2 },
    fc.constantFrom(500, 503, 408, 404),
  ),
  latency: fc.integer({ min: 0, max: 3_000 }),
  body: fc.integer({ min: 0, max: 3_000 }),
  retryAfter: fc.option(fc.integer({ min: 0, max: 90 })),
  notice: fc.integer({ min: 0, max: 99 }),
  cut: fc.boolean(),
});

describe('the quota', () => {
  it('is never passed and no pause is broken, whatever the tenant does and whoever gives up', async () => {
    const total = { sent: 0, throttled: 0, cancelled: 0, most: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          quota: fc.integer({ min: 1, max: 6 }),
          fates: fc.array(fate, { minLength: 1, maxLength: 30, size: 'max' }),
          // Runs that share the tenant: requests of each, its own bound, and when it is cancelled.
          runs: fc.array(
            fc.record({
              requests: fc.integer({ min: 1, max: 12 }),
              concurrency: fc.integer({ min: 1, max: 8 }),
              cancelAt: fc.option(fc.integer({ min: 0, max: 60_000 })),
            }),
            { minLength: 1, maxLength: 4 },
          ),
          jitter: fc.double({ min: 0, max: 0.999, noNaN: true }),
        }),
        async ({ quota, fates, runs, jitter }) => {
          const clock = virtualClock(() => jitter);
          const governor = createGovernor(quota, clock);
          const { transport, seen } = tenantOf(clock, fates);
          let settled = 0;
          let wanted = 0;
          for (const { requests, concurrency, cancelAt } of runs) {
            const controller = new AbortController();
            if (cancelAt !== null) clock.after(cancelAt, () => controller.abort());
            const meter = createMeter(clock.now);
            const requester = createRequester({
              ...{ profile, transport, clock, meter, concurrency, retries: 5, timeoutMs: 30_000 },
              tokens: createTokenSource(profile.auth, {}, clock),
              governor: () => governor,
            });
            for (let count = 0; count < requests; count += 1) {
              wanted += 1;
              void requester
                .json({
                  method: 'GET',
                  url: 'https://tenant.example/x',
                  signal: controller.signal,
                  purpose: 'history',
                })
                .then((result) => {
                  settled += 1;
                  if (!result.ok && result.error.code === 'cancelled') {
                    total.cancelled += 1;
                    expect(controller.signal.aborted).toBe(true);
                  }
                });
            }
          }
          await clock.run();
          expect(settled).toBe(wanted);
          expect(seen.most).toBeLessThanOrEqual(quota);
          expect(seen.early).toEqual([]);
          expect(seen.active).toBe(0);
          expect(governor.active()).toBe(0);
          expect(governor.limit()).toBeLessThanOrEqual(quota);
          total.sent += seen.sent;
          total.throttled += seen.throttled;
          total.most = Math.max(total.most, seen.most);
        },
      ),
      { numRuns: Number(process.env['CXQ_RUNS'] ?? 500), seed: 20_261_122 },
    );
    expect(total.most).toBe(6);
    expect(total.throttled).toBeGreaterThan(200);
    expect(total.cancelled).toBeGreaterThan(100);
    expect(total.sent).toBeGreaterThan(3_000);
  });
});
