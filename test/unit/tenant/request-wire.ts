/** The requester before a tenant in memory, on a clock of its own. */
import type { Credentials } from '../../../server/src/protocol/profile.ts';
import { CANCELLED, failure, success, type TenantError } from '../../../server/src/tenant/errors.ts';
import type { Requester } from '../../../server/src/tenant/exchange.ts';
import { createGovernor, type Governor } from '../../../server/src/tenant/governor.ts';
import { createMeter, type Meter } from '../../../server/src/tenant/meter.ts';
import { resolveProfile } from '../../../server/src/tenant/profile.ts';
import { createRequester } from '../../../server/src/tenant/requests.ts';
import { createTokenSource, type TokenSource } from '../../../server/src/tenant/tokens.ts';
import type { HttpRequest } from '../../../server/src/tenant/transport.ts';
import { answerOf, type Sent } from '../../fuzz/wire/answers.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

export const ORIGIN = 'https://tenant.example';
export const PATIENCE_MS = 120_000;
export const NEVER = new AbortController().signal;

export interface Asked extends HttpRequest {
  /** Milliseconds since the start. */
  readonly at: number;
}

interface Given extends Partial<Sent> {
  /** There is no answer. */
  readonly error?: TenantError;
}

export interface WireOptions {
  /** Answers a request, the first is 0: with 200 and an empty object where it says nothing else. */
  readonly answer?: (number: number, request: HttpRequest) => Given;
  readonly profile?: Readonly<Record<string, unknown>>;
  readonly credentials?: Credentials;
  readonly tokens?: TokenSource;
  readonly governor?: Governor;
  readonly meter?: Partial<Meter>;
  readonly concurrency?: number;
  readonly quota?: number;
  readonly retries?: number;
  /** Milliseconds until there is an answer, and between its pieces. */
  readonly delay?: number;
  /** Bytes of a piece. */
  readonly piece?: number;
}

export interface Wire {
  readonly requester: Requester;
  readonly clock: VirtualClock;
  readonly meter: Meter;
  readonly governor: Governor;
  readonly asked: Asked[];
  /** Milliseconds that a body was allowed to take beyond its request's limit. */
  readonly allowed: number[];
  /** Answers whose connection is in use. */
  readonly open: () => number;
  /** What work gives, once nothing is left to happen. */
  readonly ended: <T>(work: Promise<T>) => Promise<T>;
  /** What it gives, and milliseconds from the start until then. */
  readonly timed: <T>(work: Promise<T>) => Promise<{ readonly value: T; readonly at: number }>;
}

export function wire(options: WireOptions = {}): Wire {
  const { concurrency = 5, quota = 5, retries = 3, delay = 0 } = options;
  const clock = virtualClock();
  const start = clock.now();
  const resolved = resolveProfile({ baseUrl: ORIGIN, auth: { kind: 'none' }, ...options.profile });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems));
  const { profile } = resolved;
  const governor = options.governor ?? createGovernor(quota, clock);
  const meter = { ...createMeter(clock.now), ...options.meter };
  const asked: Asked[] = [];
  const allowed: number[] = [];
  let open = 0;
  const requester = createRequester({
    ...{ profile, clock, meter, retries, concurrency, timeoutMs: 60_000 },
    tokens: options.tokens ?? createTokenSource(profile.auth, options.credentials ?? {}, clock),
    governor: () => governor,
    transport: {
      async send(request, signal) {
        const number = asked.length;
        asked.push({ ...request, at: clock.now() - start });
        open += 1;
        if (delay > 0) await clock.sleep(delay, signal);
        if (signal.aborted) {
          open -= 1;
          return failure(CANCELLED);
        }
        const given: Given = options.answer?.(number, request) ?? {};
        if (given.error !== undefined) {
          open -= 1;
          return failure(given.error);
        }
        const whole: Sent = { status: 200, headers: {}, bytes: Buffer.from('{}'), ends: 'well', ...given };
        const sent = answerOf(whole, { piece: options.piece ?? 8, delay }, clock, signal, () => {
          open -= 1;
        });
        return success({ ...sent, allow: (ms: number) => void allowed.push(ms) });
      },
    },
  });
  const timed = async <T>(work: Promise<T>) => {
    let at = Number.NaN;
    const end = (): void => {
      at = clock.now() - start;
    };
    work.then(end, end);
    await clock.run();
    if (Number.isNaN(at)) throw new Error('It hangs.');
    return { value: await work, at };
  };
  const ended = async <T>(work: Promise<T>): Promise<T> => (await timed(work)).value;
  return { requester, clock, meter, governor, asked, allowed, open: () => open, ended, timed };
}

export const ask = { method: 'GET', url: `${ORIGIN}/history`, signal: NEVER, purpose: 'history' } as const;

/** An error of the transport. */
export function broken(more: Partial<TenantError> = {}): { readonly error: TenantError } {
  return { error: { code: 'unreachable', message: 'The connection broke.', retriable: true, ...more } };
}
