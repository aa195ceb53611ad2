/** Who takes the bytes of one resource: in order, from the first to the last, and again from the first if need be. */
import type { Result, TenantError } from './errors.ts';
import type { Reading } from './exchange.ts';
import type { HttpAnswer } from './transport.ts';

export interface Receiver<T> {
  /** The first byte of this answer's body comes next; what came before does not count. */
  begin(answer: Pick<HttpAnswer, 'status' | 'headers'>): Promise<void>;
  /** Takes bytes; gives an error where it wants no more. */
  write(bytes: Uint8Array): Promise<TenantError | undefined>;
  /** All bytes have come: what they make, or what is wrong with them. */
  end(): Promise<Result<T>>;
  /** Frees what it holds; nothing follows. */
  discard(): Promise<void>;
}

/** Reads one answer from its first byte to its last. Throws BodyError. */
export async function receive<T>(answer: HttpAnswer, receiver: Receiver<T>): Promise<Reading<T>> {
  await receiver.begin(answer);
  for await (const bytes of answer.body) {
    const error = await receiver.write(bytes);
    if (error !== undefined) return refused(error);
  }
  const made = await receiver.end();
  return made.ok ? { next: 'done', value: made.value } : refused(made.error);
}

/** What a receiver does not take may be what it wants when it comes again. */
export function refused<T>(error: TenantError): Reading<T> {
  return { next: error.retriable ? 'retry' : 'fail', error };
}
