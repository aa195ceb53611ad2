/** What a server, a proxy, or a wire between them may do to one answer. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type RangeAsked, type Served, serveRange } from './range-server.ts';

export interface Blow {
  readonly asked: RangeAsked;
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly served: Served;
  /** 0 to 1: where it strikes. */
  readonly place: number;
}

/** The head of a truthful answer, and its bytes. */
function truthful({ asked, served }: Blow): {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly part: Buffer;
} {
  const { body, etag } = served;
  const held = asked.headers['if-range'] === undefined || asked.headers['if-range'] === etag;
  const { range } = asked;
  const headers: Record<string, string> = { 'accept-ranges': 'bytes', ...(etag === null ? {} : { etag }) };
  if (range === null || !held || range.from >= range.to) return { status: 200, headers, part: body };
  const { from, to } = range;
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${from}-${to - 1}/${body.length}` },
    part: body.subarray(from, to),
  };
}

function cutAfter(blow: Blow, end: (socket: Socket) => void): void {
  const { status, headers, part } = truthful(blow);
  blow.response.writeHead(status, { ...headers, 'content-length': part.length });
  const bytes = part.subarray(0, Math.floor(part.length * blow.place));
  blow.response.write(bytes, () => setImmediate(() => end(blow.socket)));
  if (bytes.length === 0) setImmediate(() => end(blow.socket));
}

function withHeaders(blow: Blow, more: Record<string, string>, bytes?: Buffer): void {
  const { status, headers, part } = truthful(blow);
  const given = { ...headers, ...more };
  blow.response.writeHead(
    status,
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
  );
  blow.response.end(bytes ?? part);
}

const span = ({ asked, served }: Blow): [number, number] => [
  asked.range?.from ?? 0,
  asked.range?.to ?? served.body.length,
];

export const blows: Readonly<Record<string, (blow: Blow) => void>> = {
  reset: (blow) => cutAfter(blow, (socket) => socket.resetAndDestroy()),
  fin: (blow) => cutAfter(blow, (socket) => socket.end()),
  'reset before': ({ socket }) => socket.resetAndDestroy(),
  'closed and cut': (blow) => {
    const { part } = truthful({ ...blow, asked: { ...blow.asked, range: null } });
    const bytes = part.subarray(0, Math.floor(part.length * blow.place));
    blow.socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n');
    blow.socket.end(bytes);
  },
  'chunked and cut': (blow) => {
    const { status, headers, part } = truthful(blow);
    blow.response.writeHead(status, headers);
    blow.response.write(part.subarray(0, 1 + Math.floor((part.length - 1) * blow.place)), () =>
      setImmediate(() => blow.socket.end()),
    );
  },
  'ended early': (blow) => {
    const { part } = truthful(blow);
    // Whole in its frame, and without a byte, it would be what an empty page is.
    withHeaders(blow, {}, part.subarray(0, Math.max(1, Math.floor(part.length * blow.place))));
  },
  'sent too much': (blow) => withHeaders(blow, {}, Buffer.concat([truthful(blow).part, Buffer.from('},x')])),
  stall: (blow) => {
    const { status, headers, part } = truthful(blow);
    blow.response.writeHead(status, { ...headers, 'content-length': part.length });
    blow.response.write(part.subarray(0, Math.ceil(part.length * blow.place)));
  },
  '200 for 206': ({ asked, response, served }) => serveRange({ ...asked, range: null }, response, served),
  '206 without Content-Range': (blow) => {
    blow.response.writeHead(206, {}).end(blow.served.body);
  },
  '206 of a part without Content-Range': (blow) => {
    blow.response.writeHead(206, {}).end(truthful(blow).part);
  },
  'wrong start': (blow) => {
    const [from, to] = span(blow);
    withHeaders(blow, { 'content-range': `bytes ${from + 1}-${to}/${blow.served.body.length}` });
  },
  'wrong end': (blow) => {
    const [from, to] = span(blow);
    withHeaders(blow, { 'content-range': `bytes ${from}-${to}/${blow.served.body.length}` });
  },
  'wrong total': (blow) => {
    const [from, to] = span(blow);
    const total = blow.served.body.length + 1 + Math.floor(blow.place * 5);
    withHeaders(blow, { 'content-range': `bytes ${from}-${to - 1}/${total}` });
  },
  'unknown total': (blow) => {
    const [from, to] = span(blow);
    withHeaders(blow, { 'content-range': `bytes ${from}-${to - 1}/*` });
  },
  'no ETag': (blow) => withHeaders(blow, { etag: '' }),
  'weak ETag': (blow) => withHeaders(blow, { etag: `W/${blow.served.etag}` }),
  'another ETag': (blow) => withHeaders(blow, { etag: '"other"' }),
  'another part': (blow) => {
    const { body } = blow.served;
    const [from, to] = span(blow);
    const start = Math.floor(blow.place * Math.max(0, body.length - (to - from)));
    withHeaders(
      blow,
      { 'content-range': `bytes ${start}-${start + to - from - 1}/${body.length}` },
      body.subarray(start, start + to - from),
    );
  },
  'shorter part': (blow) => {
    const { body } = blow.served;
    const [from, to] = span(blow);
    const end = from + 1 + Math.floor(blow.place * (to - from - 1));
    if (blow.asked.range === null) withHeaders(blow, {});
    else
      withHeaders(
        blow,
        { 'content-range': `bytes ${from}-${end - 1}/${body.length}` },
        body.subarray(from, end),
      );
  },
  multipart: (blow) =>
    withHeaders(blow, { 'content-range': '', 'content-type': 'multipart/byteranges; boundary=x' }),
  'packed range': (blow) => withHeaders(blow, { 'content-encoding': 'gzip' }, gzipSync(truthful(blow).part)),
  'packed whole': (blow) => {
    const packed = gzipSync(blow.served.body);
    blow.response.writeHead(200, { etag: '"packed"', 'accept-ranges': 'bytes', 'content-encoding': 'gzip' });
    blow.response.end(
      packed.subarray(0, blow.place < 0.5 ? packed.length : Math.floor(packed.length * blow.place)),
    );
  },
  416: ({ response, place }) => {
    response.writeHead(416, { 'content-range': `bytes */${Math.floor(place * 9_999)}` }).end();
  },
  412: ({ response }) => response.writeHead(412).end(),
  429: ({ response }) => response.writeHead(429, { 'retry-after': '2' }).end('{}'),
  503: ({ response }) => response.writeHead(503).end('sick'),
  html: ({ response }) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
  404: ({ response }) => response.writeHead(404).end(),
};
