/**
 * A bare socket between a run and the sandbox: it passes requests on, and can spoil an answer's bytes in ways that no
 * HTTP library lets through.
 */
import { once } from 'node:events';
import { request as forward, type IncomingHttpHeaders } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { createRandom, hash32 } from '../../../server/src/sandbox/random.ts';
import type { OtherServer } from './other-server.ts';

/** The answer as the sandbox gave it, written out. */
export interface RawAnswer {
  /** Status line and headers, with the empty line behind them. */
  readonly head: Buffer;
  readonly body: Buffer;
  readonly status: number;
  /** 0 to 1. */
  readonly place: number;
  /** Headers of the request, their names in small letters. */
  readonly asked: Readonly<Record<string, string>>;
}

/** Writes something else to the socket; what it leaves open, stays so. */
export type RawFault = (socket: Socket, answer: RawAnswer) => unknown;

export interface RawOptions {
  readonly upstream: string;
  readonly fault: RawFault;
  readonly seed: number;
  /** Share of the history requests that are spoilt. */
  readonly rate: number;
  /** At most so many; Infinity for all. */
  readonly times: number;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** Cuts one request off the front of what has come; undefined while it is not whole. */
function nextRequest(bytes: Buffer): { readonly asked: Asked; readonly rest: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const [method = 'GET', path = '/'] = first.split(' ');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const until = end + 4 + Number(headers['content-length'] ?? 0);
  if (bytes.length < until) return undefined;
  return {
    asked: { method, path, headers, body: bytes.subarray(end + 4, until) },
    rest: bytes.subarray(until),
  };
}

async function ask(upstream: string, asked: Asked): Promise<Omit<RawAnswer, 'place' | 'asked'>> {
  const { host: _, connection: __, ...headers } = asked.headers;
  const sent = forward(new URL(asked.path, upstream), { method: asked.method, headers, agent: false });
  sent.end(asked.body);
  const [response] = (await once(sent, 'response')) as [
    AsyncIterable<Buffer> & { statusCode: number; statusMessage: string; headers: IncomingHttpHeaders },
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const lines = Object.entries({ ...response.headers, 'content-length': String(body.length) })
    .filter(([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name))
    .flatMap(([name, value]) => [value ?? []].flat().map((one) => `${name}: ${one}`));
  const head = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`, ...lines, '', ''].join('\r\n');
  return { head: Buffer.from(head, 'latin1'), body, status: response.statusCode };
}

/** Starts the socket on a free port. What fired is the method and the number of each request that was spoilt. */
export async function startRawServer(options: RawOptions): Promise<OtherServer> {
  const { upstream, fault, seed, rate, times } = options;
  const fired: string[] = [];
  const sockets = new Set<Socket>();
  const attempts = new Map<string, number>();
  let number = 0;

  /** Whether this attempt is spoilt: a matter of what is asked for and how often, not of the order. */
  const draw = ({ method, path, headers, body }: Asked): number | null => {
    if (path.startsWith('/oauth')) return null;
    const what = `${method} ${path} ${headers['range'] ?? ''} ${body.toString('utf8')}`;
    const attempt = attempts.get(what) ?? 0;
    attempts.set(what, attempt + 1);
    if (fired.length >= times) return null;
    const random = createRandom(seed, hash32(`${what} ${attempt}`));
    return random.chance(rate) ? random.next() : null;
  };

  const serve = async (socket: Socket, asked: Asked): Promise<void> => {
    number += 1;
    const mine = number;
    const place = draw(asked);
    if (place !== null) fired.push(`${asked.method} ${mine}`);
    const answer = await ask(upstream, asked);
    if (place === null) socket.write(Buffer.concat([answer.head, answer.body]));
    else await fault(socket, { ...answer, place, asked: asked.headers });
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let bytes = Buffer.alloc(0);
    let turn = Promise.resolve();
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let next = nextRequest(bytes); next !== undefined; next = nextRequest(bytes)) {
        const { asked } = next;
        bytes = Buffer.from(next.rest);
        turn = turn.then(() => serve(socket, asked)).catch(() => void socket.destroy());
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    fired,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
