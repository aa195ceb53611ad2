/** Which faults strike a request of the history endpoints, and what they do to it. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Delivery, sendError } from './answers.ts';
import { BODY_CHANGES, PAGE_CHANGES } from './fault-pages.ts';
import { REPLIES } from './fault-status.ts';
import type { FaultName, Faults, FaultTarget } from './faults.ts';
import type { Settings } from './options.ts';
import { type Disturbance, etagOf, type Page } from './pages.ts';
import type { TokenDesk } from './tokens.ts';

/** One request under way. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly target: FaultTarget;
  /** Gives the slot of the quota back; called before the last byte leaves. */
  readonly release: () => void;
  readonly signal: AbortSignal;
}

/** What is disturbed of a page, and by which faults. */
interface Disturbed {
  readonly disturbance: Disturbance;
  /** Notes what became of it. */
  readonly note: (page: Page) => void;
}

export interface HistoryFaults {
  /** The connection was kept, and is dead now: true when that was what came of it. */
  isDead(request: IncomingMessage, target: FaultTarget): boolean;
  /** Faults that take the place of the answer: the name of the one that did. */
  strike(exchange: Exchange): Promise<FaultName | null>;
  /** What is disturbed of the page that is asked for. */
  disturb(exchange: Exchange): Disturbed;
  /** The page with another body, where a fault gives it one. */
  rewrite(exchange: Exchange, page: Page): Page;
  /** Headers that are too many. */
  padding(exchange: Exchange): OutgoingHttpHeaders;
  /** How a body of a length goes out. */
  delivery(exchange: Exchange, length: number): Delivery;
}

const DELIVERIES = [
  ['reset-body', 'reset'],
  ['short-body', 'short'],
  ['long-body', 'long'],
  ['chunked-cut', 'chunked'],
  ['close-cut', 'close'],
  ['stall', 'stall'],
] as const;

const PADDING = 20;

export interface HistoryFaultContext {
  readonly settings: Settings;
  readonly faults: Faults;
  readonly desk: TokenDesk;
}

export function createHistoryFaults({ settings, faults, desk }: HistoryFaultContext): HistoryFaults {
  /**
   * Requests served since a fault dropped a token. The next is dropped only after twice the quota: a request under
   * way with the old token then never meets two 401 in a row, which would rightly end its run.
   */
  let sinceDrop = Number.POSITIVE_INFINITY;
  /** What was refused once and will be refused again. */
  const refusedTwice = new Set<string>();
  const dying = new WeakSet<Socket>();

  const refuse = ({ response, release }: Exchange): void => {
    release();
    sendError(response, 401, 'invalid_token', 'The token is no longer valid.');
  };

  /** 401: the only status that has something to remember. */
  const unauthorised = (exchange: Exchange): FaultName | null => {
    const { request, target } = exchange;
    if (refusedTwice.delete(target.key)) {
      faults.fired('401-twice', target, 'the second time');
      refuse(exchange);
      return '401-twice';
    }
    if (faults.draw('401-twice', target) !== null) {
      refusedTwice.add(target.key);
      faults.fired('401-twice', target, 'the first time');
      refuse(exchange);
      return '401-twice';
    }
    if (sinceDrop >= 2 * settings.maxConcurrentRequests && faults.draw('401', target) !== null) {
      sinceDrop = 0;
      desk.drop(request.headers.authorization);
      faults.fired('401', target, 'token dropped');
      refuse(exchange);
      return '401';
    }
    sinceDrop += 1;
    return null;
  };

  /** Faults of the connection itself. */
  const cutOff = async ({ request, response, target, release }: Exchange): Promise<FaultName | null> => {
    const { socket } = request;
    if (faults.draw('reset', target) !== null) {
      faults.fired('reset', target, 'before the answer');
      release();
      socket.resetAndDestroy();
      return 'reset';
    }
    if (faults.draw('reset-headers', target) !== null) {
      faults.fired('reset-headers', target, 'after 40 bytes');
      release();
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: applicati', () =>
        setTimeout(() => socket.resetAndDestroy(), 25),
      );
      return 'reset-headers';
    }
    if (faults.draw('silent', target) !== null) {
      faults.fired('silent', target, 'until the client goes');
      if (!response.destroyed) await new Promise((resolve) => response.once('close', resolve));
      return 'silent';
    }
    return null;
  };

  /** Whether the page begins here: a later range belongs to one whose first range was served already. */
  const isFirst = ({ request: { headers } }: Exchange): boolean =>
    headers.range === undefined || /^bytes=0-/.test(headers.range);

  return {
    isDead: ({ socket }, target) => {
      if (!dying.delete(socket)) return false;
      faults.fired('dead-keep-alive', target, 'used again');
      socket.resetAndDestroy();
      return true;
    },

    strike: async (exchange) => {
      const { request, response, target, release, signal } = exchange;
      const late = faults.draw('latency', target);
      if (late !== null) {
        const milliseconds = Math.round(settings.faultMilliseconds * (0.5 + late));
        faults.fired('latency', target, `${milliseconds} ms`);
        await sleep(milliseconds, undefined, { signal });
      }
      for (const [name, make] of REPLIES) {
        const place = faults.draw(name, target);
        if (place === null) continue;
        const port = request.socket.localPort ?? 0;
        const reply = make({ retryAfterSeconds: settings.retryAfterSeconds, place, port });
        faults.fired(name, target, reply.detail);
        release();
        response.writeHead(reply.status, {
          'Content-Length': Buffer.byteLength(reply.body),
          ...reply.headers,
        });
        response.end(reply.body);
        return name;
      }
      return unauthorised(exchange) ?? (await cutOff(exchange));
    },

    disturb: (exchange) => {
      const { target } = exchange;
      const nothing: Disturbed = { disturbance: {}, note: () => undefined };
      if (!isFirst(exchange)) return nothing;
      for (const kind of ['inserted', 'deleted', 'page-size'] as const) {
        const place = faults.draw(kind, target);
        if (place === null) continue;
        return {
          disturbance: { drift: { kind, place } },
          note: ({ drifted }) => {
            if (drifted !== null) faults.fired(kind, target, drifted);
          },
        };
      }
      for (const [name, make] of PAGE_CHANGES) {
        const place = faults.draw(name, target);
        if (place === null) continue;
        return {
          disturbance: { change: make(place) },
          note: ({ changed }) => {
            if (changed !== null) faults.fired(name, target, changed);
          },
        };
      }
      return nothing;
    },

    rewrite: (exchange, page) => {
      if (!isFirst(exchange)) return page;
      for (const [name, make] of BODY_CHANGES) {
        const place = faults.draw(name, exchange.target);
        if (place === null) continue;
        const { body, coding, detail } = make(page.body, place);
        faults.fired(name, exchange.target, detail);
        return {
          ...page,
          body,
          etag: etagOf(body),
          disturbed: true,
          ...(coding === undefined ? {} : { coding }),
        };
      }
      return page;
    },

    padding: ({ target }) => {
      if (faults.draw('huge-headers', target) === null) return {};
      faults.fired('huge-headers', target, `${PADDING * 4} KB`);
      const headers: OutgoingHttpHeaders = {};
      for (let number = 0; number < PADDING; number += 1) headers[`X-Padding-${number}`] = 'x'.repeat(4_000);
      return headers;
    },

    delivery: ({ target, request }, length) => {
      if (faults.draw('dead-keep-alive', target) !== null) dying.add(request.socket);
      if (faults.has('utf8-split')) return { kind: 'split' };
      if (faults.draw('reset-start', target) !== null) {
        faults.fired('reset-start', target, `0 of ${length} bytes`);
        return { kind: 'reset', bytes: 0 };
      }
      for (const [name, kind] of DELIVERIES) {
        const place = faults.draw(name, target);
        if (place === null) continue;
        const bytes = Math.max(0, Math.min(length - 1, Math.floor(length * (0.1 + 0.8 * place))));
        faults.fired(name, target, `after ${bytes} of ${length} bytes`);
        return { kind, bytes };
      }
      if (faults.draw('slow', target) === null) return { kind: 'whole' };
      faults.fired('slow', target, `${length} bytes in ${settings.faultMilliseconds} ms`);
      return { kind: 'slow', milliseconds: settings.faultMilliseconds };
    },
  };
}
