/** Pages as resources (GET, in ranges) while the tenant serves them so; as answers to a query (POST) otherwise. */
import type { Profile } from '../protocol/profile.ts';
import { createDownloadShare } from './downloads.ts';
import { failure, type Result, success } from './errors.ts';
import type { Requester } from './exchange.ts';
import type { Meter } from './meter.ts';
import { createPageReceiver } from './page-receiver.ts';
import { type FetchPage, type Page, type PagePlace, type PageQuery, requestBody } from './pages.ts';
import { download } from './ranges.ts';
import { receive } from './receiver.ts';
import { MAX_BODY_BYTES } from './transport.ts';

export interface PageSourceSettings {
  readonly profile: Profile;
  readonly requester: Requester;
  readonly meter: Meter;
  readonly mode: 'stream' | 'page';
  /** Requests of the run at once. */
  readonly concurrency: number;
  /** Of one request. */
  readonly timeoutMs: number;
  /** Ceiling of one page, unpacked, in bytes. */
  readonly maxBodyBytes?: number;
  /** Where pages are held that are too large for memory; default: the system's folder for such files. */
  readonly folder?: string;
}

/** Longer addresses are cut or refused on the way. */
const MAX_URL = 8_000;
/** A body that has to come in one piece may take so many times as long as a request, while it keeps coming. */
const WHOLE_TIMES = 10;

/** The pages of one run. What it learns of the tenant's ways holds for all of its filters. */
export function createPageSource(settings: PageSourceSettings): (query: PageQuery) => FetchPage {
  const { profile, requester, meter, timeoutMs } = settings;
  const { path, streamPath, body } = profile.query;
  const maxBytes = settings.maxBodyBytes ?? MAX_BODY_BYTES;
  const share = createDownloadShare(settings.concurrency);
  // From the first page on that cannot be had as a resource, none is asked for so.
  let posts = settings.mode === 'page' || streamPath === null;
  let pages = 0;

  const place = settings.folder === undefined ? {} : { folder: settings.folder };
  const receiverAt = (url: string) =>
    createPageReceiver({ profile, meter, url: new URL(url), maxBytes, ...place });

  const post = async (
    query: PageQuery,
    place: PagePlace,
    rank: number,
    signal: AbortSignal,
  ): Promise<Result<Page>> => {
    const url = profile.baseUrl + path;
    const receiver = receiverAt(url);
    const answer = await requester.stream<Page>({
      method: 'POST',
      url,
      body: JSON.stringify(requestBody(body, { ...query, ...place })),
      signal,
      purpose: 'history',
      rank,
      read: (got) => receive(got, receiver),
    });
    if (!answer.ok) await receiver.discard();
    return answer;
  };

  return (query) => async (place, signal) => {
    const rank = pages;
    pages += 1;
    if (!posts) {
      const url =
        profile.baseUrl + pageAddress(streamPath ?? path, requestBody(body, { ...query, ...place }));
      if (url.length > MAX_URL) posts = true;
      else {
        const ending = await download<Page>({
          ...{ requester, meter, share, url, signal, rank },
          receiver: receiverAt(url),
          chunkBytes: profile.limits.rangeChunkBytes,
          wholeMs: WHOLE_TIMES * timeoutMs,
        });
        if (ending.kind === 'failed') return failure(ending.error);
        if (ending.kind === 'done') {
          meter.counts.pages += 1;
          return success(ending.value);
        }
        posts = true;
      }
    }
    const answer = await post(query, place, rank, signal);
    if (answer.ok) meter.counts.pages += 1;
    return answer;
  };
}

/** The path with the fields of a request's body as its query; what is no text or number goes as JSON. */
function pageAddress(path: string, fields: Readonly<Record<string, unknown>>): string {
  const parameters = Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined || value === null) return [];
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return [`${encodeURIComponent(name)}=${encodeURIComponent(text)}`];
  });
  return `${path}${path.includes('?') ? '&' : '?'}${parameters.join('&')}`;
}
