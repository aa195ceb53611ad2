/** Access tokens: kept in memory only, refreshed in time, one refresh under way however many wait for it. */
import { createHash } from 'node:crypto';
import type { Credentials, Profile } from '../protocol/profile.ts';
import type { Clock } from './clock.ts';
import { CANCELLED, excerpt, failure, type Result, scrubber, success, type TenantError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { getter, isObject } from './json.ts';

export interface TokenSource {
  /** The token in force, undefined where there is none or it is about to expire; `''` where none is needed. */
  current(): string | undefined;
  /**
   * The token in force, or a new one. Several callers share one request; it is given up when the last of them
   * has been cancelled. `exchange` sends it if it falls to this caller.
   */
  get(exchange: Exchange, signal: AbortSignal): Promise<Result<string>>;
  /** The tenant refused this token: forgets it, unless a newer one has come meanwhile. */
  invalidate(token: string): void;
  /** Whether a refused token can be replaced by a new one. */
  readonly renewable: boolean;
}

/** Refresh this long before a token expires … */
const MARGIN_MS = 300_000;
/** … or at half its life, when it lives less than this. */
const SHORT_LIFE_MS = 600_000;
const DEFAULT_LIFE_SECONDS = 3600;

interface Held {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly refreshAt: number;
}

interface Refresh {
  readonly result: Promise<Result<string>>;
  readonly controller: AbortController;
  waiters: number;
}

export function createTokenSource(
  auth: Profile['auth'],
  credentials: Credentials,
  clock: Clock,
): TokenSource {
  for (const secret of [credentials.clientSecret, credentials.password, credentials.token]) {
    if (secret !== undefined) scrubber.add(secret);
  }
  if (auth.kind === 'none') return fixed('');
  if (auth.kind === 'static-bearer') return fixed(credentials.token === '' ? undefined : credentials.token);

  let held: Held | null = null;
  let refresh: Refresh | null = null;

  const current = (): string | undefined =>
    held !== null && clock.now() < held.refreshAt ? held.token : undefined;

  const start = (exchange: Exchange): Refresh => {
    const controller = new AbortController();
    const result = requestToken(auth, credentials, exchange, controller.signal).then((answer) => {
      if (refresh?.controller === controller) refresh = null;
      if (!answer.ok) return answer;
      const life = answer.value.lifeMs;
      const usable = life < SHORT_LIFE_MS ? life / 2 : life - MARGIN_MS;
      held = { token: answer.value.token, refreshAt: clock.now() + usable };
      return success(answer.value.token);
    });
    return { result, controller, waiters: 0 };
  };

  return {
    renewable: true,
    current,
    async get(exchange, signal) {
      const token = current();
      if (token !== undefined) return success(token);
      if (signal.aborted) return failure(CANCELLED);
      refresh ??= start(exchange);
      const mine = refresh;
      mine.waiters += 1;
      const result = await orCancelled(mine.result, signal);
      mine.waiters -= 1;
      if (mine.waiters === 0 && signal.aborted) {
        mine.controller.abort();
        if (refresh === mine) refresh = null;
      }
      return result;
    },
    invalidate(token) {
      if (held?.token === token) held = null;
    },
  };
}

function fixed(token: string | undefined): TokenSource {
  const result: Result<string> = token === undefined ? failure(missing(['token'])) : success(token);
  return { renewable: false, current: () => token, get: async () => result, invalidate: () => undefined };
}

function orCancelled<T>(work: Promise<Result<T>>, signal: AbortSignal): Promise<Result<T>> {
  return new Promise((resolve) => {
    const cancel = (): void => resolve(failure(CANCELLED));
    signal.addEventListener('abort', cancel);
    void work.then((result) => {
      signal.removeEventListener('abort', cancel);
      resolve(result);
    });
  });
}

interface Grant {
  readonly token: string;
  readonly lifeMs: number;
}

async function requestToken(
  auth: Profile['auth'],
  credentials: Credentials,
  exchange: Exchange,
  signal: AbortSignal,
): Promise<Result<Grant>> {
  const lacking = missingCredentials(auth.kind, credentials);
  if (lacking.length > 0) return failure(missing(lacking));
  const answer = await exchange({
    method: 'POST',
    url: auth.tokenUrl,
    ...tokenRequest(auth, credentials),
    signal,
    purpose: 'token',
  });
  if (!answer.ok) return answer;
  const body = isObject(answer.value) ? answer.value : {};
  const token = getter(auth.response.accessToken)(body);
  if (typeof token !== 'string' || token === '') {
    return failure({
      code: 'auth',
      message:
        `The token endpoint ${place(auth.tokenUrl)} answered without a token (no “${auth.response.accessToken}” in it). ` +
        'Check auth.tokenUrl and auth.response of the connection profile.',
      retriable: false,
    });
  }
  scrubber.add(token);
  const type = getter(auth.response.tokenType)(body);
  if (typeof type === 'string' && type !== '' && !/^bearer/i.test(type)) {
    return failure({
      code: 'auth',
      message:
        `The token endpoint ${place(auth.tokenUrl)} gave a token of the type ${JSON.stringify(excerpt(type, 40))}; only Bearer can be used. ` +
        'Check auth.tokenUrl and auth.response.tokenType of the connection profile.',
      retriable: false,
    });
  }
  // A life that is none says nothing: should the token have expired, its refusal brings the next one.
  const seconds = Number(getter(auth.response.expiresIn)(body));
  const known = Number.isFinite(seconds) && seconds > 0;
  return success({ token, lifeMs: (known ? seconds : DEFAULT_LIFE_SECONDS) * 1000 });
}

interface TokenRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The body and headers of a token request. */
function tokenRequest(auth: Profile['auth'], credentials: Credentials): TokenRequest {
  const id = credentials.clientId ?? '';
  const secret = credentials.clientSecret ?? '';
  if (auth.kind === 'access-key-json') {
    const fields = { accessKeyId: user(credentials), accessKeySecret: password(credentials) };
    return encode(fields, 'json', {});
  }
  if (auth.kind === 'oauth2-password') {
    // Some tenants give access keys without a client of their own.
    const basic = id === '' ? {} : basicAuth(id, secret);
    const fields = {
      grant_type: 'password',
      username: credentials.username ?? '',
      password: credentials.password ?? '',
    };
    return encode(scoped(fields, auth.scope), auth.encoding, basic);
  }
  const grant = { grant_type: 'client_credentials' };
  if (auth.clientAuth === 'basic') {
    return encode(scoped(grant, auth.scope), auth.encoding, basicAuth(id, secret));
  }
  return encode(scoped({ ...grant, client_id: id, client_secret: secret }, auth.scope), auth.encoding, {});
}

function scoped(fields: Readonly<Record<string, string>>, scope: string): Record<string, string> {
  return scope === '' ? { ...fields } : { ...fields, scope };
}

function encode(
  fields: Readonly<Record<string, string>>,
  encoding: 'form' | 'json',
  headers: Readonly<Record<string, string>>,
): TokenRequest {
  return encoding === 'json'
    ? { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(fields) }
    : {
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(fields).toString(),
      };
}

/** RFC 6749, 2.3.1: id and secret are form-encoded before they are joined. */
function basicAuth(id: string, secret: string): Record<string, string> {
  const form = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);
  const value = Buffer.from(`${form(id)}:${form(secret)}`).toString('base64');
  scrubber.add(value);
  return { authorization: `Basic ${value}` };
}

const user = (credentials: Credentials): string => credentials.username ?? credentials.clientId ?? '';
const password = (credentials: Credentials): string => credentials.password ?? credentials.clientSecret ?? '';

/** Names of the credentials that this kind of authentication needs and that are not there. */
export function missingCredentials(kind: Profile['auth']['kind'], credentials: Credentials): string[] {
  const present = (value: string | undefined): boolean => value !== undefined && value !== '';
  const lacking: string[] = [];
  if (kind === 'oauth2-client-credentials') {
    if (!present(credentials.clientId)) lacking.push('client id');
    if (!present(credentials.clientSecret)) lacking.push('client secret');
  } else if (kind === 'oauth2-password') {
    if (!present(credentials.username)) lacking.push('user name or access key id');
    if (!present(credentials.password)) lacking.push('password or access key secret');
  } else if (kind === 'access-key-json') {
    if (user(credentials) === '') lacking.push('access key id');
    if (password(credentials) === '') lacking.push('access key secret');
  } else if (kind === 'static-bearer' && !present(credentials.token)) {
    lacking.push('token');
  }
  return lacking;
}

function missing(names: readonly string[]): TenantError {
  return {
    code: 'no-credentials',
    message:
      `The connection has no ${names.join(' and no ')}, without which the tenant gives no token. ` +
      'Connect with all that its kind of authentication needs.',
    retriable: false,
  };
}

/** Origin and path, without the query, which may hold something secret. */
function place(url: string): string {
  const parsed = new URL(url);
  return parsed.origin + parsed.pathname;
}

const sources = new Map<string, TokenSource>();
const MAX_SOURCES = 32;

/** The token source for these credentials, the same one for every run of this process. */
export function tokenSourceFor(auth: Profile['auth'], credentials: Credentials, clock: Clock): TokenSource {
  const key = createHash('sha256')
    .update(JSON.stringify([auth, credentials]))
    .digest('base64');
  let source = sources.get(key);
  if (source === undefined) {
    source = createTokenSource(auth, credentials, clock);
    const [oldest] = sources.keys();
    if (sources.size >= MAX_SOURCES && oldest !== undefined) sources.delete(oldest);
    sources.set(key, source);
  }
  return source;
}

/** Drops every token that is held: credentials were changed or taken back. */
export function forgetTokens(): void {
  sources.clear();
}
