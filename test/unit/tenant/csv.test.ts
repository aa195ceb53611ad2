/** CSV logs: what their columns are, how they are spelled, and that our own come back as they were. */
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveSteps } from '../../../server/src/analysis/index.ts';
import { csvHeader, csvRows } from '../../../server/src/output/exports/csv.ts';
import type { Interaction, JsonObject, Step } from '../../../server/src/protocol/history.ts';
import { formatInstant } from '../../../server/src/protocol/instant.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import { readCsvTime } from '../../../server/src/tenant/csv-times.ts';
import { parseHistory, readHistoryFile } from '../../../server/src/tenant/history-file.ts';
import type { HistoryOptions } from '../../../server/src/tenant/history-parser.ts';
import { isObject, parseJson } from '../../../server/src/tenant/json.ts';
import { createReader } from '../../../server/src/tenant/reader.ts';
import { dataFolder, hasData, readExpected, readLog, report, step } from '../analysis/support.ts';

async function history(input: string | Uint8Array, options: HistoryOptions = {}) {
  const result = await parseHistory(input, options);
  if (!result.ok) throw new Error(result.error.message);
  return result.history;
}

/** Each interaction as its id and its steps: `node start–end`, times without their date. */
async function told(input: string | Uint8Array, options: HistoryOptions = {}): Promise<string[]> {
  const clock = (micros: number | null): string =>
    micros === null ? '' : formatInstant(micros).slice(11, 19);
  const { interactions } = await history(input, options);
  return interactions.map(
    ({ interactionId, steps }) =>
      `${interactionId}: ${steps.map((one) => `${one.nodeId} ${clock(one.startTime)}–${clock(one.endTime)}`).join(', ')}`,
  );
}

async function refusal(input: string | Uint8Array, options: HistoryOptions = {}): Promise<string> {
  const result = await parseHistory(input, options);
  return result.ok ? 'read' : result.error.message;
}

const DAY = '2026-11-22';

describe('a CSV log', () => {
  it.each([
    ['case_id,activity,start_timestamp,timestamp'],
    ['case:concept:name,concept:name,start_timestamp,time:timestamp'],
    ['CaseID,Activity,Start Time,End Time'],
    ['"Case ID","Event","Start Timestamp","Complete Timestamp"'],
    ['interaction_id,task,start_time,end_time'],
    ['case,node_id,start,end'],
    ['_CASE_KEY,ACTIVITY_EN,start_time,EVENTTIME'],
    ['caseid;activity;start;end'],
    ['caseid\tactivity\tstart\tend'],
    ['caseid|activity|start|end'],
    ['sep=;\r\ncaseid;activity;start;end'],
    ['\uFEFFcase_id,activity,start_timestamp,timestamp'],
  ])('with the header %j has its columns known', async (header) => {
    const delimiter = /[;\t|]/.exec(header.replace('sep=;', ''))?.[0] ?? ',';
    const row = ['a', 'menu', `${DAY}T07:00:00Z`, `${DAY}T07:00:05Z`].join(delimiter);
    for (const end of ['\n', '\r\n', '\r']) {
      const text = `${header.replace('\r\n', end)}${end}${row}${end}`;
      expect(await told(text)).toEqual(['a: menu 07:00:00–07:00:05']);
      expect(await told(gzipSync(text))).toEqual(['a: menu 07:00:00–07:00:05']);
    }
  });

  it('is read the same in pieces of any size', async () => {
    const text = Buffer.from(
      `case_id,activity,timestamp,note\r\na,"menu ""1"", ü\r\n𝄞",${DAY}T07:00:00Z,é\r\nb,x,${DAY}T07:00:01Z,\r\n`,
    );
    const whole = await history(text);
    for (const size of [1, 2, 3, 7, 64]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.subarray(at * size, (at + 1) * size),
      );
      const read = await readHistoryFile('-', { stdin: Readable.from(pieces) });
      expect(read).toEqual({ ok: true, history: whole });
    }
    expect(whole.interactions[0]?.steps[0]).toMatchObject({
      nodeId: 'menu "1", ü\r\n𝄞',
      variablesBefore: {},
      variablesAfter: { note: 'é' },
    });
  });

  it('keeps its rows together by their case, wherever they stand', async () => {
    const text = `case_id,activity,timestamp\nb,1,${DAY}T07:00:00Z\na,1,${DAY}T07:00:01Z\nb,2,${DAY}T07:00:02Z\n`;
    expect(await told(text)).toEqual(['b: 1 07:00:00–, 2 07:00:02–', 'a: 1 07:00:01–']);
  });

  it('has other columns as variables that accumulate, each of one kind', async () => {
    const text =
      'case_id;activity;timestamp;amount;vip;code;mixed;id;case:region\n' +
      `a;1;${DAY}T07:00:00Z;1,5;TRUE;007;1;12345678901234567890;north\n` +
      `a;2;${DAY}T07:00:01Z;;false;008;x;;north\n`;
    const { interactions } = await history(text);
    const first = {
      amount: 1.5,
      vip: true,
      code: '007',
      mixed: '1',
      id: '12345678901234567890',
      'case:region': 'north',
    };
    expect(interactions[0]?.steps).toMatchObject([
      { variablesBefore: { 'case:region': 'north' }, variablesAfter: first },
      { variablesBefore: first, variablesAfter: { ...first, vip: false, code: '008', mixed: 'x' } },
    ]);
  });

  it('pairs starts with completions, by instance or in turn, and says what it left out', async () => {
    const at = (second: number): string => `${DAY}T07:00:0${second}Z`;
    const rows = [
      ['a', 'x', 'start', at(0), '1'],
      ['a', 'x', 'START', at(1), '2'],
      ['a', 'x', 'complete', at(2), '2'],
      ['a', 'x', 'suspend', at(3), '1'],
      ['a', 'x', 'complete', at(4), '1'],
      ['a', 'y', 'complete', at(5), '3'],
      ['a', 'z', 'start', at(6), '4'],
    ];
    const text = `case_id,activity,lifecycle:transition,timestamp,concept:instance\n${rows.map((row) => row.join(',')).join('\n')}`;
    expect(await told(text)).toEqual([
      'a: x 07:00:00–07:00:04, x 07:00:01–07:00:02, y 07:00:05–07:00:05, z 07:00:06–',
    ]);
    expect((await history(text)).notes).toEqual([
      '1 row is neither the start nor the end of a step (scheduled, assigned, suspended …) and is left out.',
    ]);
    const inTurn = text.replace(/,\d$/gm, ',').replace('concept:instance', 'other');
    expect(await told(inTurn)).toEqual([
      'a: x 07:00:00–07:00:02, x 07:00:01–07:00:04, y 07:00:05–07:00:05, z 07:00:06–',
    ]);
  });

  it('may have its columns named', async () => {
    const text = `ticket,"what, exactly",from,to\n7,menu,${DAY}T07:00:00Z,${DAY}T07:00:05Z`;
    expect(await refusal(text)).toMatch(
      /none of its columns is known as the interaction \(case\): “ticket”, “what, exactly”, “from”, “to”\. Name them: --columns/,
    );
    const columns = { case: 'ticket', activity: 'what, exactly', start: 'from', end: 'to' };
    expect(await told(text, { columns })).toEqual(['7: menu 07:00:00–07:00:05']);
    expect(await refusal(text, { columns: { ...columns, case: 'Ticket' } })).toMatch(
      /has no column “Ticket”; its columns are “ticket”, /,
    );
    expect(await refusal(text, { columns: { ...columns, colour: 'to' } })).toMatch(/colour is nothing/);
    // One that a person names as the end stays the end.
    expect(await told(text, { columns: { case: 'ticket', activity: 'what, exactly', end: 'to' } })).toEqual([
      '7: menu –07:00:05',
    ]);
  });

  it('may have them named by the connection, whose names its records then bear', async () => {
    const { response } = profileSchema.parse({
      response: {
        steps: 'path.steps',
        map: { interactionId: 'ticket.id', nodeId: 'what', startTime: 'when' },
      },
    });
    const text = `ticket.id,what,when\n7,menu,${DAY}T07:00:00Z`;
    const { interactions } = await history(text, { response });
    expect(interactions).toMatchObject([{ interactionId: '7', steps: [{ nodeId: 'menu' }] }]);
    const raw = interactions[0]?.raw ?? {};
    expect(createReader(response).read(raw)).toEqual(interactions[0]);
  });

  it.each([
    ['31.12.2026 14:05', '2026-12-31T14:05:00.000Z', false],
    ['31.12.2026 14:05:06,5+01:00', '2026-12-31T13:05:06.500Z', true],
    ['31-Dec-2026 2:05 PM', '2026-12-31T14:05:00.000Z', false],
    ['2026/12/31 12:05:06 am', '2026-12-31T00:05:06.000Z', false],
    ['2026-12-31', '2026-12-31T00:00:00.000Z', false],
    ['2026-12-31 14:05:06.123456+0000', '2026-12-31T14:05:06.123456Z', true],
    ['1795330800', '2026-11-22T07:00:00.000Z', true],
    ['1795330800000', '2026-11-22T07:00:00.000Z', true],
  ])('has the time %s', (text, instant, zoned) => {
    const read = readCsvTime(text, undefined);
    expect(read).toEqual({ micros: expect.any(Number), zoned });
    expect(typeof read === 'object' && formatInstant(read.micros)).toBe(instant);
  });

  it.each([
    'yesterday',
    '31.13.2026',
    '32-Dec-2026',
    '13:05 PM',
    '2026-12-31 25:00',
    '45000.5',
    '31-Foo-2026',
  ])('has no time in %s', (text) => {
    expect(readCsvTime(text, 'day-first')).toBeUndefined();
  });

  it('is refused where day and month may come in either order, until a person says which', async () => {
    const text = 'case_id,activity,timestamp\na,1,03/04/2026 07:00\n';
    expect(await refusal(text)).toMatch(/line 2 has the date “03\/04\/2026 07:00”.*--dates day-first/);
    const started = async (dates: 'day-first' | 'month-first') =>
      (await history(text, { dates })).interactions[0]?.steps[0]?.startTime;
    expect(await started('day-first')).toBe(Date.UTC(2026, 3, 3, 7) * 1000);
    expect(await started('month-first')).toBe(Date.UTC(2026, 2, 4, 7) * 1000);
  });

  it('says what it assumed, and sets aside what it cannot read', async () => {
    const { interactions, rejected, notes } = await history(
      `case_id,activity,timestamp\na,1,${DAY} 07:00:00\n,2,${DAY} 07:00:00\nb,3,soon\nc,,${DAY} 07:00:00,more,cells\n\n`,
    );
    expect(interactions.map(({ interactionId }) => interactionId)).toEqual(['a']);
    expect(rejected).toEqual([
      { index: 0, reason: 'line 3: has no case id', raw: `,2,${DAY} 07:00:00` },
      {
        index: 2,
        reason: 'line 4: step 1: startTime is not a time: "soon"',
        raw: { interactionId: 'b', steps: [{ nodeId: '3', startTime: 'soon' }] },
      },
      expect.objectContaining({ index: 3, reason: 'line 5: step 1 has no nodeId' }),
    ]);
    expect(notes).toEqual([
      '2 times had no time zone and were read as UTC.',
      '1 row has more cells than the header; what is beyond it was left out.',
    ]);
    expect((await history('case_id,activity\na,1\n')).notes).toEqual([
      expect.stringMatching(/^None of the columns is known as a time/),
    ]);
  });

  it.each([
    ['hello there, world', /was read as CSV.*“hello there”, “world”/],
    ['case_id,activity\na,"never closed\nb,2\n', /a quotation mark is never closed/],
    ['case_id,activity\0\n', /is a binary file/],
  ])('refuses %j', async (text, why) => {
    expect(await refusal(text)).toMatch(why);
  });

  it('need not be UTF-8', async () => {
    const text = 'case_id,activity\nü,Rückruf\n';
    expect(await told(Buffer.from(`\uFEFF${text.replaceAll(',', '\t')}`, 'utf16le'))).toEqual([
      'ü: Rückruf –',
    ]);
    const western = Buffer.from(text, 'latin1');
    expect(await told(western)).toEqual(['ü: Rückruf –']);
    expect((await history(western)).notes).toContain('The file is not UTF-8; it was read as Windows-1252.');
    const mixed = Buffer.concat([
      Buffer.from(`${text}${'é,x\n'.repeat(80_000)}`),
      Buffer.from('ü,x\n', 'latin1'),
    ]);
    expect((await history(mixed)).notes).toContain(
      'The file holds bytes that are not UTF-8; each was replaced by U+FFFD.',
    );
  });
});

const ownCsv = (interactions: readonly Interaction[]): string =>
  csvHeader() +
  interactions.map((one) => csvRows({ interaction: one, steps: deriveSteps(one).steps })).join('');

/** An interaction whose steps have nothing but their nodes. */
function interactionOf(interactionId: string, nodes: readonly string[]): Interaction {
  return {
    interactionId,
    workflowId: null,
    workflowName: null,
    steps: nodes.map((nodeId) => step(nodeId, null, null)),
    raw: {},
  };
}

describe('our own CSV', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '=1+1', "'=x", '-5', '\tx', ' @y', 'a\r\nb', '"', 'null', 'true', '\uFF1Dz', 'é,ü;'),
  );
  const time = fc.option(fc.integer({ min: 0, max: 4e15 }));
  const variables = fc.option(fc.dictionary(text, fc.jsonValue({ maxDepth: 2 })), { nil: null });
  /** As the tenant's records are read, in which a large integer is text. */
  const plain = (value: unknown): JsonObject | null => {
    const read = parseJson(JSON.stringify(value));
    return isObject(read) ? read : null;
  };
  const anyStep: fc.Arbitrary<Step> = fc.record({
    nodeId: text.filter((id) => id !== ''),
    nodeName: fc.option(text),
    nodeType: fc.option(text),
    startTime: time,
    endTime: time,
    errorState: fc.option(fc.boolean()),
    outcome: fc.option(text),
    variablesBefore: variables.map(plain),
    variablesAfter: variables.map(plain),
  });
  const interaction: fc.Arbitrary<Interaction> = fc.record({
    interactionId: fc.oneof(
      text.filter((id) => id !== ''),
      fc.constantFrom('a', 'b'),
    ),
    workflowId: fc.option(text),
    workflowName: fc.option(text),
    steps: fc.array(anyStep, { minLength: 1, maxLength: 5 }),
    raw: fc.constant({}),
  });

  it('comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(interaction, { maxLength: 6 }), async (given) => {
        const { interactions, rejected, notes } = await history(ownCsv(given));
        expect([rejected, notes]).toEqual([[], []]);
        const ordered = given.map((one) => ({
          ...one,
          steps: deriveSteps(one).steps.map((derived) => derived.step),
        }));
        // Those of one id stand together.
        const ids = [...new Set(ordered.map((one) => one.interactionId))];
        const expected = ids.flatMap((id) => ordered.filter((one) => one.interactionId === id));
        expect(interactions.map((one) => ({ ...one, raw: {} }))).toEqual(expected);
      }),
    );
  });

  it('comes back in its order where a person has sorted its rows', async () => {
    const [head = '', ...rows] = ownCsv([
      interactionOf('a', ['x', 'y', 'z']),
      interactionOf('b', ['u', 'v']),
    ]).split('\r\n');
    const text = [head, ...rows.filter((row) => row !== '').reverse()].join('\n');
    expect(await told(text)).toEqual(['b: u –, v –', 'a: x –, y –, z –']);
  });
});

describe.skipIf(!hasData)('the public logs as CSV', () => {
  const LOGS = [
    'running-example',
    'teleclaims',
    'receipt',
    'sepsis',
    'traffic_fines',
    'interval',
    'reviewing',
  ];

  it.each(LOGS)('%s gives the same analysis when it is exported and read back', async (name) => {
    const given = readLog(name);
    const { interactions, rejected } = await history(ownCsv(given));
    expect(rejected).toEqual([]);
    expect(report(interactions, { top: 0 })).toEqual(report(given, { top: 0 }));
  });

  it.each(['interval', 'sepsis', 'traffic_fines'])('%s is read as it was published', async (name) => {
    const path = join(dataFolder, 'logs', `${name}.csv.gz`);
    expect(existsSync(path)).toBe(true);
    const read = await readHistoryFile('-', { stdin: createReadStream(path) });
    if (!read.ok) throw new Error(read.error.message);
    const { interactions, rejected } = read.history;
    const ids = new Set(interactions.map(({ interactionId }) => interactionId));
    // One case of the hospital log has no id in its CSV, so its rows are set aside.
    const expected = readLog(name).filter(({ interactionId }) => ids.has(interactionId));
    expect(expected.length).toBe(readLog(name).length - (name === 'sepsis' ? 1 : 0));
    expect(rejected.every(({ reason }) => reason.endsWith('has no case id'))).toBe(true);
    const shape = ({ interactionId, steps }: Interaction) => ({
      interactionId,
      steps: steps.map(({ nodeId, startTime, endTime }) => ({ nodeId, startTime, endTime })),
    });
    expect(interactions.map(shape)).toEqual(expected.map(shape));
    if (name === 'sepsis') return;
    expect(report(interactions, { top: 0 })).toMatchObject({
      interactions: expect.any(Number),
      pathCount: Object(readExpected(name)).variants,
      steps: Object(readExpected(name)).events,
    });
  });
});
