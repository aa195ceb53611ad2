/** Downloads in ranges before a server in memory that answers as a test says. */
import { createDownloadShare, type DownloadOptions } from '../../../server/src/tenant/downloads.ts';
import { success, type TenantError } from '../../../server/src/tenant/errors.ts';
import type { Requester } from '../../../server/src/tenant/exchange.ts';
import type { Meter } from '../../../server/src/tenant/meter.ts';
import { download } from '../../../server/src/tenant/ranges.ts';
import type { Receiver } from '../../../server/src/tenant/receiver.ts';
import type { Sent } from '../../fuzz/wire/answers.ts';
import { type Question, type Resource, truthful } from '../../fuzz/wire/blows.ts';
import { questionOf } from '../../fuzz/wire/question.ts';
import { NEVER, ORIGIN, wire } from './request-wire.ts';

export const HOST = 'tenant.example';

export function bytesOf(size: number, version = 0): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8) * 7 + version * 101) % 251);
}

export type Given = Partial<Sent> & { readonly error?: TenantError };

export interface SetUp {
  readonly size?: number;
  readonly chunkBytes?: number;
  readonly places?: number;
  readonly concurrency?: number;
  readonly retries?: number;
  readonly delay?: number;
  readonly piece?: number;
  readonly rank?: number;
  readonly etag?: string | null;
  /** Instead of the truth; undefined leaves that. */
  readonly answer?: (number: number, question: Question, truth: Sent) => Given | undefined;
  /** The resource at a request. */
  readonly at?: (number: number) => Resource;
  readonly meter?: Partial<Meter>;
  readonly receiver?: Partial<Receiver<Uint8Array>>;
  readonly signal?: AbortSignal;
}

/** Takes everything. */
function collecting() {
  let pieces: Uint8Array[] = [];
  const is = { discarded: 0, begun: 0 };
  const receiver: Receiver<Uint8Array> = {
    async begin() {
      is.begun += 1;
      pieces = [];
    },
    async write(bytes) {
      pieces.push(Uint8Array.from(bytes));
      return undefined;
    },
    end: async () => success(Uint8Array.from(Buffer.concat(pieces))),
    async discard() {
      is.discarded += 1;
    },
  };
  return { receiver, is };
}

export function setUp(options: SetUp = {}) {
  const { size = 95, chunkBytes = 10, etag = '"one"', places = 5 } = options;
  const resource: Resource = { bytes: bytesOf(size), etag };
  const net = wire({
    ...{ concurrency: options.concurrency ?? 5, retries: options.retries ?? 5, delay: options.delay ?? 1 },
    piece: options.piece ?? 7,
    ...(options.meter === undefined ? {} : { meter: options.meter }),
    answer(number, request) {
      const question = questionOf(request);
      const truth = truthful({ question, resource: options.at?.(number) ?? resource, place: 0, text: '' });
      return options.answer?.(number, question, truth) ?? truth;
    },
  });
  const begun: {
    rank: number | undefined;
    again: boolean | undefined;
    takes: readonly number[] | undefined;
  }[] = [];
  const requester: Requester = {
    json: net.requester.json,
    stream(request) {
      begun.push({ rank: request.rank, again: request.again, takes: request.takes });
      return net.requester.stream(request);
    },
  };
  const { receiver, is } = collecting();
  const share = createDownloadShare(places);
  const asks: DownloadOptions<Uint8Array> = {
    ...{ requester, meter: net.meter, share, chunkBytes, rank: options.rank ?? 0, wholeMs: 77_000 },
    receiver: { ...receiver, ...options.receiver },
    url: `${ORIGIN}/history`,
    signal: options.signal ?? NEVER,
  };
  /** Places that are free. */
  const free = (): number => {
    let taken = 0;
    while (share.take()) taken += 1;
    for (let place = 0; place < taken; place += 1) share.giveBack();
    return taken;
  };
  return {
    ...net,
    ...{ is, share, free, begun, whole: resource.bytes },
    run: () => net.ended(download(asks)),
    start: () => download(asks),
    asks: () => net.asked.map(({ headers }) => headers['range']),
  };
}

export const done = (value: Uint8Array) => ({ kind: 'done', value });

/** The Range headers of a download without faults. */
export function chunks(size: number, each: number): string[] {
  return Array.from({ length: Math.ceil(size / each) }, (_, index) => {
    return `bytes=${index * each}-${Math.min(size, (index + 1) * each) - 1}`;
  });
}

export const none = new Uint8Array(0);

export const part = (from: number, to: number, total: number | string) => ({
  'content-range': `bytes ${from}-${to - 1}/${total}`,
});

export const unsaid = ({ headers: { 'content-length': _, ...headers }, ...truth }: Sent): Sent => ({
  ...truth,
  headers,
});
