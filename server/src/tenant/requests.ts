/**
 * One request until it has an answer: token, slot, exchange, and what each status means. Every wait ends at
 * once when the signal is aborted, and nothing waits while it holds a slot.
 */
import type { JsonValue } from '../protocol/history.ts';
import { formatInstant, MICROS_PER_MILLI } from '../protocol/instant.ts';
import type { Profile } from '../protocol/profile.ts';
import { backoff, type Clock } from './clock.ts';
import { CANCELLED, excerpt, failure, type Result, scrubber, success, type TenantError } from './errors.ts';
import type { Exchange, JsonRequest } from './exchange.ts';
import { type Governor, throttledUntil } from './governor.ts';
import { parseJson } from './json.ts';
import type { Meter } from './meter.ts';
import { parseRetryAfter } from './retry-after.ts';
import { statusError } from './status.ts';
import type { TokenSource } from './tokens.ts';
import { type HttpAnswer, headerOf, type Transport } from './transport.ts';

export interface RequestSettings {
  readonly profile: Profile;
  readonly transport: Transport;
  readonly tokens: TokenSource;
  /** The governor of an origin. */
  readonly governor: (origin: string) => Governor;
  readonly clock: Clock;
  readonly meter: Meter;
  /** Retries of one request; 429 does not count. */
  readonly retries: number;
  readonly timeoutMs: number;
}

/** A request that 429 answers this often, one after another, is given up. */
const MAX_THROTTLES = 20;

/** A token that was fresh before a longer wait is looked at again. */
const LONG_WAIT_MS = 1_000;

/** What to do after one exchange. */
type Verdict =
  | { readonly next: 'done'; readonly value: JsonValue | undefined }
  | { readonly next: 'fail'; readonly error: TenantError }
  | { readonly next: 'retry'; readonly error: TenantError; readonly floorMs?: number }
  | { readonly next: 'throttled' }
  | { readonly next: 'unauthorised'; readonly error: TenantError };

export function createRequester(settings: RequestSettings): Exchange {
  const { profile, clock, meter, tokens } = settings;
  const patience = profile.limits.maxRetryAfterSeconds * 1000;
  const origins = new Set(profile.allowedOrigins.map((origin) => new URL(origin).origin));

  const exchange: Exchange = async (request) => {
    const result = await attempts(request);
    return result.ok ? result : failure(scrubber.cleanError(result.error));
  };

  const attempts: Exchange = async (request) => {
    const { signal } = request;
    const origin = new URL(request.url).origin;
    const governor = settings.governor(origin);
    const bearer = request.purpose === 'history';
    if (bearer && !origins.has(origin)) return failure(foreignOrigin(origin));
    let failures = 0;
    let throttles = 0;
    let renewed = false;
    for (;;) {
      let token = '';
      if (bearer) {
        const got = await tokens.get(exchange, signal);
        if (!got.ok) return got;
        token = got.value;
      }
      const gotAt = clock.now();
      const acquired = await governor.acquire(signal, patience);
      if (!acquired.ok) return acquired;
      const slot = acquired.value;
      if (bearer && tokens.current() === undefined && clock.now() - gotAt > LONG_WAIT_MS) {
        // It expired during the wait: a refusal would be counted against the request.
        slot.release();
        continue;
      }
      let verdict: Verdict;
      try {
        // While this one waited for its slot, the token may have been replaced.
        if (bearer) token = tokens.current() ?? token;
        meter.sent(request.purpose, failures > 0);
        const answer = await settings.transport.send(
          {
            method: request.method,
            url: request.url,
            headers: headersOf(request, profile.headers, token),
            ...(request.body === undefined ? {} : { body: request.body }),
            timeoutMs: settings.timeoutMs,
          },
          signal,
        );
        verdict = judge(answer, request, settings);
        if (answer.ok) meter.received(answer.value.received);
        if (verdict.next === 'throttled') {
          const floorMs = answer.ok ? retryAfterOf(answer.value, clock.now()) : undefined;
          slot.throttled(floorMs);
          if (floorMs !== undefined && floorMs > patience) {
            verdict = { next: 'fail', error: throttledUntil(clock.now() + floorMs) };
          }
          meter.throttled();
        } else if (verdict.next === 'done') {
          slot.succeeded();
        }
      } finally {
        slot.release();
      }
      switch (verdict.next) {
        case 'done':
          return success(verdict.value);
        case 'fail':
          return failure(verdict.error);
        case 'throttled':
          throttles += 1;
          if (throttles > MAX_THROTTLES) return failure(endlessThrottling(throttles));
          continue;
        case 'unauthorised':
          tokens.invalidate(token);
          if (!bearer || !tokens.renewable || renewed) return failure(verdict.error);
          renewed = true;
          continue;
        case 'retry': {
          if (failures >= settings.retries) return failure(exhausted(verdict.error, failures));
          if (request.purpose === 'history' && !meter.mayRetry()) return failure(overBudget(verdict.error));
          const floorMs = verdict.floorMs ?? 0;
          if (floorMs > patience) return failure(notBefore(verdict.error, clock.now() + floorMs));
          await clock.sleep(floorMs + backoff(failures, clock), signal);
          if (signal.aborted) return failure(CANCELLED);
          failures += 1;
        }
      }
    }
  };
  return exchange;
}

function headersOf(
  request: JsonRequest,
  own: Readonly<Record<string, string>>,
  token: string,
): Record<string, string> {
  const headers: Record<string, string> = {};
  const add = (more: Readonly<Record<string, string>>): void => {
    for (const [name, value] of Object.entries(more)) headers[name.toLowerCase()] = value;
  };
  add({ accept: 'application/json', 'user-agent': 'cxq' });
  if (request.purpose === 'history') add(own);
  add({ 'accept-encoding': 'identity' });
  if (request.body !== undefined) add({ 'content-type': 'application/json' });
  add(request.headers ?? {});
  if (token !== '') add({ authorization: `Bearer ${token}` });
  return headers;
}

function judge(answer: Result<HttpAnswer>, request: JsonRequest, settings: RequestSettings): Verdict {
  const { profile, meter, clock } = settings;
  if (!answer.ok) {
    const { error } = answer;
    return error.retriable && error.code !== 'cancelled' ? { next: 'retry', error } : { next: 'fail', error };
  }
  const { status, body } = answer.value;
  if (status === 204 || status === 205) return { next: 'done', value: undefined };
  if (status >= 200 && status < 300) return parsed(decode(body, meter), status, request);
  if (status === 429) return { next: 'throttled' };
  const error = statusError(answer.value, tolerant.decode(body), request, profile);
  if (status === 401 && request.purpose === 'history') return { next: 'unauthorised', error };
  if (!error.retriable) return { next: 'fail', error };
  const floorMs = retryAfterOf(answer.value, clock.now());
  return { next: 'retry', error, ...(floorMs === undefined ? {} : { floorMs }) };
}

function parsed(text: string, status: number, request: JsonRequest): Verdict {
  if (text.trim() === '') return { next: 'done', value: undefined };
  const { host } = new URL(request.url);
  const start = excerpt(text.trimStart());
  const retry = (code: 'not-json' | 'unexpected-answer', message: string): Verdict => ({
    next: 'retry',
    error: { code, message: `${message} It begins: ${start}`, status, retriable: true },
  });
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch {
    return retry(
      'not-json',
      /^[[{]/.test(start)
        ? `The answer of ${host} (status ${status}) is not complete JSON: it breaks off or is damaged. Try again later.`
        : `The answer of ${host} (status ${status}) is not JSON; a proxy or a log-in page may stand in between. Check baseUrl and the network.`,
    );
  }
  const problem = request.problem?.(value);
  if (problem === undefined) return { next: 'done', value };
  return retry(
    'unexpected-answer',
    `The answer of ${host} (status ${status}) is not what was asked for: ${problem}. Check query.path and response of the connection profile.`,
  );
}

const strict = new TextDecoder('utf-8', { fatal: true });
const tolerant = new TextDecoder('utf-8');

/** A byte-order mark is dropped; bytes that are not UTF-8 become U+FFFD, which is counted. */
function decode(body: Uint8Array, meter: Meter): string {
  try {
    return strict.decode(body);
  } catch {
    meter.damaged();
    return tolerant.decode(body);
  }
}

function retryAfterOf(answer: HttpAnswer, now: number): number | undefined {
  return parseRetryAfter(answer.headers['retry-after'], headerOf(answer, 'date'), now);
}

function foreignOrigin(origin: string): TenantError {
  return {
    code: 'origin',
    message:
      `The token is not sent to ${origin}: the connection profile does not allow that origin. ` +
      'If it belongs to the tenant, add it to allowedOrigins.',
    retriable: false,
  };
}

function exhausted(error: TenantError, failures: number): TenantError {
  if (failures === 0) return error;
  return {
    ...error,
    message: `${error.message} (Given up after ${failures} ${failures === 1 ? 'retry' : 'retries'}.)`,
  };
}

function notBefore(error: TenantError, retryAt: number): TenantError {
  const until = formatInstant(retryAt * MICROS_PER_MILLI);
  return { ...error, retryAt, message: `${error.message} It asks for no request before ${until}.` };
}

function overBudget(error: TenantError): TenantError {
  return {
    ...error,
    code: 'retry-budget',
    message:
      `Too many requests of this run failed, so it stopped rather than press a sick tenant further. ` +
      `The last failure: ${error.message}`,
  };
}

function endlessThrottling(times: number): TenantError {
  return {
    code: 'throttled',
    message:
      `The tenant answered 429 (too many requests) ${times} times in a row, although every pause it asked for was kept. ` +
      'Try again later, or lower limits.maxConcurrentRequests of the connection profile.',
    status: 429,
    retriable: true,
  };
}
