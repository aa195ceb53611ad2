/** What a run needs of its surroundings: each door (command line, language server, library) gives its own. */
import type { Audited } from '../output/index.ts';
import type { Micros } from '../protocol/instant.ts';
import type { RunProgress } from '../protocol/lsp.ts';
import type { Overview } from '../protocol/panel-overview.ts';
import type { Credentials, Profile } from '../protocol/profile.ts';
import type { RunError } from '../protocol/run.ts';
import type { TenantOptions } from '../tenant/index.ts';
import type { AnalysisOptions } from './analyser.ts';
import type { KeepLimits } from './kept.ts';

/** Errors are values until a door. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: RunError };

export function fail(code: string, message: string): { readonly ok: false; readonly error: RunError } {
  return { ok: false, error: { code, message } };
}

export interface RunHost {
  /** Profiles that USING may name. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /** The profile in force where a query has no USING; null when nothing is connected. */
  readonly inForce: Profile | null;
  /** Credentials of a profile; asks a person where it may. */
  readonly credentials: (profile: Profile) => Promise<Outcome<Credentials>>;
  readonly runsFolder: string;
  readonly auditFolder: string;
  /** Webhooks that wait to be delivered. */
  readonly outboxFolder: string;
  /** How long and how much is kept of runs; `KEEP` by default. */
  readonly keep?: KeepLimits;
  /** Exports lie below it: the workspace, or the working directory. */
  readonly exportFolder: string;
  readonly user: string;
  readonly now: () => Micros;
  readonly defaultLimit: number;
  readonly thresholdMicros: Micros;
  /** Thresholds by node type and by node id: the most specific one wins. */
  readonly typeThresholds?: ReadonlyMap<string, Micros>;
  readonly nodeThresholds?: ReadonlyMap<string, Micros>;
  /** Webhook addresses allowed although they are private. */
  readonly webhookAllow: readonly string[];
  /**
   * The secret that signs what a profile sends to an origin; null for none. Without this, messages of a profile that
   * names a secret wait, and others go unsigned.
   */
  readonly webhookSecret?: (profile: Profile, origin: string) => Promise<Outcome<string | null>>;
  readonly onProgress?: (progress: Omit<RunProgress, 'token'>) => void;
  /** What is there of a run while it goes on, from its first page, at most once a second. */
  readonly onSnapshot?: (overview: Overview) => void;
  readonly onAudited?: (record: Audited) => void;
  /** How runs are analysed; in a thread where there is much, by default. */
  readonly analysis?: Omit<AnalysisOptions, 'response'>;
  /** Proxy, certificates and clock of the tenant's room. */
  readonly tenant?: TenantOptions;
}
