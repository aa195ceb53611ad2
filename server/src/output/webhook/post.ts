/** One attempt: one POST, to an address that was checked when the connection was made. */
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { errorCode } from '../files.ts';
import { visibleText } from '../text.ts';
import type { OutboxMessage } from './outbox.ts';
import { webhookPolicy } from './policy.ts';
import { signMessage } from './signature.ts';

/** All addresses of a host. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface PostOptions {
  /** See `webhookPolicy`. */
  readonly allow: readonly string[];
  /** Limit on one attempt, milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Extra certificate authorities, PEM. */
  readonly ca?: readonly string[];
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

/** Sends a message once, signed when there is a secret. Redirects are not followed. Never throws. */
export async function postMessage(
  message: OutboxMessage,
  secret: string | undefined,
  options: PostOptions,
): Promise<PostOutcome> {
  const verdict = webhookPolicy(message.url, options.allow);
  if (!verdict.ok) return { outcome: 'refused', httpStatus: null, message: verdict.message };
  const now = options.now?.() ?? new Date();
  const timestamp = Math.floor(now.getTime() / 1000);
  const timeout = options.timeoutMs ?? 10_000;
  // Loaded on first use: a server that starts sends nothing.
  const { Agent, request } = await import('./undici.ts');
  const agent = new Agent({
    allowH2: false,
    connect: {
      timeout,
      lookup: checkedLookup(verdict.acceptsAddress, options.resolve ?? resolveAll),
      ...(options.ca === undefined ? {} : { ca: [...options.ca] }),
    },
  });
  const limit = AbortSignal.timeout(timeout);
  try {
    const response = await request(verdict.url, {
      dispatcher: agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'cxq',
        'webhook-id': message.id,
        'webhook-timestamp': String(timestamp),
        ...(secret === undefined
          ? {}
          : { 'webhook-signature': signMessage(secret, message.id, timestamp, message.body) }),
      },
      body: message.body,
      signal: options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]),
    });
    const retryAfterMs = retryAfter(response.headers['retry-after'], now);
    // The answer's text matters to nobody; whether it ends well neither.
    response.body.on('error', () => undefined).destroy();
    const { outcome, message: text } = judgeStatus(response.statusCode, verdict.url.origin);
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
    await agent.destroy();
  }
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
  const detail = timedOut
    ? 'no answer in time'
    : (errorCode(error) ?? (error instanceof Error ? error.message : 'error'));
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
        if (bad !== undefined || first === undefined) {
          const why = `${hostname} resolves to ${bad ?? 'no address'}, which is private; add the host to the webhook's allow-list to send there.`;
          callback(Object.assign(new Error(why), { code: bad === undefined ? 'ENOTFOUND' : REFUSED }), '', 4);
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
