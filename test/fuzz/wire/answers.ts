/** Answers of a server in memory, as the transport gives them: headers, and a body that comes in pieces. */
import type { Clock } from '../../../server/src/tenant/clock.ts';
import { CANCELLED, type TenantError } from '../../../server/src/tenant/errors.ts';
import { BodyError } from '../../../server/src/tenant/network-errors.ts';
import type { HttpAnswer } from '../../../server/src/tenant/transport.ts';

/** What comes over the wire. */
export interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly bytes: Uint8Array;
  /** `cut`: an error after the last byte. `stall`: nothing more, until a limit of time is reached. */
  readonly ends: 'well' | 'cut' | 'stall';
}

export interface Pace {
  /** Bytes of a piece. */
  readonly piece: number;
  /** Milliseconds before each piece. */
  readonly delay: number;
}

export const CUT: TenantError = {
  code: 'unreachable',
  message: 'The connection was cut.',
  retriable: true,
};
const LATE: TenantError = { code: 'timeout', message: 'The answer stalled.', retriable: true };
const STALL_MS = 30_000;

/** A body that its length cuts, or that its length promises in vain, as an HTTP parser sees it. */
function framed({ headers, bytes, ends }: Sent): Pick<Sent, 'bytes' | 'ends'> {
  const length = String(headers['content-length']);
  const said = /^\d+$/.test(length) ? Number(length) : Number.NaN;
  if (bytes.length > said) return { bytes: bytes.subarray(0, said), ends: 'well' };
  return { bytes, ends: bytes.length < said && ends === 'well' ? 'cut' : ends };
}

export function answerOf(
  sent: Sent,
  { piece, delay }: Pace,
  clock: Clock,
  signal: AbortSignal,
  closed: () => void,
): HttpAnswer {
  const { bytes, ends } = framed(sent);
  let over = false;
  let brokenOff = false;
  let received = 0;
  let error: TenantError | undefined;
  let wake = (): void => undefined;
  const close = (): void => {
    if (over) return;
    over = true;
    signal.removeEventListener('abort', cancel);
    closed();
  };
  const breakOff = (why: TenantError): void => {
    if (over) return;
    error = why;
    brokenOff = true;
    close();
    wake();
  };
  const cancel = (): void => breakOff(CANCELLED);
  signal.addEventListener('abort', cancel);
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const off = clock.after(ms, () => wake());
      wake = () => {
        off();
        resolve();
      };
      if (error !== undefined) wake();
    });
  async function* body(): AsyncGenerator<Uint8Array, undefined> {
    try {
      for (let at = 0; at < bytes.length; at += piece) {
        if (delay > 0) await pause(delay);
        if (error !== undefined) throw new BodyError(error);
        const some = bytes.subarray(at, at + piece);
        received += some.length;
        yield some;
      }
      if (ends === 'stall') {
        await pause(STALL_MS);
        breakOff(LATE);
      }
      if (error !== undefined) throw new BodyError(error);
      close();
      if (ends === 'cut') throw new BodyError(CUT);
      return undefined;
    } finally {
      breakOff(CANCELLED);
    }
  }
  return {
    status: sent.status,
    headers: sent.headers,
    body: body(),
    discard: cancel,
    received: () => received,
    allow: () => undefined,
    brokenOff: () => brokenOff,
  };
}
