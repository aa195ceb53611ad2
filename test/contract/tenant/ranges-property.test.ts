import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../server/src/tenant/clock.ts';
import { hurriedClock } from './support/ask.ts';
import { blows } from './support/blows.ts';
import {
  type RangeAsked,
  type RangeServer,
  type Served,
  serveRange,
  startRangeServer,
} from './support/range-server.ts';
import { contentIn, contentOf, pageBody, wireTo } from './support/wire.ts';

const names = Object.keys(blows);
const runs = Number(process.env['CXQ_RUNS'] ?? 400);

/** Limits of time pass in a hundredth of it: a stall is noticed soon. */
const clockFor = () => ({
  ...hurriedClock(),
  after: (ms: number, action: () => void) => systemClock.after(ms / 100, action),
});

describe('random range downloads', () => {
  let server: RangeServer;
  let served: Served = { body: Buffer.from('[]'), etag: null };
  let strike: (asked: RangeAsked, response: ServerResponse, socket: Socket) => boolean = () => false;
  beforeAll(async () => {
    server = await startRangeServer({
      resource: () => served,
      fault: (asked, response, socket) => strike(asked, response, socket),
    });
  });
  afterAll(() => server.close());

  it(`give the page or an explicit error (${runs} runs)`, { timeout: 3_600_000 }, async () => {
    const fired = new Map<string, number>();
    const ends = { equal: 0, error: 0, resumed: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          size: fc.oneof(fc.integer({ min: 60, max: 2_000 }), fc.integer({ min: 5_000, max: 20_000 })),
          chunkBytes: fc.oneof(
            fc.integer({ min: 500, max: 5_000 }),
            fc.integer({ min: 20_000, max: 40_000 }),
          ),
          concurrency: fc.integer({ min: 1, max: 5 }),
          strong: fc.oneof({ arbitrary: fc.constant(true), weight: 4 }, fc.boolean()),
          // How often the resource becomes another one, by the number of the request.
          changes: fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 2 }),
          storm: fc.array(
            fc.oneof(
              { arbitrary: fc.constant(null), weight: 3 },
              {
                arbitrary: fc.tuple(fc.constantFrom(...names), fc.double({ min: 0, max: 1, noNaN: true })),
                weight: 2,
              },
            ),
            { maxLength: 30, size: 'max' },
          ),
        }),
        async ({ size, chunkBytes, concurrency, strong, changes, storm }) => {
          let version = 0;
          let number = 0;
          const versions = [0, 1, 2].map((one) => pageBody(size, one));
          const now = (): Served => {
            const body = versions[version] ?? Buffer.from('[]');
            return { body, etag: strong ? `"v${version}"` : version % 2 === 0 ? null : `W/"v${version}"` };
          };
          served = now();
          server.asked.length = 0;
          server.counts.most = 0;
          strike = (asked, response, socket) => {
            version += changes.filter((at) => at === number).length;
            const blow = storm[number];
            number += 1;
            const before = served;
            served = now();
            if (blow === null || blow === undefined) {
              // The range was read by the length of the version before.
              if (before !== served) serveRange({ ...asked, range: asked.range }, response, served);
              return before !== served;
            }
            const [name, place] = blow;
            fired.set(name, (fired.get(name) ?? 0) + 1);
            blows[name]?.({ asked, response, socket, served, place });
            return true;
          };
          const wire = wireTo(server.url, { chunkBytes, concurrency, clock: clockFor(), timeoutMs: 10_000 });
          const result = await contentOf(wire);
          if (result.ok) {
            ends.equal += 1;
            expect(versions.map(contentIn)).toContain(result.value);
          } else {
            ends.error += 1;
            expect(result.error.message).toMatch(/\.$|\)$|: /);
          }
          if (wire.counts.resumed > 0) ends.resumed += 1;
          expect(server.counts.most).toBeLessThanOrEqual(5);
          expect(wire.counts.retries).toBeLessThanOrEqual(100 + 0.2 * wire.counts.requests);
        },
      ),
      { numRuns: runs, seed: Number(process.env['CXQ_SEED'] ?? 20_261_122) },
    );
    for (const name of names) expect(fired.get(name) ?? 0, name).toBeGreaterThan(0);
    expect(ends.equal).toBeGreaterThan(runs / 2);
    expect(ends.error).toBeGreaterThan(0);
    expect(ends.resumed).toBeGreaterThan(0);
    if (process.env['CXQ_RUNS'] !== undefined)
      process.stdout.write(`${JSON.stringify({ ...ends, fired: Object.fromEntries(fired) })}\n`);
  });
});
