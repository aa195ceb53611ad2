/** What a download through ranges is asked for, and how it may end. */
import type { TenantError } from './errors.ts';
import type { Requester } from './exchange.ts';
import type { Meter } from './meter.ts';
import type { Receiver } from './receiver.ts';

/** What the downloads of one run share. */
export interface DownloadShare {
  /** Takes one of the places for a range that comes before its turn; false where none is left. */
  take(): boolean;
  giveBack(): void;
  /** The tenant cannot serve ranges that may be joined: this run asks for none any more. */
  readonly whole: boolean;
  /** A range that did not fit; `always` where that is the tenant's way. */
  misfit(always: boolean): void;
}

/** So many pages whose ranges did not fit, and the run asks for no more ranges. */
const MAX_MISFITS = 3;

/** `places`: ranges that may be held at once because they came before their turn. */
export function createDownloadShare(places: number): DownloadShare {
  let free = places;
  let misfits = 0;
  return {
    take() {
      if (free <= 0) return false;
      free -= 1;
      return true;
    },
    giveBack() {
      free += 1;
    },
    get whole() {
      return misfits >= MAX_MISFITS;
    },
    misfit(always) {
      misfits += always ? MAX_MISFITS : 1;
    },
  };
}

export interface DownloadOptions<T> {
  readonly requester: Requester;
  readonly meter: Meter;
  readonly share: DownloadShare;
  readonly receiver: Receiver<T>;
  readonly url: string;
  readonly signal: AbortSignal;
  /** Requests of the lowest rank go first. */
  readonly rank: number;
  readonly chunkBytes: number;
  /** Milliseconds that a body which cannot be asked for in parts may take, as long as it keeps coming. */
  readonly wholeMs: number;
}

/** How one attempt at a resource ended. */
export type Ending<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: TenantError }
  /** There is no such resource: it has to be asked for in another way. */
  | { readonly kind: 'unserved' }
  /** What came does not belong together. */
  | { readonly kind: 'restart'; readonly why: RestartReason; readonly error: TenantError };

/** `changed`: the resource is another one now. `misfit`: the range is not what was asked. `never`: none can fit. */
export type RestartReason = 'changed' | 'misfit' | 'never' | 'content';
