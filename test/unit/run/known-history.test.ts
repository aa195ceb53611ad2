import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import { FILE_LIMITS, readKnownHistory } from '../../../server/src/run/known-history.ts';

const OPTIONS = {
  origin: 'calls.json',
  layouts: [],
  redaction: [],
  signal: new AbortController().signal,
  giveWay: () => Promise.resolve(),
};

async function file(content: string | Uint8Array, name = 'calls.json'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cxq-histories-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function record(id: string, ...steps: JsonObject[]): JsonObject {
  return { interactionId: id, steps };
}

async function ids(path: string, options: Partial<Parameters<typeof readKnownHistory>[1]> = {}) {
  return (await readKnownHistory(path, { ...OPTIONS, ...options })).fields.get('interactionId') ?? [];
}

const RECORDS = [
  record('a', { nodeId: 'menu', nodeType: 'DECISION', variablesAfter: { queue: 'billing', vip: true } }),
  record('b', { nodeId: 'auth' }, { nodeId: 'auth', variablesAfter: { queue: 'sales' } }),
];

describe('values of a history file', () => {
  it.each([
    ['a list', JSON.stringify(RECORDS)],
    ['a list in an object', JSON.stringify({ data: RECORDS })],
    ['lines', RECORDS.map((one) => JSON.stringify(one)).join('\n')],
    [
      'a table',
      'case_id,activity,node_type,queue,vip\na,menu,DECISION,billing,true\nb,auth,,,\nb,auth,,sales,\n',
    ],
    ['gzip', gzipSync(JSON.stringify(RECORDS))],
  ])('are ids, types and variables, the commonest first: %s', async (_, content) => {
    const { origin, fields, variables } = await readKnownHistory(await file(content), OPTIONS);
    expect(origin).toBe('calls.json');
    expect(Object.fromEntries(fields)).toEqual({
      interactionId: ['a', 'b'],
      nodeId: ['auth', 'menu'],
      nodeType: ['DECISION'],
    });
    expect(variables).toEqual([
      { path: ['queue'], values: ['billing', 'sales'] },
      { path: ['vip'], values: [true] },
    ]);
  });

  it('are where a connection has them, else where they are without one', async () => {
    const { response } = profileSchema.parse({
      response: {
        interactions: 'result.calls',
        steps: 'events',
        map: { interactionId: 'contactId', nodeId: 'block', variablesAfter: 'vars' },
      },
    });
    const call = { contactId: 'c', events: [{ block: 'start', vars: { card: '4111', queue: 'billing' } }] };
    const path = await file(JSON.stringify({ result: { calls: [call] } }));
    const options = { ...OPTIONS, layouts: [response], redaction: ['card'] };
    const { fields, variables } = await readKnownHistory(path, options);
    expect([fields.get('interactionId'), fields.get('nodeId')]).toEqual([['c'], ['start']]);
    expect(variables).toEqual([
      { path: ['card'], values: [] },
      { path: ['queue'], values: ['billing'] },
    ]);
    expect(await ids(await file(JSON.stringify(RECORDS)), options)).toEqual(['a', 'b']);
    expect(await ids(path)).toEqual([]);
  });

  it('never are those that a connection masks', async () => {
    const hidden = { card: '4111', order: { pin: 1234, id: 'o1' }, json: '{"card":"4111"}' };
    const path = await file(JSON.stringify([record('a', { nodeId: 'n', variablesBefore: hidden })]));
    const { variables } = await readKnownHistory(path, { ...OPTIONS, redaction: ['card', 'order.p*'] });
    expect(variables).toEqual([
      { path: ['card'], values: [] },
      { path: ['order'], values: [] },
      { path: ['order', 'pin'], values: [] },
      { path: ['order', 'id'], values: ['o1'] },
      { path: ['json'], values: [expect.stringMatching(/^\{"card":"\*{3}[0-9a-f]{8}"\}$/)] },
    ]);
  });

  it('are of the beginning of a large file', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => JSON.stringify(record(`id-${index}`)));
    const bytes = 200_000;
    const limits = { ...FILE_LIMITS, bytes, values: 100_000 };
    for (const content of [lines.join('\n'), `[${lines.join(',')}]`, gzipSync(lines.join('\n'))]) {
      const found = await ids(await file(content), { limits });
      expect(found).toEqual(Array.from(found, (__, index) => `id-${index}`));
      expect(found.length).toBeGreaterThan(1000);
      expect(found.length).toBeLessThan(bytes / 20);
    }
    expect(await ids(await file(lines.join('\n')))).toHaveLength(FILE_LIMITS.values);
  });

  it('give way, and end when they are not wanted any more', async () => {
    const path = await file(
      Array.from({ length: 20_000 }, (_, i) => JSON.stringify(record(`${i}`))).join('\n'),
    );
    const controller = new AbortController();
    let ways = 0;
    const giveWay = () => {
      ways += 1;
      controller.abort();
      return Promise.resolve();
    };
    const found = await ids(path, { giveWay, signal: controller.signal });
    expect(ways).toBe(1);
    expect(found.length).toBeLessThan(FILE_LIMITS.values);
  });

  it.each([
    ['nothing', ''],
    ['another text', 'name,age\na,b\n'],
    ['other JSON', JSON.stringify({ name: 'x', data: [{ a: 1 }], list: [1, 2] })],
    ['a number', '17'],
    ['bytes', Uint8Array.from([0, 1, 2, 3])],
    ['gzip of nothing', gzipSync('')],
    ['half of a mark of gzip', Uint8Array.from([0x1f])],
    ['broken gzip', Uint8Array.from([0x1f, 0x8b, 8, 0, 1, 2, 3])],
  ])('are none in %s', async (_, content) => {
    const { fields, variables } = await readKnownHistory(await file(content), OPTIONS);
    expect([fields.size, variables]).toEqual([0, []]);
  });

  it('are those before the break of a broken file; none of one that is not there', async () => {
    const lines = RECORDS.map((one) => JSON.stringify(one));
    expect(await ids(await file(`${lines.join('\n')}\n{"interactionId": "c", "st`))).toEqual(['a', 'b']);
    expect(await ids(await file(`[${lines.join(',')},{"interact`))).toEqual(['a', 'b']);
    const long = Array.from({ length: 5_000 }, (_, index) => JSON.stringify(record(`id-${index * 7919}`)));
    const packed = gzipSync(`${lines.join('\n')}\n${long.join('\n')}`);
    expect(await ids(await file(packed.subarray(0, packed.length / 2)))).toEqual(
      expect.arrayContaining(['a', 'b']),
    );
    expect(await ids(join(tmpdir(), 'nowhere', 'calls.json'))).toEqual([]);
    expect(await ids(tmpdir())).toEqual([]);
  });

  it('are not looked for in the whole of a large file that is no history', async () => {
    const other = Array.from({ length: 40_000 }, (_, index) => JSON.stringify({ name: `package-${index}` }));
    const text = `${other.join('\n')}\n${JSON.stringify(record('late'))}`;
    let ways = 0;
    const giveWay = () => {
      ways += 1;
      return Promise.resolve();
    };
    const limits = { ...FILE_LIMITS, bytesWithoutRecord: 100_000 };
    expect(await ids(await file(text), { limits, giveWay })).toEqual([]);
    expect(ways).toBeLessThan(3);
    expect(await ids(await file(text))).toEqual(['late']);
  });
});
