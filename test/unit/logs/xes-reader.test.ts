/** XES of other tools, as they write it and as it is found. */
import { describe, expect, it } from 'vitest';
import type { Interaction, JsonObject } from '../../../server/src/protocol/history.ts';
import { formatInstant } from '../../../server/src/protocol/instant.ts';
import { HistoryFailure } from '../../../server/src/tenant/history-parser.ts';
import { createXesParser } from '../../../server/src/tenant/xes-reader.ts';
import { type ReadLog, readWith } from './read.ts';

type Attributes = Readonly<Record<string, string | number | boolean>>;

function attribute([key, value]: [string, string | number | boolean]): string {
  const type = { string: key === 'time:timestamp' ? 'date' : 'string', number: 'int', boolean: 'boolean' }[
    String(typeof value)
  ];
  return `<${type} key="${key}" value="${value}"/>`;
}

/** An event: activity, transition, minute of its time, and more. */
function event(name: string, transition?: string, minute?: number, more: Attributes = {}): string {
  const all: Attributes = {
    'concept:name': name,
    ...(transition === undefined ? {} : { 'lifecycle:transition': transition }),
    ...(minute === undefined
      ? {}
      : { 'time:timestamp': `2026-11-22T07:${String(minute).padStart(2, '0')}:00Z` }),
    ...more,
  };
  return `<event>${Object.entries(all).map(attribute).join('')}</event>`;
}

function trace(...events: string[]): string {
  return `<trace><string key="concept:name" value="c1"/>${events.join('')}</trace>`;
}

function log(...inside: string[]): string {
  return `<?xml version="1.0"?><log xes.version="1.0">${inside.join('\n')}</log>`;
}

const read = (text: string | Uint8Array, piece?: number): Promise<ReadLog> =>
  readWith(createXesParser, text, piece);

async function failure(text: string | Uint8Array): Promise<HistoryFailure> {
  try {
    await read(text);
  } catch (error) {
    if (error instanceof HistoryFailure) return error;
    throw error;
  }
  throw new Error('it was read');
}

/** Each step as its node, start and end in minutes. */
function shortSteps({ interactions }: ReadLog): string[] {
  const minute = (time: number | null): string => (time === null ? '' : formatInstant(time).slice(14, 16));
  return interactions.flatMap(({ steps }) =>
    steps.map((step) => `${step.nodeId} ${minute(step.startTime)}-${minute(step.endTime)}`),
  );
}

function only({ interactions }: ReadLog): Interaction {
  const [first] = interactions;
  if (first === undefined || interactions.length > 1) throw new Error(`${interactions.length} interactions`);
  return first;
}

/** The variables after the last step of a trace with these attributes in its event. */
async function told(attributes: string): Promise<JsonObject | null | undefined> {
  const text = log(trace(event('a', undefined, 1).replace('</event>', `${attributes}</event>`)));
  return only(await read(text)).steps.at(-1)?.variablesAfter;
}

describe('steps of XES', () => {
  it.each([
    [
      'only completions: a time is when it happened',
      [event('a', 'complete', 1), event('b', 'complete', 2)],
      ['a 01-', 'b 02-'],
    ],
    ['no lifecycle at all', [event('a', undefined, 1), event('b', undefined, 2)], ['a 01-', 'b 02-']],
    ['only starts', [event('a', 'start', 1), event('b', 'start', 2)], ['a 01-', 'b 02-']],
    ['pairs', [event('a', 'start', 1), event('a', 'complete', 2)], ['a 01-02']],
    [
      'a completion alone beside pairs took no time',
      [event('x', 'complete', 1), event('a', 'start', 1), event('a', 'complete', 2)],
      ['x 01-01', 'a 01-02'],
    ],
    [
      'a start alone beside pairs is open',
      [event('a', 'start', 1), event('a', 'complete', 2), event('b', 'start', 3)],
      ['a 01-02', 'b 03-'],
    ],
    [
      'overlapping pairs of one activity, in their order',
      [event('a', 'start', 1), event('a', 'start', 2), event('a', 'complete', 3), event('a', 'complete', 4)],
      ['a 01-03', 'a 02-04'],
    ],
    [
      'overlapping pairs told apart by their instance',
      [
        event('a', 'start', 1, { 'concept:instance': 'x' }),
        event('a', 'start', 2, { 'concept:instance': 'y' }),
        event('a', 'complete', 3, { 'concept:instance': 'y' }),
        event('a', 'complete', 4, { 'concept:instance': 'x' }),
      ],
      ['a 01-04', 'a 02-03'],
    ],
    [
      'an instance on every event, which pairs nothing',
      [
        event('a', 'start', 1, { 'concept:instance': '1' }),
        event('a', 'complete', 2, { 'concept:instance': '2' }),
      ],
      ['a 01-02'],
    ],
    [
      'an instance that has its own end is given to no other',
      [
        event('a', 'start', 1, { 'concept:instance': 'x' }),
        event('a', 'complete', 2),
        event('a', 'complete', 3, { 'concept:instance': 'x' }),
      ],
      ['a 01-03', 'a 02-02'],
    ],
    [
      'a completion before its start is none',
      [event('a', 'complete', 1), event('a', 'start', 2)],
      ['a 01-01', 'a 02-'],
    ],
    ['an abort ends what has begun', [event('a', 'start', 1), event('a', 'ate_abort', 2)], ['a 01-02']],
    ['transitions in capitals', [event('a', 'START', 1), event('a', 'Complete', 2)], ['a 01-02']],
    [
      'the start that some tools put on the completion',
      [event('a', 'complete', 9, { start_timestamp: '2026-11-22T07:05:00Z' })],
      ['a 05-09'],
    ],
    ['no times', [event('a'), event('b')], ['a -', 'b -']],
  ])('%s', async (_what, events, steps) => {
    const found = await read(log(trace(...events)));
    expect(shortSteps(found)).toEqual(steps);
    expect(found.notes).toEqual([]);
  });

  it('leaves out what is neither start nor end, and says so', async () => {
    const found = await read(
      log(
        trace(
          event('a', 'schedule', 0),
          event('a', 'start', 1),
          event('a', 'suspend', 2),
          event('a', 'complete', 3),
          event('b', 'withdraw', 4),
        ),
      ),
    );
    expect(shortSteps(found)).toEqual(['a 01-03']);
    expect(found.notes).toEqual([
      '3 events are neither the start nor the end of a step (scheduled, assigned, suspended …) and are left out.',
    ]);
  });

  it('takes every event for a step where none starts or completes, and says so', async () => {
    const found = await read(log(trace(event('a', 'opened', 1), event('b', 'closed', 2))));
    expect(shortSteps(found)).toEqual(['a 01-', 'b 02-']);
    expect(found.notes).toEqual([
      '1 trace has no event that starts or completes anything: each event was read as a step.',
    ]);
  });

  it('names events without a name by the classifier, and leaves out those that have none', async () => {
    const found = await read(
      log(
        `<classifier name="x" keys="Activity 'Sub step'"/>`,
        `<trace><string key="concept:name" value="c"/><event><string key="Activity" value="a"/><string key="Sub step" value="b"/></event><event><string key="Activity" value="a"/></event></trace>`,
      ),
    );
    expect(shortSteps(found)).toEqual(['a+b -']);
    expect(found.notes).toEqual(['1 event has no concept:name and is left out.']);
  });

  it('names traces without a name by their place', async () => {
    const found = await read(
      log(
        '<trace/>',
        '<trace><id key="identity:id" value="i"/></trace>',
        '<trace><string key="concept:name" value=""/></trace>',
      ),
    );
    expect(found.interactions.map(({ interactionId }) => interactionId)).toEqual(['trace 1', 'i', 'trace 3']);
    expect(found.notes).toEqual(['2 traces have no concept:name and are named by the place in the file.']);
  });

  it('leaves out events outside of traces, and says so', async () => {
    const found = await read(log(trace(event('a', undefined, 1)), event('b', undefined, 2)));
    expect(shortSteps(found)).toEqual(['a 01-']);
    expect(found.notes).toEqual(['1 event stands outside of any trace and is left out.']);
  });
});

describe('times of XES', () => {
  it.each([
    ['2026-11-22T07:00:00.000+01:00', '2026-11-22T06:00:00.000Z'],
    ['2026-11-22T07:00:00,123+0100', '2026-11-22T06:00:00.123Z'],
    ['2026-11-22T07:00:00.123456-05', '2026-11-22T12:00:00.123456Z'],
    ['2026-11-22T07:00:00.1234567890123Z', '2026-11-22T07:00:00.123456Z'],
    ['2026-11-22T07:00:00+01:00[Europe/Berlin]', '2026-11-22T06:00:00.000Z'],
    ['2026-11-22 07:00:00 UTC', '2026-11-22T07:00:00.000Z'],
    ['2026-11-22 07:00:00 +1:00', '2026-11-22T06:00:00.000Z'],
    ['20261122T070000Z', '2026-11-22T07:00:00.000Z'],
    [' 2026-11-22T07:00Z ', '2026-11-22T07:00:00.000Z'],
  ])('%s', async (text, expected) => {
    const found = await read(log(trace(event('a', undefined, undefined, { 'time:timestamp': text }))));
    expect(only(found).steps[0]?.startTime).toBe(
      Date.parse(expected) * 1000 + (expected.length > 24 ? 456 : 0),
    );
    expect(found.notes).toEqual([]);
  });

  it.each([
    ['2026-11-22 07:00:00', '2026-11-22T07:00:00.000Z'],
    ['2026/11/22 7:00', '2026-11-22T07:00:00.000Z'],
    ['2026-11-22', '2026-11-22T00:00:00.000Z'],
  ])('%s is UTC, and the notes say so', async (text, expected) => {
    const found = await read(log(trace(event('a', undefined, undefined, { 'time:timestamp': text }))));
    expect(only(found).steps[0]?.startTime).toBe(Date.parse(expected) * 1000);
    expect(found.notes).toEqual(['1 time had no time zone and was read as UTC.']);
  });

  it.each(['soon', '03/04/2026 07:00', '2026-13-01T00:00:00Z', '2026-02-30', '1795330800'])(
    '%s is none, and the notes say so',
    async (text) => {
      const found = await read(log(trace(event('a', undefined, undefined, { 'time:timestamp': text }))));
      expect(only(found).steps[0]?.startTime).toBeNull();
      expect(found.notes).toEqual([`1 time could not be read, such as “${text}”, and is left out.`]);
    },
  );
});

describe('variables of XES', () => {
  it('accumulate: what the case says, then what each event adds', async () => {
    const found = await read(
      log(
        `<trace><string key="concept:name" value="c"/><string key="channel" value="web"/>${event('a', 'start', 1, { by: 'Ann' })}${event('b', 'complete', 2, { n: 1 })}${event('a', 'complete', 3, { by: 'Bob', ok: true })}</trace>`,
      ),
    );
    expect(only(found).steps.map((step) => [step.nodeId, step.variablesBefore, step.variablesAfter])).toEqual(
      [
        ['a', { channel: 'web' }, { channel: 'web', by: 'Bob', n: 1, ok: true }],
        ['b', { channel: 'web', by: 'Ann' }, { channel: 'web', by: 'Ann', n: 1 }],
      ],
    );
  });

  it.each<[string, JsonObject]>([
    ['<string key="a" value="5"/>', { a: '5' }],
    ['<int key="a" value="5"/>', { a: 5 }],
    ['<int key="a" value="9007199254740993"/>', { a: '9007199254740993' }],
    ['<int key="a" value="5.5"/>', { a: '5.5' }],
    ['<float key="a" value="5.50"/>', { a: 5.5 }],
    ['<float key="a" value="INF"/>', { a: Number.POSITIVE_INFINITY }],
    ['<float key="a" value="5,5"/>', { a: '5,5' }],
    ['<boolean key="a" value="TRUE"/>', { a: true }],
    ['<boolean key="a" value="0"/>', { a: false }],
    ['<boolean key="a" value="maybe"/>', { a: 'maybe' }],
    ['<date key="a" value="2026-11-22"/>', { a: '2026-11-22' }],
    ['<id key="a" value="x-1"/>', { a: 'x-1' }],
    ['<string key="a"/>', { a: null }],
    ['<string key="__proto__" value="x"/>', Object.fromEntries([['__proto__', 'x']])],
    [
      '<string key="a" value="b"><int key="c" value="1"><int key="d" value="2"/></int></string>',
      { a: 'b', 'a.c': 1, 'a.c.d': 2 },
    ],
    ['<list key="a"><values><int key="x" value="1"/><int key="x" value="2"/></values></list>', { a: [1, 2] }],
    [
      '<list key="a"><values><int key="x" value="1"/><int key="y" value="2"/></values></list>',
      { a: { x: 1, y: 2 } },
    ],
    [
      '<list key="a"><values><int key="x" value="1"/><int key="x" value="2"/><int key="y" value="3"/></values></list>',
      { a: [{ x: 1 }, { x: 2 }, { y: 3 }] },
    ],
    ['<list key="a"><int key="x" value="1"/><int key="x" value="2"/></list>', { a: [1, 2] }],
    ['<list key="a"/>', { a: [] }],
    ['<container key="a"><int key="x" value="1"/></container>', { a: { x: 1 } }],
    ['<unknown key="a" value="b"><string key="c" value="d"/></unknown>', {}],
    ['<string key="cxq:before" value="not ours"/>', { 'cxq:before': 'not ours' }],
    [
      '<string key="a" value="\\u0041"><boolean key="cxq:escaped" value="true"/></string>',
      { a: '\\u0041', 'a.cxq:escaped': true },
    ],
  ])('%s', async (attributes, expected) => {
    expect(await told(attributes)).toEqual(expected);
  });

  it('says how many attributes have no key', async () => {
    const found = await read(
      log(trace('<event><string key="concept:name" value="a"/><string value="b"/></event>')),
    );
    expect(found.notes).toEqual(['1 attribute has no key and is left out.']);
  });
});

describe('files of XES', () => {
  const good = log(trace(event('größe 😀', 'complete', 1, { by: 'Zoë' })));

  it.each([1, 2, 7, 100])('may come in pieces of %i bytes', async (piece) => {
    expect(await read(good, piece)).toEqual(await read(good, 1e6));
  });

  it.each([
    ['no declaration', good.replace('<?xml version="1.0"?>', '')],
    ['a byte-order mark', `\ufeff${good}`],
    [
      'a prefix on every tag',
      good.replaceAll('<', '<xes:').replaceAll('<xes:/', '</xes:').replace('<xes:?', '<?'),
    ],
    [
      'tags in capitals',
      good.replaceAll(
        /<(\/?)(log|trace|event|string|date)/g,
        (_all, slash: string, tag: string) => `<${slash}${tag.toUpperCase()}`,
      ),
    ],
    [
      'another version',
      good.replace('xes.version="1.0"', 'xes.version="99" xmlns="urn:nonsense" undeclared:x="1"'),
    ],
    ['no version', good.replace(' xes.version="1.0"', '')],
    [
      'comments, processing instructions and text between',
      good.replaceAll('<event>', '<!-- <event> --><?x y?>text<event>'),
    ],
    ['Windows line ends', good.replaceAll('><', '>\r\n<')],
  ])('%s', async (_what, text) => {
    expect(await read(text)).toEqual(await read(good));
  });

  it.each([
    ['ISO-8859-1', 'latin1'],
    ['UTF-16', 'utf16le'],
  ] as const)('%s, as the file declares it', async (name, encoding) => {
    const text = log(trace(event('größe'))).replace('version="1.0"?', `version="1.0" encoding="${name}"?`);
    for (const mark of encoding === 'utf16le' ? ['', '\ufeff'] : ['']) {
      expect(shortSteps(await read(Buffer.from(mark + text, encoding)))).toEqual(['größe -']);
    }
  });

  it('UTF-8 that says it was UTF-16', async () => {
    expect(shortSteps(await read(good.replace('"1.0"?', '"1.0" encoding="UTF-16"?')))).toEqual([
      'größe 😀 01-',
    ]);
  });

  it('that break a rule of XML are read as far as that allows', async () => {
    const found = await read(log(trace(event('a\u0001&nbsp;b', undefined, 1))));
    expect(shortSteps(found)).toEqual(['a\u0001&nbsp;b 01-']);
    expect(found.notes).toEqual([
      'The file breaks the rules of XML in 2 places, first in line 1: disallowed character; it was read as far as that allows.',
    ]);
  });

  it('do not make entities grow', async () => {
    const bomb = `<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>${log(trace(event('&b;&x;'))).slice(21)}`;
    expect(shortSteps(await read(bomb))).toEqual(['&b;&x; -']);
  });

  it('that nest too deeply are set aside, with their line', async () => {
    const depth = 500;
    const deep = `${'<string key="a" value="">'.repeat(depth)}${'</string>'.repeat(depth)}`;
    const found = await read(
      log(trace(event('a')), trace(event('b').replace('</event>', `${deep}</event>`)), trace(event('c'))),
    );
    expect(shortSteps(found)).toEqual(['a -', 'c -']);
    expect(found.rejected).toEqual([
      { index: 1, reason: 'line 2: is nested more than 200 levels deep', raw: null },
    ]);
  });

  it.each([
    ['', 'empty', 'is empty; expected an event log.'],
    ['<svg/>', 'not-history', 'is XML and no event log: it has <svg> where XES has <log>.'],
    [good.slice(0, -6), 'unreadable', 'breaks off at line 1, inside <log>; fetch it again, whole.'],
    [
      good.slice(0, good.indexOf('</event>')),
      'unreadable',
      'breaks off at line 1, inside <event>; fetch it again, whole.',
    ],
    [good.slice(0, good.indexOf('lifecycle')), 'unreadable', 'breaks off at line 1'],
    [log('<trace></event>'), 'unreadable', 'is no complete XML: line 1: unexpected close tag'],
    [good + good, 'unreadable', 'is no complete XML: line 1:'],
    [
      good.replace('"1.0"?', '"1.0" encoding="klingon"?'),
      'unreadable',
      'is XML in the encoding “klingon”, which is not known; save it as UTF-8.',
    ],
  ])('say why they are none: %#', async (text, code, message) => {
    const failed = await failure(text);
    expect(failed.code).toBe(code);
    expect(failed.message).toContain(message);
  });

  it('that break off anywhere are never taken for whole ones', async () => {
    for (let length = 0; length < good.length - 1; length += 1) {
      expect((await failure(good.slice(0, length))).message).toMatch(/breaks off|is empty|no complete XML/);
    }
  });

  it('are empty logs without traces', async () => {
    expect(await read(log())).toEqual({ interactions: [], rejected: [], notes: [] });
  });
});

describe('XES of ours that another tool has changed', () => {
  const ours = '<extension name="CXQ" prefix="cxq" uri="urn:cxq:xes-extension:1"/>';
  const more = {
    'cxq:nodeName': 'Menu',
    'cxq:nodeType': 'DECISION',
    'cxq:outcome': 'x',
    'cxq:error': true,
    queue: 'q',
  };

  it('keeps what its events say of their nodes', async () => {
    const found = await read(log(ours, trace(event('menu', 'complete', 1, more))));
    expect(only(found).steps).toEqual([
      {
        nodeId: 'menu',
        nodeName: 'Menu',
        nodeType: 'DECISION',
        startTime: Date.parse('2026-11-22T07:01:00Z') * 1000,
        endTime: null,
        errorState: true,
        outcome: 'x',
        variablesBefore: {},
        variablesAfter: { queue: 'q' },
      },
    ]);
  });

  it('pairs by instance where the same one is there twice', async () => {
    const at = { 'concept:instance': '0' };
    const found = await read(
      log(
        ours,
        trace(
          event('a', 'start', 1, at),
          event('a', 'complete', 2, at),
          event('a', 'start', 3, at),
          event('a', 'complete', 4, at),
        ),
      ),
    );
    expect(shortSteps(found)).toEqual(['a 01-02', 'a 03-04']);
  });
});
