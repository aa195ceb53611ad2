/** Which faults there are, by the layer that they strike. */

export const FAULT_GROUPS = [
  ['transport', 'Transport'],
  ['range', 'Ranges (they strike requests with a Range header)'],
  ['status', 'Status'],
  ['pages', 'Pages'],
  ['content', 'Content'],
] as const;
type FaultGroup = (typeof FAULT_GROUPS)[number][0];

interface FaultEntry {
  readonly name: string;
  readonly group: FaultGroup;
  /** What a client sees, as a clause. */
  readonly text: string;
}

export const FAULTS = [
  { name: 'latency', group: 'transport', text: 'the answer comes late' },
  { name: 'silent', group: 'transport', text: 'no answer comes, and the connection stays open' },
  { name: 'reset', group: 'transport', text: 'the connection is reset before the answer' },
  { name: 'reset-headers', group: 'transport', text: 'the connection is reset in the middle of the headers' },
  { name: 'reset-start', group: 'transport', text: 'the connection is reset between headers and body' },
  { name: 'reset-body', group: 'transport', text: 'the connection is reset in the middle of the body' },
  { name: 'short-body', group: 'transport', text: 'the connection ends before Content-Length is reached' },
  { name: 'long-body', group: 'transport', text: 'the body is longer than Content-Length says' },
  { name: 'chunked-cut', group: 'transport', text: 'a chunked body ends without its last chunk' },
  {
    name: 'close-cut',
    group: 'transport',
    text: 'a body that the end of the connection ends is cut (to HTTP it looks whole)',
  },
  { name: 'slow', group: 'transport', text: 'the body trickles' },
  { name: 'stall', group: 'transport', text: 'the body stops half-way and the connection stays open' },
  {
    name: 'dead-keep-alive',
    group: 'transport',
    text: 'a connection that was kept is reset when it is used again',
  },
  { name: 'huge-headers', group: 'transport', text: 'the headers have 80 KB' },

  { name: 'range-ignored', group: 'range', text: 'the whole page with status 200 in place of the range' },
  { name: 'range-unsaid', group: 'range', text: '206 without Content-Range' },
  { name: 'range-start', group: 'range', text: 'Content-Range names another first byte' },
  { name: 'range-end', group: 'range', text: 'Content-Range names another last byte' },
  { name: 'range-total', group: 'range', text: 'Content-Range names another length of the page' },
  { name: 'range-short', group: 'range', text: 'half of the range, and that is said (legal)' },
  { name: 'range-swapped', group: 'range', text: 'another part of the page, and that is said' },
  { name: 'range-lie', group: 'range', text: 'the bytes of another part under the right Content-Range' },
  { name: 'range-multipart', group: 'range', text: 'the range as multipart/byteranges' },
  { name: 'range-gzip', group: 'range', text: 'the range packed, although plain was asked for' },
  { name: '416', group: 'range', text: 'the range is refused, with the page’s true length' },
  { name: '416-total', group: 'range', text: 'the range is refused, with another length' },
  { name: '412', group: 'range', text: 'the condition is refused' },
  { name: 'etag-change', group: 'range', text: 'the ETag changes between two ranges of a page' },
  { name: 'etag-weak', group: 'range', text: 'the ETag is weak' },
  { name: 'etag-none', group: 'range', text: 'there is no ETag' },

  { name: '429', group: 'status', text: 'too many requests, with Retry-After in seconds' },
  { name: '429-date', group: 'status', text: 'the same with a date (IMF-fixdate)' },
  { name: '429-rfc850', group: 'status', text: 'the same with a date of RFC 850' },
  { name: '429-asctime', group: 'status', text: 'the same with a date as asctime writes it' },
  { name: '429-two', group: 'status', text: 'the same with two headers' },
  { name: '429-none', group: 'status', text: 'the same without Retry-After' },
  { name: '429-empty', group: 'status', text: 'the same with nothing in it' },
  { name: '429-text', group: 'status', text: 'the same with a word in it' },
  { name: '429-negative', group: 'status', text: 'the same with a negative number' },
  { name: '429-past', group: 'status', text: 'the same with a date that has passed' },
  { name: '429-huge', group: 'status', text: 'the same with three thousand years' },
  { name: '5xx', group: 'status', text: 'status 500, 502 or 503' },
  { name: '503-wait', group: 'status', text: 'status 503 with Retry-After in seconds' },
  { name: 'gateway', group: 'status', text: 'status 502 or 504 with the HTML page of a proxy' },
  { name: '408', group: 'status', text: 'the tenant timed out' },
  { name: '401', group: 'status', text: 'the token is dropped (again only after some requests)' },
  { name: '401-twice', group: 'status', text: 'a token is refused, and so is the one that replaces it' },
  { name: '403', group: 'status', text: 'access is refused' },
  { name: '400', group: 'status', text: 'the filter is refused' },
  { name: 'redirect', group: 'status', text: 'a redirect to another origin' },
  { name: 'html', group: 'status', text: 'a log-in page with status 200' },
  { name: 'token-5xx', group: 'status', text: 'status 503 from the token endpoint' },

  { name: 'duplicate', group: 'pages', text: 'a page has one record twice' },
  { name: 'missing', group: 'pages', text: 'a page leaves one record out' },
  { name: 'short', group: 'pages', text: 'a page breaks off after some of its records' },
  { name: 'empty-page', group: 'pages', text: 'a page has no records' },
  { name: 'page-size', group: 'pages', text: 'from now on pages have fewer records' },
  { name: 'inserted', group: 'pages', text: 'a record that was held back appears' },
  { name: 'deleted', group: 'pages', text: 'a record disappears, before the page that is asked for' },
  { name: 'total-low', group: 'pages', text: 'the total is half of the truth' },
  { name: 'total-high', group: 'pages', text: 'the total is one too high' },
  {
    name: 'total-grows',
    group: 'pages',
    text: 'the total is always more than what came, and more each time',
  },
  {
    name: 'repeat-token',
    group: 'pages',
    text: 'nextPageToken leads back to the same page (needs tokens)',
  },

  { name: 'truncated', group: 'content', text: 'the JSON breaks off, and Content-Length agrees' },
  { name: 'truncated-bracket', group: 'content', text: 'the JSON breaks off right after the list’s bracket' },
  { name: 'trailing', group: 'content', text: 'something follows the JSON' },
  { name: 'no-history', group: 'content', text: 'JSON that is no history, with status 200' },
  { name: 'packed', group: 'content', text: 'the page as gzip, although plain was asked for' },
  { name: 'packed-cut', group: 'content', text: 'the page as gzip that breaks off' },
  { name: 'bomb', group: 'content', text: 'gzip that unpacks to 300 MB' },
  { name: 'bom', group: 'content', text: 'a byte order mark before the JSON' },
  { name: 'utf8-invalid', group: 'content', text: 'a record holds bytes that are not UTF-8' },
  { name: 'utf8-split', group: 'content', text: 'the body comes in pieces that end inside characters' },
  { name: 'big-int', group: 'content', text: 'a record’s id is an integer beyond 2^53' },
  { name: 'deep', group: 'content', text: 'a record nests 200,000 levels deep' },
  { name: 'oversized', group: 'content', text: 'a record has 17 MB' },
  { name: 'proto', group: 'content', text: 'a record has a member `__proto__`' },
  { name: 'duplicate-keys', group: 'content', text: 'a record says its id twice, the right one last' },
  { name: 'control', group: 'content', text: 'names hold control and escape sequences' },
  { name: 'bidi', group: 'content', text: 'names hold characters that turn the direction of text' },
  { name: 'markup', group: 'content', text: 'names hold markup' },
  { name: 'formula', group: 'content', text: 'names begin as a formula of a spreadsheet does' },
] as const satisfies readonly FaultEntry[];

export type FaultName = (typeof FAULTS)[number]['name'];

/** Every fault with what it does, one a line, by groups. */
export function faultList(): string {
  const width = Math.max(...FAULTS.map(({ name }) => name.length));
  return FAULT_GROUPS.map(([group, title]) => {
    const lines = FAULTS.filter((fault) => fault.group === group);
    return [title, ...lines.map(({ name, text }) => `  ${name.padEnd(width)}  ${text}`)].join('\n');
  }).join('\n\n');
}
