import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
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
import { contentIn, contentOf, pageBody, wireTo } from './support/wire.ts';

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
    const wire = wireTo(server.url, { chunkBytes, timeoutMs: 1_500 });
    expect(await contentOf(wire)).toEqual({ ok: true, value: whole });
    expect(server.counts.faults).toBe(1);
    expect(server.asked.some(({ range }) => range?.from === 3_100)).toBe(true);
  });
});
