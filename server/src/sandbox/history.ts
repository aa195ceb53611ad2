/** The history endpoints: who may ask, how many at once, which faults strike, and the page itself. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Micros } from '../protocol/instant.ts';
import { type Delivery, readBody, sendBody, sendError } from './answers.ts';
import type { FaultName, Faults, FaultTarget } from './faults.ts';
import type { Settings } from './options.ts';
import { offsetOfToken, type Page, type PageChange, type PageQuery, type Pages } from './pages.ts';
import { ifRangeHolds, readRange } from './ranges.ts';
import { HISTORY_SCOPE, type TokenDesk } from './tokens.ts';

const QUERY_PATH = '/api/v2/interactions/history/query';
const STREAM_PATH = '/api/v2/interactions/history';
const ONE_PATH = /^\/api\/v2\/interactions\/([^/]+)\/history$/;

const BODY_LIMIT = 1_048_576;
const LOGIN_PAGE =
  '<!doctype html><html><head><title>Sign in</title></head><body><form>User name <input name="user"></form></body></html>';

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

/** One request under way. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly target: FaultTarget;
  /** Gives the slot of the quota back; called before the last byte leaves. */
  readonly release: () => void;
  readonly signal: AbortSignal;
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
  /**
   * Requests served since a fault dropped a token. The next is dropped only after twice the quota: a request under
   * way with the old token then never meets two 401 in a row, which would rightly end its run.
   */
  let sinceDrop = Number.POSITIVE_INFINITY;

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

  /** Faults that take the place of the answer. */
  const strike = async (exchange: Exchange): Promise<string | null> => {
    const { request, response, target, release, signal } = exchange;
    const late = faults.draw('latency', target);
    if (late !== null) {
      const milliseconds = Math.round(settings.faultMilliseconds * (0.5 + late));
      faults.fired('latency', target, `${milliseconds} ms`);
      await sleep(milliseconds, undefined, { signal });
    }
    const seconds = settings.retryAfterSeconds;
    for (const name of ['429', '429-date'] as const) {
      if (faults.draw(name, target) === null) continue;
      // A date has no parts of a second: the next whole one keeps it a floor.
      const date = new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000).toUTCString();
      const value = name === '429' ? String(seconds) : date;
      faults.fired(name, target, `Retry-After: ${value}`);
      release();
      sendError(response, 429, 'too_many_requests', 'Too many requests.', { 'Retry-After': value });
      return name;
    }
    const sick = faults.draw('5xx', target);
    if (sick !== null) {
      const status = [500, 502, 503][Math.floor(sick * 3)] ?? 500;
      faults.fired('5xx', target, String(status));
      release();
      sendError(response, status, 'server_error', 'Something went wrong here.');
      return '5xx';
    }
    if (sinceDrop >= 2 * settings.maxConcurrentRequests && faults.draw('401', target) !== null) {
      sinceDrop = 0;
      desk.drop(request.headers.authorization);
      faults.fired('401', target, 'token dropped');
      release();
      sendError(response, 401, 'invalid_token', 'The token is no longer valid.');
      return '401';
    }
    sinceDrop += 1;
    if (faults.draw('html', target) !== null) {
      faults.fired('html', target, '200 text/html');
      release();
      response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Length': LOGIN_PAGE.length });
      response.end(LOGIN_PAGE);
      return 'html';
    }
    if (faults.draw('reset', target) !== null) {
      faults.fired('reset', target, 'before the answer');
      release();
      request.socket.resetAndDestroy();
      return 'reset';
    }
    return null;
  };

  const changeOf = ({
    request,
    target,
  }: Exchange): { readonly name: FaultName; readonly change: PageChange } | null => {
    // A later range belongs to the page whose first range was already served.
    const { range } = request.headers;
    if (range !== undefined && !/^bytes=0-/.test(range)) return null;
    for (const kind of ['duplicate', 'missing', 'repeat-token'] as const) {
      const place = faults.draw(kind, target);
      if (place !== null) return { name: kind, change: { kind, place } };
    }
    return null;
  };

  const deliveryOf = ({ target }: Exchange, length: number): Delivery => {
    for (const [name, kind] of [
      ['reset-body', 'reset'],
      ['short-body', 'short'],
      ['stall', 'stall'],
    ] as const) {
      const place = faults.draw(name, target);
      if (place === null) continue;
      const bytes = Math.min(length - 1, Math.floor(length * (0.1 + 0.8 * place)));
      faults.fired(name, target, `after ${bytes} of ${length} bytes`);
      return { kind, bytes };
    }
    if (faults.draw('slow', target) === null) return { kind: 'whole' };
    faults.fired('slow', target, `${length} bytes in ${settings.faultMilliseconds} ms`);
    return { kind: 'slow', milliseconds: settings.faultMilliseconds };
  };

  const sendPage = async (exchange: Exchange, page: Page): Promise<string> => {
    const { response, release, target } = exchange;
    const headers: OutgoingHttpHeaders = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
    counts.pages += 1;
    counts.records += page.records;
    const words = `offset ${page.offset}, ${page.records} of ${page.total}`;
    if (exchange.request.method === 'POST') {
      const delivery = deliveryOf(exchange, page.body.length);
      await sendBody(response, 200, headers, page.body, delivery, release);
      return words;
    }
    let etag = page.etag();
    const ifRange = exchange.request.headers['if-range']?.toString();
    let held = ifRangeHolds(ifRange, etag);
    if (ifRange !== undefined) {
      const place = faults.draw('etag-change', target);
      if (place !== null) {
        etag = `"${etag.slice(1, -1)}.changed"`;
        // Half of the time as RFC 9110 has it, with the whole; else as a careless server does, with the range.
        held = place >= 0.5;
        faults.fired('etag-change', target, held ? '206 with another ETag' : '200 with another ETag');
      }
    }
    Object.assign(headers, { ETag: etag, 'Accept-Ranges': 'bytes' });
    const length = page.body.length;
    const range = held ? readRange(exchange.request.headers.range, length) : null;
    if (range === 'unsatisfiable') {
      release();
      sendError(response, 416, 'range_not_satisfiable', `The page has ${length} bytes.`, {
        'Content-Range': `bytes */${length}`,
      });
      return '416';
    }
    if (range === null) {
      await sendBody(response, 200, headers, page.body, deliveryOf(exchange, length), release);
      return words;
    }
    counts.ranges += 1;
    let contentRange = `bytes ${range.first}-${range.last}/${length}`;
    const wrong = faults.draw('wrong-range', target);
    if (wrong !== null) {
      contentRange =
        wrong < 0.5
          ? `bytes ${range.first + 1}-${range.last + 1}/${length}`
          : `bytes ${range.first}-${range.last}/${length + 1}`;
      faults.fired('wrong-range', target, contentRange);
    }
    headers['Content-Range'] = contentRange;
    const part = page.body.subarray(range.first, range.last + 1);
    await sendBody(response, 206, headers, part, deliveryOf(exchange, part.length), release);
    return `${words}, ${contentRange}`;
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
    const key = [method, path, offset ?? 0, query?.limit ?? 100, request.headers.range ?? ''].join(' ');
    const exchange: Exchange = { ...base, target: { request: number, method, path, key } };
    if (settings.latencyMs > 0) await sleep(settings.latencyMs, undefined, { signal });
    const struck = await strike(exchange);
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
      await sendBody(response, 200, headers, body, deliveryOf(exchange, body.length), release);
      return 'one interaction';
    }
    const changing = changeOf(exchange);
    const answered = pages.answer(query, now(), changing?.change ?? null);
    if ('refusal' in answered) {
      const { code, message, position } = answered.refusal;
      counts.badRequests += 1;
      release();
      sendError(response, 400, code, message, {}, position === undefined ? {} : { position });
      return message;
    }
    const { page } = answered;
    if (changing !== null && page.changed !== null)
      faults.fired(changing.name, exchange.target, page.changed);
    return sendPage(exchange, page);
  };

  return {
    serves: (path) => path === QUERY_PATH || path === STREAM_PATH || ONE_PATH.test(path),
    handle: async (request, response, url, number) => {
      counts.historyRequests += 1;
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
