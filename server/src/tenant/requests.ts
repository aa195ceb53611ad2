/**
 * One request until it has an answer: token, place among the run's requests, slot, exchange, and what each status
 * means. Every wait ends at once when the signal is aborted, and nothing waits while it holds a slot.
 */
import type { JsonValue } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import { errorText, readJson } from './answers.ts';
import { backoff, type Clock } from './clock.ts';
import { CANCELLED, failure, type Result, scrubber, success, type TenantError } from './errors.ts';
import type { Exchange, Reading, Requester, StreamRequest } from './exchange.ts';
import { createGate } from './gate.ts';
import { type Governor, type Slot, throttledUntil } from './governor.ts';
import type { Meter } from './meter.ts';
import { BodyError } from './network-errors.ts';
import { parseRetryAfter } from './retry-after.ts';
import { endlessThrottling, exhausted, foreignOrigin, notBefore, overBudget, statusError } from './status.ts';
import type { TokenSource } from './tokens.ts';
import { type HttpAnswer, headerOf, limitsOf, type Transport } from './transport.ts';

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
  /** Requests of this run at once. */
  readonly concurrency: number;
}

/** A request that 429 answers this often, one after another, is given up. */
const MAX_THROTTLES = 20;

/** A token that was fresh before a longer wait is looked at again. */
const LONG_WAIT_MS = 1_000;

/** A request that this side broke off counts at the tenant until it has noticed. */
const NOTICE_MS = 100;

/** What to do after one exchange. */
type Verdict<T> =
  | Reading<T>
  | { readonly next: 'retry'; readonly error: TenantError; readonly floorMs: number }
  | { readonly next: 'throttled'; readonly floorMs: number | undefined }
  | { readonly next: 'unauthorised'; readonly error: TenantError };

export function createRequester(settings: RequestSettings): Requester {
  const { profile, clock, meter, tokens } = settings;
  const patience = profile.limits.maxRetryAfterSeconds * 1000;
  const origins = new Set(profile.allowedOrigins.map((origin) => new URL(origin).origin));
  const gate = createGate(settings.concurrency);

  const json: Exchange = (request) => {
    const { headers, problem: _, ...asked } = request;
    return stream<JsonValue | undefined>({
      ...asked,
      ...(headers === undefined ? {} : { headers: () => headers }),
      read: (answer) => readJson(answer, request, meter),
    });
  };

  const stream = async <T>(request: StreamRequest<T>): Promise<Result<T>> => {
    const result = await attempts(request);
    return result.ok ? result : failure(scrubber.cleanError(result.error));
  };

  /** One exchange, from its first byte to the end of what is read of it. */
  const once = async <T>(
    request: StreamRequest<T>,
    token: string,
    slot: Slot,
    again: boolean,
  ): Promise<Verdict<T>> => {
    let brokenOff = false;
    try {
      meter.sent(request.purpose, again);
      const sent = await settings.transport.send(
        {
          method: request.method,
          url: request.url,
          headers: headersOf(request, profile.headers, token),
          ...(request.body === undefined ? {} : { body: request.body }),
          limits: limitsOf(settings.timeoutMs),
          clock,
        },
        request.signal,
      );
      if (!sent.ok) {
        brokenOff = sent.error.code === 'timeout' || sent.error.code === 'cancelled';
        return afterFailure(sent.error);
      }
      const answer = sent.value;
      try {
        return await judge(answer, request, slot);
      } catch (error) {
        if (error instanceof BodyError) return afterFailure(error.error);
        throw error;
      } finally {
        answer.discard();
        meter.received(answer.received());
        brokenOff = answer.brokenOff();
      }
    } finally {
      if (brokenOff) clock.after(NOTICE_MS, () => slot.release());
      else slot.release();
    }
  };

  const judge = async <T>(answer: HttpAnswer, request: StreamRequest<T>, slot: Slot): Promise<Verdict<T>> => {
    const { status } = answer;
    if ((status >= 200 && status < 300) || request.takes?.includes(status) === true) {
      const reading = await request.read(answer);
      if (reading.next === 'done') slot.succeeded();
      return reading;
    }
    const floorMs = parseRetryAfter(answer.headers['retry-after'], headerOf(answer, 'date'), clock.now());
    if (status === 429) {
      slot.throttled(floorMs);
      meter.throttled();
      await errorText(answer);
      return { next: 'throttled', floorMs };
    }
    const error = statusError(answer, await errorText(answer), request, profile);
    if (status === 401 && request.purpose === 'history') return { next: 'unauthorised', error };
    return error.retriable ? { next: 'retry', error, floorMs: floorMs ?? 0 } : { next: 'fail', error };
  };

  const attempts = async <T>(request: StreamRequest<T>): Promise<Result<T>> => {
    const { signal } = request;
    const { origin } = new URL(request.url);
    const governor = settings.governor(origin);
    const bearer = request.purpose === 'history';
    if (bearer && !origins.has(origin)) return failure(foreignOrigin(origin));
    let failures = 0;
    let again = request.again === true;
    let throttles = 0;
    let renewed = false;
    for (;;) {
      let token = '';
      if (bearer) {
        const got = await tokens.get(json, signal);
        if (!got.ok) return got;
        token = got.value;
      }
      const gotAt = clock.now();
      // A token is asked for on behalf of requests that wait for it: it needs no place of its own.
      // With a new token it goes before all others: the longer it waits, the likelier that one is refused too.
      const rank = renewed ? -1 : (request.rank ?? 0);
      const leave = bearer ? await gate.enter(signal, rank) : () => undefined;
      if (leave === null) return failure(CANCELLED);
      let verdict: Verdict<T>;
      try {
        const acquired = await governor.acquire(signal, patience);
        if (!acquired.ok) return acquired;
        const slot = acquired.value;
        const expired = bearer && tokens.current() === undefined && clock.now() - gotAt > LONG_WAIT_MS;
        // The token expired during the wait: a refusal would be counted against the request. Or the tenant has
        // throttled another request since the slot was given.
        if (expired || governor.pausedUntil() !== null) {
          slot.release();
          continue;
        }
        // While this one waited for its slot, the token may have been replaced.
        if (bearer) token = tokens.current() ?? token;
        verdict = await once(request, token, slot, again);
        again = false;
      } finally {
        leave();
      }
      switch (verdict.next) {
        case 'done':
          return success(verdict.value);
        case 'fail':
          return failure(verdict.error);
        case 'throttled': {
          const { floorMs } = verdict;
          if (floorMs !== undefined && floorMs > patience) {
            return failure(throttledUntil(clock.now() + floorMs));
          }
          throttles += 1;
          if (throttles > MAX_THROTTLES) return failure(endlessThrottling(throttles));
          continue;
        }
        case 'unauthorised':
          tokens.invalidate(token);
          if (!bearer || !tokens.renewable || renewed) return failure(verdict.error);
          renewed = true;
          continue;
        case 'retry': {
          if ('progress' in verdict && verdict.progress === true) failures = 0;
          else if (failures >= settings.retries) return failure(exhausted(verdict.error, failures));
          if (request.purpose === 'history' && !meter.mayRetry()) return failure(overBudget(verdict.error));
          const floorMs = 'floorMs' in verdict ? verdict.floorMs : 0;
          if (floorMs > patience) return failure(notBefore(verdict.error, clock.now() + floorMs));
          await clock.sleep(floorMs + backoff(failures, clock), signal);
          if (signal.aborted) return failure(CANCELLED);
          if (!('progress' in verdict && verdict.progress === true)) failures += 1;
          again = true;
        }
      }
    }
  };
  return { json, stream };
}

function afterFailure<T>(error: TenantError): Reading<T> {
  return { next: error.retriable && error.code !== 'cancelled' ? 'retry' : 'fail', error };
}

function headersOf<T>(
  request: StreamRequest<T>,
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
  add(request.headers?.() ?? {});
  if (token !== '') add({ authorization: `Bearer ${token}` });
  return headers;
}
