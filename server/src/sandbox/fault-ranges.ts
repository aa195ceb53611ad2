/** Faults in the answer to a range request. */
import type { OutgoingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { FaultName } from './faults.ts';
import type { ByteRange } from './ranges.ts';

/** What is answered in place of the range. */
export interface OtherRange {
  readonly status: 200 | 206 | 412 | 416;
  readonly headers: OutgoingHttpHeaders;
  readonly bytes: Buffer;
  readonly detail: string;
}

interface AskedRange {
  readonly range: ByteRange;
  /** The whole page. */
  readonly body: Buffer;
  /** 0 to 1: which of several. */
  readonly place: number;
}

/** null where it cannot be made of this range. */
type MakeRange = (asked: AskedRange) => OtherRange | null;

const NOTHING = Buffer.alloc(0);
const BOUNDARY = 'cxq-sandbox-part';

function partOf({ body, range }: AskedRange): Buffer {
  return body.subarray(range.first, range.last + 1);
}

function said(asked: AskedRange, first: number, last: number, total: number, bytes?: Buffer): OtherRange {
  const contentRange = `bytes ${first}-${last}/${total}`;
  return {
    status: 206,
    headers: { 'Content-Range': contentRange },
    bytes: bytes ?? partOf(asked),
    detail: contentRange,
  };
}

/** Where another part of the same length begins; null where the page has none. */
function elsewhere({ body, range, place }: AskedRange): number | null {
  const size = range.last - range.first + 1;
  if (size >= body.length) return null;
  const first = Math.floor(place * (body.length - size + 1));
  return first === range.first ? (first + size < body.length ? first + 1 : first - 1) : first;
}

function refusal(status: 412 | 416, headers: OutgoingHttpHeaders, detail: string): OtherRange {
  return { status, headers, bytes: NOTHING, detail };
}

export const RANGE_CHANGES: readonly (readonly [FaultName, MakeRange])[] = [
  [
    'range-ignored',
    ({ body }) => ({ status: 200, headers: {}, bytes: body, detail: `200 with ${body.length} bytes` }),
  ],
  [
    'range-unsaid',
    (asked) => ({ status: 206, headers: {}, bytes: partOf(asked), detail: '206 without Content-Range' }),
  ],
  ['range-start', (asked) => said(asked, asked.range.first + 1, asked.range.last + 1, asked.body.length + 1)],
  [
    'range-end',
    (asked) =>
      asked.place < 0.5 && asked.range.last > asked.range.first
        ? said(asked, asked.range.first, asked.range.last - 1, asked.body.length)
        : said(
            asked,
            asked.range.first,
            asked.range.last + 1,
            Math.max(asked.body.length, asked.range.last + 2),
          ),
  ],
  ['range-total', (asked) => said(asked, asked.range.first, asked.range.last, asked.body.length + 1)],
  [
    'range-short',
    (asked) => {
      const { first, last } = asked.range;
      if (last === first) return null;
      const end = first + Math.floor((last - first - 1) / 2);
      return said(asked, first, end, asked.body.length, asked.body.subarray(first, end + 1));
    },
  ],
  [
    'range-swapped',
    (asked) => {
      const first = elsewhere(asked);
      if (first === null) return null;
      const last = first + asked.range.last - asked.range.first;
      return said(asked, first, last, asked.body.length, asked.body.subarray(first, last + 1));
    },
  ],
  [
    'range-lie',
    (asked) => {
      const first = elsewhere(asked);
      if (first === null) return null;
      const { range, body } = asked;
      const bytes = body.subarray(first, first + range.last - range.first + 1);
      const answer = said(asked, range.first, range.last, body.length, bytes);
      return { ...answer, detail: `${answer.detail} with the bytes from ${first}` };
    },
  ],
  [
    'range-multipart',
    (asked) => {
      const { range, body } = asked;
      const head = `--${BOUNDARY}\r\nContent-Type: application/json\r\nContent-Range: bytes ${range.first}-${range.last}/${body.length}\r\n\r\n`;
      const bytes = Buffer.concat([Buffer.from(head), partOf(asked), Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
      const headers = { 'Content-Type': `multipart/byteranges; boundary=${BOUNDARY}` };
      return { status: 206, headers, bytes, detail: 'one part' };
    },
  ],
  [
    'range-gzip',
    (asked) => {
      const bytes = gzipSync(partOf(asked));
      const answer = said(asked, asked.range.first, asked.range.last, asked.body.length, bytes);
      return { ...answer, headers: { ...answer.headers, 'Content-Encoding': 'gzip' } };
    },
  ],
  ['416', ({ body }) => refusal(416, { 'Content-Range': `bytes */${body.length}` }, `of ${body.length}`)],
  [
    '416-total',
    ({ body }) =>
      refusal(416, { 'Content-Range': `bytes */${body.length + 100}` }, `of ${body.length + 100}`),
  ],
  ['412', () => refusal(412, {}, '412')],
];
