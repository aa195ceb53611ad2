/**
 * The life of one exchange: from the wait for a connection to the last byte, with back-pressure and a limit for
 * each kind of waiting. Whatever ends it is said once, and ends the socket where the answer was not complete.
 */
import type { Dispatcher } from 'undici';
import type { Clock } from './clock.ts';
import type { Route } from './connections.ts';
import { CANCELLED, failure, type Result, success, type TenantError } from './errors.ts';
import { BodyError, describe, type Late, timedOut } from './network-errors.ts';

export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Milliseconds. */
export interface ExchangeLimits {
  /** Until there is a connection. */
  readonly connectMs: number;
  /** From the request's start to the answer's headers. */
  readonly headersMs: number;
  /** Between two pieces of the body; noticed within half as much again. */
  readonly idleMs: number;
  /** The whole. */
  readonly totalMs: number;
}

export interface ExchangeOptions {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly limits: ExchangeLimits;
  readonly route: Route;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** An answer whose headers are there. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** The body as it comes; may be asked for once. Throws BodyError. */
  bytes(): AsyncGenerator<Uint8Array, undefined>;
  discard(): void;
  received(): number;
  allow(totalMs: number): void;
  brokenOff(): boolean;
}

/** Beyond this the sender is made to wait until the reader has caught up. */
const HIGH_WATER = 256 * 1024;

/** Dispatches; resolves once the headers are there. */
export function startExchange(options: ExchangeOptions): Promise<Result<RawAnswer>> {
  return new Promise((resolve) => {
    const exchange = new Exchange(options, resolve);
    exchange.start();
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #resolve: (answer: Result<RawAnswer>) => void;
  readonly #connected: () => void;
  readonly #timers = new Map<Late, () => void>();
  readonly #cancel = (): void => this.#fail(CANCELLED, true);
  #controller: Dispatcher.DispatchController | undefined;
  #chunks: Uint8Array[] = [];
  #queued = 0;
  #received = 0;
  #silentTicks = 0;
  #paused = false;
  #answered = false;
  #ended = false;
  #brokenOff = false;
  #error: TenantError | undefined;
  #wake = (): void => undefined;

  constructor(options: ExchangeOptions, resolve: (answer: Result<RawAnswer>) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#connected = options.route.waits();
  }

  start(): void {
    const { url, method, headers, body, limits, route, signal } = this.#options;
    if (signal.aborted) {
      this.#cancel();
      return;
    }
    signal.addEventListener('abort', this.#cancel);
    this.#limit('total', limits.totalMs);
    this.#limit('connect', limits.connectMs);
    try {
      route.dispatcher.dispatch(
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method,
          headers,
          body: body ?? null,
          // The limits above count; the library's own would cut a slow but living answer.
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        this,
      );
    } catch (error) {
      this.#fail(describe(error, url), false);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#connected();
    this.#clear('connect');
    if (this.#error !== undefined) controller.abort(new Error(this.#error.message));
    else this.#limit('headers', this.#options.limits.headersMs);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: HttpHeaders): void {
    // 1xx: the answer itself is still to come.
    if (status < 200 || this.#error !== undefined) return;
    this.#clear('headers');
    this.#answered = true;
    this.#watchIdle();
    this.#resolve(
      success({
        status,
        headers,
        bytes: () => this.#bytes(),
        discard: () => this.#fail(CANCELLED, true),
        received: () => this.#received,
        allow: (ms) => {
          if (!this.#over()) this.#limit('total', ms);
        },
        brokenOff: () => this.#brokenOff,
      }),
    );
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#error !== undefined) return;
    this.#silentTicks = 0;
    this.#received += chunk.length;
    this.#queued += chunk.length;
    this.#chunks.push(chunk);
    if (this.#queued > HIGH_WATER && !this.#paused) {
      this.#paused = true;
      controller.pause();
    }
    this.#wake();
  }

  onResponseEnd(): void {
    if (this.#error !== undefined) return;
    this.#ended = true;
    this.#close();
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(describe(error, this.#options.url), false);
  }

  #over(): boolean {
    return this.#ended || this.#error !== undefined;
  }

  /** `mine`: this side gives up, so the socket has to end. */
  #fail(error: TenantError, mine: boolean): void {
    if (this.#over()) return;
    this.#error = error;
    if (mine) {
      this.#brokenOff = true;
      // What came before a limit was reached still counts.
      if (error.code === 'cancelled') this.#chunks = [];
      this.#controller?.abort(new Error(error.message));
    }
    this.#close();
    if (!this.#answered) this.#resolve(failure(error));
  }

  #close(): void {
    this.#connected();
    for (const late of [...this.#timers.keys()]) this.#clear(late);
    this.#options.signal.removeEventListener('abort', this.#cancel);
    this.#wake();
  }

  #limit(late: Late, ms: number): void {
    this.#clear(late);
    const { clock, url, route } = this.#options;
    this.#timers.set(
      late,
      clock.after(ms, () => this.#fail(timedOut(url, ms, late, route.via), true)),
    );
  }

  /** Looks at intervals instead of setting a timer for each piece; the third silent one is too many. */
  #watchIdle(): void {
    const { clock, url, limits } = this.#options;
    const look = (): void => {
      // Silence that the reader asked for does not count.
      this.#silentTicks = this.#paused ? 0 : this.#silentTicks + 1;
      if (this.#silentTicks > 2) this.#fail(timedOut(url, limits.idleMs, 'idle'), true);
      else this.#timers.set('idle', clock.after(limits.idleMs / 2, look));
    };
    this.#timers.set('idle', clock.after(limits.idleMs / 2, look));
  }

  #clear(late: Late): void {
    this.#timers.get(late)?.();
    this.#timers.delete(late);
  }

  async *#bytes(): AsyncGenerator<Uint8Array, undefined> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.#queued -= chunk.length;
          yield chunk;
        } else if (this.#error !== undefined) {
          throw new BodyError(this.#error);
        } else if (this.#ended) {
          return undefined;
        } else {
          if (this.#paused) {
            this.#paused = false;
            this.#controller?.resume();
          }
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.#fail(CANCELLED, true);
    }
  }
}
