/** Writing answers: JSON, whole bodies, and bodies that go wrong on purpose. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes written before waiting for the client: small enough that a slow reader holds its slot of the quota. */
const PIECE = 65_536;

/** How a body goes out. */
export type Delivery =
  | { readonly kind: 'whole' }
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** In pieces that end inside characters. */
  | { readonly kind: 'split' }
  /** Content-Length says fewer bytes than come. */
  | { readonly kind: 'long'; readonly bytes: number }
  /** The first bytes alone; `chunked` and `close` without Content-Length. */
  | { readonly kind: 'reset' | 'short' | 'stall' | 'chunked' | 'close'; readonly bytes: number };

/** Reads a request's body; null when it is longer than the limit. */
export async function readBody(request: IncomingMessage, limit: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    length += bytes.length;
    if (length > limit) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    ...headers,
  });
  response.end(body);
}

/** The tenant's shape of an error. */
export function sendError(
  response: ServerResponse,
  status: number,
  error: string,
  message: string,
  headers: OutgoingHttpHeaders = {},
  more: Readonly<Record<string, unknown>> = {},
): void {
  sendJson(response, status, { error, message, ...more }, headers);
}

async function write(response: ServerResponse, bytes: Buffer): Promise<boolean> {
  if (response.destroyed || response.writableEnded) return false;
  if (response.write(bytes)) return true;
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      response.off('drain', settle);
      response.off('close', settle);
      resolve();
    };
    response.once('drain', settle);
    response.once('close', settle);
  });
  return !response.destroyed;
}

/** Until the bytes so far are with the operating system, so that what follows comes after them. */
async function flushed(response: ServerResponse): Promise<void> {
  await sleep(25);
  const { socket } = response;
  if (socket === null || socket.destroyed || socket.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });
}

/** The body in pieces, each of which ends inside a character of several bytes. */
function* splitInCharacters(body: Buffer): Generator<Buffer> {
  let from = 0;
  for (let at = 1; at < body.length; at += 1) {
    // A byte that continues a character.
    if (((body[at] ?? 0) & 0xc0) !== 0x80) continue;
    yield body.subarray(from, at);
    from = at;
  }
  yield body.subarray(from);
}

function* inPieces(body: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < body.length || at === 0; at += size) yield body.subarray(at, at + size);
}

function piecesOf(body: Buffer, delivery: Delivery): Iterable<Buffer> {
  if (delivery.kind === 'split') return splitInCharacters(body);
  return inPieces(body, delivery.kind === 'slow' ? Math.max(1, Math.ceil(body.length / 20)) : PIECE);
}

function writeHead(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  length: number,
  delivery: Delivery,
): void {
  if (delivery.kind === 'close') response.useChunkedEncodingByDefault = false;
  const framing: OutgoingHttpHeaders =
    delivery.kind === 'chunked'
      ? {}
      : delivery.kind === 'close'
        ? { Connection: 'close' }
        : { 'Content-Length': delivery.kind === 'long' ? delivery.bytes : length };
  response.writeHead(status, { ...headers, ...framing });
}

/**
 * Sends a body. `beforeLast` is called before its last bytes leave: once a client has all of them, whatever the
 * request held has been given back.
 */
export async function sendBody(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: Buffer,
  delivery: Delivery,
  beforeLast: () => void,
): Promise<void> {
  writeHead(response, status, headers, body.length, delivery);
  if (response.req.method === 'HEAD') {
    beforeLast();
    response.end();
    return;
  }
  const { kind } = delivery;
  if (kind === 'whole' || kind === 'slow' || kind === 'split' || kind === 'long') {
    let last: Buffer | undefined;
    for (const piece of piecesOf(body, delivery)) {
      if (last !== undefined && !(await write(response, last))) return;
      // Apart from what follows, so that it leaves as a piece of its own.
      if (kind === 'split') await sleep(2);
      if (kind === 'slow') await sleep(delivery.milliseconds / 20);
      last = piece;
    }
    beforeLast();
    response.end(last);
    return;
  }
  const first = body.subarray(0, Math.min(body.length, delivery.bytes));
  if (first.length === 0) response.flushHeaders();
  for (const piece of inPieces(first, PIECE)) {
    if (!(await write(response, piece))) return;
  }
  await flushed(response);
  const { socket } = response;
  if (kind === 'reset') socket?.resetAndDestroy();
  else if (kind !== 'stall') socket?.end();
}
