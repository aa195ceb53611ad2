/** A resource over real HTTP that is served in ranges, and whose every answer a test can replace. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface RangeAsked {
  /** 0 for the first. */
  readonly number: number;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What is asked for, exclusive at its end; null without a Range header that can be read. */
  readonly range: { readonly from: number; readonly to: number } | null;
}

export interface Served {
  readonly body: Buffer;
  readonly etag: string | null;
}

export interface RangeServerOptions {
  /** The resource as it is at the moment. */
  readonly resource: () => Served;
  /** Answers in the server's place; false leaves it to the server. */
  readonly fault?: (
    asked: RangeAsked,
    response: ServerResponse,
    socket: Socket,
  ) => boolean | Promise<boolean>;
  /** Whether GET is served at all; default true. */
  readonly streams?: boolean;
}

export interface RangeServer {
  readonly url: string;
  readonly asked: RangeAsked[];
  readonly counts: { active: number; most: number; faults: number };
  close(): Promise<void>;
}

function readRange(header: string | undefined, length: number): RangeAsked['range'] {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (match === null) return null;
  const to = match[2] === '' ? length : Math.min(length, Number(match[2]) + 1);
  return { from: Number(match[1]), to };
}

/** Answers as a server that knows its RFC. */
export function serveRange(asked: RangeAsked, response: ServerResponse, { body, etag }: Served): void {
  const held = asked.headers['if-range'] === undefined || asked.headers['if-range'] === etag;
  const { range } = asked;
  const headers: Record<string, string> = { 'content-type': 'application/json', 'accept-ranges': 'bytes' };
  if (etag !== null) headers['etag'] = etag;
  if (range === null || !held || asked.method === 'POST') {
    response.writeHead(200, { ...headers, 'content-length': body.length });
    response.end(body);
  } else if (range.from >= body.length) {
    response.writeHead(416, { 'content-range': `bytes */${body.length}` });
    response.end();
  } else {
    const part = body.subarray(range.from, range.to);
    const contentRange = `bytes ${range.from}-${range.to - 1}/${body.length}`;
    response.writeHead(206, { ...headers, 'content-range': contentRange, 'content-length': part.length });
    response.end(part);
  }
}

export async function startRangeServer(options: RangeServerOptions): Promise<RangeServer> {
  const asked: RangeAsked[] = [];
  const counts = { active: 0, most: 0, faults: 0 };
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    counts.active += 1;
    counts.most = Math.max(counts.most, counts.active);
    response.on('close', () => {
      counts.active -= 1;
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const served = options.resource();
    const entry: RangeAsked = {
      number: asked.length,
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      range: readRange(request.headers.range, served.body.length),
    };
    asked.push(entry);
    if (options.fault !== undefined && (await options.fault(entry, response, request.socket))) {
      counts.faults += 1;
    } else if (entry.method === 'GET' && options.streams === false) {
      response.writeHead(404).end();
    } else {
      serveRange(entry, response, served);
    }
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    counts,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
