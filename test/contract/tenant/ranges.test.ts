import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { hurriedClock } from './support/ask.ts';
import {
  type RangeAsked,
  type RangeServer,
  type RangeServerOptions,
  serveRange,
  startRangeServer,
} from './support/range-server.ts';
import { contentIn, contentOf, pageBody, wireTo } from './support/wire.ts';

const open: RangeServer[] = [];
async function start(options: RangeServerOptions): Promise<RangeServer> {
  const server = await startRangeServer(options);
  open.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const body = pageBody(10_000);
const whole = contentIn(body);
const etag = '"one"';
const resource = () => ({ body, etag });
const chunkBytes = 1_000;
const CHUNKS = Math.ceil(body.length / chunkBytes);

const headers = (from: number, to: number, more: Record<string, string> = {}) => ({
  'content-type': 'application/json',
  etag,
  'accept-ranges': 'bytes',
  'content-range': `bytes ${from}-${to - 1}/${body.length}`,
  'content-length': String(to - from),
  ...more,
});

const ranges = (server: RangeServer) => server.asked.map((asked) => asked.headers.range);

describe('a page in ranges', () => {
  it('is asked for in chunks side by side within the quota, each tied to the first by its ETag', async () => {
    const server = await start({
      resource,
      fault: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return false;
      },
    });
    const wire = wireTo(server.url, { chunkBytes });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(ranges(server).toSorted()).toEqual(
      Array.from({ length: CHUNKS }, (_, index) => {
        const last = Math.min(body.length, (index + 1) * chunkBytes) - 1;
        return `bytes=${index * chunkBytes}-${last}`;
      }).toSorted(),
    );
    expect(server.asked[0]?.headers['if-range']).toBeUndefined();
    for (const asked of server.asked.slice(1)) expect(asked.headers['if-range']).toBe(etag);
    for (const asked of server.asked) expect(asked.headers['accept-encoding']).toBe('identity');
    expect(server.counts.most).toBe(5);
    expect(wire.counts).toMatchObject({
      requests: CHUNKS,
      rangeChunks: CHUNKS,
      retries: 0,
      resumed: 0,
      pages: 1,
      bytes: body.length,
    });
    expect(wire.governor.active()).toBe(0);
  });

  it('has its filter, place and order in the address', async () => {
    const server = await start({ resource });
    const wire = wireTo(server.url, { filter: "interactionId = 'a+b &=%ä'" });
    await wire.fetch({ offset: 40, limit: 20, token: 'to ken' }, new AbortController().signal);
    const address = new URL(server.asked[0]?.url ?? '', server.url);
    expect(address.pathname).toBe('/api/v2/interactions/history');
    expect(Object.fromEntries(address.searchParams)).toEqual({
      filter: "interactionId = 'a+b &=%ä'",
      limit: '20',
      sort: 'nodeTimestamp DESC',
      pageToken: 'to ken',
    });
  });

  it('holds no more of what comes before its turn than there are lanes', async () => {
    let release = (): void => undefined;
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await start({
      resource,
      fault: async ({ range }, response) => {
        if (range?.from !== 0) return false;
        response.writeHead(206, headers(0, chunkBytes));
        response.write(body.subarray(0, 10));
        await stuck;
        response.end(body.subarray(10, chunkBytes));
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes, concurrency: 3 });
    const content = contentOf(wire);
    while (server.asked.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 60));
    // The first, and one for each lane; those are there, and still nothing more is asked for.
    expect(server.asked).toHaveLength(4);
    release();
    expect(await content).toEqual({ ok: true, value: whole });
    expect(server.counts.most).toBeLessThanOrEqual(3);
  });

  it('comes whole where the server knows no ranges, and is an empty page where it has no body', async () => {
    const plain = await start({
      resource,
      fault: (_, response) => {
        response.end(body);
        return true;
      },
    });
    const wire = wireTo(plain.url, { chunkBytes });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(wire.counts).toMatchObject({ requests: 1, rangeChunks: 0 });
    for (const status of [200, 204]) {
      const empty = await start({
        resource,
        fault: (_, response) => {
          response.writeHead(status).end();
          return true;
        },
      });
      expect(await contentOf(wireTo(empty.url))).toEqual({
        ok: true,
        value: '{"values":[],"total":null,"token":null}',
      });
    }
  });

  it.each([404, 405, 414, 501])('status %i turns the rest of the run to POST', async (status) => {
    const server = await start({
      resource,
      fault: ({ method }, response) => {
        if (method === 'POST') return false;
        response.writeHead(status).end('no');
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes });
    for (let page = 0; page < 2; page += 1) {
      expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    }
    expect(server.asked.map(({ method, url }) => `${method} ${url.split('?')[0]}`)).toEqual([
      'GET /api/v2/interactions/history',
      'POST /api/v2/interactions/history/query',
      'POST /api/v2/interactions/history/query',
    ]);
    expect(JSON.parse(server.asked[1]?.body ?? '')).toEqual({
      filter: 'errorState = true',
      limit: 1_000,
      offset: 0,
      sort: 'nodeTimestamp DESC',
    });
    expect(wire.counts).toMatchObject({ requests: 3, retries: 0, pages: 2 });
  });

  it('an address that is too long is not tried', async () => {
    const server = await start({ resource });
    const wire = wireTo(server.url, { filter: 'x'.repeat(8_000) });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(server.asked.map(({ method }) => method)).toEqual(['POST']);
  });
});

type Wrong = (asked: RangeAsked, response: ServerResponse, socket: Socket) => void;
const slice = ({ range }: RangeAsked): [number, number] => [range?.from ?? 0, range?.to ?? body.length];
const part = (asked: RangeAsked, response: ServerResponse, more: Record<string, string>): void => {
  const [from, to] = slice(asked);
  response.writeHead(206, headers(from, to, more));
  response.end(body.subarray(from, to));
};
const shifted = (from: number, to: number, total = body.length): Record<string, string> => ({
  'content-range': `bytes ${from}-${to - 1}/${total}`,
});

describe('ranges that must not be joined', () => {
  const wrongs: readonly [string, Wrong][] = [
    [
      'another start',
      (asked, response) => part(asked, response, shifted(slice(asked)[0] + 1, slice(asked)[1] + 1)),
    ],
    [
      'an end beyond what was asked',
      (asked, response) => {
        const [from, to] = slice(asked);
        response.writeHead(206, headers(from, Math.min(body.length, to + 5)));
        response.end(body.subarray(from, Math.min(body.length, to + 5)));
      },
    ],
    ['another total', (asked, response) => part(asked, response, shifted(...slice(asked), body.length + 1))],
    [
      'a length that does not fit its range',
      (asked, response) => part(asked, response, shifted(slice(asked)[0], slice(asked)[1] - 1)),
    ],
    [
      'a range that cannot be read',
      (asked, response) => part(asked, response, { 'content-range': 'bytes a-b/c' }),
    ],
    [
      'no total',
      (asked, response) =>
        part(asked, response, { 'content-range': `bytes ${slice(asked)[0]}-${slice(asked)[1] - 1}/*` }),
    ],
    [
      'several ranges in one',
      (asked, response) => {
        const [from, to] = slice(asked);
        response.writeHead(206, { etag, 'content-type': 'multipart/byteranges; boundary=x' });
        response.end(
          `--x\r\nContent-Range: bytes ${from}-${to - 1}/${body.length}\r\n\r\n${body.subarray(from, to)}\r\n--x--`,
        );
      },
    ],
    [
      'a packed range',
      (asked, response) => {
        const [from, to] = slice(asked);
        const packed = gzipSync(body).subarray(0, to - from);
        response.writeHead(206, headers(from, from + packed.length, { 'content-encoding': 'gzip' }));
        response.end(packed);
      },
    ],
    [
      'a range of more bytes than it says',
      (asked, response) => {
        const [from, to] = slice(asked);
        const { 'content-length': _, ...rest } = headers(from, to);
        response.writeHead(206, rest);
        response.end(body.subarray(from, to + 50));
      },
    ],
    [
      '416 with the same total',
      (_, response) => response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end(),
    ],
    [
      '416 with another total',
      (_, response) => response.writeHead(416, { 'content-range': 'bytes */7' }).end(),
    ],
    ['412', (_, response) => response.writeHead(412).end()],
  ];
  const first = (asked: RangeAsked): boolean => asked.number === 0;
  const later = (asked: RangeAsked): boolean => asked.range?.from === 3 * chunkBytes;

  for (const [when, hits] of [
    ['at once', first],
    ['in the middle', later],
  ] as const) {
    it.each(wrongs)(`%s ${when}: the page comes whole`, async (_, wrong) => {
      const server = await start({
        resource,
        fault: (asked, response, socket) => {
          if (!hits(asked)) return false;
          wrong(asked, response, socket);
          return true;
        },
      });
      const wire = wireTo(server.url, { chunkBytes });
      expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
      expect(server.counts.faults).toBe(1);
      expect(ranges(server).filter((range) => range === undefined)).toHaveLength(1);
      expect(wire.counts.retries).toBe(1);
      expect(wire.governor.active()).toBeLessThanOrEqual(5);
    });
  }

  it.each([
    ['no ETag', null],
    ['a weak ETag', 'W/"one"'],
    ['an ETag that is none', 'one'],
  ])('%s: the page comes whole, and the run asks for no more ranges', async (_, tag) => {
    const server = await start({ resource: () => ({ body, etag: tag }) });
    const wire = wireTo(server.url, { chunkBytes });
    for (let page = 0; page < 2; page += 1) {
      expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    }
    expect(ranges(server)).toEqual([`bytes=0-${chunkBytes - 1}`, undefined, undefined]);
  });

  it.each([null, 'W/"one"'])('one range alone needs no strong ETag (%s)', async (tag) => {
    const server = await start({ resource: () => ({ body, etag: tag }) });
    const wire = wireTo(server.url);
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(wire.counts).toMatchObject({ requests: 1, rangeChunks: 1 });
  });

  it('ranges that never fit are given up for the run after some pages', async () => {
    const server = await start({
      resource,
      fault: (asked, response) => {
        if (asked.headers.range === undefined) return false;
        part(asked, response, shifted(1, 5));
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes });
    for (let page = 0; page < 5; page += 1) expect(await contentOf(wire)).toMatchObject({ ok: true });
    expect(ranges(server).filter((range) => range !== undefined)).toHaveLength(3);
    expect(server.asked).toHaveLength(8);
  });

  it('two parts swapped are noticed', async () => {
    const server = await start({
      resource,
      fault: (asked, response) => {
        const from = asked.range?.from;
        if (from !== 2_000 && from !== 3_000) return false;
        const other = 5_000 - from;
        response.writeHead(206, headers(other, other + chunkBytes));
        response.end(body.subarray(other, other + chunkBytes));
        return true;
      },
    });
    expect(await contentOf(wireTo(server.url, { chunkBytes }))).toEqual({ ok: true, value: whole });
    expect(server.counts.faults).toBeGreaterThan(0);
  });

  it('a 206 that does not say which range it is, is an ordinary 200', async () => {
    const server = await start({
      resource,
      fault: (_, response) => {
        response.writeHead(206, { 'content-type': 'application/json' });
        response.end(body);
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(wire.counts).toMatchObject({ requests: 1, rangeChunks: 0 });
  });

  it('a legal shorter part is continued', async () => {
    const server = await start({
      resource,
      fault: (asked, response) => {
        if (asked.range === null) return false;
        const { from, to } = asked.range;
        const end = Math.min(to, from + 300);
        response.writeHead(206, headers(from, end));
        response.end(body.subarray(from, end));
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(wire.counts).toMatchObject({ retries: 0, resumed: 0, rangeChunks: server.counts.faults });
    expect(server.counts.faults).toBeGreaterThan(3 * (CHUNKS - 1));
  });

  it('parts of a byte each are not followed without end', async () => {
    const server = await start({
      resource,
      fault: (asked, response) => {
        if (asked.range === null) return false;
        const { from } = asked.range;
        response.writeHead(206, headers(from, from + 1));
        response.end(body.subarray(from, from + 1));
        return true;
      },
    });
    const wire = wireTo(server.url);
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(server.asked).toHaveLength(1_002);
  });

  it('a server that sends a range although the whole was asked for is tried again, then told', async () => {
    const server = await start({
      resource,
      fault: (_, response) => {
        response.writeHead(206, { ...headers(5, 20), etag: 'W/"x"' });
        response.end(body.subarray(5, 20));
        return true;
      },
    });
    const result = await contentOf(wireTo(server.url, { chunkBytes, retries: 2 }));
    expect(result).toMatchObject({ ok: false, error: { code: 'unexpected-answer' } });
    expect(server.counts.faults).toBe(4);
    const full = await start({
      resource,
      fault: (asked, response) => {
        if (asked.number === 0) response.writeHead(412).end();
        else {
          response.writeHead(206, headers(0, body.length));
          response.end(body);
        }
        return true;
      },
    });
    expect(await contentOf(wireTo(full.url, { chunkBytes }))).toEqual({ ok: true, value: whole });
  });
});

describe('a page that changes while it is read', () => {
  const bodies = [0, 1, 2, 3].map((version) => pageBody(10_000, version));
  const versionOf = (version: number) => ({
    body: bodies[version] ?? body,
    etag: `"v${version}"`,
  });

  it.each([1, 2, 3])('begins anew; what changes again comes whole (%i changes)', async (changes) => {
    let version = 0;
    const server = await start({
      resource: () => versionOf(version),
      fault: ({ range }) => {
        if (version < changes && range?.from === 2_000) version += 1;
        return false;
      },
    });
    const wire = wireTo(server.url, { chunkBytes });
    const result = await contentOf(wire);
    expect(version).toBe(Math.min(changes, 2));
    expect(result.ok && bodies.map(contentIn).indexOf(result.value)).toBe(version);
    expect(ranges(server).includes(undefined)).toBe(version > 1);
    expect(wire.counts.retries).toBe(version);
  });

  it('a careless server that sends the range of another version is noticed', async () => {
    const server = await start({
      resource: () => versionOf(0),
      fault: (asked, response) => {
        if (asked.range?.from !== 4_000) return false;
        const other = versionOf(1);
        serveRange({ ...asked, headers: {} }, response, other);
        return true;
      },
    });
    const result = await contentOf(wireTo(server.url, { chunkBytes }));
    expect(server.counts.faults).toBeGreaterThan(0);
    expect(result).toEqual({ ok: true, value: contentIn(bodies[0] ?? body) });
  });

  it('one that stays silent about its version is not joined', async () => {
    const server = await start({
      resource: () => versionOf(0),
      fault: (asked, response) => {
        if (asked.range?.from !== 4_000) return false;
        serveRange({ ...asked, headers: {} }, response, { ...versionOf(0), etag: null });
        return true;
      },
    });
    const result = await contentOf(wireTo(server.url, { chunkBytes }));
    expect(result).toEqual({ ok: true, value: contentIn(bodies[0] ?? body) });
    expect(ranges(server).filter((range) => range === undefined)).toHaveLength(1);
  });
});

describe('a body that is cut', () => {
  const cuts: readonly [string, (response: ServerResponse, socket: Socket) => void][] = [
    ['by a reset', (_, socket) => socket.resetAndDestroy()],
    ['by its end', (_, socket) => socket.end()],
  ];

  it.each(cuts)('%s goes on from its last byte, tied to the ETag', async (_, cut) => {
    const server = await start({
      resource,
      fault: (asked, response, socket) => {
        if (asked.range?.from !== 2_000) return false;
        response.writeHead(206, headers(2_000, 3_000));
        response.write(body.subarray(2_000, 2_345));
        setTimeout(() => cut(response, socket), 30);
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(server.counts.faults).toBe(1);
    const resumed = server.asked.find(({ range }) => range?.from === 2_345);
    expect(resumed?.headers).toMatchObject({ range: 'bytes=2345-2999', 'if-range': etag });
    expect(wire.counts).toMatchObject({ requests: CHUNKS + 1, retries: 1, resumed: 1 });
  });

  it.each(cuts)('%s, sent whole with a strong ETag and ranges, goes on too', async (_, cut) => {
    const server = await start({
      resource,
      fault: (asked, response, socket) => {
        if (asked.number > 0) return false;
        response.writeHead(200, { etag, 'accept-ranges': 'bytes', 'content-length': body.length });
        response.write(body.subarray(0, 5_000));
        setTimeout(() => cut(response, socket), 30);
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(ranges(server)).toEqual(['bytes=0-999', `bytes=5000-${body.length - 1}`]);
    expect(wire.counts).toMatchObject({ requests: 2, resumed: 1 });
  });

  it.each([
    ['no ETag', { 'accept-ranges': 'bytes' }],
    ['a weak ETag', { etag: 'W/"one"', 'accept-ranges': 'bytes' }],
    ['no word of ranges', { etag }],
    ['ranges refused', { etag, 'accept-ranges': 'none' }],
  ])('with %s begins anew', async (_, given) => {
    const server = await start({
      resource,
      fault: (asked, response, socket) => {
        if (asked.number > 0) return false;
        response.writeHead(200, { ...given, 'content-length': body.length });
        response.write(body.subarray(0, 5_000));
        setTimeout(() => socket.resetAndDestroy(), 30);
        return true;
      },
    });
    const wire = wireTo(server.url);
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(server.asked.map(({ range }) => range?.from)).toEqual([0, 0]);
    expect(wire.counts).toMatchObject({ retries: 1, resumed: 0 });
  });

  it('ended by close and cut is never taken for complete', async () => {
    const server = await start({
      resource,
      fault: (asked, _, socket) => {
        if (asked.number > 2) return false;
        socket.end(
          `HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${body.subarray(0, 4_000).toString('latin1')}`,
        );
        return true;
      },
    });
    const wire = wireTo(server.url);
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(server.counts.faults).toBe(3);
    expect(wire.counts.retries).toBe(3);
  });

  it('at every chunk, again and again, ends with the retries of one request', async () => {
    const server = await start({
      resource,
      fault: (asked, response, socket) => {
        if (asked.range === null) return false;
        const { from, to } = asked.range;
        response.writeHead(206, headers(from, to));
        response.write(body.subarray(from, from + 1));
        setTimeout(() => socket.resetAndDestroy(), 2);
        return true;
      },
    });
    const result = await contentOf(wireTo(server.url, { chunkBytes, retries: 3 }));
    expect(result).toMatchObject({ ok: false, error: { code: 'unreachable', retriable: true } });
    expect(result.ok ? '' : result.error.message).toMatch(/Given up after 3 retries/);
  });

  it('but brings much each time, is followed to its end', async () => {
    const large = pageBody(2_000_000);
    const server = await start({
      resource: () => ({ body: large, etag }),
      fault: (asked, response, socket) => {
        if (asked.range === null) return false;
        const { from, to } = asked.range;
        if (to - from < 150_000) return false;
        response.writeHead(206, {
          etag,
          'content-range': `bytes ${from}-${to - 1}/${large.length}`,
          'content-length': to - from,
        });
        response.write(large.subarray(from, from + 120_000), () => setTimeout(() => socket.end(), 20));
        return true;
      },
    });
    const wire = wireTo(server.url, { retries: 1 });
    expect(await contentOf(wire)).toEqual({ ok: true, value: contentIn(large) });
    expect(server.counts.faults).toBeGreaterThan(10);
    expect(wire.counts.resumed).toBe(server.counts.faults);
  });

  it('that stalls is given up in time and goes on', async () => {
    const server = await start({
      resource,
      fault: (asked, response) => {
        if (asked.range?.from !== 3_000) return false;
        response.writeHead(206, headers(3_000, 4_000));
        response.write(body.subarray(3_000, 3_100));
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes, timeoutMs: 200 });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(server.counts.faults).toBe(1);
    expect(server.asked.some(({ range }) => range?.from === 3_100)).toBe(true);
  });
});

describe('other answers to a range', () => {
  it('5xx, 429, a log-in page and a refused token are met as anywhere', async () => {
    const clock = hurriedClock();
    const server = await start({
      resource,
      fault: (asked, response) => {
        const seen = server.asked.filter(({ range }) => range?.from === asked.range?.from).length;
        if (seen > 1) return false;
        if (asked.range?.from === 1_000) response.writeHead(503, { 'retry-after': '3' }).end();
        else if (asked.range?.from === 3_000) response.writeHead(429, { 'retry-after': '7' }).end();
        else if (asked.range?.from === 5_000) response.writeHead(500).end('sick');
        else return false;
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes, clock });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(server.counts.faults).toBe(3);
    expect(wire.counts).toMatchObject({ retries: 2, throttled: 1 });
    expect(Math.max(...clock.waits)).toBeGreaterThanOrEqual(7_000);
    const login = await start({
      resource,
      fault: (asked, response) => {
        if (asked.number > 2) return false;
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
        return true;
      },
    });
    const other = wireTo(login.url, { chunkBytes });
    expect(await contentOf(other)).toEqual({ ok: true, value: whole });
    expect(other.counts.retries).toBe(3);
  });

  it('403 ends it at once, whatever else is under way', async () => {
    const server = await start({
      resource,
      fault: (asked, response) => {
        if (asked.range?.from !== 2_000) return asked.range !== null && asked.range.from > 2_000;
        setTimeout(() => response.writeHead(403).end(), 20);
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes });
    expect(await contentOf(wire)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    while (server.counts.active > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('what is complete but no JSON is asked for once more, whole, and then told', async () => {
    const broken = body.subarray(0, 6_500);
    const server = await start({ resource: () => ({ body: broken, etag }) });
    const result = await contentOf(wireTo(server.url, { chunkBytes, retries: 1 }));
    expect(result).toMatchObject({ ok: false, error: { code: 'not-json' } });
    expect(result.ok ? '' : result.error.message).toMatch(/not complete JSON.*It begins: \{"data"/);
    expect(ranges(server).filter((range) => range === undefined)).toHaveLength(2);
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (bytes: Buffer) => bytes],
    ['gzip, br', (bytes: Buffer) => brotliCompressSync(gzipSync(bytes))],
    ['zstd, GZIP', (bytes: Buffer) => gzipSync(zstdCompressSync(bytes))],
  ])(
    'a whole page packed with %s is unpacked as it comes; cut anywhere it is an error',
    async (coding, pack) => {
      const packed = pack(body);
      for (const length of [packed.length, packed.length - 1, Math.floor(packed.length / 2), 1]) {
        const server = await start({
          resource,
          fault: (_, response) => {
            response.writeHead(200, { 'content-encoding': coding });
            response.end(packed.subarray(0, length));
            return true;
          },
        });
        const result = await contentOf(wireTo(server.url, { retries: 0 }));
        if (length === packed.length) expect(result).toEqual({ ok: true, value: whole });
        else expect(result).toMatchObject({ ok: false, error: { retriable: true } });
      }
    },
  );

  it.each(['compress', 'gzip, sdch', 'br, br, br, br, br'])(
    'the coding %s is told and not tried again',
    async (coding) => {
      const server = await start({
        resource,
        fault: (_, response) => {
          response.writeHead(200, { 'content-encoding': coding });
          response.end(body);
          return true;
        },
      });
      const result = await contentOf(wireTo(server.url));
      expect(result).toMatchObject({ ok: false, error: { code: 'unsupported', retriable: false } });
      expect(result.ok ? '' : result.error.message).toContain(coding);
      expect(server.counts.faults).toBe(1);
    },
  );

  it.each(['gzip', 'br', 'zstd', 'gzip, gzip'])(
    'a bomb packed with %s is left at the ceiling',
    async (coding) => {
      const bomb = Buffer.from(`{"data":[],"pad":"${' '.repeat(20_000_000)}"}`);
      const once =
        coding === 'br'
          ? brotliCompressSync(bomb)
          : coding === 'zstd'
            ? zstdCompressSync(bomb)
            : gzipSync(bomb);
      const packed = coding === 'gzip, gzip' ? gzipSync(once) : once;
      const server = await start({
        resource,
        fault: (_, response) => {
          response.writeHead(200, { 'content-encoding': coding });
          response.end(packed);
          return true;
        },
      });
      const result = await contentOf(wireTo(server.url, { maxBodyBytes: 1_000_000 }));
      expect(result).toMatchObject({ ok: false, error: { code: 'too-large', retriable: false } });
      expect(server.counts.faults).toBe(1);
    },
  );

  it('a page above the ceiling is left, in ranges too', async () => {
    const server = await start({ resource });
    for (const size of [1_000, 1_000_000]) {
      const result = await contentOf(wireTo(server.url, { chunkBytes: size, maxBodyBytes: 5_000 }));
      expect(result).toMatchObject({ ok: false, error: { code: 'too-large' } });
    }
  });
});
