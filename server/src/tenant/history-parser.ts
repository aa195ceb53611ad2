/** What a reader of history files is: bytes go in, interactions come out. Each format has one. */
import type { Interaction, RejectedRecord } from '../protocol/history.ts';
import type { HistoryQuestion } from '../protocol/lsp.ts';
import type { Profile } from '../protocol/profile.ts';

export interface HistoryError {
  readonly code: 'missing' | 'unreadable' | 'empty' | 'not-history' | 'too-large';
  /** What happened, why, and what to do. */
  readonly message: string;
  /** It can be read once this is answered, by `LogOptions`. */
  readonly question?: HistoryQuestion;
}

/** How a log of another tool is to be understood where it does not say so itself. */
export interface LogOptions {
  /** Which column of a CSV file is what, by the names of `COLUMN_ROLES`; guessed for those that are not named. */
  readonly columns?: Readonly<Record<string, string>>;
  /** What comes first in a date such as 03/04/2026; such dates are refused without it. */
  readonly dates?: 'day-first' | 'month-first';
  /** A CSV file without a column that is known as a time is not read, but asks which one is. */
  readonly needsTimes?: boolean;
}

export interface HistoryOptions extends LogOptions {
  /** Where a record has its fields; the default profile's without it. */
  readonly response?: Profile['response'];
  /** Where `-` reads from; default: standard input. */
  readonly stdin?: NodeJS.ReadableStream;
  /** Ceiling of what is read, unpacked, in bytes. */
  readonly maxBytes?: number;
}

/** What a parser is given. */
export interface ParserOptions extends LogOptions {
  readonly response: Profile['response'];
}

/** What one stretch of a file gave, or how it ended. */
export type HistoryStretch =
  | RecordsStretch
  /** The last one: what came before is all there is, and nothing is missing. */
  | { readonly kind: 'end'; readonly notes: readonly string[]; readonly bytes: number }
  /** The last one: what came before is not the whole file. */
  | { readonly kind: 'error'; readonly error: HistoryError };

export interface RecordsStretch {
  readonly kind: 'records';
  readonly interactions: readonly Interaction[];
  readonly rejected: readonly RejectedRecord[];
}

/** Reads one file of one format. Its methods throw HistoryFailure. */
export interface HistoryParser {
  /** The next bytes, unpacked, cut anywhere; the first ones may begin with a byte-order mark. */
  push(chunk: Buffer): RecordsStretch;
  /** After the last byte: what is left. */
  end(): Iterable<RecordsStretch> | AsyncIterable<RecordsStretch>;
  /** After the end: sentences on what a person should know. */
  notes(): readonly string[];
}

export type CreateParser = (options: ParserOptions) => HistoryParser;

export const FORMS =
  'a JSON array, {"data": […]}, one JSON record a line, XES, OCEL (JSON), CSV, or gzip of one of these';

/** Why a file gives no history. The message begins with a verb: the caller knows the name. */
export class HistoryFailure extends Error {
  readonly code: HistoryError['code'];
  readonly question: HistoryQuestion | undefined;
  constructor(code: HistoryError['code'], message: string, question?: HistoryQuestion) {
    super(message);
    this.code = code;
    this.question = question;
  }
}
