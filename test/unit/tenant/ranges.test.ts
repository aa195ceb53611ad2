import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failure, success, type TenantError } from '../../../server/src/tenant/errors.ts';
import { ranges } from '../../fuzz/targets/ranges.ts';
import type { Sent } from '../../fuzz/wire/answers.ts';
import {
  bytesOf,
  chunks,
  done,
  type Given,
  HOST,
  none,
  part,
  type SetUp,
  setUp,
  unsaid,
} from './download-wire.ts';

describe('a download in ranges', () => {
  it('asks for each part once, tied to the first', async () => {
    const subject = setUp({ rank: 3 });
    expect(await subject.run()).toEqual(done(subject.whole));
    expect(subject.asks()).toEqual(chunks(95, 10));
    expect(subject.asked.map(({ headers }) => headers['if-range'])).toEqual([
      undefined,
      ...Array(9).fill('"one"'),
    ]);
    expect(subject.meter.counts).toMatchObject({
      ...{ requests: 10, rangeChunks: 10, retries: 0, resumed: 0, bytes: 95 },
    });
    expect(subject.is).toEqual({ begun: 1, discarded: 0 });
    expect(subject.begun.map(({ rank }) => rank)).toEqual(
      [...Array(10).keys()].map((index) => 3 + index / 1_000),
    );
    expect(subject.begun[0]?.takes).toEqual([404, 405, 414, 501, 412, 416]);
    expect(subject.begun.every(({ again }) => again === false)).toBe(true);
    expect([subject.free(), subject.governor.active(), subject.allowed]).toEqual([5, 0, []]);
  });

  it.each([10, 100])('of %i bytes asks for no more than there are', async (size) => {
    const subject = setUp({ size, chunkBytes: 100 });
    expect(await subject.run()).toEqual(done(subject.whole));
    expect(subject.asks()).toEqual(['bytes=0-99']);
  });

  it('of very many parts ranks the later ones alike', async () => {
    const subject = setUp({ size: 1_003, chunkBytes: 1, rank: 2 });
    expect(await subject.run()).toEqual(done(subject.whole));
    expect(subject.begun.slice(998).map(({ rank }) => rank)).toEqual([2.998, 2.999, 2.999, 2.999, 2.999]);
  });

  it.each([0, 1, 3])('holds no more before its turn than there are places (%i)', async (places) => {
    const subject = setUp({
      ...{ places, concurrency: 9, delay: 10 },
      // The first takes long.
      answer: (number, _, truth) =>
        number === 0 ? { ...truth, ends: 'cut', bytes: truth.bytes.subarray(0, 1) } : truth,
    });
    const work = subject.start();
    await subject.clock.run(200);
    expect(subject.asked).toHaveLength(1 + places);
    expect(subject.free()).toBe(0);
    expect(await subject.ended(work)).toEqual(done(subject.whole));
    expect(subject.free()).toBe(places);
  });

  it('asks nothing where it was cancelled before', async () => {
    const subject = setUp({ signal: AbortSignal.abort() });
    expect(await subject.run()).toMatchObject({ kind: 'failed', error: { code: 'cancelled' } });
    expect(subject.asked).toEqual([]);
    expect(subject.is.discarded).toBe(1);
  });

  it('ends at once where it is cancelled, with nothing left open', async () => {
    const stop = new AbortController();
    const subject = setUp({ delay: 10, signal: stop.signal });
    subject.clock.after(45, () => stop.abort());
    const { value, at } = await subject.timed(subject.start());
    expect(value).toMatchObject({ kind: 'failed', error: { code: 'cancelled' } });
    expect(at).toBe(45);
    expect([subject.free(), subject.open(), subject.governor.active(), subject.is.discarded]).toEqual([
      5, 0, 0, 1,
    ]);
  });

  it.each([404, 405, 414, 501])('is not served at all: %i', async (status) => {
    const subject = setUp({ answer: () => ({ status }) });
    expect(await subject.run()).toEqual({ kind: 'unserved' });
    expect([subject.asked.length, subject.is.discarded]).toEqual([1, 1]);
  });

  it('ends with an error that no further request mends', async () => {
    const subject = setUp({ answer: (number) => (number === 3 ? { status: 403 } : undefined) });
    expect(await subject.run()).toMatchObject({ kind: 'failed', error: { code: 'forbidden' } });
    expect([subject.free(), subject.open(), subject.is.discarded]).toEqual([5, 0, 1]);
  });
});

describe('where the whole is asked for', () => {
  const whole = (answer: (truth: Sent) => Given, more: SetUp = {}) => {
    const subject = setUp({ ...more, answer: (_, __, truth) => answer(truth) });
    subject.share.misfit(true);
    return subject;
  };

  it('a range that is the whole is taken for it', async () => {
    const subject = whole((truth) => ({ ...truth, status: 206, headers: part(0, 95, 95) }));
    expect(await subject.run()).toEqual(done(subject.whole));
    expect(subject.asked).toHaveLength(1);
  });

  it.each([
    ['sent another range of the page than was asked for', part(1, 95, 95), 94],
    ['sent another range of the page than was asked for', part(0, 94, 95), 94],
    ['sent another number of bytes than it said', part(0, 96, 96), 95],
    ['sent another number of bytes than it said', part(0, 94, 94), 95],
    ['sent several ranges at once', { 'content-type': 'multipart/byteranges' }, 95],
  ])('%s: the same request is tried again, then it is told', async (clause, headers, bytes) => {
    const subject = whole(
      (truth) => ({ status: 206, headers: { ...headers }, bytes: truth.bytes.subarray(0, bytes) }),
      {
        retries: 1,
      },
    );
    const ending = await subject.run();
    expect(ending).toMatchObject({ kind: 'failed', error: { code: 'unexpected-answer', retriable: true } });
    expect(ending.kind === 'failed' ? ending.error.message : '').toContain(
      `${HOST} ${clause}, although the whole page was asked for. Try again later, or use WITH mode = 'page'.`,
    );
    expect(subject.asks()).toEqual([undefined, undefined]);
  });
});

describe('an answer that is cut', () => {
  const RESUMABLE = { etag: '"one"', 'accept-ranges': ' Bytes ', 'content-length': '95' };
  const first =
    (headers: Record<string, string>, status = 200, bytes = 33) =>
    (number: number): Given | undefined =>
      number > 0 ? undefined : { status, headers, bytes: bytesOf(95).subarray(0, bytes), ends: 'cut' };

  it('goes on from its last byte, tied to its ETag', async () => {
    const subject = setUp({ answer: first(RESUMABLE) });
    expect(await subject.run()).toEqual(done(subject.whole));
    expect(subject.asks()).toEqual(['bytes=0-9', 'bytes=33-94']);
    expect(subject.asked[1]?.headers['if-range']).toBe('"one"');
    expect(subject.meter.counts).toMatchObject({ requests: 2, retries: 1, resumed: 1, rangeChunks: 1 });
    expect([subject.is.begun, subject.allowed]).toEqual([1, []]);
  });

  it('goes on to an end that only the next answer knows', async () => {
    const { 'content-length': _, ...rest } = RESUMABLE;
    const subject = setUp({ answer: first(rest) });
    expect(await subject.run()).toEqual(done(subject.whole));
    expect(subject.asks()).toEqual(['bytes=0-9', 'bytes=33-']);
  });

  it.each([
    ['no ETag', { etag: '' }, 200],
    ['a weak ETag', { etag: 'W/"one"' }, 200],
    ['no ranges', { 'accept-ranges': 'none' }, 200],
    ['ranges of something else', { 'accept-ranges': 'bytes, pages' }, 200],
    ['ranges of other bytes', { 'accept-ranges': 'kilobytes' }, 200],
    ['no word of ranges', { 'accept-ranges': '' }, 200],
    ['packed', { 'content-encoding': 'gzip' }, 200],
    ['another status', {}, 203],
  ])('begins anew with %s', async (_, more, status) => {
    const all = Object.entries({ ...RESUMABLE, ...more }).filter(([, value]) => value !== '');
    const subject = setUp({ answer: first(Object.fromEntries(all), status) });
    expect(await subject.run()).toEqual(done(subject.whole));
    expect(subject.asks()).toEqual(['bytes=0-9', ...chunks(95, 10)]);
    expect(subject.meter.counts).toMatchObject({ retries: 1, resumed: 0 });
    expect([subject.is.begun, subject.allowed]).toEqual([2, [77_000]]);
  });

  it('begins anew before its first byte', async () => {
    const subject = setUp({ answer: first(RESUMABLE, 200, 0) });
    expect(await subject.run()).toEqual(done(subject.whole));
    expect(subject.asks()).toEqual(['bytes=0-9', ...chunks(95, 10)]);
    expect(subject.meter.counts.resumed).toBe(0);
  });

  it('is asked for whole again where no range was asked for', async () => {
    const subject = setUp({ answer: first(RESUMABLE) });
    subject.share.misfit(true);
    expect(await subject.run()).toEqual(done(subject.whole));
    expect(subject.asks()).toEqual([undefined, undefined]);
  });

  it.each(['cut', 'well'] as const)('goes on in the middle, by itself (it ends %s)', async (ends) => {
    const subject = setUp({
      answer: (_, { range }, truth) =>
        range?.from === 40 ? { ...unsaid(truth), bytes: truth.bytes.subarray(0, 3), ends } : undefined,
    });
    expect(await subject.run()).toEqual(done(subject.whole));
    expect(subject.asks().filter((range) => range?.endsWith('-49'))).toEqual(['bytes=40-49', 'bytes=43-49']);
    expect(subject.meter.counts).toMatchObject({ requests: 11, retries: 1, resumed: 1, rangeChunks: 11 });
  });

  it('says so where it stays so', async () => {
    const subject = setUp({
      retries: 1,
      answer: (_, { range }, truth) =>
        range?.to === 50 ? { ...unsaid(truth), bytes: truth.bytes.subarray(0, 1) } : undefined,
    });
    const ending = await subject.run();
    expect(ending).toMatchObject({ kind: 'failed', error: { code: 'unreachable', retriable: true } });
    expect(ending.kind === 'failed' ? ending.error.message : '').toMatch(
      /^tenant\.example ended its answer before the range that it promised was complete\. Try again later\./,
    );
  });

  it.each([
    [64 * 1024, true],
    [64 * 1024 - 1, false],
  ])('brings so much that it is no failure: %i bytes (%s)', async (bytes, follows) => {
    const size = 200_000;
    for (const status of [200, 206]) {
      const subject = setUp({
        ...{ size, chunkBytes: 150_000, piece: 1_000_000, retries: 0 },
        answer: (number, { range }, truth) => {
          const cut = { bytes: truth.bytes.subarray(0, bytes), ends: 'cut' as const };
          if (number === 0 && status === 200) {
            const headers = { ...RESUMABLE, 'content-length': String(size) };
            return { status, headers, ...cut };
          }
          return range?.from === 0 ? { ...truth, ...cut } : undefined;
        },
      });
      expect(await subject.run()).toMatchObject(
        follows ? done(subject.whole) : { kind: 'failed', error: { code: 'unreachable' } },
      );
    }
  });

  it('by this side is not gone on with', async () => {
    const subject = setUp({
      answer: (number) =>
        number === 2 ? { error: { code: 'too-large', message: 'Too large.', retriable: false } } : undefined,
    });
    expect(await subject.run()).toMatchObject({ kind: 'failed', error: { code: 'too-large' } });
  });
});

describe('a receiver that does not take it', () => {
  const error = (retriable: boolean): TenantError => ({ code: 'not-json', message: 'No page.', retriable });

  it.each([0, 5])('is given the whole where that may help (piece %i)', async (at) => {
    let writes = 0;
    const subject = setUp({ receiver: { write: async () => (writes++ === at ? error(true) : undefined) } });
    expect(await subject.run()).toMatchObject({ kind: 'done' });
    expect(subject.asks().filter((range) => range === undefined)).toHaveLength(1);
    expect([subject.share.whole, subject.free()]).toEqual([false, 5]);
    for (let more = 0; more < 2; more += 1) subject.share.misfit(false);
    expect(subject.share.whole).toBe(false);
  });

  it.each([0, 5])('ends it where nothing helps (piece %i)', async (at) => {
    let writes = 0;
    const subject = setUp({ receiver: { write: async () => (writes++ === at ? error(false) : undefined) } });
    expect(await subject.run()).toEqual({ kind: 'failed', error: error(false) });
    expect(writes).toBe(at + 1);
    expect([subject.is.discarded, subject.free(), subject.open()]).toEqual([1, 5, 0]);
  });

  it.each([true, false])('at its end is no other (retriable: %s)', async (retriable) => {
    let ends = 0;
    const subject = setUp({
      receiver: { end: async () => (ends++ === 0 ? failure(error(retriable)) : success(none)) },
    });
    expect(await subject.run()).toEqual(retriable ? done(none) : { kind: 'failed', error: error(false) });
    expect(subject.asks().includes(undefined)).toBe(retriable);
  });

  it('of what came before its turn is told when its turn comes', async () => {
    let writes = 0;
    const subject = setUp({
      ...{ delay: 10, piece: 100 },
      // The first part comes last.
      answer: (number, _, truth) =>
        number === 0 ? { ...truth, bytes: truth.bytes.subarray(0, 1), ends: 'cut' } : undefined,
      receiver: { write: async () => (writes++ === 2 ? error(false) : undefined) },
    });
    expect(await subject.run()).toEqual({ kind: 'failed', error: error(false) });
    expect(writes).toBe(3);
  });

  it.each([
    [200, {}, false],
    [206, {}, true],
  ])('a whole answer of status %i', async (status, headers, turns) => {
    let ends = 0;
    const subject = setUp({
      retries: 1,
      answer: (_, { range }, truth) => (range === null ? undefined : { status, headers, bytes: truth.bytes }),
      receiver: { end: async () => (ends++ === 0 ? failure(error(true)) : success(none)) },
    });
    expect(await subject.run()).toEqual(done(none));
    // A 206 that does not say which part it is may have been one: asked for whole it is none.
    expect(subject.asks()).toEqual(turns ? ['bytes=0-9', undefined] : ['bytes=0-9', 'bytes=0-9']);
    expect(subject.share.whole).toBe(turns);
  });

  it('a part that does not say which it is, is no page for good', async () => {
    const subject = setUp({
      answer: (_, { range }, truth) => (range === null ? undefined : { status: 206, bytes: truth.bytes }),
      receiver: { end: async () => failure(error(false)) },
    });
    expect(await subject.run()).toEqual({ kind: 'failed', error: error(false) });
    expect(subject.asks()).toEqual(['bytes=0-9']);
  });
});

it('gives the bytes of one version, or an error, however a server answers', async () => {
  await fc.assert(
    fc.asyncProperty(ranges.small, async (input) => ranges.holds(input)),
    { numRuns: 200, seed: 20_261_122 },
  );
});
