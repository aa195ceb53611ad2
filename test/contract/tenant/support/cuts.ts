/** An answer that is cut, at every byte of it, over a bare socket; each way of asking has a file of tests. */
import type { Socket } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { progressOf } from '../../support/progress.ts';
import { contentIn, contentOf, pageBody, type Wire, type WireOptions, wireTo } from './wire.ts';

/** A little less than 64 KiB: who has got that far may go on without another try. */
const body = pageBody(65_300, 0, 6);
const whole = contentIn(body);
const etag = '"one"';
/** Every so many bytes: a sample; with CXQ_CUTS=1 each. */
const step = Number(process.env['CXQ_CUTS'] ?? 1_021);
/** Of those places, every so many are tried again, too: it takes three times as long. */
const HEALED_EVERY = 7;
const PARALLEL = 8;

/** How the answer says where it ends. */
const frames = {
  length: (bytes: Buffer) => [`content-length: ${bytes.length}`, bytes],
  chunked: (bytes: Buffer) => [
    'transfer-encoding: chunked',
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')]),
  ],
  close: (bytes: Buffer) => ['connection: close', bytes],
} as const satisfies Record<string, (bytes: Buffer) => readonly [string, Buffer]>;

type Frame = keyof typeof frames;

interface Cut {
  /** Bytes of the answer's body, framed, that come. */
  readonly at: number;
  readonly by: 'reset' | 'fin';
  readonly frame: Frame;
  readonly method: 'GET' | 'POST';
}

/**
 * Answers over a bare socket: the first request to each page is cut, the others are served. The page is named by
 * its filter.
 */
async function cutter(cuts: ReadonlyMap<string, Cut>): Promise<{
  readonly url: string;
  readonly fired: Map<string, number>;
  readonly server: Server;
}> {
  const fired = new Map<string, number>();
  const answer = (socket: Socket, head: string): void => {
    const name = /page (\d+)/.exec(decodeURIComponent(head))?.[1] ?? '';
    const cut = cuts.get(name);
    const range = /^range: bytes=(\d+)-(\d*)/im.exec(head);
    const first = !fired.has(name);
    const [from, to] =
      range === null || (cut?.method === 'GET' && cut.frame === 'close' && first)
        ? [0, body.length]
        : [Number(range[1]), range[2] === '' ? body.length : Math.min(body.length, Number(range[2]) + 1)];
    const part = body.subarray(from, to);
    const status =
      part.length === body.length && range === null
        ? 'HTTP/1.1 200 OK'
        : `HTTP/1.1 206 Partial Content\r\ncontent-range: bytes ${from}-${to - 1}/${body.length}`;
    const [frame, bytes] = frames[first && cut !== undefined ? cut.frame : 'length'](part);
    const start = `${status}\r\netag: ${etag}\r\naccept-ranges: bytes\r\n${frame}\r\n\r\n`;
    if (!first || cut === undefined) {
      socket.write(Buffer.concat([Buffer.from(start), bytes]));
      return;
    }
    fired.set(name, bytes.length);
    const cutAt = Math.min(cut.at, bytes.length);
    socket.write(Buffer.concat([Buffer.from(start), bytes.subarray(0, cutAt)]), () => {
      if (cut.by === 'fin') socket.end();
      // Some time, or the reset overtakes what was written before it.
      else setTimeout(() => socket.resetAndDestroy(), 4);
    });
  };
  const server = createServer((socket) => {
    let waiting = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      waiting = Buffer.concat([waiting, bytes]);
      const end = waiting.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = waiting.subarray(0, end).toString('latin1');
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      if (waiting.length < end + 4 + length) return;
      const request = waiting.subarray(0, end + 4 + length).toString('utf8');
      waiting = waiting.subarray(end + 4 + length);
      answer(socket, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, fired, server };
}

const servers: Server[] = [];
afterAll(async () => {
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

interface Tried {
  readonly wire: Wire;
  readonly result: Awaited<ReturnType<typeof contentOf>>;
  /** Bytes that the answer would have had. */
  readonly length: number;
}

/** Asks for a page each, of which each is cut once, at a place of its own; some at a time. */
async function cutAt(
  way: Omit<Cut, 'at'>,
  places: readonly number[],
  what: string,
  options: WireOptions,
  judge: (place: number, tried: Tried) => void,
): Promise<void> {
  const cuts = new Map(places.map((at) => [String(at), { ...way, at }]));
  const { url, fired, server } = await cutter(cuts);
  servers.push(server);
  const waiting = [...places];
  let done = 0;
  const tell = progressOf(`${way.method}, ${way.frame}, ${way.by}: ${what}`, cuts.size);
  const lane = async (): Promise<void> => {
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const wire = wireTo(url, {
        filter: `page ${at}`,
        mode: way.method === 'GET' ? 'stream' : 'page',
        // A third in one range, a third in several, a third cut in the middle of the second.
        chunkBytes: [1_000_000, 30_000, 20_000][at % 3] ?? 1,
        concurrency: 2,
        ...options,
      });
      judge(at, { wire, result: await contentOf(wire), length: fired.get(String(at)) ?? 0 });
      done += 1;
      tell(done);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  expect(done).toBe(cuts.size);
  expect(fired.size).toBe(cuts.size);
}

/** Places of a body framed so that is `length` long: all at both ends, and every so many between. */
function placesIn(length: number, every: number): number[] {
  const places: number[] = [];
  for (let at = 0; at < length; at += at < 40 || at > length - 40 ? 1 : every) places.push(at);
  return places;
}

/** Every place with CXQ_CUTS=1; a sample of them without. */
export function describeCuts(method: Cut['method']): void {
  describe(`a cut at every byte of an answer of 64 KB to ${method}`, () => {
    const ways = (['length', 'chunked', 'close'] as const).flatMap((frame) =>
      (['reset', 'fin'] as const).map((by) => ({ method, frame, by })),
    );

    it.each(ways)(
      '$method, framed by $frame, by $by: never taken for complete',
      { timeout: 0 },
      async (way) => {
        const last = body.length + (way.frame === 'chunked' ? 7 : 0);
        // In one piece: only the first would be cut.
        const options = { retries: 0, chunkBytes: 1_000_000 };
        await cutAt(way, placesIn(last, step), 'answers cut', options, (at, { result }) => {
          expect(result, String(at)).toMatchObject({ ok: false, error: { retriable: true } });
        });
      },
    );

    it.each(ways)(
      '$method, framed by $frame, by $by: whole after another try',
      { timeout: 0 },
      async (way) => {
        const last = body.length + (way.frame === 'chunked' ? 16 : 0);
        const places = placesIn(last, HEALED_EVERY * step);
        await cutAt(way, places, 'cuts healed', {}, (at, { result, wire, length }) => {
          expect(result, String(at)).toEqual({ ok: true, value: whole });
          if (length > at) expect(wire.counts.requests, String(at)).toBeGreaterThan(1);
        });
      },
    );
  });
}
