/** Writing answers: JSON, whole bodies, and bodies that go wrong on purpose. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes written before waiting for the client: small enough that a slow reader holds its slot of the quota. */
const PIECE = 65_536;

/** How a body goes out. */
export type Delivery =
  | { readonly kind: 'whole' }
  | { readonly kind: 'slow'; readonly milliseconds: number }
  | { readonly kind: 'reset' | 'short' | 'stall'; readonly bytes: number };

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
  response.writeHead(status, { ...headers, 'Content-Length': body.length });
  if (response.req.method === 'HEAD') {
    beforeLast();
    response.end();
    return;
  }
  const until = 'bytes' in delivery ? Math.min(body.length, delivery.bytes) : body.length;
  const slow = delivery.kind === 'slow';
  const size = slow ? Math.max(1, Math.ceil(body.length / 20)) : PIECE;
  let sent = 0;
  while (until - sent > size) {
    if (!(await write(response, body.subarray(sent, sent + size)))) return;
    sent += size;
    if (slow) await sleep(delivery.milliseconds / 20);
  }
  if (delivery.kind === 'whole' || slow) {
    beforeLast();
    response.end(body.subarray(sent));
    return;
  }
  await write(response, body.subarray(sent, until));
  await flushed(response);
  if (delivery.kind === 'reset') response.socket?.resetAndDestroy();
  if (delivery.kind === 'short') response.socket?.end();
}
