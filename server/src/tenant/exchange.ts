/** One request as the callers of the requester see it: for JSON, or for a body that is read as it comes. */
import type { JsonValue } from '../protocol/history.ts';
import type { Result, TenantError } from './errors.ts';
import type { HttpAnswer } from './transport.ts';

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: string;
  readonly signal: AbortSignal;
  readonly purpose: 'token' | 'history';
}

export interface JsonRequest extends Asked {
  readonly headers?: Readonly<Record<string, string>>;
  /** Why an answer, although JSON, is not what was asked for; undefined where it is. */
  readonly problem?: (value: JsonValue | undefined) => string | undefined;
}

/** Sends a request; undefined is an answer without a body. */
export type Exchange = (request: JsonRequest) => Promise<Result<JsonValue | undefined>>;

/** What the reader of an answer made of it. */
export type Reading<T> =
  | { readonly next: 'done'; readonly value: T }
  | { readonly next: 'fail'; readonly error: TenantError }
  /** `progress`: it brought so much that it does not count among the failures of one request. */
  | { readonly next: 'retry'; readonly error: TenantError; readonly progress?: boolean };

export interface StreamRequest<T> extends Asked {
  /** Those of each attempt: after a cut, another one may ask for the rest only. */
  readonly headers?: () => Readonly<Record<string, string>>;
  /** Requests of the lowest rank go first where several wait; default 0. */
  readonly rank?: number;
  /** Whether it is the first of something that was begun before and is asked for once more. */
  readonly again?: boolean;
  /** Error statuses that `read` wants to see. */
  readonly takes?: readonly number[];
  /**
   * Reads an answer of status 2xx (or one that it takes) while its slot is held, so it must not wait for another
   * request. A BodyError that it lets through is a failure of this attempt.
   */
  readonly read: (answer: HttpAnswer) => Promise<Reading<T>>;
}

export interface Requester {
  readonly json: Exchange;
  stream<T>(request: StreamRequest<T>): Promise<Result<T>>;
}
