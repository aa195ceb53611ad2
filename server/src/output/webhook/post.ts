/** One attempt: one POST, to an address that was checked when the connection was made. */
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { errorCode } from '../files.ts';
import { visibleText } from '../text.ts';
import type { OutboxMessage } from './outbox.ts';
import { type WebhookVerdict, webhookPolicy } from './policy.ts';
import { signMessage } from './signature.ts';

/** All addresses of a host. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** Where a message goes and how: looked up anew for each attempt, since nothing of it is stored with the message. */
export interface Destination {
  readonly url: string;
  /** See `webhookPolicy`. */
  readonly allow: readonly string[];
  /** Signing secret; null where the message goes unsigned. */
  readonly secret: string | null;
  /** Certificate authorities that are trusted, PEM; Node's own by default. */
  readonly ca?: readonly string[];
  /** The dispatcher through the proxy on the way to the address, null where the way is straight. Destroyed after use. */
  readonly proxy?: (url: URL, signal: AbortSignal) => Promise<Dispatcher | null>;
}

export interface PostOptions {
  /** Limit on one attempt, milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Name resolution, for tests. */
  readonly resolve?: Resolve;
  /** Clock, for tests. */
  readonly now?: () => Date;
}

export interface PostOutcome {
  readonly outcome: 'delivered' | 'retry' | 'failed' | 'refused';
  readonly httpStatus: number | null;
  /** What happened, for a person. */
  readonly message: string;
  /** The receiver's Retry-After, milliseconds from now. */
  readonly retryAfterMs?: number;
}

const REFUSED = 'CXQ_REFUSED';

/** The longest pause that a receiver may ask for, milliseconds; a message waits for no longer than that. */
const LONGEST_RETRY_AFTER_MS = 3 * 86_400_000;

/** How long a name may take that a proxy will look up itself, milliseconds. */
const PROXIED_LOOKUP_MS = 1_000;

/** Sends a message once, signed when there is a secret. Redirects are not followed. Never throws. */
export async function postMessage(
  message: OutboxMessage,
  { url, allow, secret, ca, proxy }: Destination,
  options: PostOptions,
): Promise<PostOutcome> {
  const verdict = webhookPolicy(url, allow);
  if (!verdict.ok) return { outcome: 'refused', httpStatus: null, message: verdict.message };
  const now = options.now?.() ?? new Date();
  const timestamp = Math.floor(now.getTime() / 1000);
  const timeout = options.timeoutMs ?? 10_000;
  const limit = AbortSignal.timeout(timeout);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  const over = new AbortController();
  let dispatcher: Dispatcher | undefined;
  try {
    const resolve = options.resolve ?? resolveAll;
    const through = await proxy?.(verdict.url, AbortSignal.any([signal, over.signal]));
    if (through !== undefined && through !== null) {
      dispatcher = through;
      await checkBehindProxy(verdict, resolve);
    } else dispatcher = await straight(verdict, resolve, timeout, ca);
    const { request } = await import('./undici.ts');
    const response = await request(verdict.url, {
      dispatcher,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'cxq',
        'webhook-id': message.id,
        'webhook-timestamp': String(timestamp),
        ...(secret === null
          ? {}
          : { 'webhook-signature': signMessage(secret, message.id, timestamp, message.body) }),
      },
      body: message.body,
      signal,
    });
    const retryAfterMs = retryAfter(response.headers['retry-after'], now);
    // The answer's text matters to nobody; whether it ends well neither.
    response.body.on('error', () => undefined).destroy();
    const { outcome, message: text } = judgeStatus(response.statusCode, verdict.url.origin);
    if (outcome === 'retry' && retryAfterMs !== undefined && retryAfterMs > LONGEST_RETRY_AFTER_MS) {
      const days = Math.ceil(retryAfterMs / 86_400_000);
      const tooLong = `${verdict.url.origin} answered HTTP ${response.statusCode} and asks to wait for ${days} days; it is not tried again by itself.`;
      return { outcome: 'failed', httpStatus: response.statusCode, message: tooLong };
    }
    return {
      outcome,
      httpStatus: response.statusCode,
      message: text,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  } catch (error) {
    if (errorCode(error) === REFUSED && error instanceof Error) {
      return { outcome: 'refused', httpStatus: null, message: error.message };
    }
    return {
      outcome: 'retry',
      httpStatus: null,
      message: unreachable(error, verdict.url.origin, limit.aborted),
    };
  } finally {
    over.abort();
    await dispatcher?.destroy();
  }
}

type Allowed = Extract<WebhookVerdict, { ok: true }>;

/** Connections to addresses that were checked, and to no others. */
async function straight(
  { acceptsAddress }: Allowed,
  resolve: Resolve,
  timeout: number,
  ca: readonly string[] | undefined,
): Promise<Dispatcher> {
  // Loaded on first use: a server that starts sends nothing.
  const { Agent } = await import('./undici.ts');
  return new Agent({
    allowH2: false,
    connect: {
      timeout,
      rejectUnauthorized: true,
      lookup: checkedLookup(acceptsAddress, resolve),
      ...(ca === undefined ? {} : { ca: [...ca] }),
    },
  });
}

/**
 * Behind a proxy it is the proxy that looks the name up and connects. What can be known here is checked all the same: a
 * name that leads to a private address from here is refused. One that is unknown here (many networks know their own
 * names only) is the proxy's to judge.
 */
async function checkBehindProxy({ url, acceptsAddress }: Allowed, resolve: Resolve): Promise<void> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return;
  const timer = new AbortController();
  const unknown = resolve(host).catch(() => []);
  const late = sleep(PROXIED_LOOKUP_MS, [], { signal: timer.signal }).catch(() => []);
  const addresses = await Promise.race([unknown, late]);
  timer.abort();
  const bad = addresses.find((address) => !acceptsAddress(address));
  if (bad !== undefined) throw refusal(host, bad);
}

function refusal(hostname: string, address: string): Error {
  const why = `${hostname} resolves to ${address}, which is private; add the host to the webhook's allow-list to send there.`;
  return Object.assign(new Error(why), { code: REFUSED });
}

function judgeStatus(status: number, origin: string): Pick<PostOutcome, 'outcome' | 'message'> {
  if (status >= 200 && status < 300)
    return { outcome: 'delivered', message: `${origin} took it (HTTP ${status}).` };
  if (status >= 300 && status < 400) {
    const message = `${origin} redirects (HTTP ${status}); redirects are not followed, so give the final address.`;
    return { outcome: 'failed', message };
  }
  // Everything else of 4xx answers the message itself: sent again it would be refused again.
  const again = status >= 500 || status === 408 || status === 425 || status === 429;
  const rest = again ? 'it is tried again' : 'it is not tried again';
  return { outcome: again ? 'retry' : 'failed', message: `${origin} answered HTTP ${status}; ${rest}.` };
}

function unreachable(error: unknown, origin: string, timedOut: boolean): string {
  const said = error instanceof Error ? error.message : String(error);
  // A sentence tells more than a code: what is wrong with the proxy, or with a file of certificates.
  const detail = timedOut
    ? 'no answer in time'
    : said.includes(' ') && said.endsWith('.')
      ? said
      : (errorCode(error) ?? said);
  return visibleText(`${origin} could not be reached (${detail}); it is tried again.`);
}

/** Seconds or a date; undefined where it says nothing. */
function retryAfter(header: string | string[] | undefined, now: Date): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}

async function resolveAll(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}

/**
 * Resolves a host and refuses it when any of its addresses is not accepted. The connection is made to exactly the
 * addresses that were checked: a name that resolves differently a moment later (rebinding) changes nothing.
 */
function checkedLookup(accepts: (address: string) => boolean, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const entries = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        const [first] = entries;
        const bad = addresses.find((address) => !accepts(address));
        if (bad !== undefined) {
          callback(refusal(hostname, bad), '', 4);
        } else if (first === undefined) {
          callback(Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' }), '', 4);
        } else if (options.all === true) {
          callback(null, entries);
        } else {
          callback(null, first.address, first.family);
        }
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), '', 4),
    );
  };
}
