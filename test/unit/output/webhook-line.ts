/** A receiver of webhooks in memory: what undici would send is answered without a socket. */
import { Dispatcher } from 'undici';
import type { Destination } from '../../../server/src/output/webhook/post.ts';

export interface Posted {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A status with headers, an error of the network, or nothing until this side gives up. */
export type Reply =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string | string[]>> }
  | Error
  | 'nothing';

export interface Line {
  readonly posted: Posted[];
  /** Dispatchers that were made, and those that were put away. */
  readonly counts: { made: number; destroyed: number };
  readonly proxy: NonNullable<Destination['proxy']>;
}

class Wire extends Dispatcher {
  readonly #answer: (posted: Posted) => Reply;
  readonly #gone: () => void;

  constructor(answer: (posted: Posted) => Reply, gone: () => void) {
    super();
    this.#answer = answer;
    this.#gone = gone;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const controller: Dispatcher.DispatchController = {
      ...{ aborted: false, paused: false, reason: null, rawHeaders: null, rawTrailers: null },
      abort: (reason) => handler.onResponseError?.(controller, reason),
      pause: () => undefined,
      resume: () => undefined,
    };
    handler.onRequestStart?.(controller, {});
    const reply = this.#answer({
      url: `${String(options.origin)}${options.path}`,
      method: options.method,
      headers: Object.fromEntries(
        Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)]),
      ),
      body: String(options.body),
    });
    if (reply === 'nothing') return true;
    setImmediate(() => {
      if (reply instanceof Error) return handler.onResponseError?.(controller, reply);
      handler.onResponseStart?.(controller, reply.status, { ...reply.headers }, '');
      handler.onResponseData?.(controller, Buffer.from('an answer'));
      return handler.onResponseEnd?.(controller, {});
    });
    return true;
  }

  override async destroy(): Promise<void> {
    this.#gone();
  }
}

/** Who is sent to without end takes it at last. */
const MOST = 40;

export function line(answer: (index: number, posted: Posted) => Reply = () => ({ status: 200 })): Line {
  const posted: Posted[] = [];
  const counts = { made: 0, destroyed: 0 };
  return {
    posted,
    counts,
    proxy: async () => {
      counts.made += 1;
      return new Wire(
        (one) => {
          const index = posted.push(one) - 1;
          return index < MOST ? answer(index, one) : { status: 200 };
        },
        () => {
          counts.destroyed += 1;
        },
      );
    },
  };
}
