/** A proxy over real sockets that speaks CONNECT, asks for Basic where it is told to, and counts. */
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Issued } from './certificates.ts';

export interface ProxyOptions {
  /** `user:password` that it asks for. */
  readonly credentials?: string;
  /** What it says where it asks for them; default Basic. */
  readonly challenge?: string;
  /** Speaks TLS itself. */
  readonly tls?: Issued;
  /** Port on 127.0.0.1 that a host and port leads to; default: the port itself. */
  readonly leadsTo?: (target: string) => number | undefined;
  /** Answers in the proxy's place: the raw text; null leaves the request without an answer. */
  readonly answer?: (target: string) => string | null | undefined;
}

export interface TestProxy {
  /** Without credentials. */
  readonly url: string;
  readonly port: number;
  /** Every CONNECT, whether it was granted, and what it was signed with. */
  readonly connects: {
    readonly target: string;
    readonly granted: boolean;
    readonly authorization: string | null;
  }[];
  /** Requests that are no CONNECT. */
  readonly others: string[];
  /** Resolves once no connection is open. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export async function startProxy(options: ProxyOptions = {}): Promise<TestProxy> {
  const connects: TestProxy['connects'] = [];
  const others: string[] = [];
  const sockets = new Set<Socket>();
  const server = options.tls === undefined ? createServer() : createSecureServer({ ...options.tls });
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  server.on('connection', keep);
  server.on('secureConnection', keep);
  server.on('request', (request, response) => {
    others.push(`${request.method} ${request.url}`);
    response.writeHead(400).end();
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const target = request.url ?? '';
    const authorization = request.headers['proxy-authorization'] ?? null;
    const wanted =
      options.credentials === undefined
        ? null
        : `Basic ${Buffer.from(options.credentials).toString('base64')}`;
    const answer = options.answer?.(target);
    const granted = answer === undefined && (wanted === null || authorization === wanted);
    connects.push({ target, granted, authorization });
    if (answer === null) {
      // It reads on, so that it sees the other side go.
      socket.on('end', () => socket.end()).resume();
      return;
    }
    if (answer !== undefined) socket.end(answer);
    else if (!granted) {
      const challenge = options.challenge ?? 'Basic realm="proxy"';
      socket.end(
        `HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: ${challenge}\r\nContent-Length: 0\r\n\r\n`,
      );
    } else {
      const port = options.leadsTo?.(target) ?? Number(/:(\d+)$/.exec(target)?.[1]);
      const onward = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.pipe(socket);
        socket.pipe(onward);
      });
      keep(onward);
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
      socket.on('close', () => onward.destroy());
      onward.on('close', () => socket.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    connects,
    others,
    async quiet() {
      while (sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
