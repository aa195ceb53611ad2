/** A tenant that can be asked: profile, credentials, and what this process shares with every run. */
import type { Credentials, Profile } from '../protocol/profile.ts';
import {
  createInteractionFetcher,
  pagesOfIds,
  readFileBatch,
  readInteractions,
  WITHOUT_IDS,
} from './adapters.ts';
import { type Clock, systemClock } from './clock.ts';
import { failure } from './errors.ts';
import type { Requester } from './exchange.ts';
import { type Governor, governorFor } from './governor.ts';
import { readHistoryFile } from './history-file.ts';
import type { LogOptions } from './history-parser.ts';
import { createMeter, type Meter } from './meter.ts';
import { createRequester } from './requests.ts';
import type { RetrievalRequest, RetrievalResult, RetrieveOptions } from './retrieval.ts';
import { retrieveBatches } from './retrieve.ts';
import { createPageSource } from './stream.ts';
import { tokenSourceFor } from './tokens.ts';
import { createTransport, type Transport, type TransportOptions } from './transport.ts';

export interface TenantOptions {
  /** Proxy and certificates as the editor has them; without it, the environment's and the system's. */
  readonly network?: TransportOptions;
  /** Time and chance, for tests. */
  readonly clock?: Clock;
  /** Ceiling of one decoded answer, in bytes; default 256 MiB. */
  readonly maxBodyBytes?: number;
  /** How a file is to be understood that a connection reads (`query.adapter` is `file`). */
  readonly log?: LogOptions;
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
/** Functions have no text: each has a number in its place. */
const functions = new WeakMap<object, number>();
let lastFunction = 0;

function numberOf(value: object): number {
  const known = functions.get(value);
  if (known !== undefined) return known;
  lastFunction += 1;
  functions.set(value, lastFunction);
  return lastFunction;
}

/** Runs share connections, as they share the quota. */
function transportFor(options: TransportOptions): Transport {
  const key = JSON.stringify(options, (_, value: unknown) =>
    typeof value === 'function' ? { function: numberOf(value) } : value,
  );
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
    ...(profile.certificates.length === 0 ? {} : { certificateFiles: profile.certificates }),
    ...(options.maxBodyBytes === undefined ? {} : { maxBodyBytes: options.maxBodyBytes }),
  });
  const shared = {
    profile,
    ...(options.maxBodyBytes === undefined ? {} : { maxBodyBytes: options.maxBodyBytes }),
  };
  const tokens = tokenSourceFor(profile.auth, credentials, clock);
  const governor = (origin: string): Governor =>
    governorFor(origin, profile.limits.maxConcurrentRequests, clock);

  const requester = (
    meter: Meter,
    limits: Pick<RetrievalRequest, 'retries' | 'timeoutMs' | 'concurrency'>,
  ): Requester => createRequester({ profile, transport, tokens, governor, clock, meter, ...limits });

  const retrieve: Tenant['retrieve'] = (request, retrieveOptions = {}) => {
    const meter = createMeter(clock.now);
    const { retries, timeoutMs, concurrency } = request;
    const asking = requester(meter, { retries, timeoutMs, concurrency });
    const { adapter } = profile.query;
    const fetchOne = createInteractionFetcher(profile, asking.json, meter);
    const mode = request.mode ?? 'stream';
    const { folder } = retrieveOptions;
    const { log = {} } = options;
    const notes: string[] = [];
    const pagesOf = createPageSource({
      ...{ ...shared, requester: asking, meter, mode, concurrency, timeoutMs },
      ...(folder === undefined ? {} : { folder }),
    });
    return retrieveBatches(
      {
        profile,
        clock,
        meter,
        notes,
        pausedUntil: () =>
          adapter === 'file' ? null : governor(new URL(profile.baseUrl).origin).pausedUntil(),
        source: ({ filter, ids }) => {
          if (adapter === 'file') {
            return {
              fetch: async () => failure(WITHOUT_IDS),
              open: ({ offset, signal }) =>
                readFileBatch(profile, { offset, signal, log, note: (sentence) => notes.push(sentence) }),
            };
          }
          if (adapter === 'history-query') {
            return { fetch: pagesOf({ filter, sort: request.sort }) };
          }
          if (ids === undefined) return { fetch: async () => failure(WITHOUT_IDS) };
          return { fetch: pagesOfIds(ids, fetchOne), open: (given) => readInteractions(ids, given) };
        },
      },
      request,
      retrieveOptions,
    );
  };

  const test: Tenant['test'] = async (signal = new AbortController().signal) => {
    if (profile.query.adapter === 'file') return testFile(profile);
    const { origin } = new URL(profile.baseUrl);
    const meter = createMeter(clock.now);
    const { maxRetries, timeoutMs } = profile.limits;
    const asking = requester(meter, {
      retries: Math.min(1, maxRetries),
      timeoutMs,
      concurrency: 1,
    });
    if (profile.query.adapter === 'per-interaction') {
      // No id is known to exist: an address without a record proves the credentials all the same.
      const answer = await createInteractionFetcher(
        profile,
        asking.json,
        meter,
      )('cxq-connection-test', signal);
      return answer.ok
        ? { ok: true, message: `Connected to ${origin}.` }
        : { ok: false, message: answer.error.message };
    }
    const query = { filter: lastHour(profile, clock.now()), sort: 'nodeTimestamp DESC' };
    const pagesOf = createPageSource({
      ...shared,
      requester: asking,
      meter,
      mode: 'page',
      concurrency: 1,
      timeoutMs,
    });
    const page = await pagesOf(query)({ offset: 0, limit: 1, token: null }, signal);
    if (!page.ok) return { ok: false, message: page.error.message };
    await page.value.records.discard();
    const count = page.value.total === null ? '' : ` (${page.value.total} interactions in the last hour)`;
    const granted = profile.auth.kind === 'none' ? 'its' : 'the credentials are accepted and its';
    return { ok: true, message: `Connected to ${origin}: ${granted} history answers${count}.` };
  };
  return { profile, retrieve, test };
}

async function testFile(profile: Profile): Promise<ConnectionTest> {
  const result = await readHistoryFile(profile.query.path, { response: profile.response });
  if (!result.ok) return { ok: false, message: result.error.message };
  return {
    ok: true,
    message: `${profile.query.path} holds ${result.history.interactions.length} interactions.`,
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
