import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import { parseJson } from '../../../server/src/tenant/json.ts';
import { JsonValidator } from '../../../server/src/tenant/json-bytes.ts';
import {
  createRecordScanner,
  type Envelope,
  ScanError,
  type ScanLimits,
  type ScannedRecord,
} from '../../../server/src/tenant/records.ts';
import { jsonText } from '../../fuzz/json-texts.ts';

interface Options {
  readonly form?: 'page' | 'file';
  readonly limits?: Partial<ScanLimits>;
  readonly response?: object;
  /** Where the bytes are cut; `all` is byte by byte. */
  readonly cuts?: readonly number[] | 'all';
}

interface Scanned {
  readonly records: readonly ScannedRecord[];
  readonly said: Envelope;
}

function scan(
  text: string | Uint8Array,
  { form = 'page', limits = {}, response = {}, cuts = [] }: Options = {},
): Scanned {
  const bytes = Buffer.from(text);
  const scanner = createRecordScanner({ response: profileSchema.parse({ response }).response, form, limits });
  const places = cuts === 'all' ? Array.from(bytes, (_, at) => at) : cuts;
  const records: ScannedRecord[] = [];
  let from = 0;
  for (const to of [...places, bytes.length]) {
    for (const { raw: _, ...record } of scanner
      .push(bytes.subarray(from, to))
      .map((one) => ({ raw: undefined, ...one }))) {
      records.push(record);
    }
    from = to;
  }
  const { last, ...said } = scanner.end();
  for (const { raw: _, ...record } of last.map((one) => ({ raw: undefined, ...one }))) records.push(record);
  return { records, said: { ...said, last: [] } };
}

function values(text: string | Uint8Array, options: Options = {}): unknown[] {
  return scan(text, options).records.map((record) => (record.ok ? record.value : record.reason));
}

function problem(text: string | Uint8Array, options: Options = {}): ScanError {
  try {
    scan(text, options);
  } catch (error) {
    if (error instanceof ScanError) return error;
    throw error;
  }
  throw new Error('It was taken.');
}

const PAGE =
  '{"x":{"a":[1,"]}",{"b":null}]},"data":[{"interactionId":"ä\\"]","n":[1,{}]},7,"t",null] ,"total":4,"nextPageToken":"n"}';

describe('records of a page', () => {
  it('are the same however the bytes are cut', () => {
    const whole = scan(PAGE);
    expect(whole.records.map((record) => record.ok && record.value)).toEqual(JSON.parse(PAGE).data);
    expect(whole.said).toEqual({ total: 4, token: 'n', records: 4, damaged: false, last: [] });
    const { length } = Buffer.from(PAGE);
    for (let at = 0; at <= length; at += 1) expect(scan(PAGE, { cuts: [at] })).toEqual(whole);
    for (let size = 1; size < 9; size += 1) {
      const cuts = Array.from({ length: Math.floor(length / size) }, (_, index) => index * size);
      expect(scan(PAGE, { cuts })).toEqual(whole);
    }
  });

  it('are refused where the text breaks off, at whatever byte', () => {
    for (const text of [PAGE, '[{"a":[1]},"b",2]', '{"data":[]}', '\uFEFF[[]]']) {
      const bytes = Buffer.from(text);
      for (let length = 1; length < bytes.length; length += 1) {
        if (length === 3 && text.startsWith('\uFEFF')) continue;
        const { code, at } = problem(bytes.subarray(0, length), { cuts: [Math.floor(length / 2)] });
        expect(['truncated', 'not-json']).toContain(code);
        expect(at).toBeLessThanOrEqual(length);
        if (text !== '\uFEFF[[]]') expect(code).toBe('truncated');
      }
    }
  });

  it.each([
    ['', []],
    [' \r\n\t', []],
    ['\uFEFF', []],
    ['null', []],
    [' null ', []],
    ['[]', []],
    ['{"data":null}', []],
    ['{"total":0}', []],
    ['{"total":"0","data":null}', []],
    ['{"\\u0064ata":[1]}', [1]],
    ['{"data":[1,2]}', [1, 2]],
    ['\uFEFF [ 1 , "a" ] ', [1, 'a']],
    [
      '[1e400,-0,12345678901234567890,-9007199254740993]',
      [Number.POSITIVE_INFINITY, -0, '12345678901234567890', '-9007199254740993'],
    ],
    ['[{"id":12345678901234567890},9007199254740993.0]', [{ id: '12345678901234567890' }, 9007199254740992]],
    ['[{"a":1,"a":2}]', [{ a: 2 }]],
    ['[{"b":1,"a":"😀"},"1234567890123456789"]', [{ b: 1, a: '😀' }, '1234567890123456789']],
  ])('of %j', (text, expected) => {
    expect(values(text)).toEqual(expected);
    expect(values(text, { cuts: 'all' })).toEqual(expected);
  });

  it.each<[string, string, number, RegExp]>([
    ['[1,]', 'not-json', 3, /^it is damaged or not JSON at byte 3$/],
    ['[1 2]', 'not-json', 3, /damaged/],
    ['[{"a":1}}', 'not-json', 8, /damaged/],
    ['[{"a":1]]', 'not-json', 7, /damaged/],
    ['[{"a":"\u0001"}]', 'not-json', 7, /damaged/],
    ['[{"a":"\\x"}]', 'not-json', 8, /damaged/],
    ['[01]', 'not-json', 2, /damaged/],
    ['[nul]', 'not-json', 4, /damaged/],
    ['[+1]', 'not-json', 1, /damaged/],
    ["['a']", 'not-json', 1, /damaged/],
    ['{data:[]}', 'not-json', 1, /damaged/],
    ['{"data" []}', 'not-json', 8, /damaged/],
    ['{"data":[],}', 'not-json', 11, /damaged/],
    ['{"data":[]"a":1}', 'not-json', 10, /damaged/],
    ['{"x":tru,"data":[]}', 'not-json', 8, /damaged/],
    ['{"x":{"a" 1},"data":[]}', 'not-json', 10, /damaged/],
    ['{"x":"\t","data":[]}', 'not-json', 6, /damaged/],
    ['{"x":"\u001f","data":[]}', 'not-json', 6, /damaged/],
    ['{"total":01,"data":[]}', 'not-json', 10, /damaged/],
    ['<html>', 'not-json', 0, /damaged/],
    ['Not found', 'not-json', 0, /damaged/],
    ['404 not found', 'not-json', 4, /^it goes on after its end, at byte 4$/],
    ['[] []', 'not-json', 3, /goes on/],
    ['{"data":[]}{"data":[]}', 'not-json', 11, /goes on/],
    ['[]\0', 'not-json', 2, /goes on/],
    ['\u00a0[]', 'not-json', 0, /damaged/],
    ['{"data":{"a":1}}', 'unexpected-answer', 8, /^it has no list “data”$/],
    ['{"data":7}', 'unexpected-answer', 8, /no list/],
    ['{"a":[1]}', 'unexpected-answer', 9, /no list/],
    ['{"total":3}', 'unexpected-answer', 11, /no list/],
    ['"text"', 'unexpected-answer', 6, /no list/],
    ['7', 'unexpected-answer', 1, /no list/],
    ['false', 'unexpected-answer', 5, /no list/],
    ['{"data":[1],"data":[2]}', 'unexpected-answer', 12, /^it has the list “data” twice$/],
    ['{"data":null,"data":[2]}', 'unexpected-answer', 13, /twice/],
  ])('are refused in %j', (text, code, at, message) => {
    expect(problem(text)).toMatchObject({ code, at, message: expect.stringMatching(message) });
    expect(problem(text, { cuts: 'all' })).toMatchObject({ code, at });
  });

  it.each([
    [[0xef, 0xbb]],
    [[0xef, 0x5b, 0x5d]],
    [[0x20, 0xef, 0xbb, 0xbf, 0x5b, 0x5d]],
    [[0xff, 0xfe, 0x5b, 0, 0x5d, 0]],
  ])('are refused behind what is no byte-order mark: %j', (bytes) => {
    expect(problem(Uint8Array.from(bytes)).code).toBe('not-json');
    expect(problem(Uint8Array.from(bytes), { cuts: 'all' }).code).toBe('not-json');
  });

  it('come with what is not UTF-8 replaced, which is told', () => {
    const bytes = Buffer.concat([
      Buffer.from('[{"a":"'),
      Buffer.from([0xff, 0xe4, 0xb8]),
      Buffer.from('"},"ä"]'),
    ]);
    expect(values(bytes, { cuts: 'all' })).toEqual(JSON.parse(new TextDecoder().decode(bytes)));
    expect(scan(bytes).said.damaged).toBe(true);
    expect(scan('["ä"]', { cuts: 'all' }).said.damaged).toBe(false);
    const token = Buffer.concat([
      Buffer.from('{"data":[],"nextPageToken":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    expect(scan(token).said).toMatchObject({ token: '\uFFFD', damaged: true });
  });

  it.each([
    ['{"total":"17","nextPageToken":5,"data":[]}', 17, '5'],
    ['{"total":-1,"nextPageToken":"","data":[]}', null, null],
    ['{"total":1.5,"nextPageToken":null,"data":[]}', null, null],
    ['{"data":[],"total":[1],"nextPageToken":{"a":"b"}}', null, null],
    ['{"data":[],"total":1,"total":2,"nextPageToken":12345678901234567890}', 2, '12345678901234567890'],
    ['[]', null, null],
  ])('and what %s says beside them', (text, total, token) => {
    expect(scan(text).said).toMatchObject({ total, token });
  });

  it('lie where the profile says', () => {
    const response = { interactions: 'r.items', total: 'r.page.total', nextPageToken: 'next' };
    const inside = '{"next":"n","r":{"page":{"x":[],"total":3},"items":[1,2],"y":0}}';
    expect(values(inside, { response, cuts: 'all' })).toEqual([1, 2]);
    expect(scan(inside, { response }).said).toMatchObject({ total: 3, token: 'n' });
    // A name that has the dots in it goes before the walk.
    expect(values('{"r.items":[3],"r":{"x":1}}', { response })).toEqual([3]);
    expect(scan('{"r.page.total":5,"r":{"page":{"total":3},"items":[]}}', { response }).said.total).toBe(5);
    // The last member of a name counts, and what the one before said does not.
    expect(scan('{"r":{"page":{"total":3}},"r":{"items":[]}}', { response }).said.total).toBeNull();
    expect(problem('{"r":{"items":[1]},"r":{}}', { response }).message).toBe(
      'it has the list “r.items” twice',
    );
    expect(problem('{"r":[1]}', { response }).message).toBe('it has no list “r.items”');
    expect(
      scan('{"t":{"n":"x"},"data":[]}', { response: { total: 't', nextPageToken: 't.n' } }).said,
    ).toMatchObject({
      total: null,
      token: 'x',
    });
    expect(values('{"__proto__":[1]}', { response: { interactions: '__proto__' } })).toEqual([1]);
  });

  it('may have any names', () => {
    const [record] = values('[{"__proto__":{"polluted":1},"constructor":2}]');
    expect(Object.keys(record ?? {})).toEqual(['__proto__', 'constructor']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(values('{"__proto__":{"data":[1]},"constructor":{},"data":[2]}')).toEqual([2]);
  });

  it.each([1, 7, 1000, 100_000])(
    'that nest 200,000 levels deep are set aside, in pieces of %i bytes',
    (size) => {
      const deep = `${'[{"a":'.repeat(100_000)}1${'}]'.repeat(100_000)}`;
      const text =
        size === 1
          ? `[[${'['.repeat(3000)}${']'.repeat(3000)}],2]`
          : `{"other":${deep},"data":[${deep},{"a":[[]]}],"total":${deep}}`;
      const cuts = Array.from({ length: Math.floor(text.length / size) }, (_, index) => index * size);
      const { records, said } = scan(text, { cuts });
      expect(records).toMatchObject([
        { ok: false, reason: 'is nested more than 200 levels deep' },
        { ok: true },
      ]);
      expect(records[0]).toMatchObject({
        bytes: size === 1 ? 6002 : deep.length,
        head: size === 1 ? '['.repeat(200) : deep.slice(0, 200),
      });
      expect(said.total).toBeNull();
    },
  );

  it('at 200 levels are read, at 201 are not', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    const text = `[${nested(200)},${nested(201)},{"a":${nested(200)},"b":[1]},{"a":${nested(199)},"b":[1]}]`;
    for (const cuts of [[], [300, 800, 1300], 'all'] as const) {
      expect(scan(text, { cuts }).records.map(({ ok }) => ok)).toEqual([true, false, false, true]);
    }
  });

  it('that are set aside have to be JSON all the same', () => {
    const deep = '['.repeat(300);
    for (const [text, at] of [
      [`[${deep}1,${']'.repeat(300)}]`, 303],
      [`[${deep}${'}'.repeat(300)}]`, 301],
      [`[${deep}"\\q"${']'.repeat(300)}]`, 303],
    ] as const) {
      expect(problem(text)).toMatchObject({ code: 'not-json', at });
      expect(problem(text, { cuts: 'all' })).toMatchObject({ code: 'not-json', at });
    }
    expect(problem(`[${deep}`).code).toBe('truncated');
  });

  it('that are larger than 16 MB are set aside, and those behind them are read', () => {
    const piece = Buffer.from('x'.repeat(2 ** 20));
    const scanner = createRecordScanner({ response: profileSchema.parse({}).response, form: 'page' });
    expect(scanner.push(Buffer.from('[{"a":"'))).toEqual([]);
    for (let index = 0; index < 40; index += 1) expect(scanner.push(piece)).toEqual([]);
    expect(scanner.push(Buffer.from('"},[1]]'))).toMatchObject([
      {
        ok: false,
        reason: 'is larger than 16 MB',
        head: `{"a":"${'x'.repeat(194)}`,
        bytes: 40 * 2 ** 20 + 8,
      },
      { ok: true, value: [1] },
    ]);
    expect(scanner.end().records).toBe(2);
  });

  it.each(['{"a":[1,2,3]}', '"12345678"', '123456789', '-0.5e+7777', 'true'])(
    'that reach a limit: %s',
    (text) => {
      const options = { limits: { recordBytes: text.length } };
      expect(scan(`[${text},1]`, options).records.map(({ ok }) => ok)).toEqual([true, true]);
      const less = { limits: { recordBytes: text.length - 1 }, cuts: 'all' } as const;
      const [first, second] = scan(`[${text} ,1]`, less).records;
      expect(first).toEqual({
        ok: false,
        reason: `is larger than ${text.length - 1} bytes`,
        head: text,
        bytes: text.length,
      });
      expect(second).toMatchObject({ ok: true, value: 1 });
    },
  );

  it('are refused where a token or a name is too large to be read', () => {
    const limits = { recordBytes: 20 };
    const long = 'x'.repeat(30);
    for (const text of [`{"nextPageToken":"${long}","data":[]}`, `{"${long}":1,"data":[]}`, `"${long}"`]) {
      expect(problem(text, { limits, cuts: 'all' }).code).toBe('too-large');
    }
    expect(values(`{"other":"${long}","data":[1]}`, { limits, cuts: 'all' })).toEqual([1]);
    expect(problem('1'.repeat(30), { limits }).code).toBe('not-json');
  });

  it('are refused beyond the ceiling of a body, and where nesting has no end', () => {
    expect(values('[1,2]', { limits: { decodedBytes: 5 } })).toEqual([1, 2]);
    expect(problem('[1,2] ', { limits: { decodedBytes: 5 } })).toMatchObject({
      code: 'too-large',
      message: 'it is larger than 5 bytes',
    });
    expect(problem('['.repeat(5_000_000))).toMatchObject({ code: 'too-large', message: /4194304 levels/ });
  });

  it('do not come again after an error', () => {
    const scanner = createRecordScanner({ response: profileSchema.parse({}).response, form: 'page' });
    expect(() => scanner.push(Buffer.from('[1,]'))).toThrow(ScanError);
    expect(() => scanner.push(Buffer.from('2]'))).toThrow(/byte 3/);
    expect(() => scanner.end()).toThrow(/byte 3/);
  });

  it('have their own text', () => {
    const scanner = createRecordScanner({ response: profileSchema.parse({}).response, form: 'page' });
    const texts = ['[{"a":', '1 },"b', '"]'].flatMap((piece) =>
      scanner.push(Buffer.from(piece)).map((record) => record.ok && Buffer.from(record.raw ?? []).toString()),
    );
    expect(texts).toEqual(['{"a":1 }', '"b"']);
  });
});

describe('what holds no JSON', () => {
  it('takes what JSON.parse takes', () => {
    const validator = new JsonValidator();
    fc.assert(
      fc.property(
        jsonText,
        fc.nat(),
        fc.constantFrom(...'[]{}",:\\0e-. ntu'),
        fc.nat(2),
        (text, place, put, taken) => {
          const at = place % (text.length + 1);
          const changed = text.slice(0, at) + put + text.slice(at + taken);
          for (const candidate of [text, changed]) {
            const bytes = Buffer.from(`${candidate} `);
            validator.begin();
            let isTaken = false;
            try {
              let end = -1;
              for (let at = 0; at < bytes.length && end < 0; at += 1) {
                const within = validator.push(bytes.subarray(at, at + 1), 0, at);
                end = within < 0 ? -1 : at + within;
              }
              isTaken = end >= 0 && bytes.subarray(end).toString().trim() === '';
            } catch (error) {
              if (!(error instanceof ScanError)) throw error;
            }
            let isJson = true;
            try {
              parseJson(candidate);
            } catch {
              isJson = false;
            }
            // Blanks around it are not its own.
            if (candidate.trim() === candidate) expect([candidate, isTaken]).toEqual([candidate, isJson]);
          }
        },
      ),
      { numRuns: 5_000, seed: 7 },
    );
  });
});
