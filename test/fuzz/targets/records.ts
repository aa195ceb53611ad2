/** However the bytes are cut: the records are those that JSON.parse finds in the whole, and nothing else is taken. */
import fc from 'fast-check';
import type { JsonValue } from '../../../server/src/protocol/history.ts';
import { type Profile, profileSchema } from '../../../server/src/protocol/profile.ts';
import { getter, isObject, parseJson } from '../../../server/src/tenant/json.ts';
import {
  createRecordScanner,
  ScanError,
  type ScanLimits,
  type ScannedRecord,
} from '../../../server/src/tenant/records.ts';
import { bounded, ensure, same } from '../ensure.ts';
import { fileBytes, jsonText, pageBytes } from '../json-texts.ts';
import type { Target } from '../target.ts';

interface Case {
  readonly form: 'page' | 'file';
  /** One character a byte. */
  readonly text: string;
  readonly cuts: readonly number[];
  readonly layout: number;
  /** Tight limits, which records reach. */
  readonly isTight: boolean;
}

const { response } = profileSchema.parse({});
const LAYOUTS: readonly Profile['response'][] = [
  response,
  { ...response, interactions: 'result.items', total: 'result.total', nextPageToken: 'data.total' },
  {
    ...response,
    interactions: 'data',
    total: 'data',
    nextPageToken: 'total',
    map: { interactionId: 'result.items' },
  },
];
const WIDE: ScanLimits = { recordBytes: 2 ** 20, decodedBytes: 2 ** 30, depth: 200 };
const TIGHT: ScanLimits = { recordBytes: 40, decodedBytes: 2 ** 30, depth: 3 };

interface Found {
  readonly records: readonly ScannedRecord[];
  readonly total: number | null;
  readonly token: string | null;
}

/** What the scanner makes of bytes in pieces, or the code of its error. Pieces are overwritten once they were read. */
function scan(input: Case, cuts: readonly number[]): Found | string {
  const bytes = Buffer.from(input.text, 'latin1');
  const limits = input.isTight ? TIGHT : WIDE;
  const layout = LAYOUTS[input.layout] ?? response;
  const scanner = createRecordScanner({ response: layout, form: input.form, limits });
  const records: ScannedRecord[] = [];
  const take = (found: readonly ScannedRecord[]): void => {
    for (const one of found) {
      if (!one.ok) {
        records.push(one);
        continue;
      }
      const { raw, ...rest } = one;
      ensure(raw !== undefined && raw.length === one.bytes, 'a record has not its own text');
      same(parseJson(new TextDecoder().decode(raw)), one.value, 'the text of a record');
      records.push(rest);
    }
  };
  try {
    const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
    let at = 0;
    for (const end of ends) {
      const piece = Buffer.from(bytes.subarray(at, end));
      take(scanner.push(piece));
      piece.fill(0x5b);
      at = end;
    }
    const { last, total, token, records: count } = scanner.end();
    take(last);
    same(count, records.length, 'the number of records');
    return { records, total, token };
  } catch (error) {
    if (!(error instanceof ScanError)) throw error;
    ensure(error.at >= 0 && error.at <= bytes.length, `an error at byte ${error.at} of ${bytes.length}`);
    ensure(/^(it|beside its records, it) /.test(error.message), `no clause: ${error.message}`);
    return error.code;
  }
}

function depthOf(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function parsed(text: string): { readonly value: JsonValue } | undefined {
  try {
    return { value: parseJson(text) };
  } catch {
    return undefined;
  }
}

function wholeNumber(value: JsonValue | undefined): number | null {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

interface Expected {
  readonly values: readonly JsonValue[];
  readonly total: number | null;
  readonly token: string | null;
}

/** What a page says, read as a whole; a word where it is none. */
function pageOf(text: string, layout: Profile['response']): Expected | 'not-json' | 'unexpected-answer' {
  const nothing = { values: [], total: null, token: null };
  if (/^[ \t\r\n]*$/.test(text)) return nothing;
  const whole = parsed(text);
  if (whole === undefined) return 'not-json';
  const { value } = whole;
  if (value === null) return nothing;
  if (Array.isArray(value)) return { ...nothing, values: value };
  if (!isObject(value)) return 'unexpected-answer';
  const list = getter(layout.interactions)(value);
  const total = wholeNumber(getter(layout.total)(value));
  const token = getter(layout.nextPageToken)(value);
  const isList = Array.isArray(list);
  if (!isList && list !== null && (list !== undefined || total !== 0)) return 'unexpected-answer';
  return {
    values: isList ? list : [],
    total,
    token:
      typeof token === 'string' && token !== '' ? token : typeof token === 'number' ? String(token) : null,
  };
}

/** Whether a member on the way to the list stands in it more than once, or may. */
function namesTwice(text: string, { interactions }: Profile['response']): boolean {
  const plain = text.replaceAll('\\u0064', 'd');
  return (
    [interactions, ...interactions.split('.')].some((name) => plain.split(`"${name}"`).length > 2) ||
    (plain.includes(`"${interactions}"`) && interactions.includes('.'))
  );
}

function holdsForPage(input: Case, found: Found | string): void {
  const text = new TextDecoder().decode(Buffer.from(input.text, 'latin1'));
  const layout = LAYOUTS[input.layout] ?? response;
  const expected = pageOf(text, layout);
  if (typeof found === 'string') {
    if (found === 'unexpected-answer' && expected !== 'unexpected-answer') {
      // It shows before the end has come.
      ensure(namesTwice(text, layout) || expected === 'not-json', `refused: ${text}`);
      return;
    }
    if (found === 'too-large') {
      ensure(input.isTight, 'too large without a reason');
      return;
    }
    ensure(typeof expected === 'string', `refused as ${found}: ${text}`);
    return;
  }
  if (typeof expected === 'string') throw new Error(`taken, although ${expected}: ${text}`);
  same(found.total, expected.total, 'the total');
  same(found.token, expected.token, 'the token');
  same(found.records.length, expected.values.length, 'the number of records');
  const limits = input.isTight ? TIGHT : WIDE;
  for (const [index, record] of found.records.entries()) {
    const value = expected.values[index] ?? null;
    const isDeep = depthOf(value) > limits.depth;
    const isLarge = record.bytes > limits.recordBytes;
    ensure(record.ok === !(isDeep || isLarge), `record ${index} is ${record.ok ? 'taken' : 'set aside'}`);
    if (record.ok) same(record.value, value, `record ${index}`);
    else ensure(text.includes(record.head), `no beginning of a record: ${record.head}`);
  }
}

/** What a file was found to hold when it was read as a whole, line by line. */
function fileOf(
  text: string,
  layout: Profile['response'],
): readonly (readonly [line: number | undefined, value: JsonValue | undefined])[] | 'not-json' {
  const id = getter(layout.map['interactionId'] ?? 'interactionId');
  const list = getter(layout.interactions);
  const recordsOf = (value: JsonValue): readonly JsonValue[] => {
    const found = isObject(value) && id(value) === undefined ? list(value) : undefined;
    return Array.isArray(found) ? found : [value];
  };
  const body = text.replace(/^[ \t\r\n]*/, '');
  if (body === '') return [];
  const whole = parsed(body);
  if (body.startsWith('['))
    return whole !== undefined && Array.isArray(whole.value)
      ? whole.value.map((value: JsonValue) => [undefined, value])
      : 'not-json';
  if (!body.startsWith('{')) return 'not-json';
  const [first = ''] = body.split('\n');
  if (parsed(first) === undefined && whole !== undefined)
    return recordsOf(whole.value).map((value) => [undefined, value]);
  return text.split('\n').flatMap((line, index) => {
    if (/^[ \t\r]*$/.test(line)) return [];
    const held = parsed(line);
    const values = held === undefined ? [undefined] : recordsOf(held.value);
    return values.map((value): readonly [number, JsonValue | undefined] => [index + 1, value]);
  });
}

function holdsForFile(input: Case, found: Found | string): void {
  if (input.isTight) return;
  const bytes = Buffer.from(input.text, 'latin1');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return;
  }
  const layout = LAYOUTS[input.layout] ?? response;
  const expected = fileOf(text, layout);
  if (typeof found === 'string') {
    same(found === 'truncated' ? 'not-json' : found, expected, 'the error');
    return;
  }
  if (found.records.some((record) => !record.ok && record.reason.startsWith('cannot be read'))) {
    ensure(namesTwice(text, layout), 'an envelope is refused');
    return;
  }
  same(
    found.records.map((record) => [record.line, record.ok ? record.value : undefined]),
    expected,
    'the records',
  );
}

function holds(input: Case): void {
  const whole = bounded('scan', () => scan(input, []));
  same(scan(input, input.cuts), whole, 'cut in pieces');
  if (input.text.length <= 64) {
    const everywhere = Array.from({ length: input.text.length }, (_, at) => at);
    same(scan(input, everywhere), whole, 'byte by byte');
  }
  if (input.form === 'page') holdsForPage(input, whole);
  else holdsForFile(input, whole);
}

const caseOf = (page: fc.Arbitrary<string>, file: fc.Arbitrary<string>): fc.Arbitrary<Case> =>
  fc
    .tuple(
      fc.boolean(),
      page,
      file,
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.nat(LAYOUTS.length - 1),
      fc.boolean(),
    )
    .map(([isPage, body, text, cuts, layout, isTight]) => ({
      form: isPage ? 'page' : 'file',
      text: isPage ? body : text,
      cuts,
      layout,
      isTight,
    }));

const longList = fc
  .tuple(fc.array(jsonText, { minLength: 20, maxLength: 60 }), fc.constantFrom(',', '\n'))
  .map(([items, between]) => {
    const many = Array.from(
      { length: (64 * 1024) / Math.max(2, items.join(between).length) },
      () => items,
    ).flat();
    return Buffer.from(between === ',' ? `{"total":1,"data":[${many.join(',')}]}` : many.join('\n')).toString(
      'latin1',
    );
  });

export const records: Target<Case> = {
  name: 'records',
  small: caseOf(pageBytes, fileBytes),
  large: caseOf(longList, longList),
  holds,
  *smaller(input) {
    const { text } = input;
    for (
      let length = Math.ceil(text.length / 2);
      length >= 1;
      length = length === 1 ? 0 : Math.ceil(length / 2)
    ) {
      for (let at = 0; at < text.length; at += length)
        yield { ...input, text: text.slice(0, at) + text.slice(at + length) };
    }
    if (input.cuts.length > 0) yield { ...input, cuts: input.cuts.slice(1) };
  },
  count: () => 1,
  slowness: 1,
};
