/**
 * One resource as its bytes in order, fetched in ranges side by side. Ranges are joined only where a strong ETag
 * says that they belong together and Content-Range says that they are those that were asked for; at the least
 * doubt the resource is asked for again, whole.
 */

import { parseContentRange, parseLength, strongEtag } from './content-range.ts';
import type { DownloadOptions, Ending, RestartReason } from './downloads.ts';
import { CANCELLED, type TenantError } from './errors.ts';
import type { Reading } from './exchange.ts';
import { BodyError } from './network-errors.ts';
import { refused } from './receiver.ts';
import { overBudget } from './status.ts';
import type { HttpAnswer } from './transport.ts';

/** The resource is not there in this way: another one has to be gone. */
const UNSERVED = [404, 405, 414, 501];
/** The range cannot be had. */
const REFUSED_RANGE = [412, 416];
/** A body that brought so much before it was cut is no failure of its request. */
const PROGRESS_BYTES = 64 * 1024;
/** Answers that are legally shorter than asked for, up to this many a resource. */
const MAX_SHORT_PARTS = 1_000;
/** A resource that has changed so often while it was read is asked for whole. */
const MAX_CHANGES = 1;

/** Downloads a resource into its receiver, which has discarded everything where the ending is not `done`. */
export async function download<T>(
  options: DownloadOptions<T>,
): Promise<Exclude<Ending<T>, { readonly kind: 'restart' }>> {
  const { share, meter, receiver } = options;
  let ranged = !share.whole;
  let changes = 0;
  let again = false;
  for (;;) {
    const ending = await new Attempt(options, ranged, again).run();
    if (ending.kind === 'done') return ending;
    if (ending.kind !== 'restart') {
      await receiver.discard();
      return ending;
    }
    if (ending.why === 'changed') changes += 1;
    else if (ending.why !== 'content') share.misfit(ending.why === 'never');
    if (ending.why !== 'changed' || changes > MAX_CHANGES) ranged = false;
    if (!meter.mayRetry()) {
      await receiver.discard();
      return { kind: 'failed', error: overBudget(ending.error) };
    }
    again = true;
  }
}

/** Made once: without a reason each page would make an error, with its stack. */
const ENDED = new Error('This download has ended.');

/** A stretch that is fetched by itself, by several answers where it has to. */
interface Chunk {
  readonly index: number;
  /** Where the next byte belongs. */
  position: number;
  /** Exclusive. */
  to: number;
  /** Its bytes go straight to the receiver: everything before it is there already. */
  head: boolean;
  /** Came before their turn. */
  held: Uint8Array[];
  /** It holds one of the places for those that came before their turn. */
  placed: boolean;
  /** Its last answer was cut: the next goes on from there. */
  cut: boolean;
  work: Promise<void>;
}

/** An answer was read: its part is there, or the attempt is over. */
type Part = Reading<'part' | 'over'>;
const PART: Part = { next: 'done', value: 'part' };
const OVER: Part = { next: 'done', value: 'over' };

class Attempt<T> {
  readonly #options: DownloadOptions<T>;
  readonly #ranged: boolean;
  readonly #again: boolean;
  readonly #controller = new AbortController();
  readonly #ahead: Chunk[] = [];
  #ending: Ending<T> | undefined;
  /** What the first answer said, which every other has to say too. */
  #opened = false;
  #etag: string | null = null;
  #total: number | null = null;
  /** Where the first chunk begins that was not begun. */
  #next = 0;
  #chunks = 0;
  #shortParts = 0;

  constructor(options: DownloadOptions<T>, ranged: boolean, again: boolean) {
    this.#options = options;
    this.#ranged = ranged;
    this.#again = again;
  }

  async run(): Promise<Ending<T>> {
    const { signal, receiver } = this.#options;
    const cancel = (): void => this.#settle({ kind: 'failed', error: CANCELLED });
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel);
    try {
      let chunk = this.#begin(true);
      await chunk.work;
      while (this.#ending === undefined && chunk.to < this.#end()) {
        chunk = this.#ahead.shift() ?? this.#begin(true);
        await this.#catchUp(chunk);
        await chunk.work;
      }
      if (this.#ending === undefined) {
        const made = await receiver.end();
        this.#settle(made.ok ? { kind: 'done', value: made.value } : this.#refusal(made.error));
      }
    } finally {
      signal.removeEventListener('abort', cancel);
      this.#controller.abort(ENDED);
      await Promise.allSettled(this.#ahead.map(({ work }) => work));
      for (const chunk of this.#ahead) this.#unplace(chunk);
    }
    return this.#ending ?? { kind: 'failed', error: CANCELLED };
  }

  /** The first ending counts; everything else under way ends with it. */
  #settle(ending: Ending<T>): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#controller.abort(ENDED);
  }

  #restart(why: RestartReason, clause: string): Part {
    const { host } = new URL(this.#options.url);
    const message = `${host} ${clause}, so the page had to be asked for again. Try again later.`;
    this.#settle({ kind: 'restart', why, error: { code: 'unexpected-answer', message, retriable: true } });
    return OVER;
  }

  /** What becomes of an attempt whose bytes the receiver does not take. */
  #refusal(error: TenantError): Ending<T> {
    return error.retriable ? { kind: 'restart', why: 'content', error } : { kind: 'failed', error };
  }

  #begin(head: boolean): Chunk {
    const position = this.#next;
    const to = Math.min(position + this.#options.chunkBytes, this.#total ?? Number.POSITIVE_INFINITY);
    const index = this.#chunks;
    const work = Promise.resolve();
    const chunk: Chunk = { index, position, to, head, held: [], placed: !head, cut: false, work };
    this.#chunks += 1;
    this.#next = to;
    chunk.work = this.#fetch(chunk);
    return chunk;
  }

  /** Begins as many chunks before their turn as there are places. */
  #lookAhead(): void {
    while (this.#ending === undefined && this.#next < this.#end() && this.#options.share.take()) {
      this.#ahead.push(this.#begin(false));
    }
  }

  /** A chunk's turn has come: hands on what it holds, and what still comes goes straight on. */
  async #catchUp(chunk: Chunk): Promise<void> {
    for (let bytes = chunk.held.shift(); bytes !== undefined; bytes = chunk.held.shift()) {
      const error = this.#ending === undefined ? await this.#options.receiver.write(bytes) : undefined;
      if (error !== undefined) this.#settle(this.#refusal(error));
    }
    chunk.head = true;
    this.#unplace(chunk);
    this.#lookAhead();
  }

  #unplace(chunk: Chunk): void {
    if (chunk.placed) this.#options.share.giveBack();
    chunk.placed = false;
  }

  /** Asks until the chunk is complete or the attempt is over. */
  async #fetch(chunk: Chunk): Promise<void> {
    const { requester, url, rank } = this.#options;
    let first = true;
    while (
      this.#ending === undefined &&
      (!this.#opened || chunk.position < Math.min(chunk.to, this.#end()))
    ) {
      const answer = await requester.stream<'part' | 'over'>({
        method: 'GET',
        url,
        signal: this.#controller.signal,
        purpose: 'history',
        rank: rank + Math.min(chunk.index, 999) / 1_000,
        again: this.#again && first && chunk.index === 0,
        takes: this.#ranged ? [...UNSERVED, ...REFUSED_RANGE] : UNSERVED,
        headers: () => {
          // What came of an answer that cannot be continued does not count.
          if (!this.#opened) chunk.position = 0;
          return this.#headers(chunk);
        },
        read: (got) => this.#read(got, chunk),
      });
      first = false;
      if (!answer.ok) this.#settle({ kind: 'failed', error: answer.error });
    }
  }

  #end(): number {
    return this.#total ?? Number.POSITIVE_INFINITY;
  }

  #headers({ position, to }: Chunk): Record<string, string> {
    if (!this.#ranged) return {};
    const last = Math.min(to, this.#end()) - 1;
    const range = `bytes=${position}-${Number.isFinite(last) ? last : ''}`;
    return { range, ...(this.#etag === null ? {} : { 'if-range': this.#etag }) };
  }

  async #read(answer: HttpAnswer, chunk: Chunk): Promise<Part> {
    const { status, headers } = answer;
    if (UNSERVED.includes(status)) {
      this.#settle({ kind: 'unserved' });
      return OVER;
    }
    if (REFUSED_RANGE.includes(status)) {
      return this.#restart('misfit', `refused a range of the page (status ${status})`);
    }
    const partial = status === 206;
    if (partial && /^\s*multipart\//i.test(String(headers['content-type'] ?? ''))) {
      return this.#unfit('never', 'sent several ranges at once');
    }
    if (partial && headers['content-range'] !== undefined) return this.#readRange(answer, chunk);
    // A 206 that does not say which range it is, is an ordinary 200.
    if (!this.#opened) return this.#readWhole(answer, chunk);
    const changed = strongEtag(headers['etag']) !== this.#etag;
    return this.#restart(changed ? 'changed' : 'misfit', 'sent the whole page where a range was asked for');
  }

  /** Something that must not be joined. Where no range was asked for, the same request may do better. */
  #unfit(why: RestartReason, clause: string): Part {
    if (this.#ranged) return this.#restart(why, clause);
    const { host } = new URL(this.#options.url);
    const message = `${host} ${clause}, although the whole page was asked for. Try again later, or use WITH mode = 'page'.`;
    return { next: 'retry', error: { code: 'unexpected-answer', message, retriable: true } };
  }

  /** A body that is the resource from its first byte on. */
  async #readWhole(answer: HttpAnswer, chunk: Chunk, length?: number): Promise<Part> {
    const { receiver, wholeMs } = this.#options;
    const { status, headers } = answer;
    const etag = strongEtag(headers['etag']);
    const resumable =
      this.#ranged &&
      status === 200 &&
      etag !== null &&
      headers['content-encoding'] === undefined &&
      /^\s*bytes\s*$/i.test(String(headers['accept-ranges'] ?? ''));
    if (!resumable) answer.allow(wholeMs);
    await receiver.begin(answer);
    try {
      for await (const bytes of answer.body) {
        chunk.position += bytes.length;
        const error = await receiver.write(bytes);
        if (error !== undefined) return this.#incomplete(answer, error);
      }
    } catch (error) {
      if (!resumable || chunk.position === 0) throw error;
      const cut = cutOf(error);
      this.#opened = true;
      this.#etag = etag;
      this.#total = parseLength(headers['content-length']) ?? null;
      chunk.to = Number.POSITIVE_INFINITY;
      this.#next = chunk.to;
      chunk.cut = true;
      return { next: 'retry', error: cut, progress: chunk.position >= PROGRESS_BYTES };
    }
    if (length !== undefined && chunk.position !== length) {
      return this.#unfit('misfit', 'sent another number of bytes than it said');
    }
    const made = await receiver.end();
    if (!made.ok) return this.#incomplete(answer, made.error);
    this.#settle({ kind: 'done', value: made.value });
    return OVER;
  }

  /** A body that is no page. Of a 206 that did not say so it may have been a part: asked for whole it is one. */
  #incomplete({ status }: HttpAnswer, error: TenantError): Part {
    if (status === 206 && this.#ranged && error.retriable) {
      return this.#restart('never', 'sent a part of the page without saying which');
    }
    return refused(error);
  }

  /** A 206 that says which range it is. */
  async #readRange(answer: HttpAnswer, chunk: Chunk): Promise<Part> {
    const { headers } = answer;
    const range = parseContentRange(String(headers['content-range']));
    if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
      return this.#unfit('never', 'sent a packed range of the page');
    }
    if (range === undefined)
      return this.#unfit('misfit', 'sent a range of the page that cannot be understood');
    const { first, last, total } = range;
    if (total === null) return this.#unfit('never', 'sent a range of a page without saying how long that is');
    const size = last - first + 1;
    const said = parseLength(headers['content-length']) ?? size;
    if (!this.#ranged && first === 0 && size === total) return this.#readWhole(answer, chunk, total);
    const others = this.#opened && this.#total !== null && total !== this.#total;
    if (!this.#ranged || first !== chunk.position || last >= chunk.to || said !== size || others) {
      return this.#unfit('misfit', 'sent another range of the page than was asked for');
    }
    const etag = strongEtag(headers['etag']);
    if (this.#opened && etag !== this.#etag) {
      return this.#restart(etag === null ? 'misfit' : 'changed', 'changed the page while it was read');
    }
    if (etag === null && size < total) {
      return this.#restart('never', 'sent a range of the page without a strong ETag');
    }
    return this.#join(answer, chunk, { end: last + 1, total, etag });
  }

  async #join(
    answer: HttpAnswer,
    chunk: Chunk,
    { end, total, etag }: { readonly end: number; readonly total: number; readonly etag: string | null },
  ): Promise<Part> {
    const { receiver, meter } = this.#options;
    const asked = Math.min(chunk.to, total);
    if (!this.#opened) await receiver.begin(answer);
    // Without a strong ETag the next answer, if there has to be one, is the first again.
    this.#opened = etag !== null;
    this.#etag = etag;
    this.#total = total;
    if (this.#chunks === 1 && Number.isFinite(chunk.to)) {
      chunk.to = asked;
      this.#next = asked;
    }
    meter.counts.rangeChunks += 1;
    if (chunk.cut) meter.counts.resumed += 1;
    chunk.cut = false;
    this.#lookAhead();
    const from = chunk.position;
    let cut: TenantError | undefined;
    try {
      for await (const bytes of answer.body) {
        if (chunk.position + bytes.length > end) {
          return this.#restart('misfit', 'sent more of the page than it said');
        }
        chunk.position += bytes.length;
        if (!chunk.head) {
          chunk.held.push(bytes);
          continue;
        }
        const error = await receiver.write(bytes);
        if (error !== undefined) {
          this.#settle(this.#refusal(error));
          return OVER;
        }
      }
    } catch (error) {
      cut = cutOf(error);
    }
    if (cut === undefined && chunk.position < end) cut = this.#cutShort();
    if (cut !== undefined) {
      chunk.cut = chunk.position > 0 && this.#opened;
      const progress = this.#opened && chunk.position - from >= PROGRESS_BYTES;
      return { next: 'retry', error: cut, progress };
    }
    this.#opened = true;
    if (end < asked) {
      this.#shortParts += 1;
      if (this.#shortParts > MAX_SHORT_PARTS)
        return this.#restart('never', 'sent ranges of a few bytes only');
    }
    return PART;
  }

  #cutShort(): TenantError {
    const { host } = new URL(this.#options.url);
    const message = `${host} ended its answer before the range that it promised was complete. Try again later.`;
    return { code: 'unreachable', message, retriable: true };
  }
}

/** A cut after which it is worth going on; anything else is thrown on. */
function cutOf(error: unknown): TenantError {
  if (error instanceof BodyError && error.error.retriable && error.error.code !== 'cancelled')
    return error.error;
  throw error;
}
