/** One HTTP exchange over undici. No retry, no redirect, no pool limits: those are decided elsewhere. */
import { getCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { CANCELLED, failure, type Result, success, type TenantError } from './errors.ts';
import { isLoopback } from './url.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From the first byte out to the last byte in. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  /** Bytes of the body on the wire. */
  readonly received: number;
}

/** One header's value; undefined where it is missing or came more than once. */
export function headerOf(answer: HttpAnswer, name: string): string | undefined {
  const value = answer.headers[name];
  return typeof value === 'string' ? value : undefined;
}

export interface Transport {
  send(request: HttpRequest, signal: AbortSignal): Promise<Result<HttpAnswer>>;
}

export interface TransportOptions {
  /** Proxy for https (and http) addresses; default: `HTTPS_PROXY`, `HTTP_PROXY`. Loopback never goes through it. */
  readonly proxy?: string;
  /** Hosts that are reached directly; default: `NO_PROXY`. */
  readonly noProxy?: string;
  /** PEM certificates that are trusted in addition to the system's. */
  readonly certificates?: readonly string[];
  /** Ceiling of a decoded body, in bytes. */
  readonly maxBodyBytes?: number;
}

type Decoder = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;
const unzip = promisify(inflate);
const unzipRaw = promisify(inflateRaw);

/** `deflate` is the zlib format; some servers have always sent the bare stream, which does not begin as that does. */
const inflateEither: Decoder = (bytes, limits) => {
  const [first = 0, second = 0] = bytes;
  const isZlib = first % 16 === 8 && (first * 256 + second) % 31 === 0;
  return isZlib ? unzip(bytes, limits) : unzipRaw(bytes, limits);
};

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: inflateEither,
  br: promisify(brotliDecompress),
};

export const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** A transport with its own connections; idle ones do not keep the process alive. */
export function createTransport(options: TransportOptions = {}): Transport {
  const ceiling = options.maxBodyBytes ?? MAX_BODY_BYTES;
  const dispatchers = new Map<string, Promise<Dispatcher>>();

  const dispatcherFor = (url: URL): Promise<Dispatcher> => {
    const key = `${url.protocol}${isLoopback(url.hostname) ? 'direct' : 'proxied'}`;
    let dispatcher = dispatchers.get(key);
    if (dispatcher === undefined) {
      dispatcher = connect(url, options);
      dispatchers.set(key, dispatcher);
    }
    return dispatcher;
  };

  return {
    async send(request, signal) {
      if (signal.aborted) return failure(CANCELLED);
      const url = new URL(request.url);
      const attempt = new AbortController();
      const cancel = (): void => attempt.abort();
      signal.addEventListener('abort', cancel);
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        attempt.abort();
      }, request.timeoutMs);
      try {
        const dispatcher = await dispatcherFor(url);
        const response = await dispatcher.request({
          origin: url.origin,
          path: url.pathname + url.search,
          method: request.method,
          headers: request.headers,
          body: request.body ?? null,
          signal: attempt.signal,
          // The one limit above counts; undici's own would cut a slow but living answer.
          headersTimeout: 0,
          bodyTimeout: 0,
        });
        const read = await readBody(response.body, response.headers['content-encoding'], ceiling);
        if (read === null) return failure(tooLarge(url, ceiling));
        return success({ status: response.statusCode, headers: response.headers, ...read });
      } catch (error) {
        if (signal.aborted) return failure(CANCELLED);
        if (late) return failure(timedOut(url, request.timeoutMs));
        return failure(describe(error, url));
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', cancel);
      }
    },
  };
}

async function connect(url: URL, options: TransportOptions): Promise<Dispatcher> {
  // On first use only: a language server that runs no query never loads it.
  const { Agent, EnvHttpProxyAgent } = await import('./undici.ts');
  const ca =
    url.protocol === 'https:'
      ? [...getCACertificates('default'), ...getCACertificates('system'), ...(options.certificates ?? [])]
      : null;
  const common = { allowH2: false, pipelining: 1, ...(ca === null ? {} : { connect: { ca } }) };
  if (isLoopback(url.hostname)) return new Agent(common);
  return new EnvHttpProxyAgent({
    ...common,
    ...(ca === null ? {} : { requestTls: { ca }, proxyTls: { ca } }),
    ...(options.proxy === undefined ? {} : { httpProxy: options.proxy, httpsProxy: options.proxy }),
    ...(options.noProxy === undefined ? {} : { noProxy: options.noProxy }),
  });
}

interface Body {
  readonly body: Uint8Array;
  readonly received: number;
}

/** The whole body, decoded; null where it would outgrow the ceiling. */
async function readBody(
  stream: AsyncIterable<Uint8Array>,
  encoding: string | string[] | undefined,
  ceiling: number,
): Promise<Body | null> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of stream) {
    received += chunk.byteLength;
    // Leaving the loop destroys the stream and its socket.
    if (received > ceiling) return null;
    chunks.push(chunk);
  }
  const [only] = chunks;
  const bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
  // Only identity is asked for, but some gateways compress whatever they pass on.
  const decode = DECODERS[typeof encoding === 'string' ? encoding.trim().toLowerCase() : ''];
  if (decode === undefined || received === 0) return { body: bytes, received };
  try {
    return { body: await decode(bytes, { maxOutputLength: ceiling }), received };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw error;
  }
}

function tooLarge(url: URL, ceiling: number): TenantError {
  return {
    code: 'too-large',
    message:
      `An answer of ${url.host} is larger than ${Math.floor(ceiling / 1_048_576)} MiB once it is unpacked, ` +
      'so reading it was stopped. Ask for smaller pages (WITH pageSize).',
    retriable: false,
  };
}

function timedOut(url: URL, ms: number): TenantError {
  return {
    code: 'timeout',
    message:
      `${url.host} did not answer completely within ${ms / 1000} s. ` +
      'The tenant or the network is slow: try again, give it longer (WITH timeout), or ask for smaller pages.',
    retriable: true,
  };
}

const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH|EPROTO$)/;

const NETWORK: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known (DNS)',
  EAI_AGAIN: 'its name could not be looked up (DNS)',
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'it closed the connection before the answer was complete',
  UND_ERR_SOCKET: 'it closed the connection before the answer was complete',
  EPIPE: 'it closed the connection',
  ETIMEDOUT: 'no connection could be made in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection could be made in time',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer is shorter or longer than it says',
  Z_BUF_ERROR: 'its compressed answer was cut short',
  Z_DATA_ERROR: 'its compressed answer is damaged',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of its answer are too large',
};

/** What went wrong underneath HTTP, in words. */
function describe(error: unknown, url: URL): TenantError {
  const codes = codesOf(error);
  const tls = codes.find((code) => TLS_CODE.test(code));
  if (tls !== undefined) {
    return {
      code: 'tls',
      message:
        `No secure connection to ${url.host}: its certificate or TLS set-up was not accepted (${tls}). ` +
        'Check baseUrl; behind a company proxy, install its certificate in the system’s store. This is never retried.',
      retriable: false,
    };
  }
  const known = codes.find((code) => code in NETWORK);
  const reason = known === undefined ? wordsOf(error) : `${NETWORK[known]} (${known})`;
  return {
    code: 'unreachable',
    message: `${url.host} cannot be reached: ${reason}. Check baseUrl, the network and the proxy settings.`,
    retriable: codes.every((code) => code !== 'UND_ERR_INVALID_ARG' && code !== 'UND_ERR_HEADERS_OVERFLOW'),
  };
}

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const codes: string[] = [];
  if ('code' in error && typeof error.code === 'string') codes.push(error.code);
  if (error instanceof AggregateError) codes.push(...error.errors.flatMap(codesOf));
  if (error.cause !== undefined) codes.push(...codesOf(error.cause));
  return codes;
}

function wordsOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'the connection failed';
}
