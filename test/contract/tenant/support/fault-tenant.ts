/** A tenant over real HTTP whose every answer a test decides. It counts what happens, so that no fault is only believed. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { JsonObject } from '../../../../server/src/protocol/history.ts';
import type { Issued } from '../../support/certificates.ts';

export interface Asked {
  readonly kind: 'token' | 'history';
  /** 0 for the first of its kind. */
  readonly number: number;
  readonly body: string;
  readonly json: JsonObject;
  readonly headers: IncomingMessage['headers'];
  readonly path: string;
}

/** Answers in the tenant's place; returns false to let the tenant answer as usual. */
export type Fault = (asked: Asked, response: ServerResponse, socket: Socket) => boolean | Promise<boolean>;

export interface FaultTenantOptions {
  readonly rows?: readonly JsonObject[];
  /** Most records that a page gives, whatever was asked. */
  readonly cap?: number;
  readonly total?: boolean | ((at: { readonly served: number }) => number);
  readonly tokens?: boolean;
  /** Milliseconds that each history request takes. */
  readonly latency?: number;
  readonly expiresIn?: number;
  readonly fault?: Fault;
  /** Serves https with this certificate. */
  readonly tls?: Issued;
}

export interface FaultTenant {
  readonly url: string;
  readonly port: number;
  readonly asked: Asked[];
  readonly counts: {
    tokens: number;
    history: number;
    active: number;
    most: number;
    faults: number;
    closed: number;
    /** Connections that were begun, also those that came to nothing. */
    connections: number;
  };
  history(): Asked[];
  /** Resolves once no connection is open. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export function record(index: number, steps = 1): JsonObject {
  return {
    interactionId: `i${String(index).padStart(5, '0')}`,
    workflowId: 'wf-1',
    workflowName: 'Inbound',
    steps: Array.from({ length: steps }, (_, step) => ({
      nodeId: `n${step}`,
      nodeName: `Node ${step}`,
      nodeType: 'DECISION',
      startTime: new Date(1_795_330_800_000 + index * 60_000 + step * 1_000).toISOString(),
      endTime: new Date(1_795_330_800_000 + index * 60_000 + step * 1_000 + 500).toISOString(),
      variablesBefore: {},
      variablesAfter: { queue: 'billing' },
      errorState: false,
    })),
  };
}

export function records(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, index) => record(index));
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): JsonObject {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

export async function startFaultTenant(options: FaultTenantOptions = {}): Promise<FaultTenant> {
  const rows = options.rows ?? records(250);
  const asked: Asked[] = [];
  const counts = { tokens: 0, history: 0, active: 0, most: 0, faults: 0, closed: 0, connections: 0 };
  const sockets = new Set<Socket>();
  let waiting: (() => void)[] = [];
  let served = 0;

  const page = (body: JsonObject): JsonObject => {
    const { pageToken } = body;
    const offset = typeof pageToken === 'string' ? Number(pageToken.slice(1)) : Number(body['offset'] ?? 0);
    const limit = Math.min(Number(body['limit'] ?? 100), options.cap ?? Number.POSITIVE_INFINITY);
    const data = rows.slice(offset, offset + limit);
    served += data.length;
    const total = options.total ?? true;
    const next = offset + data.length;
    return {
      data,
      ...(total === false ? {} : { total: total === true ? rows.length : total({ served }) }),
      ...(options.tokens === true && next < rows.length ? { nextPageToken: `t${next}` } : {}),
    };
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const kind = request.url?.startsWith('/oauth') ? 'token' : 'history';
    if (kind === 'history') {
      counts.active += 1;
      counts.most = Math.max(counts.most, counts.active);
      response.on('close', () => {
        counts.active -= 1;
      });
    }
    const body = await textOf(request);
    const number = kind === 'token' ? counts.tokens++ : counts.history++;
    const entry = {
      kind,
      number,
      body,
      json: parsed(body),
      headers: request.headers,
      path: request.url ?? '',
    } as const;
    asked.push(entry);
    if (options.latency !== undefined && kind === 'history') {
      await new Promise((resolve) => setTimeout(resolve, options.latency));
    }
    if (options.fault !== undefined && (await options.fault(entry, response, request.socket))) {
      counts.faults += 1;
      return;
    }
    if (kind === 'token') {
      sendJson(response, 200, {
        access_token: `token-${number}`,
        token_type: 'Bearer',
        expires_in: options.expiresIn ?? 3600,
      });
    } else {
      sendJson(response, 200, page(entry.json));
    }
  };
  const server =
    options.tls === undefined ? createServer(serve) : createSecureServer({ ...options.tls }, serve);
  server.on('connection', (socket: Socket) => {
    counts.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      counts.closed += 1;
      if (sockets.size === 0) for (const done of waiting.splice(0)) done();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    asked,
    counts,
    history: () => asked.filter(({ kind }) => kind === 'history'),
    quiet: () => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    close() {
      waiting = [];
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
