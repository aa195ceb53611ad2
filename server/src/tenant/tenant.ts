/** A tenant that can be asked: profile, credentials, and what this process shares with every run. */
import type { Credentials, Profile } from '../protocol/profile.ts';
import { type Clock, systemClock } from './clock.ts';
import { failure, type TenantError } from './errors.ts';
import { type Governor, governorFor } from './governor.ts';
import { createMeter, type Meter } from './meter.ts';
import { createPageFetcher } from './pages.ts';
import { createRequester, type Exchange } from './requests.ts';
import {
  type RetrievalRequest,
  type RetrievalResult,
  type RetrieveOptions,
  retrieveBatches,
} from './retrieve.ts';
import { tokenSourceFor } from './tokens.ts';
import { createTransport, type Transport, type TransportOptions } from './transport.ts';

export interface TenantOptions {
  /** Proxy and certificates as the editor has them; without it, the environment's and the system's. */
  readonly network?: TransportOptions;
  /** Time and chance, for tests. */
  readonly clock?: Clock;
  /** Ceiling of one decoded answer, in bytes; default 256 MiB. */
  readonly maxBodyBytes?: number;
}

export interface Tenant {
  readonly profile: Profile;
  /** Retrieves history. Never rejects: how it ended is in the result. */
  retrieve(request: RetrievalRequest, options?: RetrieveOptions): Promise<RetrievalResult>;
  /** Asks for a token and for one interaction. */
  test(signal?: AbortSignal): Promise<ConnectionTest>;
}

export interface ConnectionTest {
  readonly ok: boolean;
  /** One sentence: what works, or what is wrong and what to do. */
  readonly message: string;
}

const transports = new Map<string, Transport>();

/** Runs share connections, as they share the quota. */
function transportFor(options: TransportOptions): Transport {
  const key = JSON.stringify(options);
  let transport = transports.get(key);
  if (transport === undefined) {
    transport = createTransport(options);
    transports.set(key, transport);
  }
  return transport;
}

/** A tenant by a resolved profile. Tokens and quota are shared by all runs of this process. */
export function createTenant(
  profile: Profile,
  credentials: Credentials,
  options: TenantOptions = {},
): Tenant {
  const clock = options.clock ?? systemClock;
  const transport = transportFor({
    ...options.network,
    ...(options.maxBodyBytes === undefined ? {} : { maxBodyBytes: options.maxBodyBytes }),
  });
  const tokens = tokenSourceFor(profile.auth, credentials, clock);
  const governor = (origin: string): Governor =>
    governorFor(origin, profile.limits.maxConcurrentRequests, clock);

  const requester = (meter: Meter, retries: number, timeoutMs: number): Exchange =>
    createRequester({ profile, transport, tokens, governor, clock, meter, retries, timeoutMs });

  const retrieve: Tenant['retrieve'] = (request, retrieveOptions = {}) => {
    const meter = createMeter(clock.now);
    const exchange = requester(meter, request.retries, request.timeoutMs);
    const { adapter } = profile.query;
    return retrieveBatches(
      {
        profile,
        clock,
        meter,
        pausedUntil: () => governor(new URL(profile.baseUrl).origin).pausedUntil(),
        fetcher: ({ filter }) =>
          adapter === 'history-query'
            ? createPageFetcher(profile, exchange, meter, { filter, sort: request.sort })
            : async () => failure(notServed(adapter)),
      },
      request,
      retrieveOptions,
    );
  };

  const test: Tenant['test'] = async (signal = new AbortController().signal) => {
    const { origin } = new URL(profile.baseUrl);
    if (profile.query.adapter !== 'history-query') {
      return { ok: false, message: notServed(profile.query.adapter).message };
    }
    const meter = createMeter(clock.now);
    const exchange = requester(meter, Math.min(1, profile.limits.maxRetries), profile.limits.timeoutMs);
    const query = { filter: lastHour(profile, clock.now()), sort: 'nodeTimestamp DESC' };
    const fetch = createPageFetcher(profile, exchange, meter, query);
    const page = await fetch({ offset: 0, limit: 1, token: null }, signal);
    if (!page.ok) return { ok: false, message: page.error.message };
    const count = page.value.total === null ? '' : ` (${page.value.total} interactions in the last hour)`;
    const granted = profile.auth.kind === 'none' ? 'its' : 'the credentials are accepted and its';
    return { ok: true, message: `Connected to ${origin}: ${granted} history answers${count}.` };
  };
  return { profile, retrieve, test };
}

function notServed(adapter: string): TenantError {
  return {
    code: 'unsupported',
    message:
      `The connection profile uses query.adapter “${adapter}”, which this version does not serve yet. ` +
      'Use “history-query”; for history in a file, run cxq analyze FILE.',
    retriable: false,
  };
}

/** A filter that any tenant can answer cheaply. */
function lastHour(profile: Profile, now: number): string {
  if (!profile.filter.fields.includes('nodeTimestamp')) return '';
  const text = (ms: number): string => `'${new Date(ms).toISOString()}'`;
  return `nodeTimestamp >= ${text(now - 3_600_000)} AND nodeTimestamp <= ${text(now)}`;
}

/** Whether these credentials open this tenant: one token, and one history request with limit 1. */
export function testConnection(
  profile: Profile,
  credentials: Credentials,
  options: TenantOptions & { readonly signal?: AbortSignal } = {},
): Promise<ConnectionTest> {
  return createTenant(profile, credentials, options).test(options.signal);
}
