/** The formats of history files, told apart by what a file begins with, never by its name. */
import { OCEL_MARK } from '../protocol/ocel.ts';
import type { CreateParser, LogOptions, ParserOptions } from './history-parser.ts';
import { isSpace } from './json-bytes.ts';

/** The beginning of a file, after a byte-order mark and blanks. */
interface Beginning {
  readonly text: string;
  /** More of the file would change nothing. */
  readonly isWhole: boolean;
  readonly options: ParserOptions;
}

export interface HistoryFormat {
  readonly name: 'XES' | 'OCEL' | 'JSON' | 'CSV';
  /** Whether a file that begins so is one of this format; undefined where more of it has to be seen. */
  is(beginning: Beginning): boolean | undefined;
  /** Loaded on first use. */
  load(): Promise<CreateParser>;
}

/** So much of a file is looked at to say what it is, in bytes. */
const HEAD_BYTES = 64 * 1024;

/** What an OCEL log begins with, ours and others, and one of its first version, which is told that it is one. */
const OCEL_MEMBERS: ReadonlySet<string> = new Set([
  OCEL_MARK,
  'eventTypes',
  'objectTypes',
  'events',
  'objects',
  'ocel:global-log',
  'ocel:global-event',
  'ocel:global-object',
  'ocel:events',
  'ocel:objects',
]);

/** In the order in which they are tried. */
const TABLE: readonly HistoryFormat[] = [
  {
    name: 'XES',
    is: ({ text, isWhole }) => {
      if (text.startsWith('<') && text.length < 20 && !isWhole) return undefined;
      // A page that a proxy put in its place is told as what it is.
      return /^<(?!html|!doctype\s+html)/i.test(text);
    },
    load: async () => (await import('./xes-reader.ts')).createXesParser,
  },
  {
    name: 'OCEL',
    is: ({ text, isWhole, options: { response } }) => {
      const member = /^\{\s*"([^"]*)"/.exec(text)?.[1];
      // Once more than the brace is there, what follows is a name or it is not.
      if (member === undefined) return isWhole || !/^\{\s*(?:"[^"]*)?$/.test(text) ? false : undefined;
      if (member === response.steps || member === response.interactions) return false;
      return OCEL_MEMBERS.has(member);
    },
    load: async () => (await import('./ocel-reader.ts')).createOcelParser,
  },
  {
    name: 'JSON',
    is: ({ text }) => text.startsWith('[') || text.startsWith('{'),
    load: async () => (await import('./json-history.ts')).createJsonParser,
  },
  {
    name: 'CSV',
    is: ({ text, isWhole, options }) => {
      if (text.startsWith('<')) return false;
      const end = text.search(/[\r\n]/);
      if (end < 0 && !isWhole) return undefined;
      const header = end < 0 ? text : text.slice(0, end);
      return !header.includes('\0') && (isNamed(options) || /[,;\t|]/.test(header));
    },
    load: async () => (await import('./csv-reader.ts')).createCsvParser,
  },
];

/** A person who names columns says that it is a table, even one of a single column. */
function isNamed({ columns }: LogOptions): boolean {
  return columns !== undefined && Object.keys(columns).length > 0;
}

const MARKS: readonly (readonly [readonly number[], BufferEncoding])[] = [
  [[0xef, 0xbb, 0xbf], 'utf8'],
  [[0xff, 0xfe], 'utf16le'],
];
const NO_MARK: (typeof MARKS)[number] = [[], 'utf8'];

/** What a file begins with, as text, without its byte-order mark and blanks; '' where there is nothing yet. */
export function beginningOf(head: Buffer): string {
  const [mark, encoding] = MARKS.find(([bytes]) => bytes.every((byte, at) => head[at] === byte)) ?? NO_MARK;
  let start = mark.length;
  while (encoding === 'utf8' && isSpace(head[start])) start += 1;
  return head.toString(encoding, start, start + HEAD_BYTES).trimStart();
}

/** The format of a file; `more` where too little of it has been seen, `none` where it is no history. */
export function formatOf(
  head: Buffer,
  isEnd: boolean,
  options: ParserOptions,
): HistoryFormat | 'more' | 'none' {
  // A mark of which the second half is still to come.
  if (!isEnd && head.length < 3 && (head[0] ?? 0) >= 0xef) return 'more';
  const text = beginningOf(head);
  if (text === '') return isEnd ? 'none' : 'more';
  const isWhole = isEnd || text.length * 4 >= HEAD_BYTES;
  for (const format of TABLE) {
    const is = format.is({ text, isWhole, options });
    if (is === undefined) return 'more';
    if (is) return format;
  }
  return 'none';
}
