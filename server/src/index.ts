/**
 * The library: a history querier for automated process analysis. A program runs CXQ queries against a tenant and gets
 * typed reports; every run is kept and audited as on the command line.
 *
 * Durations in reports are seconds unless a name ends in `Ms`; instants are RFC 3339 in UTC; shares are 0 to 1.
 */
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { explain } from './language/editing.ts';
import { type CheckContext, parse, profileFacts } from './language/index.ts';
import { webhookPolicy } from './output/index.ts';
import type { ExplainedQuery } from './protocol/checked.ts';
import type { JsonObject } from './protocol/history.ts';
import { MICROS_PER_MILLI, MICROS_PER_SECOND } from './protocol/instant.ts';
import type { RunProgress } from './protocol/lsp.ts';
import type { Finding } from './protocol/panel-overview.ts';
import type { Credentials, Profile, ProfileInput } from './protocol/profile.ts';
import type { AnalysisReport } from './protocol/report.ts';
import type { RunError, RunOutput } from './protocol/run.ts';
import {
  analyseFile,
  type CheckedDiagnostic,
  checkText,
  dataFolder,
  type FinishedRun,
  fail,
  type MissingParameter,
  microsOf,
  parameterValues,
  patterns,
  type RunHost,
  resumeRun,
  runQueries,
} from './run/index.ts';
import { missingCredentials, profileFromEnvironment, resolveProfile } from './tenant/index.ts';

export type { ExplainedQuery } from './protocol/checked.ts';
export type { JsonObject, JsonValue } from './protocol/history.ts';
export type { RunProgress } from './protocol/lsp.ts';
export type { Finding } from './protocol/panel-overview.ts';
export type { Credentials, Profile, ProfileInput } from './protocol/profile.ts';
export type { AnalysisReport } from './protocol/report.ts';
export type { RunError, RunOutput } from './protocol/run.ts';
export type { CheckedDiagnostic, MissingParameter } from './run/index.ts';

/** How a tenant is reached: by its address, by its name, or by a profile. */
export interface HistoryQuerierOptions {
  /** The tenant's address, such as a sandbox's; its tokens come from there too. */
  readonly baseUrl?: string;
  /** The tenant's name in `https://{tenant}.my.cxone.com`. */
  readonly tenant?: string;
  /** A connection profile, instead of the two; every field is optional. */
  readonly profile?: ProfileInput;
  /** Further profiles that a query may name by USING. */
  readonly profiles?: readonly ProfileInput[];
  /** Which fields matter depends on the profile's `auth.kind`; by default a client id and a client secret. */
  readonly credentials?: Credentials | ((profile: Profile) => Credentials | Promise<Credentials>);
  /**
   * Where runs are kept, and beside them their audit chain (`audit`) and what waits to be sent (`outbox`). Without
   * it `CXQ_HOME`, else the platform's folder for a user's data, as on the command line.
   */
  readonly runsFolder?: string;
  /** Exports lie below it; the working directory by default. */
  readonly exportFolder?: string;
  /** Who runs, for the audit; the process's user by default. */
  readonly user?: string;
  /** Interactions that a query without LIMIT keeps; 1,000 by default. */
  readonly defaultLimit?: number;
  /** The bottleneck threshold of a query without BOTTLENECKS OVER, seconds; 15 by default. */
  readonly thresholdSeconds?: number;
  /** Bottleneck thresholds in seconds by node type and by node id: the most specific one wins. */
  readonly thresholds?: {
    readonly nodeTypes?: Readonly<Record<string, number>>;
    readonly nodes?: Readonly<Record<string, number>>;
  };
  /** Origins of private addresses that NOTIFY may post to. */
  readonly webhookAllow?: readonly string[];
  /** Signs every webhook. Without it those of a profile that names a secret (`webhook.secret`) wait in the outbox. */
  readonly webhookSecret?: string;
  /** The clock of windows and retention; the machine's by default. */
  readonly now?: () => Date;
}

export interface RunOptions {
  /** The query to run, with those it refers to. Without it, all of the text in order. */
  readonly query?: string;
  /** Values of parameters: CXQ literals, or plain text for a STRING. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Whether the result has the records (default true). Those of a large run are better read from its folder. */
  readonly records?: boolean;
  /** Where the text is from, for the run's manifest. */
  readonly source?: string;
  /** Cancels the run: what came until then is in the result, whose outcome is `cancelled`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Omit<RunProgress, 'token'>) => void;
}

/**
 * A finished run: what `cxq run --format json` prints, with what it means in words. `outcome` says how it ended;
 * `partial`, `failed` and `cancelled` are results too, with an `error` that says why.
 */
export interface HistoryRun extends RunOutput {
  /** One sentence: what this run found. */
  readonly headline: string;
  /** Bottlenecks ranked by their share of all time above the threshold. */
  readonly findings: readonly Finding[];
  /** The records kept, in order, as the tenant sent them (masked where the query masks); none where not wanted. */
  readonly records: readonly JsonObject[];
  /** Where the run is kept; null where that could not be written. */
  readonly folder: string | null;
  /** It ended early, and `resume` takes it up where it stopped. */
  readonly resumable: boolean;
}

/**
 * Nothing could run, or not all of it. `code` is stable: `diagnostics` the text has errors; `usage` no such query or
 * parameter; `parameters` values are missing (`parameters` names them); `connection` the profile cannot be used;
 * `credentials` none given; for files `missing`, `unreadable`,
 * `empty`, `not-history`, `too-large`. `message` says what happened, why, and what to do.
 */
export class CxqError extends Error {
  readonly code: string;
  readonly parameters: readonly MissingParameter[];
  /** Runs of the same text that had ended before. */
  readonly runs: readonly HistoryRun[];

  constructor(
    { code, message }: RunError,
    more: { readonly parameters?: readonly MissingParameter[]; readonly runs?: readonly HistoryRun[] } = {},
  ) {
    super(message);
    this.name = 'CxqError';
    this.code = code;
    this.parameters = more.parameters ?? [];
    this.runs = more.runs ?? [];
  }
}

export interface AnalyzeOptions {
  /** Bottleneck threshold in seconds; the querier's by default. */
  readonly thresholdSeconds?: number;
  /** Node types that the threshold looks at; DECISION, ROUTING and CONDITION by default. */
  readonly types?: readonly string[];
  /** How many paths and bottlenecks are listed; 0 for all. 100 by default. */
  readonly top?: number;
  /**
   * Which column of a CSV file is what, such as `{ case: 'Ticket', activity: 'Action', start: 'Opened' }`; those that
   * are not named are guessed from the common names. A role or column that does not exist is `not-history`.
   */
  readonly columns?: Readonly<Record<string, string>>;
  /** What comes first in a date such as 03/04/2026; a CSV file with such dates is `not-history` without it. */
  readonly dates?: 'day-first' | 'month-first';
}

export interface HistoryQuerier {
  /** The profile in force, with every default filled in. */
  readonly profile: Profile;
  /**
   * Runs a text's queries and resolves with the finished runs, in order, one for each query chosen.
   * Rejects with `CxqError` where nothing could run; what a tenant, network or disk does is in the result.
   */
  run(text: string, options?: RunOptions): Promise<HistoryRun[]>;
  /**
   * Takes a kept run up again that was cancelled, broke off or was killed: from the last page that it kept, or, where
   * that does not fit any more, from the start. Rejects with `CxqError` (`usage`) where the run cannot be resumed.
   */
  resume(runId: string, options?: Pick<RunOptions, 'records' | 'signal' | 'onProgress'>): Promise<HistoryRun>;
  /** Diagnostics with LSP positions; a text with one of severity `error` does not run. Sends nothing. */
  check(text: string): CheckedDiagnostic[];
  /** What each query would send, what would run here, how many requests. Throws `CxqError` for wrong parameters. */
  explain(text: string, options?: Pick<RunOptions, 'parameters'>): ExplainedQuery[];
  /** The analysis of a history file: JSON array, `{"data": […]}`, NDJSON, XES, OCEL, CSV, or gzip of these. */
  analyzeFile(path: string, options?: AnalyzeOptions): Promise<AnalysisReport>;
}

function profilesOf(options: HistoryQuerierOptions): {
  readonly inForce: Profile;
  readonly profiles: ReadonlyMap<string, Profile>;
} {
  const { profile, baseUrl, tenant, profiles = [] } = options;
  if (profile !== undefined && (baseUrl !== undefined || tenant !== undefined)) {
    throw new CxqError({
      code: 'connection',
      message:
        'Give a profile, or baseUrl and tenant; a profile has both as fields (baseUrl, variables.tenant).',
    });
  }
  const overrides = {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(tenant === undefined ? {} : { tenant }),
  };
  const read = (input: ProfileInput): Profile => {
    const resolved = resolveProfile(input, profiles);
    if (resolved.ok) return resolved.profile;
    throw refused(resolved.problems);
  };
  const named = profile === undefined ? profileFromEnvironment({}, overrides) : undefined;
  if (named?.ok === false) throw refused(named.problems);
  const inForce = named?.profile ?? read(profile ?? {});
  return { inForce, profiles: new Map([...profiles.map(read), inForce].map((one) => [one.id, one])) };
}

function refused(problems: readonly { readonly path: string; readonly message: string }[]): CxqError {
  const list = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return new CxqError({ code: 'connection', message: `The connection cannot be used. ${list.join(' ')}` });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return 'unknown';
  }
}

async function published(run: FinishedRun, withRecords: boolean): Promise<HistoryRun> {
  const { output, headline, findings, folder, resumable } = run;
  const records: JsonObject[] = [];
  if (withRecords) for await (const record of run.records) records.push(record);
  return { ...output, headline, findings, records, folder: folder ?? null, resumable };
}

/** A querier for one tenant. Throws `CxqError` (`connection`) where the profile cannot be used. Sends nothing yet. */
export function createHistoryQuerier(options: HistoryQuerierOptions): HistoryQuerier {
  const { inForce, profiles } = profilesOf(options);
  const { credentials = {}, runsFolder, webhookSecret } = options;
  const home = runsFolder === undefined ? dataFolder(process.env) : undefined;
  const runs = home === undefined ? resolve(runsFolder ?? '') : join(home, 'runs');
  const now = options.now ?? (() => new Date());
  const thresholdSeconds = options.thresholdSeconds ?? 15;
  const specific = {
    typeThresholds: microsOf(options.thresholds?.nodeTypes),
    nodeThresholds: microsOf(options.thresholds?.nodes),
  };
  const host: RunHost = {
    profiles,
    inForce,
    credentials: async (profile) => {
      const given = typeof credentials === 'function' ? await credentials(profile) : credentials;
      const missing = missingCredentials(profile.auth.kind, given);
      if (missing.length === 0) return { ok: true, value: given };
      return fail(
        'credentials',
        `No ${missing.join(' and no ')} given for ${profile.id}: pass them as credentials.`,
      );
    },
    runsFolder: runs,
    auditFolder: join(home ?? runs, 'audit'),
    outboxFolder: join(home ?? runs, 'outbox'),
    exportFolder: resolve(options.exportFolder ?? '.'),
    user: options.user ?? userName(),
    now: () => now().getTime() * MICROS_PER_MILLI,
    defaultLimit: options.defaultLimit ?? 1000,
    thresholdMicros: Math.round(thresholdSeconds * MICROS_PER_SECOND),
    ...specific,
    webhookAllow: options.webhookAllow ?? [],
    ...(webhookSecret === undefined
      ? {}
      : { webhookSecret: async () => ({ ok: true as const, value: webhookSecret }) }),
  };
  const context = (): CheckContext => ({
    now: host.now(),
    profile: profileFacts(inForce),
    profiles: new Map([...profiles].map(([id, profile]) => [id, profileFacts(profile)])),
    defaultLimit: host.defaultLimit,
    webhookAllow: host.webhookAllow,
    webhookVerdict: webhookPolicy,
    patterns,
  });

  return {
    profile: inForce,

    async run(text, { query, parameters = {}, records = true, source, signal, onProgress } = {}) {
      const result = await runQueries(
        { ...host, ...(onProgress === undefined ? {} : { onProgress }) },
        {
          text,
          source: source ?? null,
          choice: query === undefined ? { kind: 'all' } : { kind: 'name', name: query },
          parameters,
          confirmed: true,
        },
        signal ?? new AbortController().signal,
      );
      if (!result.ok) {
        const { error, parameters: missing } = result;
        throw new CxqError(error, missing === undefined ? {} : { parameters: missing });
      }
      const finished = await Promise.all(result.runs.map((run) => published(run, records)));
      if (result.error !== undefined) throw new CxqError(result.error, { runs: finished });
      return finished;
    },

    async resume(runId, { records = true, signal, onProgress } = {}) {
      const result = await resumeRun(
        { ...host, ...(onProgress === undefined ? {} : { onProgress }) },
        { runId },
        signal ?? new AbortController().signal,
      );
      if (!result.ok) throw new CxqError(result.error);
      const [run] = result.runs;
      if (run === undefined) throw new CxqError({ code: 'usage', message: `There is no run ${runId}.` });
      return published(run, records);
    },

    check: (text) => checkText(text, context()),

    explain(text, { parameters = {} } = {}) {
      const document = parse(text);
      const values = parameterValues(document, parameters);
      if (!values.ok) throw new CxqError(values.error);
      return explain(document, { ...context(), parameters: values.value });
    },

    async analyzeFile(path, { types, top = 100, thresholdSeconds: own, columns, dates } = {}) {
      const analysed = await analyseFile(resolve(path), {
        thresholdMicros: Math.round((own ?? thresholdSeconds) * MICROS_PER_SECOND),
        ...specific,
        ...(types === undefined ? {} : { types }),
        top,
        log: {
          ...(columns === undefined ? {} : { columns }),
          ...(dates === undefined ? {} : { dates }),
        },
      });
      if (!analysed.ok) throw new CxqError(analysed.error);
      return analysed.value.report;
    },
  };
}
