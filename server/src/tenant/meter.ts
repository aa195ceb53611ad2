/** What one run counts as it goes, and the retries that it may still spend. */

/** Counts of one retrieval. `requests` are those to the history API, retries included. */
export interface Counts {
  requests: number;
  retries: number;
  throttled: number;
  tokens: number;
  pages: number;
  /** Bytes of bodies on the wire. */
  bytes: number;
  /** Answers that were a range of a page (206). */
  rangeChunks: number;
  /** Bodies that were cut and went on from their last byte. */
  resumed: number;
}

/** Of a retrieval that has asked for nothing. */
export const NO_COUNTS: Readonly<Counts> = {
  requests: 0,
  retries: 0,
  throttled: 0,
  tokens: 0,
  pages: 0,
  bytes: 0,
  rangeChunks: 0,
  resumed: 0,
};

export interface Meter {
  readonly counts: Counts;
  sent(purpose: 'token' | 'history', again: boolean): void;
  received(bytes: number): void;
  /** The tenant answered 429. */
  throttled(): void;
  /** Takes one retry from the run's budget of 100 and 20 % of its requests. */
  mayRetry(): boolean;
  /** An answer held bytes that are not UTF-8. */
  damaged(): void;
  damagedAnswers(): number;
  /** Calls back whenever the tenant has throttled. */
  onThrottled(listener: () => void): void;
  /** Epoch milliseconds of the first history request. */
  firstRequestAt(): number | null;
}

const RETRY_BUDGET = 100;
const RETRY_SHARE = 0.2;

export function createMeter(now: () => number): Meter {
  const counts: Counts = { ...NO_COUNTS };
  let spent = 0;
  let damaged = 0;
  let first: number | null = null;
  let listener = (): void => undefined;
  return {
    counts,
    sent(purpose, again) {
      if (purpose === 'token') counts.tokens += 1;
      else {
        first ??= now();
        counts.requests += 1;
      }
      if (again) counts.retries += 1;
    },
    received(bytes) {
      counts.bytes += bytes;
    },
    throttled() {
      counts.throttled += 1;
      listener();
    },
    damaged() {
      damaged += 1;
    },
    damagedAnswers: () => damaged,
    onThrottled(next) {
      listener = next;
    },
    mayRetry() {
      if (spent + 1 > RETRY_BUDGET + RETRY_SHARE * counts.requests) return false;
      spent += 1;
      return true;
    },
    firstRequestAt: () => first,
  };
}
