/** A webhook receiver over real HTTP on loopback, answering as it is told. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { onTestFinished } from 'vitest';
import { CERTIFICATE, PRIVATE_KEY } from './tls.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly port: number;
  readonly requests: Received[];
  readonly close: () => Promise<void>;
}

/** The n-th request (from 0) gets `answer(…, n)`. Closed when the test is over, if it was not before. */
export async function startReceiver(
  answer: (response: ServerResponse, index: number) => void,
  tls = false,
): Promise<Receiver> {
  const requests: Received[] = [];
  const server: Server = tls ? createTlsServer({ key: PRIVATE_KEY, cert: CERTIFICATE }) : createServer();
  server.on('request', (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') });
      answer(response, requests.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return { port: address.port, requests, close };
}

export function status(
  code: number,
  headers: Record<string, string> = {},
): (response: ServerResponse) => void {
  return (response) => response.writeHead(code, headers).end('answer');
}
