import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../server/src/tenant/clock.ts';
import { createGovernor } from '../../../server/src/tenant/governor.ts';
import { type RangeServer, serveRange, startRangeServer } from './support/range-server.ts';
import { contentIn, contentOf, pageBody, wireTo } from './support/wire.ts';

const open: RangeServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const QUOTA = 5;
const PAUSE_MS = 400;
/** Until the client has read a 429, and what it had sent before has come. */
const UNDER_WAY_MS = 200;

/** The same numbers each time. */
function randomBy(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('the tenant', () => {
  it.each([1, 2, 3])('never sees a sixth request at once, nor one inside a pause (seed %i)', async (seed) => {
    const random = randomBy(seed);
    const body = pageBody(40_000);
    const resource = { body, etag: '"one"' };
    const throttledAt: number[] = [];
    const early: number[] = [];
    let cutOff = 0;
    let requests = 0;
    const server = await startRangeServer({
      resource: () => resource,
      fault: async (asked, response, socket) => {
        const now = performance.now();
        if (throttledAt.some((at) => now > at + UNDER_WAY_MS && now < at + PAUSE_MS)) early.push(now);
        await new Promise((resolve) => setTimeout(resolve, random() * 25));
        const blow = random();
        requests += 1;
        // Some in any case, whatever the order in which requests draw their numbers.
        if (blow < 0.03 || requests % 40 === 15) {
          response.writeHead(429, { 'retry-after': String(PAUSE_MS / 1_000) });
          response.end('{}');
          const at = performance.now();
          // Whoever has been cancelled hears of no pause.
          setTimeout(() => {
            if (!socket.destroyed) throttledAt.push(at);
          }, UNDER_WAY_MS / 2);
          return true;
        }
        if (blow < 0.08) {
          response.writeHead(503).end();
          return true;
        }
        if (blow < 0.12) {
          response.writeHead(206, { etag: '"one"', 'content-range': `bytes 1-5/${body.length}` }).end();
          return true;
        }
        if (blow < 0.18) {
          socket.resetAndDestroy();
          return true;
        }
        // Slowly, so that there is something to break off.
        const { range } = asked;
        if (range === null || blow > 0.6) return false;
        response.writeHead(206, {
          etag: '"one"',
          'content-range': `bytes ${range.from}-${range.to - 1}/${body.length}`,
          'content-length': range.to - range.from,
        });
        const middle = range.from + Math.floor((range.to - range.from) / 2);
        response.write(body.subarray(range.from, middle));
        response.once('close', () => {
          if (!response.writableFinished) cutOff += 1;
        });
        await new Promise((resolve) => setTimeout(resolve, 15));
        response.end(body.subarray(middle, range.to));
        return true;
      },
    });
    open.push(server);
    const governor = createGovernor(QUOTA, systemClock);
    const clock = { ...systemClock, random };
    const ends = { whole: 0, cancelled: 0, failed: 0 };
    // More runs than places, each with places of its own; a third of them gives up half-way.
    const run = async (index: number): Promise<void> => {
      const controller = new AbortController();
      if (index % 3 === 0) setTimeout(() => controller.abort(), 20 + random() * 400);
      const wire = wireTo(server.url, { governor, clock, chunkBytes: 6_000, concurrency: 4, retries: 10 });
      const result = await contentOf(wire, controller.signal);
      if (result.ok) {
        expect(result.value).toBe(contentIn(body));
        ends.whole += 1;
      } else if (result.error.code === 'cancelled') ends.cancelled += 1;
      else ends.failed += 1;
    };
    await Promise.all(Array.from({ length: 18 }, (_, index) => run(index)));
    expect(server.counts.most).toBeLessThanOrEqual(QUOTA);
    expect(early).toEqual([]);
    expect(ends.whole).toBeGreaterThan(8);
    expect(ends.failed).toBe(0);
    expect(ends.cancelled + cutOff).toBeGreaterThan(0);
    expect(throttledAt.length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(governor.active()).toBe(0);
  });

  it('never sees a sixth request where many are cancelled and begun anew', async () => {
    const body = pageBody(20_000);
    const server = await startRangeServer({
      resource: () => ({ body, etag: '"one"' }),
      fault: async (asked, response) => {
        await new Promise((resolve) => setTimeout(resolve, 8));
        serveRange(asked, response, { body, etag: '"one"' });
        return true;
      },
    });
    open.push(server);
    const governor = createGovernor(QUOTA, systemClock);
    let cancelled = 0;
    for (let round = 0; round < 25; round += 1) {
      const controller = new AbortController();
      const wires = Array.from({ length: 3 }, () =>
        wireTo(server.url, { governor, clock: systemClock, chunkBytes: 2_000 }),
      );
      setTimeout(() => controller.abort(), 3 + (round % 12));
      const results = await Promise.all(wires.map((wire) => contentOf(wire, controller.signal)));
      cancelled += results.filter((result) => !result.ok && result.error.code === 'cancelled').length;
    }
    expect(cancelled).toBeGreaterThan(20);
    expect(server.counts.most).toBeLessThanOrEqual(QUOTA);
    expect(server.counts.most).toBeGreaterThan(2);
  });
});
