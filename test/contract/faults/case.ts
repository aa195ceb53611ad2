/** A case of the reliability table: a fault, how it is brought about, and what has to come of it. */
import type { ProfileInput } from '../../../server/src/protocol/profile.ts';
import type { FaultName, Sandbox, SandboxOptions } from '../../../server/src/sandbox/index.ts';
import type { TenantOptions } from '../../../server/src/tenant/index.ts';
import type { OtherServer } from './other-server.ts';
import type { RawFault } from './raw-server.ts';
import type { CameOut } from './whole-way.ts';

export type Mode = 'stream' | 'page';

/**
 * `whole`: complete, every record once. `said`: partial or failed, and the message says why. `whole-or-said`: either of
 * the two, but never `complete` with a record missing or twice.
 */
export type Expected = 'whole' | 'said' | 'whole-or-said';

export interface FaultCase {
  /** As the table calls it. */
  readonly name: string;
  /** Faults of the sandbox, by name; each strikes some of the requests. */
  readonly faults?: readonly FaultName[];
  /** Faults of a bare socket between the sandbox and the run. */
  readonly raw?: RawFault;
  /** The same, where it has something to remember: made anew for each run. */
  readonly makeRaw?: () => RawFault;
  /** Another server in the sandbox's place. */
  readonly serve?: () => Promise<OtherServer>;
  /** Share of the requests that it strikes, 0.4 by default. */
  readonly rate?: number;
  /** It strikes at most so often, 3 by default; null for always. */
  readonly times?: number | null;
  /** Both by default. */
  readonly modes?: readonly Mode[];
  readonly sandbox?: SandboxOptions;
  readonly profile?: ProfileInput;
  readonly tenant?: TenantOptions;
  /** Records of a page, 24 by default. */
  readonly pageSize?: number;
  /** More of the WITH clause. */
  readonly options?: string;
  readonly expected: Expected;
  /** The error's code and what its message says, where there has to be one. */
  readonly error?: readonly [code: string | RegExp, message: RegExp];
  /** A note that has to be there. */
  readonly note?: RegExp;
  /** What comes of the ids that the tenant has, where the fault itself changes them. */
  readonly truth?: (ids: readonly string[], fired: readonly string[]) => readonly string[];
  /** Ids that may come, once each, and need not. */
  readonly optional?: (fired: readonly string[]) => readonly string[];
  /** Records that have to be set aside. */
  readonly rejected?: (fired: readonly string[]) => number;
  /** What else has to hold. */
  readonly check?: (out: CameOut, fired: readonly string[], sandbox: Sandbox) => void;
}
