/** A page as an answer: whole, or the range that was asked for, with what faults make of it. */
import type { OutgoingHttpHeaders } from 'node:http';
import { sendBody, sendError } from './answers.ts';
import { RANGE_CHANGES } from './fault-ranges.ts';
import type { Faults } from './faults.ts';
import type { Exchange, HistoryFaults } from './history-faults.ts';
import type { Page } from './pages.ts';
import { ifRangeHolds, readRange } from './ranges.ts';

export interface PageSenderContext {
  readonly faults: Faults;
  readonly striking: HistoryFaults;
  readonly counts: { pages: number; ranges: number; records: number };
}

/** Pages that a fault has changed, so that their later ranges are of the same bytes. */
const REMEMBERED = 8;

interface Validator {
  readonly etag: string | null;
  /** Whether If-Range still holds. */
  readonly held: boolean;
}

/** Sends a page; gives a few words for the request log. `pageKey` is the same for all ranges of one page. */
export function createPageSender({ faults, striking, counts }: PageSenderContext) {
  const changed = new Map<string, Page>();

  /** The page that the earlier ranges were of. */
  const same = (pageKey: string, page: Page, ifRange: string | undefined): Page => {
    const known = ifRange === undefined ? undefined : changed.get(`${pageKey} ${ifRange}`);
    return known ?? page;
  };

  const remember = (pageKey: string, page: Page): void => {
    if (!page.disturbed) return;
    const key = `${pageKey} ${page.etag()}`;
    changed.delete(key);
    changed.set(key, page);
    for (const oldest of changed.keys()) {
      if (changed.size <= REMEMBERED) break;
      changed.delete(oldest);
    }
  };

  const validatorOf = ({ request, target }: Exchange, page: Page): Validator => {
    const etag = page.etag();
    const ifRange = request.headers['if-range']?.toString();
    const held = ifRangeHolds(ifRange, etag);
    if (ifRange !== undefined) {
      const place = faults.draw('etag-change', target);
      if (place !== null) {
        // Half of the time as RFC 9110 has it, with the whole; else as a careless server does, with the range.
        const careless = place >= 0.5;
        faults.fired('etag-change', target, careless ? '206 with another ETag' : '200 with another ETag');
        return { etag: `"${etag.slice(1, -1)}.changed"`, held: careless };
      }
    }
    if (request.headers.range !== undefined) {
      if (faults.draw('etag-weak', target) !== null) {
        faults.fired('etag-weak', target, `W/${etag}`);
        return { etag: `W/${etag}`, held };
      }
      if (faults.draw('etag-none', target) !== null) {
        faults.fired('etag-none', target, 'no ETag');
        return { etag: null, held };
      }
    }
    return { etag, held };
  };

  return async (exchange: Exchange, pageKey: string, asked: Page): Promise<string> => {
    const { request, response, release, target } = exchange;
    const headers: OutgoingHttpHeaders = {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      ...striking.padding(exchange),
    };
    counts.pages += 1;
    counts.records += asked.records;
    const words = `offset ${asked.offset}, ${asked.records} of ${asked.total}`;
    const whole = async (page: Page): Promise<string> => {
      if (page.coding !== undefined) headers['Content-Encoding'] = page.coding;
      const { body } = page;
      await sendBody(response, 200, headers, body, striking.delivery(exchange, body.length), release);
      return words;
    };
    if (request.method === 'POST' || asked.coding !== undefined) return whole(asked);
    const page = same(pageKey, asked, request.headers['if-range']?.toString());
    const { etag, held } = validatorOf(exchange, page);
    if (etag !== null) headers['ETag'] = etag;
    headers['Accept-Ranges'] = 'bytes';
    remember(pageKey, page);
    const { length } = page.body;
    const range = held ? readRange(request.headers.range, length) : null;
    if (range === 'unsatisfiable') {
      release();
      sendError(response, 416, 'range_not_satisfiable', `The page has ${length} bytes.`, {
        'Content-Range': `bytes */${length}`,
      });
      return '416';
    }
    if (range === null) return whole(page);
    counts.ranges += 1;
    for (const [name, make] of RANGE_CHANGES) {
      const place = faults.draw(name, target);
      const other = place === null ? null : make({ range, body: page.body, place });
      if (other === null) continue;
      faults.fired(name, target, other.detail);
      const delivery = striking.delivery(exchange, other.bytes.length);
      await sendBody(
        response,
        other.status,
        { ...headers, ...other.headers },
        other.bytes,
        delivery,
        release,
      );
      return `fault ${name}`;
    }
    const contentRange = `bytes ${range.first}-${range.last}/${length}`;
    headers['Content-Range'] = contentRange;
    const part = page.body.subarray(range.first, range.last + 1);
    await sendBody(response, 206, headers, part, striking.delivery(exchange, part.length), release);
    return `${words}, ${contentRange}`;
  };
}
