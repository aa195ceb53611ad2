/** What a sandbox can be told, with defaults, and what it tells. */
import type { Micros } from '../protocol/instant.ts';
import type { FaultSpec, FiredFault } from './faults.ts';
import type { ReceivedHook } from './hooks.ts';
import type { PageRules } from './pages.ts';
import { SCOPES } from './tokens.ts';

export interface SandboxOptions {
  /** Port on 127.0.0.1; 0, the default, picks a free one. */
  readonly port?: number;
  /** How many interactions to make, 2,000 by default; without effect with `data`. */
  readonly interactions?: number;
  readonly seed?: number;
  /** A history file to serve instead: JSON array, `{"data": […]}`, NDJSON, or gzip of these. */
  readonly data?: string;
  /** A fixed clock for data and retention. Without one the machine's is used; tokens always use the machine's. */
  readonly now?: Micros;
  /** Milliseconds before each answer of the history endpoints. */
  readonly latencyMs?: number;
  readonly faults?: readonly FaultSpec[];
  /** false serves history without a token. */
  readonly auth?: boolean;
  /** `sandbox` by default. */
  readonly clientId?: string;
  /** Random by default. */
  readonly clientSecret?: string;
  /** Seconds, 3,600 by default. */
  readonly tokenLifeSeconds?: number;
  /** Scopes that the client may have; all by default. */
  readonly grantedScopes?: readonly string[];
  readonly retentionDays?: number;
  readonly maxConcurrentRequests?: number;
  readonly maxPageSize?: number;
  readonly maxIdsPerRequest?: number;
  /** Records in a page at most, whatever was asked for; no cap by default. */
  readonly pageCap?: number | null;
  /** Whether answers have `total`; they do by default. */
  readonly totals?: boolean;
  /** Whether answers have `nextPageToken`; they have not by default. */
  readonly tokens?: boolean;
  /** Whether the GET endpoint exists, which serves ranges; it does by default. */
  readonly streaming?: boolean;
  /** Booleans that a filter may use: `true`, `True`, or (the default) either. */
  readonly filterBooleans?: PageRules['filterBooleans'];
  /** How records spell booleans: JSON's own (the default), or the texts `True` and `False`. */
  readonly recordBooleans?: PageRules['recordBooleans'];
  /** Retry-After of 429, in seconds; 1 by default. */
  readonly retryAfterSeconds?: number;
  /**
   * Without a fixed clock the generated history goes on, but never during a run: only when history was not asked
   * for in so many milliseconds, 30,000 by default.
   */
  readonly liveAfterMs?: number;
  /** What the faults `latency` and `slow` take, in milliseconds; 400 by default. */
  readonly faultMilliseconds?: number;
  /** Called once for each answered request. */
  readonly onRequest?: (line: RequestLine) => void;
  /** Called for each fault as it fires. */
  readonly onFault?: (fault: FiredFault) => void;
}

/** One request, as the log shows it: no query, no header, no secret. */
export interface RequestLine {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** null when the connection ended without an answer. */
  readonly status: number | null;
  readonly milliseconds: number;
  readonly detail: string;
}

/** Counts since the start. */
export interface SandboxStats {
  readonly requests: number;
  readonly historyRequests: number;
  readonly tokenRequests: number;
  readonly tokensIssued: number;
  /** 429 for the quota; those of a fault are in the log of faults. */
  readonly throttled: number;
  /** History answers with status 400, 401 and 403. */
  readonly badRequests: number;
  readonly unauthorised: number;
  readonly forbidden: number;
  /** Pages served, whole or as ranges, and the records in whole ones. */
  readonly pages: number;
  readonly ranges: number;
  readonly records: number;
  /** The most history requests in work at one time. */
  readonly maxConcurrent: number;
}

export interface Sandbox {
  /** `http://127.0.0.1:PORT`. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Interactions inside the retention window when it started, and those outside, which are not served. */
  readonly retained: number;
  readonly expired: number;
  /** The faults that fired, in order. */
  readonly log: readonly FiredFault[];
  /** Counts as they are now. */
  readonly stats: SandboxStats;
  /** What the webhook receiver got. */
  readonly hooks: readonly ReceivedHook[];
  /** Stops at once: open connections are cut. Safe to call again. */
  close(): Promise<void>;
}

export type Settings = Required<
  Omit<SandboxOptions, 'data' | 'now' | 'onRequest' | 'onFault' | 'clientSecret'>
>;

export const DEFAULTS: Settings = {
  port: 0,
  interactions: 2000,
  seed: 1,
  latencyMs: 0,
  faults: [],
  auth: true,
  clientId: 'sandbox',
  tokenLifeSeconds: 3600,
  grantedScopes: SCOPES,
  retentionDays: 30,
  maxConcurrentRequests: 5,
  maxPageSize: 1000,
  maxIdsPerRequest: 100,
  pageCap: null,
  totals: true,
  tokens: false,
  streaming: true,
  filterBooleans: 'any',
  recordBooleans: 'json',
  retryAfterSeconds: 1,
  liveAfterMs: 30_000,
  faultMilliseconds: 400,
};
