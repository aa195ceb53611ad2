/** No connection at all. */
import { once } from 'node:events';
import { createServer as createPlainServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect } from 'vitest';
import { CERTIFICATE, PRIVATE_KEY } from '../../output/tls.ts';
import type { FaultCase } from '../case.ts';
import type { OtherServer } from '../other-server.ts';

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function closed(server: Server): Promise<void> {
  server.close();
  if (server.listening) await once(server, 'close');
}

/** An address where nothing listens; that it was tried, only the run itself can tell. */
async function nothing(): Promise<OtherServer> {
  const server = createPlainServer();
  const port = await listening(server);
  await closed(server);
  return { baseUrl: `http://127.0.0.1:${port}`, fired: ['refused'], close: async () => undefined };
}

async function unknownName(): Promise<OtherServer> {
  const fired: string[] = [];
  const lookup = (
    name: string,
    _: object,
    callback: (error: Error | null, address: string) => void,
  ): void => {
    fired.push(name);
    callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), '');
  };
  return {
    baseUrl: 'https://tenant.invalid',
    tenant: { network: { lookup } },
    fired,
    close: async () => undefined,
  };
}

/** A server whose certificate nobody trusts. */
async function untrusted(): Promise<OtherServer> {
  const fired: string[] = [];
  const server = createTlsServer({ cert: CERTIFICATE, key: PRIVATE_KEY });
  server.on('tlsClientError', () => undefined);
  server.on('connection', () => fired.push('connection'));
  const port = await listening(server);
  return { baseUrl: `https://127.0.0.1:${port}`, fired, close: () => closed(server) };
}

/** A server that does not speak TLS. */
async function plain(): Promise<OtherServer> {
  const fired: string[] = [];
  const server = createPlainServer((socket) => {
    fired.push('connection');
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n');
  });
  const port = await listening(server);
  return { baseUrl: `https://127.0.0.1:${port}`, fired, close: () => closed(server) };
}

const said = { expected: 'said' } as const;
const triedOnce: Pick<FaultCase, 'check'> = {
  check: ({ run }, fired) => {
    expect(fired).toEqual(['connection']);
    expect(run.output.retrieval.retries).toBe(0);
  },
};

export const NETWORK: readonly FaultCase[] = [
  {
    name: 'connection refused',
    serve: nothing,
    ...said,
    check: ({ run }) => expect(run.output.retrieval.tokens).toBe(6),
    error: ['unreachable', /nothing listens there \(connection refused\).*Given up after 5 retries/],
  },
  {
    name: 'name that DNS does not know',
    serve: unknownName,
    ...said,
    error: ['unreachable', /its name is not known \(DNS\)/],
  },
  {
    name: 'certificate that nobody trusts',
    serve: untrusted,
    ...said,
    ...triedOnce,
    error: ['tls', /signed by itself, and is not trusted here.*never retried/],
  },
  {
    name: 'no TLS where there should be',
    serve: plain,
    ...said,
    ...triedOnce,
    error: ['tls', /does not speak TLS there.*never retried/],
  },
];
