/** What went wrong underneath HTTP, in words. */
import type { TenantError } from './errors.ts';

/** A body that did not come to its end; thrown by who reads it. */
export class BodyError extends Error {
  readonly error: TenantError;
  constructor(error: TenantError) {
    super(error.message);
    this.name = 'BodyError';
    this.error = error;
  }
}

export function tooLarge(url: URL, ceiling: number): TenantError {
  return {
    code: 'too-large',
    message:
      `An answer of ${url.host} is larger than ${Math.floor(ceiling / 1_048_576)} MiB once it is unpacked, ` +
      'so reading it was stopped. Ask for smaller pages (WITH pageSize).',
    retriable: false,
  };
}

export function unknownCoding(url: URL, coding: string): TenantError {
  return {
    code: 'unsupported',
    message:
      `${url.host} packs its answers in a way that cannot be read here (content-encoding ${JSON.stringify(coding.slice(0, 80))}), although it was asked for plain ones. ` +
      'Ask who runs the gateway before it to send them as they are, or as gzip.',
    retriable: false,
  };
}

/** Which of its limits of time an exchange outlived. */
export type Late = 'connect' | 'headers' | 'idle' | 'total';

export function timedOut(url: URL, ms: number, late: Late, via: string | null = null): TenantError {
  const within = `within ${ms / 1000} s`;
  const through = via === null ? '' : ` through the proxy ${via}`;
  const what = {
    connect: `No connection to ${url.host} could be made${through} ${within}.`,
    headers: `${url.host} did not begin to answer ${within}.`,
    idle: `${url.host} stopped in the middle of its answer: nothing came ${within}.`,
    total: `${url.host} did not answer completely ${within}.`,
  }[late];
  return {
    code: 'timeout',
    message: `${what} The tenant or the network is slow: try again, give it longer (WITH timeout), or ask for smaller pages.`,
    retriable: true,
  };
}

const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH|EPROTO$)/;

/** Codes of the decoders: zlib’s, Brotli’s, Zstandard’s. */
const PACKED_CODE = /^(Z_|ERR_BROTLI|ERR__ERROR_|ERR_ZSTD|ZSTD_)/;

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
  UND_ERR_HEADERS_OVERFLOW: 'the headers of its answer are too large',
};

/** What makes a certificate, or the agreement on how to encrypt, unacceptable. */
const TLS_REASONS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  HOSTNAME_MISMATCH: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that is not trusted here',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not trusted here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself, and is not trusted here',
  EPROTO: 'it does not speak TLS as it should',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS there',
};

/** The way to a host cannot be taken, for a reason that has its words already. */
export class WayError extends Error {
  readonly error: TenantError;
  constructor(error: TenantError) {
    super(error.message);
    this.name = 'WayError';
    this.error = error;
  }
}

export interface NetworkFault {
  readonly tls: boolean;
  /** Half a sentence on the host, with the code. */
  readonly reason: string;
  readonly retriable: boolean;
}

/** What the HTTP library, a socket or a decoder threw, without saying of whom. */
export function faultOf(error: unknown): NetworkFault {
  const codes = codesOf(error);
  const tls = codes.find((code) => TLS_CODE.test(code));
  if (tls !== undefined) {
    const reason = TLS_REASONS[tls] ?? 'its certificate or TLS set-up was not accepted';
    return { tls: true, reason: `${reason} (${tls})`, retriable: false };
  }
  const known = codes.find((code) => code in NETWORK);
  const packed = codes.find((code) => PACKED_CODE.test(code));
  const reason =
    known !== undefined
      ? `${NETWORK[known]} (${known})`
      : packed !== undefined
        ? `its compressed answer is damaged (${packed})`
        : wordsOf(error);
  const retriable = codes.every(
    (code) => code !== 'UND_ERR_INVALID_ARG' && code !== 'UND_ERR_HEADERS_OVERFLOW',
  );
  return { tls: false, reason, retriable };
}

/** The error for what the HTTP library, a socket or a decoder threw. */
export function describe(error: unknown, url: URL): TenantError {
  if (error instanceof WayError) return error.error;
  const { tls, reason, retriable } = faultOf(error);
  if (tls) {
    return {
      code: 'tls',
      message:
        `No secure connection to ${url.host}: ${reason}. Check baseUrl; behind a company proxy or a private gateway, ` +
        'install its certificate authority in the system’s store, or name its file in “certificates” of the connection profile. This is never retried.',
      retriable,
    };
  }
  return {
    code: 'unreachable',
    message: `${url.host} cannot be reached: ${reason}. Check baseUrl, the network and the proxy settings.`,
    retriable,
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
