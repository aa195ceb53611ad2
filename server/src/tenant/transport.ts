/** One HTTP exchange over undici. No retry, no redirect, no pool limits: those are decided elsewhere. */
import type { Clock } from './clock.ts';
import { codingsOf, unpack } from './codings.ts';
import { createConnections, type Route } from './connections.ts';
import { CANCELLED, failure, type Result, success, type TenantError } from './errors.ts';
import { type ExchangeLimits, type HttpHeaders, type RawAnswer, startExchange } from './http-exchange.ts';
import type { NetworkOptions } from './network.ts';
import { BodyError, describe, tooLarge, unknownCoding } from './network-errors.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly limits: ExchangeLimits;
  readonly clock: Clock;
}

/** An answer whose body has yet to come. Read the body or discard it: until then it holds its connection. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** The unpacked bytes as they come, once. Throws BodyError; leaving it early breaks the exchange off. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives up what has not come, down to the socket. */
  discard(): void;
  /** Bytes of the body that have come, as they are on the wire. */
  received(): number;
  /** From now on the rest may take so long. */
  allow(totalMs: number): void;
  /** This side ended it before its end had come. */
  brokenOff(): boolean;
}

/** One header's value; undefined where it is missing or came more than once. */
export function headerOf(answer: Pick<HttpAnswer, 'headers'>, name: string): string | undefined {
  const value = answer.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Whether the end of a body can be told from a cut: by its length, or by its last chunk. Not by its close. */
export function isFramed({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>): boolean {
  return (
    status === 204 ||
    status === 205 ||
    headers['content-length'] !== undefined ||
    /\bchunked\b/i.test(String(headers['transfer-encoding'] ?? ''))
  );
}

export interface Transport {
  /** Sends a request; the answer is there as soon as its headers are. */
  send(request: HttpRequest, signal: AbortSignal): Promise<Result<HttpAnswer>>;
}

export interface TransportOptions extends NetworkOptions {
  /** Ceiling of a body, unpacked, in bytes; default: 256 MiB of a packed one, 4 GiB of one sent as it is. */
  readonly maxBodyBytes?: number;
}

const MAX_PACKED_BYTES = 256 * 1024 ** 2;
/** Ceiling of a body that is sent as it is. */
export const MAX_BODY_BYTES = 4 * 1024 ** 3;

/** The least that a share of the time limit is, in milliseconds, where the limit itself is not shorter. */
const LEAST_SHARE_MS = 5_000;

/** What one request may take of each kind of time, by how long it may take in all. */
export function limitsOf(timeoutMs: number): ExchangeLimits {
  const share = (part: number): number => Math.min(timeoutMs, Math.max(timeoutMs * part, LEAST_SHARE_MS));
  return { connectMs: share(1 / 3), headersMs: timeoutMs, idleMs: share(1 / 2), totalMs: timeoutMs };
}

/** A transport with its own connections; idle ones do not keep the process alive. */
export function createTransport(options: TransportOptions = {}): Transport {
  const connections = createConnections(options);
  return {
    async send(request, signal) {
      if (signal.aborted) return failure(CANCELLED);
      const url = new URL(request.url);
      let route: Route;
      try {
        route = await connections.to(url);
      } catch (error) {
        return failure(describe(error, url));
      }
      const started = await startExchange({ ...request, url, route, signal });
      return started.ok ? success(unpacked(started.value, url, options.maxBodyBytes)) : started;
    },
  };
}

function unpacked(raw: RawAnswer, url: URL, maxBodyBytes: number | undefined): HttpAnswer {
  const codings = codingsOf(raw.headers['content-encoding']);
  const packed = typeof codings === 'string' || codings.length > 0;
  const ceiling = maxBodyBytes ?? (packed ? MAX_PACKED_BYTES : MAX_BODY_BYTES);
  const stop = (error: TenantError): BodyError => {
    raw.discard();
    return new BodyError(error);
  };
  async function* body(): AsyncGenerator<Uint8Array, undefined> {
    if (typeof codings === 'string') throw stop(unknownCoding(url, codings));
    let length = 0;
    try {
      for await (const bytes of unpack(raw.bytes(), codings)) {
        length += bytes.length;
        if (length > ceiling) throw stop(tooLarge(url, ceiling));
        yield bytes;
      }
    } catch (error) {
      throw error instanceof BodyError ? error : stop(describe(error, url));
    }
    return undefined;
  }
  const { status, headers, discard, received, allow, brokenOff } = raw;
  return { status, headers, body: body(), discard, received, allow, brokenOff };
}
