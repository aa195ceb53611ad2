/** Why a document gives no records. */

/**
 * `not-json`: it is damaged, or was never JSON; `truncated`: it breaks off; `unexpected-answer`: it is JSON, but not of
 * the layout that the profile says; `too-large`: more than is read.
 */
export type ScanErrorCode = 'not-json' | 'truncated' | 'unexpected-answer' | 'too-large';

/** The message is a clause on “it”: “it breaks off after 12 bytes”. */
export class ScanError extends Error {
  readonly code: ScanErrorCode;
  /** Offset of the byte at which it showed. */
  readonly at: number;
  constructor(code: ScanErrorCode, message: string, at: number) {
    super(message);
    this.name = 'ScanError';
    this.code = code;
    this.at = at;
  }
}

export function notJson(at: number): ScanError {
  return new ScanError('not-json', `it is damaged or not JSON at byte ${at}`, at);
}

export function truncated(at: number): ScanError {
  return new ScanError('truncated', `it breaks off after ${at} bytes`, at);
}
