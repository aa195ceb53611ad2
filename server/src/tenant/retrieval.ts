/** What a retrieval is asked for, hands on, and results in. */
import type { Checkpoint, SeenRecord } from '../protocol/checkpoint.ts';
import type { Interaction, JsonValue, RejectedRecord } from '../protocol/history.ts';
import type { Outcome } from '../protocol/run.ts';
import type { TenantError } from './errors.ts';

/** One filter of a query; a long list of ids makes several. */
export interface Batch {
  /** In the tenant's own dialect. */
  readonly filter: string;
  /** The ids that the filter names, where it does; the adapter `per-interaction` asks for each of them. */
  readonly ids?: readonly string[];
}

export interface RetrievalRequest {
  readonly batches: readonly Batch[];
  readonly sort: string;
  /** First row of each batch. */
  readonly offset: number;
  /** Distinct readable records wanted of each batch; null for all. */
  readonly limit: number | null;
  readonly pageSize: number;
  /** Requests of this run at once; the tenant's quota holds all the same. */
  readonly concurrency: number;
  /** Retries of one request. */
  readonly retries: number;
  /** Of one request. */
  readonly timeoutMs: number;
  readonly mode?: 'stream' | 'page';
  /** Goes on where another retrieval of the same request had come to. */
  readonly resume?: Resume;
}

export interface Resume {
  readonly checkpoint: Checkpoint;
  /** All rows seen up to the checkpoint, in their order; what follows them is not looked at. */
  readonly seen: Iterable<SeenRecord> | AsyncIterable<SeenRecord>;
  /** The caller had said `'stop'` to the page of the checkpoint. */
  readonly stopped?: boolean;
}

/**
 * Rows that have come, in order, without what had come before. A large page is handed on in several blocks, once it
 * is whole.
 */
export interface RetrievedPage {
  /** Index among the batches. */
  readonly batch: number;
  /** Row of its first record. */
  readonly offset: number;
  readonly interactions: readonly Interaction[];
  /** Number of the first of them: interactions are numbered from 0 in the order in which they are handed on. */
  readonly first: number;
  /** Fuller versions of interactions that came before, and the numbers of those whose place they take. */
  readonly replaced: readonly Interaction[];
  readonly replaces: readonly number[];
  readonly rejected: readonly RejectedRecord[];
  /** Read once more around a gap: its rows belong among earlier ones. */
  readonly late: boolean;
  /** Every row that was looked at since the page before, in order, whether or not it was new. */
  readonly seen: readonly SeenRecord[];
  /**
   * Where a later retrieval can go on, which then drops what was handed on after it. null where more of the same page
   * follows, and where only an earlier page can be gone on from.
   */
  readonly checkpoint: Checkpoint | null;
  /** What this retrieval has cost so far. */
  readonly traffic: Traffic;
}

export interface RetrievalProgress {
  /** Distinct readable records so far. */
  readonly records: number;
  readonly expected: number | null;
  readonly requests: number;
  readonly retries: number;
  readonly throttled: number;
  readonly pages: number;
  /** Epoch milliseconds until which the tenant makes every request wait; null when none waits. */
  readonly pausedUntil: number | null;
}

export interface RetrieveOptions {
  readonly signal?: AbortSignal;
  /** Where a page is held that is too large for memory, while it is read; default: the system's folder for such files. */
  readonly folder?: string;
  /**
   * Takes each page before the next is handed on. `'stop'` says that this batch has given enough (LIMIT counts
   * what the caller keeps). What it throws ends the run with the error `consumer`.
   */
  readonly onPage?: (page: RetrievedPage) => 'stop' | undefined | Promise<'stop' | undefined>;
  /**
   * Gives back an interaction that was handed on, by its number, with what replaced it meanwhile; undefined where it is
   * no longer there. With it nothing that was handed on is held here, and the result has neither records nor rejected
   * ones. Without it they are held in memory.
   */
  readonly recall?: (version: number) => Interaction | undefined;
  /**
   * Tells records apart, also those of another process; by default SHA-256 over the record's text. A digest over what
   * is masked elsewhere can be tried out by whoever has it: then give one with a key.
   */
  readonly digest?: (record: JsonValue) => string;
  /**
   * What was to be gone on from does not fit any more: everything handed on before, also by this retrieval, is void,
   * and the next page is the first. Called at most once, with the reason as a sentence.
   */
  readonly onStartOver?: (reason: string) => void | Promise<void>;
  /** Called after each page and each 429; what it throws is ignored: a broken display must not end a run. */
  readonly onProgress?: (progress: RetrievalProgress) => void;
}

export interface RetrievalStats {
  /** Requests to the history API, retries included. */
  readonly requests: number;
  readonly retries: number;
  /** Answers with status 429. */
  readonly throttled: number;
  /** Token requests. */
  readonly tokens: number;
  readonly pages: number;
  /** Bytes of bodies on the wire. */
  readonly bytes: number;
  /** Answers that were a range of a page. */
  readonly rangeChunks: number;
  /** Bodies that were cut and went on from their last byte. */
  readonly resumed: number;
  /** Distinct readable records. */
  readonly records: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly rejected: number;
  /** Sum of the largest totals; null where a batch gave none. */
  readonly total: number | null;
  /** Records that there were to fetch; null where nothing tells. */
  readonly expected: number | null;
  /** From the first history request to the end. */
  readonly latencyMs: number;
}

/** What the tenant was asked and what it took. */
export type Traffic = Pick<
  RetrievalStats,
  | 'requests'
  | 'retries'
  | 'throttled'
  | 'tokens'
  | 'pages'
  | 'rangeChunks'
  | 'resumed'
  | 'bytes'
  | 'latencyMs'
>;

export interface RetrievalResult {
  /** `failed`: ended by an error with nothing retrieved; `partial`: something is, or may be, missing. */
  readonly outcome: Outcome;
  /** What ended it early. */
  readonly error?: TenantError;
  /**
   * In the tenant's order; two contradicting records of one id are both here. Empty where the caller gave `recall`, and
   * without what another process had handed on.
   */
  readonly records: readonly Interaction[];
  readonly rejected: readonly RejectedRecord[];
  /** The numbers of all that was handed on, in the tenant's order; null where they were handed on in it. */
  readonly order: readonly number[] | null;
  /** Went on from where another retrieval had come to. */
  readonly continued: boolean;
  readonly stats: RetrievalStats;
  /** Sentences on what a person should know. */
  readonly notes: readonly string[];
}
