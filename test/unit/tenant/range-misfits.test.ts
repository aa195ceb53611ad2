import { describe, expect, it } from 'vitest';
import type { Sent } from '../../fuzz/wire/answers.ts';
import type { Question } from '../../fuzz/wire/blows.ts';
import { bytesOf, chunks, done, type Given, HOST, none, part, setUp, unsaid } from './download-wire.ts';

type Wrong = (truth: Sent, question: Question) => Given;
const says =
  (headers: Record<string, string>): Wrong =>
  (truth) => ({
    ...truth,
    headers: { ...truth.headers, ...headers },
  });
const span = ({ range }: Question): [number, number] => [range?.from ?? 0, Math.min(range?.to ?? 95, 95)];
const called =
  (more: (from: number, to: number) => Record<string, string>): Wrong =>
  (truth, question) =>
    says(more(...span(question)))(truth, question);

const MISFITS: readonly [string, 'misfit' | 'never' | 'changed', Wrong][] = [
  ['refused a range of the page (status 412)', 'misfit', () => ({ status: 412, bytes: none })],
  ['refused a range of the page (status 416)', 'misfit', () => ({ status: 416, bytes: none })],
  ['sent several ranges at once', 'never', says({ 'content-type': ' multipart/byteranges; boundary=x' })],
  ['sent a packed range of the page', 'never', says({ 'content-encoding': 'gzip' })],
  ['sent a range of the page that cannot be understood', 'misfit', says({ 'content-range': 'pages 1-2/3' })],
  [
    'sent a range of a page without saying how long that is',
    'never',
    called((from, to) => part(from, to, '*')),
  ],
  ...[
    called((from, to) => part(from + 1, to + 1, 200)),
    called((from, to) => part(from, to - 1, 95)),
    called((from, to) => ({ ...part(from, to + 1, 200), 'content-length': String(to + 1 - from) })),
    says({ 'content-length': '3' }),
  ].map((wrong): [string, 'misfit', Wrong] => [
    'sent another range of the page than was asked for',
    'misfit',
    wrong,
  ]),
  [
    'sent more of the page than it said',
    'misfit',
    (truth) => ({ ...unsaid(truth), bytes: Buffer.concat([truth.bytes, Buffer.of(1)]) }),
  ],
];

const LATER: readonly [string, 'misfit' | 'never' | 'changed', Wrong][] = [
  ['sent another range of the page than was asked for', 'misfit', called((from, to) => part(from, to, 96))],
  ['changed the page while it was read', 'changed', says({ etag: '"two"' })],
  ['changed the page while it was read', 'misfit', says({ etag: 'W/"one"' })],
  [
    'sent the whole page where a range was asked for',
    'changed',
    () => ({ status: 200, headers: { etag: '"two"' }, bytes: bytesOf(95) }),
  ],
  [
    'sent the whole page where a range was asked for',
    'misfit',
    () => ({ status: 200, headers: { etag: '"one"' }, bytes: bytesOf(95) }),
  ],
  [
    'sent the whole page where a range was asked for',
    'misfit',
    ({ bytes }) => ({ status: 206, headers: { etag: '"one"' }, bytes }),
  ],
];

const FIRST: readonly [string, 'misfit' | 'never' | 'changed', Wrong][] = [
  ['sent a range of the page without a strong ETag', 'never', says({ etag: 'W/"one"' })],
];

describe('what must not be joined', () => {
  const cases = [
    ...[...MISFITS, ...FIRST].map((one) => [0, ...one] as const),
    ...[...MISFITS, ...LATER].map((one) => [4, ...one] as const),
  ];

  it.each(cases)('request %i %s (%s): the page is asked for again', async (at, clause, why, wrong) => {
    const subject = setUp({
      answer: (number, question, truth) => (number === at ? wrong(truth, question) : undefined),
    });
    expect(await subject.run()).toEqual(done(subject.whole));
    const whole = subject.asks().filter((range) => range === undefined);
    expect(whole).toHaveLength(why === 'changed' ? 0 : 1);
    expect(subject.meter.counts.retries).toBe(1);
    expect(subject.begun.filter(({ again }) => again === true)).toHaveLength(1);
    expect(subject.share.whole).toBe(why === 'never');
    expect([subject.free(), subject.is.discarded]).toEqual([5, 0]);
    for (let more = 0; more < 2; more += 1) subject.share.misfit(false);
    expect(subject.share.whole).toBe(why !== 'changed');
    expect(clause).not.toBe('');
  });

  it.each(cases)(
    'request %i %s (%s): that is said where the run may not ask again',
    async (at, clause, _, wrong) => {
      const subject = setUp({
        answer: (number, question, truth) => (number === at ? wrong(truth, question) : undefined),
        meter: { mayRetry: () => false },
      });
      const ending = await subject.run();
      expect(ending).toMatchObject({ kind: 'failed', error: { code: 'retry-budget', retriable: true } });
      expect(ending.kind === 'failed' ? ending.error.message : '').toContain(
        `The last failure: ${HOST} ${clause}, so the page had to be asked for again. Try again later.`,
      );
      expect([subject.free(), subject.is.discarded]).toEqual([5, 1]);
    },
  );

  it('a page that changes is asked for in ranges once more, then whole', async () => {
    const versions = [0, 1, 2].map((version) => ({ bytes: bytesOf(95, version), etag: `"v${version}"` }));
    for (const changes of [1, 2]) {
      let version = 0;
      const subject = setUp({
        concurrency: 1,
        at: (number) => {
          if (number === 3 || (number === 9 && changes === 2)) version += 1;
          return versions[version] ?? { bytes: none, etag: null };
        },
      });
      expect(await subject.run()).toEqual(done(versions[changes]?.bytes ?? none));
      expect(subject.asks().filter((range) => range === undefined)).toHaveLength(changes - 1);
      expect(subject.meter.counts.retries).toBe(changes);
      expect(subject.share.whole).toBe(false);
    }
  });

  it('is asked for whole from the first where the run knows that ranges do not fit', async () => {
    const subject = setUp();
    subject.share.misfit(true);
    expect(await subject.run()).toEqual(done(subject.whole));
    expect(subject.asks()).toEqual([undefined]);
    expect(subject.begun[0]?.takes).toEqual([404, 405, 414, 501]);
    expect(subject.allowed).toEqual([77_000]);
  });

  it('one part alone needs no strong ETag, two do', async () => {
    const alone = setUp({ size: 10, etag: null });
    expect(await alone.run()).toEqual(done(alone.whole));
    expect(alone.asks()).toEqual(['bytes=0-9']);
    const two = setUp({ size: 11, etag: null });
    expect(await two.run()).toEqual(done(two.whole));
    expect(two.asks()).toEqual(['bytes=0-9', undefined]);
  });

  it('identity is no packing', async () => {
    const subject = setUp({
      answer: (_, question, truth) => says({ 'content-encoding': 'identity' })(truth, question),
    });
    expect(await subject.run()).toEqual(done(subject.whole));
    expect(subject.asks()).toEqual(chunks(95, 10));
  });

  it.each([
    [1_001, 1_001],
    [1_002, 1_002],
  ])('parts of a byte each are followed up to a thousand (%i bytes)', async (size, requests) => {
    const subject = setUp({
      ...{ size, chunkBytes: 5_000 },
      answer: (_, { range }, truth) =>
        range === null
          ? undefined
          : {
              ...truth,
              headers: { etag: '"one"', ...part(range.from, range.from + 1, size) },
              bytes: truth.bytes.subarray(0, 1),
            },
    });
    expect(await subject.run()).toEqual(done(subject.whole));
    // The last one is as long as what was asked for.
    expect(subject.asked).toHaveLength(requests);
    expect(subject.asks().includes(undefined)).toBe(size > 1_001);
    expect(subject.share.whole).toBe(size > 1_001);
  });
});
