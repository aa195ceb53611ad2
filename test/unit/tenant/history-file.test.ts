import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import { parseHistory, readHistoryFile, streamHistory } from '../../../server/src/tenant/history-file.ts';
import type { HistoryStretch } from '../../../server/src/tenant/history-parser.ts';
import {
  createRecordScanner,
  ScanError,
  type ScanLimits,
  type ScannedRecord,
} from '../../../server/src/tenant/records.ts';

const { response } = profileSchema.parse({});
const MB = 2 ** 20;

/** What each record is: its id, or why it is set aside, behind its line. */
function told(text: string | Buffer, size: number, limits: Partial<ScanLimits> = {}): string[] {
  const bytes = Buffer.from(text);
  const scanner = createRecordScanner({ response, form: 'file', limits });
  const found: ScannedRecord[] = [];
  for (let at = 0; at < bytes.length; at += size) found.push(...scanner.push(bytes.subarray(at, at + size)));
  found.push(...scanner.end().last);
  return found.map((record) => {
    const { line } = record;
    const what = record.ok ? JSON.stringify(record.value).slice(0, 40) : record.reason;
    return `${line === undefined ? '' : `${line}: `}${what}`;
  });
}

function problem(text: string, size: number, limits: Partial<ScanLimits> = {}): Partial<ScanError> {
  try {
    return { message: told(text, size, limits).join() };
  } catch (error) {
    if (error instanceof ScanError) return error;
    throw error;
  }
}

const SIZES = [1, 1000, 65_536, 64 * MB];
/** Byte by byte takes too long for the large ones. */
const LARGE_SIZES = [65_536, 64 * MB];
const PADDING = 'x'.repeat(100_000);

describe('a history file', () => {
  it.each(SIZES)('with an object a line, in pieces of %i bytes', (size) => {
    expect(told('\n{"a":1}\r\n\n {"b":2} \n[3]\nnull\n{"c":\n{"d":4}x\n"last"', size)).toEqual([
      '2: {"a":1}',
      '4: {"b":2}',
      '5: [3]',
      '6: null',
      '7: not JSON: Unexpected end of JSON input',
      expect.stringMatching(/^8: not JSON: Unexpected non-whitespace character/),
      '9: "last"',
    ]);
    expect(
      told(
        '{"data":[1,2]}\n{"data":[],"total":1}\n{"data":7}\n{"data":[3],"interactionId":"x"}\n{"data":[4]}',
        size,
      ),
    ).toEqual(['1: 1', '1: 2', '3: {"data":7}', '4: {"data":[3],"interactionId":"x"}', '5: 4']);
    expect(told('{"data":[1],"data":[2]}\n{"a":3}', size)).toEqual([
      '1: cannot be read: it has the list “data” twice',
      '2: {"a":3}',
    ]);
  });

  it.each(SIZES)('with one document over several lines, in pieces of %i bytes', (size) => {
    expect(told('{\n"a":\n"]}",\n"b":1}\n \n', size)).toEqual(['{"a":"]}","b":1}']);
    expect(told('{\n"data": [\n{"a":1},\n2\n]\n}', size)).toEqual(['{"a":1}', '2']);
    expect(told('{\n"data": [1],\n"interactionId":"x"\n}', size)).toEqual([
      '{"data":[1],"interactionId":"x"}',
    ]);
    // Something behind it: then it was none, and every line is by itself.
    expect(told('{\n"a":1}\n\n\n{"b":2}', size)).toEqual([
      expect.stringMatching(/^1: not JSON/),
      expect.stringMatching(/^2: not JSON/),
      '5: {"b":2}',
    ]);
    expect(told('{\n"a":1} {"b":2}\n3', size)).toEqual([
      expect.stringMatching(/^1: not JSON/),
      expect.stringMatching(/^2: not JSON/),
      '3: 3',
    ]);
    expect(told('{"a":\n{"b":1}\n{"c":2}\n', size)).toEqual([
      expect.stringMatching(/^1: not JSON/),
      '2: {"b":1}',
      '3: {"c":2}',
    ]);
    expect(told('{"a\n{"b":1}\n', size)).toEqual([expect.stringMatching(/^1: not JSON/), '2: {"b":1}']);
    expect(told('{"a":1}}\n{"b":1}\n', size)).toEqual([expect.stringMatching(/^1: not JSON/), '2: {"b":1}']);
    expect(told('{"a":\n[1}]\n2', size)).toEqual([
      expect.stringMatching(/^1: not JSON/),
      expect.stringMatching(/^2: not JSON/),
      '3: 2',
    ]);
  });

  it.each(SIZES)('sets aside what is not UTF-8, in pieces of %i bytes', (size) => {
    const wrong = Buffer.from([0x22, 0xff, 0x22]);
    const of = (...parts: (string | Buffer)[]): Buffer =>
      Buffer.concat(parts.map((part) => Buffer.from(part)));
    expect(told(of('[1,', wrong, ',2]'), size)).toEqual(['1', 'not valid UTF-8', '2']);
    expect(
      told(of('{"a":1}\n{"b":', wrong, '}\n{"data":[', wrong, ',2]}\n', wrong.subarray(1)), size),
    ).toEqual([
      '1: {"a":1}',
      '2: not valid UTF-8',
      '3: not valid UTF-8',
      '3: 2',
      expect.stringMatching(/^4: not /),
    ]);
    expect(told(of('{\n"b":', wrong, '}'), size)).toEqual(['not valid UTF-8']);
  });

  it.each(SIZES)('sets aside what is nested too deeply, in pieces of %i bytes', (size) => {
    const deep = `${'['.repeat(201)}${']'.repeat(201)}`;
    const reason = 'is nested more than 200 levels deep';
    expect(told(`[${deep},1]`, size)).toEqual([reason, '1']);
    expect(told(`{"a":${deep}}\n{"data":[${deep}]}\n{"b":1}`, size)).toEqual([
      `1: ${reason}`,
      `2: ${reason}`,
      '3: {"b":1}',
    ]);
    expect(told(`{\n"a":${deep}}`, size)).toEqual([reason]);
  });

  it.each(LARGE_SIZES)('gives the records of a large envelope one by one, in pieces of %i bytes', (size) => {
    const records = Array.from({ length: 30 }, (_, index) => `{"a":${index},"x":"${PADDING}"}`);
    const expected = records.map((record) => record.slice(0, 40));
    const onLines = (line: number, all: readonly string[]): string[] => all.map((one) => `${line}: ${one}`);
    const envelope = `{"total":30,"data":[${records.join(',')}],"z":{}}`;
    expect(told(envelope, size)).toEqual(onLines(1, expected));
    expect(told(`${envelope}\n\n{"b":1}\n${envelope} \n{"c":2}`, size)).toEqual([
      ...onLines(1, expected),
      '3: {"b":1}',
      ...onLines(4, expected),
      '5: {"c":2}',
    ]);
    expect(told(`{\n"total":30,\n"data":[\n${records.join(',\n')}]\n}\n`, size)).toEqual(expected);
    expect(told(`${envelope}\n${envelope}\n${envelope}`, size, { recordBytes: 2 * MB })).toEqual([
      ...onLines(1, expected),
      ...onLines(2, expected),
      ...onLines(3, expected),
    ]);
    // It cannot be taken back that its records were given.
    expect(problem(`${envelope} x`, size)).toMatchObject({ code: 'not-json', at: envelope.length + 1 });
    expect(problem(`{\n"data":[${records.join(',')}]}\n{"b":1}`, size).code).toBe('not-json');
    expect(problem(envelope.slice(0, -1), size)).toMatchObject({
      code: 'truncated',
      at: envelope.length - 1,
    });
    expect(problem(envelope.replace('"z"', '"interactionId"'), size)).toMatchObject({
      code: 'unexpected-answer',
      message: 'it has a list “data” and an id of its own',
    });
    // With an id before the list it is a record, which is too large here.
    const record = `{"interactionId":"i",${envelope.slice(1)}`;
    expect(told(record, size)).toEqual([`1: ${record.slice(0, 40)}`]);
    expect(told(`${record}\n1`, size, { recordBytes: 2 * MB })).toEqual(['1: is larger than 2 MB', '2: 1']);
    expect(
      told(`{\n${record.slice(1)}\n`, size, { recordBytes: 2 * MB }).map((one) => one.slice(0, 11)),
    ).toEqual(['1: not JSON', '2: is large']);
  });

  it.each(LARGE_SIZES)('skips a line above 16 MB, in pieces of %i bytes', (size) => {
    const line = `{"a":"${'x'.repeat(17 * MB)}"}`;
    expect(told(`{"b":1}\n${line}\n{"c":2}\n${line}`, size)).toEqual([
      '1: {"b":1}',
      '2: is larger than 16 MB',
      '3: {"c":2}',
      '4: is larger than 16 MB',
    ]);
    expect(told(`[${line},1]`, size)).toEqual(['is larger than 16 MB', '1']);
  });

  it.each([
    ['x', 'not-json', 0],
    [' "text"', 'not-json', 1],
    ['null', 'not-json', 0],
    ['[1', 'truncated', 2],
    ['[1]\n[2]', 'not-json', 4],
  ])('is none: %j', (text, code, at) => {
    for (const size of SIZES) expect(problem(text, size)).toMatchObject({ code, at });
  });
});

describe('a history file on disk', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cxq-history-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const record = (index: number, more = ''): string => `{"interactionId":"i${index}","steps":[]${more}}`;

  async function all(
    path: string,
    options: Parameters<typeof streamHistory>[1] = {},
  ): Promise<HistoryStretch[]> {
    const stretches: HistoryStretch[] = [];
    for await (const stretch of streamHistory(path, options)) stretches.push(stretch);
    return stretches;
  }
  const idsOf = (stretches: readonly HistoryStretch[]): string[] =>
    stretches.flatMap((stretch) =>
      stretch.kind === 'records' ? stretch.interactions.map(({ interactionId }) => interactionId) : [],
    );

  it('comes in stretches, packed in several members too', async () => {
    const count = 40_000;
    const ids = Array.from({ length: count }, (_, index) => `i${index}`);
    const lines = ids.map((_, index) => `${record(index)}\n`);
    const path = join(folder, 'h.ndjson');
    await writeFile(path, lines.join(''));
    const plain = await all(path);
    expect(idsOf(plain)).toEqual(ids);
    expect(plain.length).toBeGreaterThan(4);
    expect(plain.at(-1)).toEqual({ kind: 'end', notes: [], bytes: lines.join('').length });

    const packed = `${path}.gz`;
    const halves = [lines.slice(0, 777), lines.slice(777)].map((half) => gzipSync(half.join('')));
    await writeFile(packed, Buffer.concat(halves));
    const unpacked = await all(packed);
    expect(idsOf(unpacked)).toEqual(ids);
    expect(unpacked.at(-1)).toMatchObject({ kind: 'end', bytes: Buffer.concat(halves).length });

    await writeFile(packed, Buffer.concat(halves).subarray(0, -20_000));
    const cut = await all(packed);
    expect(cut.at(-1)).toMatchObject({
      kind: 'error',
      error: {
        code: 'unreadable',
        message: `${packed} is a damaged or incomplete gzip file; fetch or pack it again.`,
      },
    });
    expect(idsOf(cut).length).toBeLessThan(count);
    expect(await readHistoryFile(packed)).toMatchObject({ ok: false, error: { code: 'unreadable' } });
  });

  it('tells its end from where it breaks off', async () => {
    const path = join(folder, 'h.json');
    const text = `[${Array.from({ length: 10_000 }, (_, index) => record(index)).join(',')}`;
    await writeFile(path, text);
    const stretches = await all(path);
    expect(idsOf(stretches).length).toBeGreaterThan(9_000);
    expect(stretches.at(-1)).toEqual({
      kind: 'error',
      error: {
        code: 'not-history',
        message: `${path} is not complete JSON: it breaks off after ${text.length} bytes.`,
      },
    });
    expect(await readHistoryFile(path)).toMatchObject({ ok: false, error: { code: 'not-history' } });
    expect(await readHistoryFile(path, { maxBytes: 1_000 })).toMatchObject({
      ok: false,
      error: {
        code: 'too-large',
        message: `${path} cannot be read: it is larger than 1000 bytes; split it.`,
      },
    });
    await writeFile(path, `{"data":[${record(1, `,"x":"${'y'.repeat(MB)}"`)}],"data":[]}`);
    expect(await readHistoryFile(path)).toMatchObject({
      ok: false,
      error: {
        code: 'not-history',
        message: expect.stringMatching(/is not history: it has the list “data” twice; expected/),
      },
    });
  });

  it('counts what is set aside on from stretch to stretch', async () => {
    const path = join(folder, 'r.ndjson');
    const lines = Array.from({ length: 20_000 }, (_, index) =>
      index % 9_999 === 5 ? `{"bad":${index}` : record(index),
    );
    await writeFile(path, lines.join('\n'));
    const stretches = await all(path);
    const rejected = stretches.flatMap((stretch) => (stretch.kind === 'records' ? stretch.rejected : []));
    expect(rejected.map(({ index, raw }) => [index, raw])).toEqual([
      [5, '{"bad":5'],
      [10_004, '{"bad":10004'],
    ]);
    expect(rejected[1]?.reason).toMatch(/^line 10005: not JSON: /);
  });

  it.each([
    ['', 'empty', /is empty; expected a JSON array/],
    ['\uFEFF \n', 'empty', /is empty/],
    ['<html>'.padEnd(5_000, 'x'), 'not-history', /begins with “<html>x+”; expected/],
    ['<html>', 'not-history', /begins with “<html>”/],
    ['\u0001\0', 'not-history', /binary file/],
  ])('says what %j is', async (text, code, message) => {
    const path = join(folder, 'none');
    await writeFile(path, text);
    expect(await readHistoryFile(path)).toMatchObject({
      ok: false,
      error: { code, message: expect.stringMatching(message) },
    });
    expect(await parseHistory(text)).toMatchObject({
      ok: false,
      error: { code, message: expect.stringMatching(message) },
    });
    // In pieces of a byte each, from standard input.
    const stdin = Readable.from(Array.from(Buffer.from(text), (byte) => Buffer.from([byte])));
    expect(await readHistoryFile('-', { stdin })).toMatchObject({
      ok: false,
      error: { code, message: expect.stringMatching(message) },
    });
  });

  it('comes from standard input, as text and packed, in whatever pieces', async () => {
    const packed = gzipSync(`[${record(1)},${record(2)}]`);
    const stdin = (): Readable => Readable.from(Array.from(packed, (byte) => Buffer.from([byte])));
    expect(idsOf(await all('-', { stdin: stdin() }))).toEqual(['i1', 'i2']);
    expect(
      await all('-', { stdin: Readable.from([`${record(1)}\n{"interac`, `tionId":"i2","steps":[]}`]) }),
    ).toMatchObject([
      { kind: 'records', interactions: [{ interactionId: 'i1' }] },
      { kind: 'records', interactions: [] },
      { kind: 'records', interactions: [{ interactionId: 'i2' }] },
      { kind: 'end' },
    ]);
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from('[');
        throw new Error('the pipe is gone');
      })(),
    );
    expect((await all('-', { stdin: failing })).at(-1)).toEqual({
      kind: 'error',
      error: { code: 'unreadable', message: 'Standard input cannot be read: the pipe is gone.' },
    });
  });

  it('is closed by whoever has had enough', async () => {
    const path = join(folder, 'long.gz');
    await pipeline(
      Readable.from(Array.from({ length: 50_000 }, (_, index) => `${record(index)}\n`)),
      createGzip(),
      createWriteStream(path),
    );
    for (const stdin of [
      Readable.from([gzipSync(record(1)), gzipSync('')]),
      Readable.from([record(1), '\n']),
    ]) {
      for await (const stretch of streamHistory('-', { stdin })) {
        expect(stretch.kind).toBe('records');
        break;
      }
      expect(stdin.destroyed).toBe(true);
    }
    let stretches = 0;
    for await (const stretch of streamHistory(path)) {
      expect(stretch.kind).toBe('records');
      stretches += 1;
      if (stretches === 2) break;
    }
    expect(stretches).toBe(2);
  });
});
