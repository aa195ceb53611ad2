/** Errors of this room are values: a stable code for machines, a sentence for people. */

export interface OutputError {
  readonly code: string;
  /** What happened, why, and what to do. */
  readonly message: string;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: OutputError };

export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function failure(code: string, message: string): Result<never> {
  return { ok: false, error: { code, message } };
}
