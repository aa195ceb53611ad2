/**
 * The download of bytes alone, without a document in them that would show a mistake: what the receiver is given
 * has to be right at every byte.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../server/src/tenant/clock.ts';
import { createDownloadShare, type DownloadOptions } from '../../../server/src/tenant/downloads.ts';
import { createMeter, type Meter } from '../../../server/src/tenant/meter.ts';
import { download } from '../../../server/src/tenant/ranges.ts';
import type { Receiver } from '../../../server/src/tenant/receiver.ts';
import { hurriedClock } from './support/ask.ts';
import { blows } from './support/blows.ts';
import {
  type RangeAsked,
  type RangeServer,
  type Served,
  serveRange,
  startRangeServer,
} from './support/range-server.ts';
import { wireTo } from './support/wire.ts';

/** Bytes that are nowhere the same twice in a row. */
function bytesOf(size: number, version: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 1) bytes[at] = (at * 31 + (at >> 8) * 7 + version * 101) & 0xff;
  return bytes;
}

/** Compares as it receives; `wrong` counts bytes that belong to no version from the first byte on. */
function comparing(versions: readonly Buffer[]): Receiver<number> & { wrong: number; begun: number } {
  let candidates: readonly Buffer[] = [];
  let position = 0;
  const receiver = {
    wrong: 0,
    begun: 0,
    async begin() {
      candidates = versions;
      position = 0;
      receiver.begun += 1;
    },
    async write(bytes: Uint8Array) {
      const from = position;
      position += bytes.length;
      candidates = candidates.filter((version) => version.subarray(from, position).equals(bytes));
      if (candidates.length === 0) receiver.wrong += 1;
      return undefined;
    },
    async end() {
      const whole = candidates.findIndex((version) => version.length === position);
      return whole >= 0
        ? { ok: true as const, value: position }
        : {
            ok: false as const,
            error: { code: 'not-json' as const, message: 'not whole', retriable: false },
          };
    },
    async discard() {
      candidates = [];
    },
  };
  return receiver;
}

/** Those that no one can see in bytes alone are left to the document: a whole answer that is another one. */
const SEEN_IN_THE_DOCUMENT = [
  'closed and cut',
  'ended early',
  'sent too much',
  '206 of a part without Content-Range',
  'html',
  'packed whole',
  404,
];
const names = Object.keys(blows).filter((name) => !SEEN_IN_THE_DOCUMENT.map(String).includes(name));
const inRanges = new Set(['ended early', 'sent too much']);

describe('bytes through ranges', () => {
  let server: RangeServer;
  let served: Served = { body: Buffer.alloc(1), etag: null };
  let strike: (asked: RangeAsked, response: ServerResponse, socket: Socket) => boolean = () => false;
  beforeAll(async () => {
    server = await startRangeServer({
      resource: () => served,
      fault: (asked, response, socket) => strike(asked, response, socket),
    });
  });
  afterAll(() => server.close());

  const optionsFor = (
    receiver: Receiver<number>,
    chunkBytes: number,
    concurrency = 5,
  ): { readonly options: DownloadOptions<number>; readonly meter: Meter } => {
    const clock = {
      ...hurriedClock(),
      after: (ms: number, action: () => void) => systemClock.after(ms / 100, action),
    };
    const { requester } = wireTo(server.url, { clock, concurrency, timeoutMs: 10_000 });
    const meter = createMeter(clock.now);
    return {
      meter,
      options: {
        ...{ requester, meter, receiver, chunkBytes, rank: 0, wholeMs: 100_000 },
        share: createDownloadShare(concurrency),
        url: `${server.url}/bytes`,
        signal: new AbortController().signal,
      },
    };
  };

  for (const name of [...names, ...inRanges]) {
    it.each([0, 1, 2, 3])(
      `${name} at request %i: nothing that does not belong is handed on`,
      async (number) => {
        served = { body: bytesOf(5_000, 0), etag: '"one"' };
        let asked = 0;
        let fired = 0;
        strike = (request, response, socket) => {
          const mine = asked === number && (request.range !== null || !inRanges.has(name));
          asked += 1;
          if (!mine) return false;
          fired += 1;
          blows[name]?.({ asked: request, response, socket, served, place: 0.5 });
          return true;
        };
        const receiver = comparing([served.body]);
        const { options } = optionsFor(receiver, 1_200);
        expect(await download(options)).toEqual({ kind: 'done', value: 5_000 });
        expect(fired).toBe(1);
        expect(receiver.wrong).toBe(0);
      },
    );
  }

  it.each([1, 2, 3])(
    'the range of another version, sent by a careless server at request %i, is not joined',
    async (number) => {
      const versions = [bytesOf(5_000, 0), bytesOf(5_000, 1)] as const;
      served = { body: versions[0], etag: '"v0"' };
      let asked = 0;
      strike = (request, response) => {
        asked += 1;
        if (asked !== number + 1) return false;
        serveRange({ ...request, headers: {} }, response, { body: versions[1], etag: '"v1"' });
        return true;
      };
      const receiver = comparing(versions);
      const { options, meter } = optionsFor(receiver, 1_200);
      expect(await download(options)).toEqual({ kind: 'done', value: 5_000 });
      expect(receiver.wrong).toBe(0);
      expect(receiver.begun).toBe(2);
      expect(meter.counts.rangeChunks).toBeGreaterThan(4);
    },
  );

  it.each([-300, 300])(
    'another part in several pieces (%i bytes off) is refused before its first byte',
    async (off) => {
      served = { body: bytesOf(5_000, 0), etag: '"one"' };
      strike = (request, response) => {
        const { range } = request;
        if (range?.from !== 2_400) return false;
        const from = range.from + off;
        const part = served.body.subarray(from, Math.min(from + 600, range.to));
        const last = from + part.length - 1;
        response.writeHead(206, { etag: '"one"', 'content-range': `bytes ${from}-${last}/5000` });
        response.write(part.subarray(0, 10));
        setTimeout(() => response.end(part.subarray(10)), 20);
        return true;
      };
      const receiver = comparing([served.body]);
      const { options } = optionsFor(receiver, 1_200, 1);
      expect(await download(options)).toEqual({ kind: 'done', value: 5_000 });
      expect(receiver.wrong).toBe(0);
      expect(receiver.begun).toBe(2);
    },
  );

  it('the places of ranges before their turn are given back', async () => {
    served = { body: bytesOf(40_000, 0), etag: '"one"' };
    strike = () => false;
    let free = 3;
    const share = {
      take() {
        if (free === 0) return false;
        free -= 1;
        return true;
      },
      giveBack() {
        free += 1;
      },
      whole: false,
      misfit: () => undefined,
    };
    const receiver = comparing([served.body]);
    const { options } = optionsFor(receiver, 1_000);
    expect(await download({ ...options, share })).toMatchObject({ kind: 'done' });
    expect(free).toBe(3);
    // Where it ends early too.
    strike = (request, response) => {
      if (request.range?.from !== 5_000) return false;
      response.writeHead(403).end();
      return true;
    };
    expect(await download({ ...options, share })).toMatchObject({
      kind: 'failed',
      error: { code: 'forbidden' },
    });
    expect(free).toBe(3);
  });

  const runs = Number(process.env['CXQ_RUNS'] ?? 300);
  it(`are equal, or there is an error (${runs} runs)`, { timeout: 3_600_000 }, async () => {
    const ends = { done: 0, failed: 0, fired: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          size: fc.integer({ min: 1, max: 12_000 }),
          chunkBytes: fc.integer({ min: 400, max: 4_000 }),
          concurrency: fc.integer({ min: 1, max: 5 }),
          changes: fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 2 }),
          storm: fc.array(
            fc.oneof(
              { arbitrary: fc.constant(null), weight: 3 },
              {
                arbitrary: fc.tuple(
                  fc.constantFrom(...names, ...inRanges),
                  fc.double({ min: 0, max: 1, noNaN: true }),
                ),
                weight: 2,
              },
            ),
            { maxLength: 30, size: 'max' },
          ),
        }),
        async ({ size, chunkBytes, concurrency, changes, storm }) => {
          const versions = [0, 1, 2].map((version) => bytesOf(size, version));
          let version = 0;
          let number = 0;
          const now = (): Served => ({ body: versions[version] ?? Buffer.alloc(0), etag: `"v${version}"` });
          served = now();
          strike = (asked, response, socket) => {
            version += changes.filter((at) => at === number).length;
            const [name, place] = storm[number] ?? [null, 0];
            number += 1;
            served = now();
            if (name === null || (asked.range === null && inRanges.has(name))) {
              serveRange(asked, response, served);
            } else {
              ends.fired += 1;
              blows[name]?.({ asked, response, socket, served, place });
            }
            return true;
          };
          const receiver = comparing(versions);
          const { options } = optionsFor(receiver, chunkBytes, concurrency);
          const ending = await download(options);
          if (ending.kind === 'done') ends.done += 1;
          else ends.failed += 1;
          expect(receiver.wrong).toBe(0);
          if (ending.kind === 'failed') expect(ending.error.message).not.toBe('not whole');
        },
      ),
      { numRuns: runs, seed: Number(process.env['CXQ_SEED'] ?? 20_261_122) },
    );
    expect(ends.done).toBeGreaterThan(runs / 2);
    expect(ends.fired).toBeGreaterThan(runs);
  });
});
