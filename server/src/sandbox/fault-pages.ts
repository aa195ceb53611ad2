/** Faults in what a page says: its records, its total, its token, and their text. */
import { gzipSync } from 'node:zlib';
import type { FaultName } from './faults.ts';
import type { PageChange, PageDraft } from './pages.ts';

/** What changes a page before it is written; `place`, 0 to 1, says where. */
type MakeChange = (place: number) => PageChange;

/** How many characters a record of the fault `oversized` has more. */
const OVERSIZE = 17_000_000;
const DEPTH = 200_000;
const BOMB_MEMBERS = 300;
const BOMB_MEMBER_BYTES = 1_000_000;

/** The record at a place in the page; undefined where the page has none. */
function recordAt({ records }: PageDraft, place: number): { id: string; text: Buffer } | undefined {
  return records[Math.min(records.length - 1, Math.floor(place * records.length))];
}

/** Changes the text of one record. */
function inRecord(change: (text: Buffer, place: number) => Buffer): MakeChange {
  return (place) => (draft) => {
    const record = recordAt(draft, place);
    if (record === undefined) return null;
    record.text = change(record.text, place);
    return record.id;
  };
}

/** A member more, as the last one. */
function withMember(text: Buffer, member: string | Buffer): Buffer {
  return Buffer.concat([text.subarray(0, -1), Buffer.from(','), Buffer.from(member), Buffer.from('}')]);
}

/** Every name of a node in one record begins with something. */
function inNames(prefix: string): MakeChange {
  const escaped = JSON.stringify(prefix).slice(1, -1);
  return inRecord((text) =>
    Buffer.from(text.toString('utf8').replaceAll('"nodeName":"', () => `"nodeName":"${escaped}`)),
  );
}

/** The changes of a page, in the order in which they are drawn. */
export const PAGE_CHANGES: readonly (readonly [FaultName, MakeChange])[] = [
  [
    'duplicate',
    (place) => (draft) => {
      const record = recordAt(draft, place);
      if (record === undefined || draft.records.length < 2) return null;
      draft.records.splice(draft.records.indexOf(record), 0, { ...record });
      return record.id;
    },
  ],
  [
    'missing',
    (place) => (draft) => {
      const record = recordAt(draft, place);
      // A page of one is spared: left empty it would say that the history ends there.
      if (record === undefined || draft.records.length < 2) return null;
      draft.records.splice(draft.records.indexOf(record), 1);
      return record.id;
    },
  ],
  [
    'short',
    (place) => (draft) => {
      const { length } = draft.records;
      if (length < 2) return null;
      draft.records.length = 1 + Math.floor(place * (length - 1));
      if (draft.tokens) draft.nextOffset = draft.offset + draft.records.length;
      return `${draft.records.length} of ${length}`;
    },
  ],
  [
    'empty-page',
    () => (draft) => {
      const { length } = draft.records;
      if (length === 0) return null;
      draft.records.length = 0;
      return `0 of ${length}`;
    },
  ],
  [
    'repeat-token',
    () => (draft) => {
      if (draft.nextOffset === null) return null;
      draft.nextOffset = draft.offset;
      return `token of offset ${draft.offset}`;
    },
  ],
  ['total-low', () => (draft) => totalOf(draft, (total) => Math.floor(total / 2))],
  ['total-high', () => (draft) => totalOf(draft, (total) => total + 1)],
  [
    'total-grows',
    () => (draft) =>
      totalOf(draft, (total) => Math.max(total, draft.offset + draft.records.length) + draft.offset + 1),
  ],
  // The number is made of the place, so that each record gets another.
  [
    'big-int',
    (place) => (draft) => {
      const record = recordAt(draft, place);
      if (record === undefined) return null;
      const id = `9007199254740993${String(Math.floor(place * 1e9)).padStart(9, '0')}`;
      const was = record.id;
      record.text = withMember(record.text, `"interactionId":${id}`);
      return `${was} as ${id}`;
    },
  ],
  ['deep', inRecord((text) => withMember(text, `"deep":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`))],
  ['oversized', inRecord((text) => withMember(text, `"oversized":"${'x'.repeat(OVERSIZE)}"`))],
  [
    'utf8-invalid',
    inRecord((text) =>
      withMember(
        text,
        Buffer.concat([Buffer.from('"note":"'), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from('"')]),
      ),
    ),
  ],
  ['utf8-split', inRecord((text) => withMember(text, '"note":"Žofie čeká ☎ 🐴 na 日本語"'))],
  ['proto', inRecord((text) => withMember(text, '"__proto__":{"polluted":true,"steps":[]}'))],
  [
    'duplicate-keys',
    inRecord((text) => Buffer.concat([Buffer.from('{"interactionId":"wrong",'), text.subarray(1)])),
  ],
  ['control', inNames('\u0000\u0007\u001b[31mred\u001b]0;title\u0007\r\n\u0085')],
  ['bidi', inNames('\u202eevil\u2066\u200f\u061c')],
  ['markup', inNames('<img src=x onerror=alert(1)><script>alert(2)</script>[a](command:x)&amp;')],
  ['formula', inNames('=HYPERLINK("http://127.0.0.1:1/","click")')],
];

function totalOf(draft: PageDraft, change: (total: number) => number): string | null {
  if (draft.total === null) return null;
  const was = draft.total;
  draft.total = change(was);
  return `${draft.total} for ${was}`;
}

/** A body in the place of the one that was written. */
export interface OtherBody {
  readonly body: Buffer;
  /** Content-Encoding; such a body is served whole, without ETag and ranges. */
  readonly coding?: 'gzip';
  readonly type?: string;
  readonly detail: string;
}

type MakeBody = (body: Buffer, place: number) => OtherBody;

function cutAt(body: Buffer, place: number): number {
  return Math.min(body.length - 1, Math.floor(body.length * (0.05 + 0.95 * place)));
}

let bomb: Buffer | undefined;

export const BODY_CHANGES: readonly (readonly [FaultName, MakeBody])[] = [
  [
    'truncated',
    (body, place) => {
      const length = cutAt(body, place);
      return { body: body.subarray(0, length), detail: `after ${length} of ${body.length} bytes` };
    },
  ],
  ['truncated-bracket', (body) => ({ body: Buffer.from('{"data":['), detail: `9 of ${body.length} bytes` })],
  [
    'trailing',
    (body) => ({
      body: Buffer.concat([body, Buffer.from('\n<!-- served from a cache -->')]),
      detail: 'a comment of HTML',
    }),
  ],
  [
    'no-history',
    () => ({ body: Buffer.from('{"message":"maintenance","code":0}'), detail: '{"message":"maintenance"…}' }),
  ],
  [
    'packed',
    (body) => {
      const packed = gzipSync(body);
      return { body: packed, coding: 'gzip', detail: `${packed.length} for ${body.length} bytes` };
    },
  ],
  [
    'packed-cut',
    (body, place) => {
      const packed = gzipSync(body);
      const length = cutAt(packed, place);
      const detail = `after ${length} of ${packed.length} bytes`;
      return { body: packed.subarray(0, length), coding: 'gzip', detail };
    },
  ],
  [
    'bomb',
    () => {
      // The members of a gzip file are unpacked one after another.
      const member = gzipSync(Buffer.alloc(BOMB_MEMBER_BYTES, ' '));
      bomb ??= Buffer.concat(Array.from({ length: BOMB_MEMBERS }, () => member));
      const unpacked = BOMB_MEMBERS * BOMB_MEMBER_BYTES;
      return { body: bomb, coding: 'gzip', detail: `${bomb.length} bytes for ${unpacked}` };
    },
  ],
  [
    'bom',
    (body) => ({ body: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]), detail: '3 bytes more' }),
  ],
];
