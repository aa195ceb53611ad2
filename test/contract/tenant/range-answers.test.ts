import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { hurriedClock } from './support/ask.ts';
import { body, chunkBytes, etag, ranges, resource, start, whole } from './support/range-page.ts';
import { contentOf, wireTo } from './support/wire.ts';

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

describe('what else may come', () => {
  const signal = new AbortController().signal;

  it('a page that changes at every request ends with the retries of the run', async () => {
    let version = 0;
    const server = await start({
      resource: () => ({ body, etag: `"${version}"` }),
      fault: () => {
        version += 1;
        return false;
      },
    });
    const wire = wireTo(server.url, { chunkBytes: 6_000, concurrency: 1 });
    let result = await contentOf(wire);
    for (let page = 0; page < 500 && result.ok; page += 1) result = await contentOf(wire);
    expect(result).toMatchObject({ ok: false, error: { code: 'retry-budget' } });
    expect(wire.counts.retries).toBeGreaterThanOrEqual(100);
    expect(wire.counts.retries).toBeLessThanOrEqual(100 + 0.2 * wire.counts.requests);
  });

  it('nothing is asked for a run that was cancelled before', async () => {
    const server = await start({ resource });
    expect(await contentOf(wireTo(server.url), AbortSignal.abort())).toMatchObject({
      ok: false,
      error: { code: 'cancelled' },
    });
    expect(server.asked).toEqual([]);
  });

  it('a server that has forgotten ranges in the middle is asked for the whole', async () => {
    const server = await start({
      resource,
      fault: (asked, response) => {
        if (asked.range?.from !== 3_000) return false;
        response.writeHead(200, { etag }).end(body);
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(server.counts.faults).toBe(1);
    expect(ranges(server).filter((range) => range === undefined)).toHaveLength(1);
  });

  it('chunked without a length and cut, goes on to an end that only the next answer knows', async () => {
    const server = await start({
      resource,
      fault: (asked, response, socket) => {
        if (asked.number > 0) return false;
        response.writeHead(200, { etag, 'accept-ranges': 'bytes' });
        response.write(body.subarray(0, 4_321), () => setTimeout(() => socket.end(), 10));
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(ranges(server)).toEqual(['bytes=0-999', 'bytes=4321-']);
  });

  it('the whole as a range, with fewer bytes than it says, is asked for again', async () => {
    const server = await start({
      resource,
      fault: (asked, response) => {
        if (asked.range !== null) response.writeHead(416).end();
        else if (server.asked.length > 2) return false;
        else {
          const total = body.length + 9;
          response.writeHead(206, { etag, 'content-range': `bytes 0-${total - 1}/${total}` });
          response.end(body);
        }
        return true;
      },
    });
    const wire = wireTo(server.url, { chunkBytes });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(server.asked).toHaveLength(3);
  });

  it('a range that ends before its first byte, each time, ends with the retries of one request', async () => {
    const server = await start({
      resource,
      fault: (asked, response) => {
        if (asked.range === null) return false;
        const { from, to } = asked.range;
        response.writeHead(206, { etag, 'content-range': `bytes ${from}-${to - 1}/${body.length}` }).end();
        return true;
      },
    });
    const result = await contentOf(wireTo(server.url, { chunkBytes, retries: 2 }));
    expect(result).toMatchObject({ ok: false, error: { code: 'unreachable' } });
    expect(result.ok ? '' : result.error.message).toMatch(
      /ended its answer before.*Given up after 2 retries/,
    );
  });

  it('what is broken in a range that came before its turn is found when its turn comes', async () => {
    const broken = Buffer.from(body);
    broken.fill('}', 5_200, 5_210);
    const server = await start({
      resource: () => ({ body: broken, etag }),
      fault: async ({ range }, response) => {
        if (range?.from !== 0) return false;
        response.writeHead(206, { etag, 'content-range': `bytes 0-4999/${broken.length}` });
        response.write(broken.subarray(0, 100));
        await new Promise((resolve) => setTimeout(resolve, 60));
        response.end(broken.subarray(100, 5_000));
        return true;
      },
    });
    const result = await contentOf(wireTo(server.url, { chunkBytes: 5_000, retries: 0 }));
    expect(result).toMatchObject({ ok: false, error: { code: 'not-json' } });
  });

  it('fields of the body that are no text go into the address as JSON, empty ones not at all', async () => {
    const server = await start({ resource });
    const template = {
      q: '{filter}',
      n: '{limit}',
      page: { from: '{offset}' },
      none: null,
      token: '{pageToken}',
    };
    const query = { body: template, streamPath: '/stream?v=2' };
    const wire = wireTo(server.url, { profile: { query }, filter: 'f' });
    await wire.fetch({ offset: 3, limit: 7, token: null }, signal);
    const address = new URL(server.asked[0]?.url ?? '', server.url);
    expect(address.pathname).toBe('/stream');
    expect(Object.fromEntries(address.searchParams)).toEqual({ v: '2', q: 'f', n: '7', page: '{"from":3}' });
  });

  it('an error is told although its words are cut, packed strangely, or without end', async () => {
    const wordy: readonly ((response: ServerResponse, socket: Socket) => void)[] = [
      (response, socket) => {
        response.writeHead(403, { 'content-length': 999 });
        response.write('{"message":"no', () => setTimeout(() => socket.resetAndDestroy(), 10));
      },
      (response) => response.writeHead(403, { 'content-encoding': 'aes128gcm' }).end('??'),
      (response) => response.writeHead(403).end('no '.repeat(200_000)),
    ];
    for (const word of wordy) {
      const server = await start({
        resource,
        fault: (_, response, socket) => {
          word(response, socket);
          return true;
        },
      });
      expect(await contentOf(wireTo(server.url))).toMatchObject({ ok: false, error: { code: 'forbidden' } });
      expect(server.counts.faults).toBe(1);
    }
  });

  it('an empty answer is nothing, unless the end of its connection ended it', async () => {
    for (const framed of [true, false]) {
      const server = await start({
        resource,
        fault: (_, response, socket) => {
          if (framed) response.end();
          else socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n ');
          return true;
        },
      });
      const { requester } = wireTo(server.url, { retries: 1 });
      const result = await requester.json({
        method: 'GET',
        url: `${server.url}/one`,
        signal,
        purpose: 'history',
      });
      if (framed) expect(result).toEqual({ ok: true, value: undefined });
      else expect(result).toMatchObject({ ok: false, error: { code: 'unreachable', retriable: true } });
      expect(server.counts.faults).toBe(framed ? 1 : 2);
    }
  });
});
