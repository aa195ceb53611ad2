import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  body,
  CHUNKS,
  chunkBytes,
  etag,
  headers,
  ranges,
  resource,
  start,
  whole,
} from './support/range-page.ts';
import { type RangeAsked, serveRange } from './support/range-server.ts';
import { contentIn, contentOf, pageBody, wireTo } from './support/wire.ts';

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
