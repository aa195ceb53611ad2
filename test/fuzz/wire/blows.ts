/** Legal and illegal answers to one request for a resource or a part of it. */
import type { Sent } from './answers.ts';

export interface Resource {
  readonly bytes: Uint8Array;
  readonly etag: string | null;
}

export interface Question {
  /** What is asked for, exclusive at its end; null for the whole. */
  readonly range: { readonly from: number; readonly to: number } | null;
  readonly ifRange: string | undefined;
}

export interface Blow {
  readonly question: Question;
  readonly resource: Resource;
  /** 0 to 1: where it strikes. */
  readonly place: number;
  /** A text for a header. */
  readonly text: string;
}

/** The answer of a server that knows its RFC. */
export function truthful({ question: { range, ifRange }, resource: { bytes, etag } }: Blow): Sent {
  const common = { 'accept-ranges': 'bytes', ...(etag === null ? {} : { etag }) };
  const held = ifRange === undefined || ifRange === etag;
  if (range === null || !held) {
    return sent(200, { ...common, 'content-length': String(bytes.length) }, bytes);
  }
  if (range.from >= bytes.length) {
    return sent(416, { 'content-range': `bytes */${bytes.length}` }, new Uint8Array(0));
  }
  const to = Math.min(range.to, bytes.length);
  const headers = { 'content-length': String(to - range.from), ...said(range.from, to, bytes.length) };
  return sent(206, { ...common, ...headers }, bytes.subarray(range.from, to));
}

function sent(
  status: number,
  headers: Sent['headers'],
  bytes: Uint8Array = new Uint8Array(0),
  ends: Sent['ends'] = 'well',
): Sent {
  return { status, headers, bytes, ends };
}

function said(from: number, to: number, total: number | string): Record<string, string> {
  return { 'content-range': `bytes ${from}-${to - 1}/${total}` };
}

/** The truth with other headers, or without some of them (`null`). */
function retold(blow: Blow, more: Readonly<Record<string, string | string[] | null>>): Sent {
  const truth = truthful(blow);
  const headers: Record<string, string | string[]> = { ...truth.headers };
  for (const [name, value] of Object.entries(more)) {
    if (value === null) delete headers[name];
    else headers[name] = value;
  }
  return { ...truth, headers };
}

/** Of the bytes of the truth. */
function upTo({ place }: Blow, { bytes }: Sent): number {
  return Math.floor(bytes.length * place);
}

function span({ question: { range }, resource: { bytes } }: Blow): readonly [number, number, number] {
  return [
    Math.min(range?.from ?? 0, bytes.length),
    Math.min(range?.to ?? bytes.length, bytes.length),
    bytes.length,
  ];
}

/** The same part, as what is said of it. */
function called(blow: Blow, more: Record<string, string | string[]>): Sent {
  return blow.question.range === null ? retold(blow, {}) : retold(blow, more);
}

/** Another part, truthfully called so. */
function other(blow: Blow, from: number, to: number): Sent {
  const { bytes, etag } = blow.resource;
  const part = bytes.subarray(from, to);
  if (part.length === 0) return truthful(blow);
  return sent(
    206,
    { ...(etag === null ? {} : { etag }), ...said(from, from + part.length, bytes.length) },
    part,
  );
}

/** After these, the same question may be answered well. */
export const PASSING: Readonly<Record<string, (blow: Blow) => Sent | 'reset'>> = {
  reset: () => 'reset',
  cut(blow) {
    const truth = truthful(blow);
    return { ...truth, bytes: truth.bytes.subarray(0, upTo(blow, truth)), ends: 'cut' };
  },
  'cut without a length'(blow) {
    const { bytes, ...truth } = retold(blow, { 'content-length': null });
    return { ...truth, bytes: bytes.subarray(0, upTo(blow, truthful(blow))), ends: 'cut' };
  },
  stall(blow) {
    const truth = truthful(blow);
    return { ...truth, bytes: truth.bytes.subarray(0, upTo(blow, truth)), ends: 'stall' };
  },
  500: () => sent(500, {}, Buffer.from('sick')),
  503: ({ place }) => sent(503, place < 0.5 ? {} : { 'retry-after': '3' }, Buffer.from('sick')),
  408: () => sent(408, {}, Buffer.from('late'), 'cut'),
  429: ({ place }) => sent(429, place < 0.5 ? {} : { 'retry-after': '7' }, Buffer.from('{}'), 'stall'),
};

/** What must not be joined, or is something else than what was asked for. */
export const MISFITS: Readonly<Record<string, (blow: Blow) => Sent>> = {
  'cut by its close'(blow) {
    const truth = retold(
      { ...blow, question: { range: null, ifRange: undefined } },
      { 'content-length': null },
    );
    return { ...truth, bytes: truth.bytes.subarray(0, upTo(blow, truth)) };
  },
  'a part cut by its close'(blow) {
    const truth = retold(blow, { 'content-length': null });
    return { ...truth, bytes: truth.bytes.subarray(0, upTo(blow, truth)) };
  },
  'more than it says'(blow) {
    const [, to, total] = span(blow);
    const truth = retold(blow, { 'content-length': null });
    const more = blow.resource.bytes.subarray(to, Math.min(total, to + 1 + Math.floor(blow.place * 20)));
    return { ...truth, bytes: Buffer.concat([truth.bytes, more, more.length === 0 ? Buffer.of(7) : more]) };
  },
  'a length that is too small': (blow) =>
    retold(blow, { 'content-length': String(upTo(blow, truthful(blow))) }),
  'a length that is none': (blow) => retold(blow, { 'content-length': blow.text }),
  '200 for 206': (blow) => truthful({ ...blow, question: { range: null, ifRange: undefined } }),
  '206 that does not say which part': (blow) => ({
    ...retold(blow, { 'content-range': null }),
    status: 206,
  }),
  '206 for the whole'({ resource: { bytes, etag } }) {
    return sent(206, { ...(etag === null ? {} : { etag }), ...said(0, bytes.length, bytes.length) }, bytes);
  },
  'a start that is wrong'(blow) {
    const [from, to, total] = span(blow);
    const by = 1 + Math.floor(blow.place * 9);
    return called(blow, said(from + by, to + by, total + by));
  },
  'an end that is wrong'(blow) {
    const [from, to, total] = span(blow);
    const by = Math.floor(blow.place * 9) - 4;
    return called(blow, said(from, by === 0 ? to + 1 : to + by, total));
  },
  'a total that is wrong'(blow) {
    const [from, to, total] = span(blow);
    const by = 1 + Math.floor(blow.place * 9);
    return called(blow, said(from, to, blow.place < 0.5 ? total + by : Math.max(to, total - by)));
  },
  'a total that is not said'(blow) {
    const [from, to] = span(blow);
    return called(blow, said(from, to, '*'));
  },
  'a range that cannot be read': (blow) => called(blow, { 'content-range': blow.text }),
  'two ranges in two headers'(blow) {
    const [from, to, total] = span(blow);
    const one = said(from, to, total)['content-range'] ?? '';
    return called(blow, { 'content-range': [one, one] });
  },
  'no ETag': (blow) => retold(blow, { etag: null }),
  'a weak ETag': (blow) => retold(blow, { etag: `W/${blow.resource.etag ?? '"x"'}` }),
  'another ETag': (blow) => retold(blow, { etag: '"other"' }),
  'an ETag of any text': (blow) => retold(blow, { etag: blow.text }),
  'two ETags': (blow) => retold(blow, { etag: [blow.resource.etag ?? '"x"', '"x"'] }),
  'another part'(blow) {
    const [from, to, total] = span(blow);
    const start = Math.floor(blow.place * Math.max(0, total - (to - from)));
    return other(blow, start, start + to - from);
  },
  'a part that begins sooner'(blow) {
    const [from, to] = span(blow);
    return other(blow, Math.max(0, from - 1 - Math.floor(blow.place * 9)), to);
  },
  'a part that goes on'(blow) {
    const [from, to] = span(blow);
    return other(blow, from, to + 1 + Math.floor(blow.place * 9));
  },
  multipart: (blow) =>
    retold(blow, { 'content-range': null, 'content-type': 'multipart/byteranges; boundary=x' }),
  'a packed part': (blow) => retold(blow, { 'content-encoding': 'gzip' }),
  'a packed whole, cut'({ resource: { bytes, etag }, place }) {
    const headers = {
      'content-encoding': 'gzip',
      'accept-ranges': 'bytes',
      ...(etag === null ? {} : { etag }),
    };
    return sent(200, headers, bytes.subarray(0, Math.floor(bytes.length * place)), 'cut');
  },
  412: () => sent(412, {}),
  416: ({ place }) => sent(416, { 'content-range': `bytes */${Math.floor(place * 999)}` }),
  'a log-in page': () => sent(200, { 'content-type': 'text/html' }, Buffer.from('<html>Sign in</html>')),
  nothing: ({ place }) => sent(place < 0.5 ? 200 : 204, { 'content-length': '0' }),
};

/** Legal, though it is not what was hoped for. */
export const LEGAL: Readonly<Record<string, (blow: Blow) => Sent>> = {
  'a shorter part'(blow) {
    const [from, to] = span(blow);
    if (blow.question.range === null) return truthful(blow);
    return other(blow, from, from + 1 + Math.floor(blow.place * Math.max(0, to - from - 1)));
  },
  'chunked, without a length': (blow) =>
    retold(blow, { 'content-length': null, 'transfer-encoding': 'chunked' }),
  'identity as a coding': (blow) => retold(blow, { 'content-encoding': 'identity' }),
  'a range in other letters'(blow) {
    const [from, to, total] = span(blow);
    return called(blow, { 'content-range': ` Bytes 0${from}-${to - 1}/${total}` });
  },
  '200 without ranges': ({ resource: { bytes } }) =>
    sent(200, { 'content-length': String(bytes.length) }, bytes),
  'a packed whole': ({ resource: { bytes, etag } }) =>
    sent(200, { 'content-encoding': 'gzip', ...(etag === null ? {} : { etag }) }, bytes),
};

/** Ends the download. */
export const FINAL: Readonly<Record<string, (blow: Blow) => Sent>> = {
  404: () => sent(404, {}, Buffer.from('no')),
  405: () => sent(405, {}),
  403: () => sent(403, {}, Buffer.from('no')),
  301: () => sent(301, { location: 'https://elsewhere.example/' }),
};
