import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Interaction } from '../../../server/src/protocol/history.ts';
import { parseInstant } from '../../../server/src/protocol/instant.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import { expectedRecords } from '../../../server/src/tenant/accuracy.ts';
import { compareRecords } from '../../../server/src/tenant/duplicates.ts';
import { parseHistory, readHistoryFile } from '../../../server/src/tenant/history-file.ts';
import { accuracy, createReader } from '../../../server/src/tenant/index.ts';
import { parseJson } from '../../../server/src/tenant/json.ts';
import { fastInstant } from '../../../server/src/tenant/times.ts';

function read(text: string, response: unknown = {}): Interaction | string {
  return createReader(profileSchema.parse({ response }).response).read(parseJson(text));
}

const steps = (step: string): string => `{"interactionId":"a","steps":[${step}]}`;

describe('reading a record', () => {
  it('takes the tutorial’s', () => {
    const text = `{"interactionId":"a1","workflowId":"wf-7","workflowName":"Inbound voice","extra":[1],"steps":[
      {"nodeId":"menu-1","nodeName":"Main menu","nodeType":"DECISION","startTime":"2026-11-22T07:00:00.000Z",
       "endTime":"2026-11-22T07:00:12.500Z","variablesBefore":{"queue":"none"},"variablesAfter":{"queue":"billing"},
       "errorState":false,"outcome":"billing","x":1}]}`;
    expect(read(text)).toEqual({
      interactionId: 'a1',
      workflowId: 'wf-7',
      workflowName: 'Inbound voice',
      steps: [
        {
          nodeId: 'menu-1',
          nodeName: 'Main menu',
          nodeType: 'DECISION',
          startTime: 1_795_330_800_000_000,
          endTime: 1_795_330_812_500_000,
          errorState: false,
          outcome: 'billing',
          variablesBefore: { queue: 'none' },
          variablesAfter: { queue: 'billing' },
        },
      ],
      raw: JSON.parse(text),
    });
  });

  it('fills what is missing with null, and keeps what is unknown', () => {
    expect(read('{"interactionId":"a","steps":[{"nodeId":"n"}],"new":{"x":1}}')).toMatchObject({
      workflowId: null,
      workflowName: null,
      steps: [
        {
          nodeName: null,
          nodeType: null,
          startTime: null,
          endTime: null,
          errorState: null,
          outcome: null,
          variablesBefore: {},
          variablesAfter: {},
        },
      ],
      raw: { new: { x: 1 } },
    });
    expect(read('{"interactionId":"a","steps":[]}')).toMatchObject({ steps: [] });
  });

  it('keeps the exact text of ids that are numbers', () => {
    expect(
      read(
        '{"interactionId":12345678901234567890,"workflowId":7,"steps":[{"nodeId":9007199254740993,"outcome":true}]}',
      ),
    ).toMatchObject({
      interactionId: '12345678901234567890',
      workflowId: '7',
      steps: [{ nodeId: '9007199254740993', outcome: 'true' }],
    });
    expect(
      parseJson(
        '{"a":9007199254740993,"b":"1234567890123456789","c":-98765432109876543210,"d":1234567890123456.5,"e":12}',
      ),
    ).toEqual({
      a: '9007199254740993',
      b: '1234567890123456789',
      c: '-98765432109876543210',
      d: 1234567890123456.5,
      e: 12,
    });
  });

  it.each([
    ['"True"', true],
    ['"false"', false],
    ['" TRUE "', true],
    ['null', null],
    ['""', null],
  ])('reads errorState %s', (text, value) => {
    expect(read(steps(`{"nodeId":"n","errorState":${text}}`))).toMatchObject({
      steps: [{ errorState: value }],
    });
  });

  it('reads a time without a zone as UTC and says so', () => {
    const reader = createReader(profileSchema.parse({}).response);
    expect(
      reader.read(
        parseJson(
          steps('{"nodeId":"n","startTime":"2026-11-22T07:00:00","endTime":"2026-11-22 09:00:00.5+02:00"}'),
        ),
      ),
    ).toMatchObject({
      steps: [{ startTime: 1_795_330_800_000_000, endTime: 1_795_330_800_500_000 }],
    });
    expect(reader.notes()).toEqual(['1 time had no time zone and was read as UTC.']);
  });

  it.each([
    ['12.5', {}, 12_500_000],
    ['"12.5"', {}, 12_500_000],
    ['"PT1M2.5S"', {}, 62_500_000],
    ['250', { map: { duration: 'durationMs' } }, 250_000],
  ])('lets duration %s stand in for endTime', (duration, response, length) => {
    const name = 'map' in response ? 'durationMs' : 'duration';
    const text = steps(`{"nodeId":"n","startTime":"2026-11-22T07:00:00Z","${name}":${duration}}`);
    expect(read(text, response)).toMatchObject({ steps: [{ endTime: 1_795_330_800_000_000 + length }] });
  });

  it('finds mapped fields, dotted ones too', () => {
    const text =
      '{"meta":{"id":"a"},"trace":{"list":[{"node":{"id":"n"},"begin":"2026-11-22T07:00:00Z","a.b":"x"}]}}';
    const response = {
      steps: 'trace.list',
      map: { interactionId: 'meta.id', nodeId: 'node.id', startTime: 'begin', outcome: 'a.b' },
    };
    expect(read(text, response)).toMatchObject({
      interactionId: 'a',
      steps: [{ nodeId: 'n', startTime: 1_795_330_800_000_000, outcome: 'x' }],
    });
  });

  it('is not led astray by keys of a prototype', () => {
    expect(read('{"__proto__":{"interactionId":"evil"},"steps":[]}')).toBe('has no interactionId');
    expect(read('{"interactionId":"a","steps":[]}', { map: { interactionId: 'constructor' } })).toBe(
      'has no interactionId',
    );
    const kept = read('{"interactionId":"a","steps":[{"nodeId":"n","variablesAfter":{"__proto__":1}}]}');
    expect(typeof kept === 'string' ? [] : Object.keys(kept.steps[0]?.variablesAfter ?? {})).toEqual([
      '__proto__',
    ]);
  });

  it.each([
    ['"x"', /is not an object: "x"/],
    ['[]', /is not an object: a list/],
    ['{"steps":[]}', /has no interactionId/],
    ['{"interactionId":"","steps":[]}', /has no interactionId/],
    ['{"interactionId":"a"}', /has no steps/],
    ['{"interactionId":"a","steps":{}}', /steps is not a list: an object/],
    [steps('5'), /step 1 is not an object: 5/],
    [steps('{}'), /step 1 has no nodeId/],
    [
      steps('{"nodeId":"n"},{"nodeId":"n","startTime":12500}'),
      /step 2: startTime is a number that is neither .*: 12500/,
    ],
    [steps('{"nodeId":"n","endTime":"tomorrow\\u001b"}'), /step 1: endTime is not a time: "tomorrow\\u001b"/],
    [
      steps('{"nodeId":"n","startTime":"2026-11-22T07:00:00Z","duration":"long"}'),
      /duration is not a number/,
    ],
    [
      steps('{"nodeId":"n","startTime":"2026-11-22T07:00:00Z","duration":1e300}'),
      /duration leads beyond the year 9999: 1e\+300/,
    ],
    [steps('{"nodeId":"n","startTime":"9999-12-31T23:59:59-14:00"}'), /startTime is not a time/],
    [steps('{"nodeId":"n","startTime":"0000-01-01T00:00:00+14:00"}'), /startTime is not a time/],
    ['{"interactionId":1e400,"steps":[]}', /has no interactionId/],
    [steps('{"nodeId":"n","errorState":"maybe"}'), /errorState is neither/],
    [steps('{"nodeId":"n","variablesAfter":[1]}'), /variablesAfter is not an object: a list/],
  ])('says why it cannot read %s', (text, reason) => {
    expect(read(text)).toMatch(reason);
  });

  it.each(['[]', '{}', '[12345678901234567]'])(
    'sets what is nested 200,000 levels deep around %s aside, and reads its neighbour',
    async (core) => {
      const deep = `${'[{"a":'.repeat(100_000)}${core}${'}]'.repeat(100_000)}`;
      const text = `[{"interactionId":"a","steps":[],"x":${deep}},{"interactionId":"b","steps":[],"x":[[[[]]]]}]`;
      const result = await parseHistory(text);
      expect(result).toMatchObject({ ok: true, history: { interactions: [{ interactionId: 'b' }] } });
      expect(result.ok && result.history.rejected).toEqual([
        { index: 0, reason: 'is nested more than 200 levels deep', raw: text.slice(1, 201) },
      ]);
    },
  );

  it.each([
    ['{"a":'.repeat(500), '1', ',"b":1}'.repeat(500)],
    ['['.repeat(500), '{}', ',"]"]'.repeat(500)],
    ['{"\\\\":'.repeat(500), '"]}\\""', ',"b":[]}'.repeat(500)],
    [`${'['.repeat(250)}{}`, ',[]'.repeat(50_000), ',1]'.repeat(250)],
  ])('finds deep nesting where no brackets close in a row: %#', async (open, core, close) => {
    const text = `[{"interactionId":"a","steps":[],"x":${open}${core}${close}},{"interactionId":"b","steps":[]}]`;
    const result = await parseHistory(text);
    expect(result).toMatchObject({ ok: true, history: { interactions: [{ interactionId: 'b' }] } });
    expect(result.ok && result.history.rejected[0]?.reason).toBe('is nested more than 200 levels deep');
  });

  it('is not deceived by brackets inside strings', () => {
    const text = `{"interactionId":"a","steps":[],"x":${JSON.stringify(`${'['.repeat(300)}\\"${'{'.repeat(300)}\\`)}}`;
    expect(read(text)).toMatchObject({ interactionId: 'a' });
  });

  it('reads times as the protocol does, only faster', () => {
    const digits = fc.integer({ min: 0, max: 9 }).map(String);
    const two = fc.tuple(digits, digits).map((pair) => pair.join(''));
    const text = fc
      .tuple(
        fc.integer({ min: 1, max: 9999 }),
        two,
        two,
        two,
        two,
        two,
        fc.array(digits, { maxLength: 11 }),
        fc.constantFrom('Z', '', '+01:00'),
      )
      .map(
        ([year, month, day, hour, minute, second, fraction, zone]) =>
          `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}${fraction.length === 0 ? '' : `.${fraction.join('')}`}${zone}`,
      );
    const valid = fc
      .date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString());
    fc.assert(
      fc.property(fc.oneof(text, valid, fc.string()), (candidate) => {
        const fast = fastInstant(candidate);
        if (fast !== undefined) expect(fast).toBe(parseInstant(candidate)?.micros);
      }),
      { numRuns: 20_000, seed: 3 },
    );
    fc.assert(
      fc.property(valid, (candidate) => fastInstant(candidate) === parseInstant(candidate)?.micros),
      { numRuns: 2_000, seed: 4 },
    );
  });
});

describe('two records of one id', () => {
  const at = (text: string): Interaction => {
    const result = read(text);
    if (typeof result === 'string') throw new Error(result);
    return result;
  };
  const one = '{"nodeId":"n","startTime":"2026-11-22T07:00:00Z"}';
  const ended =
    '{"nodeId":"n","startTime":"2026-11-22T07:00:00Z","endTime":"2026-11-22T07:00:01Z","outcome":"x"}';
  const two = '{"nodeId":"m","startTime":"2026-11-22T07:00:02Z"}';
  it.each([
    [one, `${one},${two}`, 'later'],
    [one, `${two},${ended}`, 'later'],
    [one, ended, 'later'],
    [`${ended},${two}`, one, 'earlier'],
    [one, two, 'conflict'],
    [ended, ended.replace('"x"', '"y"'), 'conflict'],
    [`${one},${one}`, `${one},${two}`, 'conflict'],
  ])('%s, then %s: %s', (first, later, comparison) => {
    expect(compareRecords(at(steps(first)), at(steps(later)))).toBe(comparison);
  });
});

describe('history from a file', () => {
  const good = '{"interactionId":"a","steps":[]}';
  const other = '{"interactionId":"b","steps":[]}';
  const parsed = async (input: string | Uint8Array) => {
    const result = await parseHistory(input);
    return result.ok
      ? {
          ids: result.history.interactions.map(({ interactionId }) => interactionId),
          rejected: result.history.rejected.map(({ reason }) => reason),
        }
      : result.error;
  };

  it.each([
    ['a list', `[${good},${other}]`],
    ['an envelope', `{"data":[${good},${other}]}`],
    ['a pretty envelope', JSON.stringify({ data: [JSON.parse(good), JSON.parse(other)] }, null, 2)],
    ['lines', `${good}\n${other}`],
    ['lines with CRLF, blank ones and a byte-order mark', `\uFEFF\r\n${good}\r\n\r\n${other}\r\n`],
    ['envelopes on lines', `{"data":[${good}]}\n{"data":[${other}],"total":2}\n`],
  ])('reads %s, gzipped too', async (_, text) => {
    expect(await parsed(text)).toEqual({ ids: ['a', 'b'], rejected: [] });
    expect(await parsed(gzipSync(text))).toEqual({ ids: ['a', 'b'], rejected: [] });
  });

  it('reads a single record, an empty list, and an empty envelope', async () => {
    expect(await parsed(good)).toEqual({ ids: ['a'], rejected: [] });
    expect(await parsed(JSON.stringify(JSON.parse(good), null, 1))).toEqual({ ids: ['a'], rejected: [] });
    expect(await parsed('[]')).toEqual({ ids: [], rejected: [] });
    expect(await parsed('{"data":[]}')).toEqual({ ids: [], rejected: [] });
  });

  it('sets wrong lines and records aside, with their place', async () => {
    const result = await parsed(`${good}\n{"interactionId":\n${other}\n{"interactionId":"c"}\n"text"\n`);
    expect(result).toEqual({
      ids: ['a', 'b'],
      rejected: [
        expect.stringMatching(/^line 2: not JSON: /),
        'line 4: has no steps',
        'line 5: is not an object: "text"',
      ],
    });
    expect(await parsed(`[${good},7]`)).toEqual({ ids: ['a'], rejected: ['is not an object: 7'] });
    const bytes = Buffer.concat([
      Buffer.from(`${good}\n{"interactionId":"`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}\n'),
    ]);
    expect(await parsed(bytes)).toEqual({
      ids: ['a'],
      rejected: [expect.stringMatching(/^line 2: not valid UTF-8/)],
    });
  });

  it.each([
    ['', 'empty', /is empty/],
    [' \n\t', 'empty', /is empty/],
    ['hello', 'not-history', /begins with “hello”/],
    ['<html>', 'not-history', /begins with “<html>”/],
    ['{"interactionId":', 'not-history', /line 1 is not JSON/],
    ['[', 'not-history', /not complete JSON/],
    [`[${good},`, 'not-history', /not complete JSON/],
    [Buffer.from([0x89, 0x50, 0, 0x47, 0]), 'not-history', /binary/],
    [gzipSync(good).subarray(0, 15), 'unreadable', /damaged or incomplete gzip/],
    [gzipSync(''), 'empty', /is empty/],
  ])('refuses %j', async (input, code, message) => {
    expect(await parsed(input)).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('has a ceiling for what it unpacks', async () => {
    expect(await parseHistory(gzipSync(`${good}${' '.repeat(100_000)}`), { maxBytes: 1_000 })).toMatchObject({
      ok: false,
      error: { code: 'too-large' },
    });
  });

  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cxq-history-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('comes from a path or standard input, and errors name it', async () => {
    const path = join(folder, 'h.ndjson');
    await writeFile(path, good);
    expect(await readHistoryFile(path)).toMatchObject({ ok: true, history: { bytes: good.length } });
    expect(await readHistoryFile('-', { stdin: Readable.from([Buffer.from(good)]) })).toMatchObject({
      ok: true,
    });
    expect(await readHistoryFile(join(folder, 'none'))).toMatchObject({
      ok: false,
      error: { code: 'missing', message: expect.stringContaining(join(folder, 'none')) },
    });
    expect(await readHistoryFile(folder)).toMatchObject({
      ok: false,
      error: { code: 'unreadable', message: expect.stringMatching(/is a folder/) },
    });
    await writeFile(path, '');
    expect(await readHistoryFile(path)).toMatchObject({
      ok: false,
      error: { code: 'empty', message: expect.stringContaining(`${path} is empty`) },
    });
  });
});

describe('accuracy', () => {
  it.each([
    [10, 10, 'complete', 1, 'VERIFIED'],
    [0, 0, 'complete', 1, 'VERIFIED'],
    [96, 100, 'complete', 0.96, 'VERIFIED'],
    [95, 100, 'complete', 0.95, 'REVIEW_REQUIRED'],
    [10, 10, 'partial', 1, 'REVIEW_REQUIRED'],
    [10, null, 'complete', null, 'REVIEW_REQUIRED'],
    [3, 0, 'complete', null, 'REVIEW_REQUIRED'],
  ] as const)('%i of %s, %s: %s %s', (fetched, expected, outcome, rate, status) => {
    expect(accuracy({ fetched, expected, outcome })).toEqual({ rate, status });
  });

  it.each([
    [[], 0],
    [[{ total: 100, offset: 20, needed: null, proven: null }], 80],
    [[{ total: 100, offset: 200, needed: null, proven: null }], 0],
    [[{ total: 100, offset: 0, needed: 30, proven: null }], 30],
    [[{ total: null, offset: 0, needed: 30, proven: null }], 30],
    [[{ total: null, offset: 0, needed: null, proven: 7 }], 7],
    [
      [
        { total: 5, offset: 0, needed: null, proven: null },
        { total: 7, offset: 0, needed: null, proven: null },
      ],
      12,
    ],
    [
      [
        { total: 5, offset: 0, needed: null, proven: null },
        { total: null, offset: 0, needed: null, proven: null },
      ],
      null,
    ],
  ])('expects of %j: %s', (batches, expected) => {
    expect(expectedRecords(batches)).toBe(expected);
  });
});
