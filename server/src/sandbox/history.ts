/** The history endpoints: who may ask, how many at once, which faults strike, and the page itself. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Micros } from '../protocol/instant.ts';
import { readBody, sendBody, sendError } from './answers.ts';
import type { Faults } from './faults.ts';
import { createHistoryFaults, type Exchange } from './history-faults.ts';
import type { Settings } from './options.ts';
import { createPageSender } from './page-sender.ts';
import { offsetOfToken, type PageQuery, type Pages } from './pages.ts';
import { HISTORY_SCOPE, type TokenDesk } from './tokens.ts';

const QUERY_PATH = '/api/v2/interactions/history/query';
const STREAM_PATH = '/api/v2/interactions/history';
const ONE_PATH = /^\/api\/v2\/interactions\/([^/]+)\/history$/;

const BODY_LIMIT = 1_048_576;

/** Counts that the history endpoints keep. */
export interface HistoryCounts {
  historyRequests: number;
  throttled: number;
  badRequests: number;
  unauthorised: number;
  forbidden: number;
  pages: number;
  ranges: number;
  records: number;
  maxConcurrent: number;
}

export interface HistoryContext {
  readonly settings: Settings;
  readonly pages: Pages;
  readonly desk: TokenDesk;
  readonly faults: Faults;
  readonly counts: HistoryCounts;
  readonly now: () => Micros;
  /** Whether the history goes on by itself. */
  readonly live: boolean;
}

export interface HistoryEndpoint {
  /** Whether a path belongs here. */
  serves(path: string): boolean;
  /** Answers; gives a few words for the request log. */
  handle(request: IncomingMessage, response: ServerResponse, url: URL, number: number): Promise<string>;
}

export function createHistoryEndpoint(context: HistoryContext): HistoryEndpoint {
  const { settings, pages, desk, faults, counts, now, live } = context;
  let active = 0;
  let lastAsked = performance.now();
  const striking = createHistoryFaults({ settings, faults, desk });
  const sendPage = createPageSender({ faults, striking, counts });

  const admit = (request: IncomingMessage, response: ServerResponse): boolean => {
    if (!settings.auth) return true;
    const state = desk.state(request.headers.authorization);
    if (state === 'valid') return true;
    if (state === 'no-scope') {
      counts.forbidden += 1;
      const message = `The token has not the scope ${HISTORY_SCOPE}; have it granted to this client.`;
      sendError(response, 403, 'insufficient_scope', message, {
        'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${HISTORY_SCOPE}"`,
      });
      return false;
    }
    counts.unauthorised += 1;
    const message = state === 'expired' ? 'The token has expired.' : 'A valid bearer token is needed.';
    sendError(response, 401, 'invalid_token', message, {
      'WWW-Authenticate': 'Bearer error="invalid_token"',
    });
    return false;
  };

  const queryOf = async ({ request, response, url, release }: Exchange): Promise<PageQuery | null> => {
    const named = (fields: ReadonlyMap<string, unknown>): PageQuery => ({
      filter: fields.get('filter'),
      limit: fields.get('limit'),
      offset: fields.get('offset'),
      sort: fields.get('sort'),
      pageToken: fields.get('pageToken') ?? fields.get('nextPageToken'),
    });
    if (request.method !== 'POST') return named(new Map(url.searchParams));
    const text = await readBody(request, BODY_LIMIT);
    if (text === null) {
      release();
      sendError(response, 413, 'too_large', 'A query may have 1 MiB.', { Connection: 'close' });
      return null;
    }
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return named(new Map(Object.entries(value)));
      }
    } catch {
      // Said below.
    }
    release();
    counts.badRequests += 1;
    sendError(response, 400, 'invalid_request', 'The body must be a JSON object.');
    return null;
  };

  const answer = async (
    request: IncomingMessage,
    base: Omit<Exchange, 'target'>,
    number: number,
  ): Promise<string> => {
    const { response, url, release, signal } = base;
    const { pathname: path } = url;
    const method = request.method ?? 'GET';
    const one = ONE_PATH.exec(path)?.[1];
    const untargeted: Exchange = { ...base, target: { request: number, method, path, key: path } };
    const query = one === undefined ? await queryOf(untargeted) : null;
    if (one === undefined && query === null) return 'unreadable';
    const offset = query?.pageToken === undefined ? query?.offset : offsetOfToken(query.pageToken);
    const pageKey = [method, path, offset ?? 0, query?.limit ?? 100].join(' ');
    const key = `${pageKey} ${request.headers.range ?? ''}`;
    const exchange: Exchange = { ...base, target: { request: number, method, path, key } };
    if (settings.latencyMs > 0) await sleep(settings.latencyMs, undefined, { signal });
    const struck = await striking.strike(exchange);
    if (struck !== null) return `fault ${struck}`;
    if (query === null) {
      const record = pages.record(decodeURIComponent(one ?? ''), now());
      if (record === undefined) {
        release();
        sendError(response, 404, 'not_found', 'There is no such interaction.');
        return 'no such interaction';
      }
      const body = Buffer.concat([Buffer.from('{"data":['), record, Buffer.from('],"total":1}')]);
      const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
      await sendBody(response, 200, headers, body, striking.delivery(exchange, body.length), release);
      return 'one interaction';
    }
    const { disturbance, note } = striking.disturb(exchange);
    const answered = pages.answer(query, now(), disturbance);
    if ('refusal' in answered) {
      const { code, message, position } = answered.refusal;
      counts.badRequests += 1;
      release();
      sendError(response, 400, code, message, {}, position === undefined ? {} : { position });
      return message;
    }
    note(answered.page);
    return sendPage(exchange, pageKey, striking.rewrite(exchange, answered.page));
  };

  return {
    serves: (path) => path === QUERY_PATH || path === STREAM_PATH || ONE_PATH.test(path),
    handle: async (request, response, url, number) => {
      counts.historyRequests += 1;
      const { method = 'GET' } = request;
      const { pathname: path } = url;
      if (striking.isDead(request, { request: number, method, path, key: path })) return 'dead connection';
      const allowed = url.pathname === QUERY_PATH ? ['POST'] : ['GET', 'HEAD'];
      if (url.pathname === STREAM_PATH && !settings.streaming) {
        sendError(response, 404, 'not_found', 'There is nothing at this path.');
        return 'no streaming';
      }
      if (!allowed.includes(request.method ?? '')) {
        sendError(response, 405, 'method_not_allowed', `Use ${allowed.join(' or ')}.`, {
          Allow: allowed.join(', '),
        });
        return 'method';
      }
      if (!admit(request, response)) return 'not admitted';
      if (active >= settings.maxConcurrentRequests) {
        counts.throttled += 1;
        const message = `At most ${settings.maxConcurrentRequests} requests at once.`;
        sendError(response, 429, 'quota_exceeded', message, {
          'Retry-After': String(settings.retryAfterSeconds),
        });
        return 'quota';
      }
      if (live && active === 0 && performance.now() - lastAsked > settings.liveAfterMs) pages.advance(now());
      lastAsked = performance.now();
      active += 1;
      counts.maxConcurrent = Math.max(counts.maxConcurrent, active);
      const gone = new AbortController();
      let held = true;
      const release = (): void => {
        if (held) active -= 1;
        held = false;
      };
      response.once('close', () => {
        release();
        gone.abort();
      });
      return answer(request, { request, response, url, release, signal: gone.signal }, number);
    },
  };
}
