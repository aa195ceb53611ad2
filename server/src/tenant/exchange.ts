/** One request for JSON, as the callers of the requester see it. */
import type { JsonValue } from '../protocol/history.ts';
import type { Result } from './errors.ts';

export interface JsonRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  readonly purpose: 'token' | 'history';
  /** Why an answer, although JSON, is not what was asked for; undefined where it is. */
  readonly problem?: (value: JsonValue | undefined) => string | undefined;
}

/** Sends a request; undefined is an answer without a body. */
export type Exchange = (request: JsonRequest) => Promise<Result<JsonValue | undefined>>;
