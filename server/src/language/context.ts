/** What a diagnostic or plan depends on beside the text. */
import type { Severity } from '../protocol/checked.ts';
import { MICROS_PER_DAY, type Micros } from '../protocol/instant.ts';
import type { FilterField, Profile } from '../protocol/profile.ts';
import type { ListLiteral, Literal } from './tree.ts';

/** What the language has to know of a connection profile. */
export interface ProfileFacts {
  readonly id: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly retention: Micros;
  readonly maxConcurrentRequests: number;
  readonly maxPageSize: number;
  readonly maxIdsPerRequest: number;
  readonly maxRequestsPerRun: number;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly canStream: boolean;
  /** How it is asked: for pages, for one interaction after another, or not at all, as a file on the disk. */
  readonly adapter: Profile['query']['adapter'];
  /** Fields that its filter takes. */
  readonly filterFields: readonly FilterField[];
  readonly booleans: 'lower' | 'title';
  readonly stringEscape: 'reject' | 'double' | 'backslash';
  readonly webhookUrl: string | null;
  readonly webhookAllow: readonly string[];
  /** Variable-name patterns that are always masked. */
  readonly redaction: readonly string[];
}

/** Takes the facts out of a profile. */
export function profileFacts(profile: Profile): ProfileFacts {
  const { limits, filter, query } = profile;
  return {
    id: profile.id,
    timeZone: profile.timeZone,
    retention: Math.round(limits.retentionDays * MICROS_PER_DAY),
    maxConcurrentRequests: limits.maxConcurrentRequests,
    maxPageSize: limits.maxPageSize,
    maxIdsPerRequest: limits.maxIdsPerRequest,
    maxRequestsPerRun: limits.maxRequestsPerRun,
    timeoutMs: limits.timeoutMs,
    maxRetries: limits.maxRetries,
    adapter: query.adapter,
    canStream: query.adapter === 'history-query' && query.streamPath !== null,
    filterFields: filter.fields,
    booleans: filter.booleans,
    stringEscape: filter.stringEscape,
    webhookUrl: profile.webhook.url,
    webhookAllow: profile.webhook.allow,
    redaction: profile.redaction,
  };
}

/** Reads the regular expressions of MATCHES. */
export interface Patterns {
  /** Why one cannot be read, in words that go on after a colon; undefined where it can. */
  readonly problem: (pattern: string) => string | undefined;
  /** Whether it is found in a text; undefined where it cannot be read. */
  readonly finds: (pattern: string, text: string) => boolean | undefined;
}

export interface CheckContext {
  /** The instant that `now()` means, and against which retention is measured. */
  readonly now: Micros;
  /** The present, where that is another: a run that was taken up again asks for no more than is still kept. */
  readonly present?: Micros;
  /** The profile in force where a query has no USING. */
  readonly profile: ProfileFacts;
  /** Every profile that USING may name, by its id; undefined where profiles are not known, then none is unknown. */
  readonly profiles?: ReadonlyMap<string, ProfileFacts>;
  /** Why profiles that there are cannot be used, in a sentence, by their ids. */
  readonly unusable?: ReadonlyMap<string, string>;
  /** Values given for parameters, in place of their defaults. */
  readonly parameters?: ReadonlyMap<string, Literal | ListLiteral>;
  /** LIMIT of a query without one. */
  readonly defaultLimit?: number;
  /** Webhook addresses that are allowed beside those of the profile. */
  readonly webhookAllow?: readonly string[];
  /** Decides on NOTIFY (CXQ5001, CXQ5002); without it only the scheme is checked. */
  readonly webhookVerdict?: (
    url: string,
    allow: readonly string[],
  ) =>
    | { readonly ok: true }
    | { readonly ok: false; readonly code: 'CXQ5001' | 'CXQ5002'; readonly message: string };
  /** Without it nothing is said of regular expressions (CXQ2016), nor of what they rule out. */
  readonly patterns?: Patterns;
  /** Other severities for W, I and H codes, or `off`. Errors stay errors. */
  readonly severities?: Readonly<Record<string, Severity | 'off'>>;
}

export const DEFAULT_LIMIT = 1_000;
