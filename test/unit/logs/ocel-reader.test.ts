/** OCEL 2.0 of other tools. */
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../server/src/protocol/history.ts';
import { formatInstant } from '../../../server/src/protocol/instant.ts';
import { HistoryFailure } from '../../../server/src/tenant/history-parser.ts';
import { createOcelParser } from '../../../server/src/tenant/ocel-reader.ts';
import { type ReadLog, readWith } from './read.ts';

const read = (text: string, piece?: number): Promise<ReadLog> => readWith(createOcelParser, text, piece);

async function failure(text: string): Promise<HistoryFailure> {
  try {
    await read(text);
  } catch (error) {
    if (error instanceof HistoryFailure) return error;
    throw error;
  }
  throw new Error('it was read');
}

let ids = 0;

function event(
  type: string,
  minute: number,
  objects: readonly string[],
  attributes: JsonValue = [],
): JsonObject {
  ids += 1;
  return {
    id: `e${ids}`,
    type,
    time: `2026-11-22T07:${String(minute).padStart(2, '0')}:00Z`,
    attributes,
    relationships: objects.map((objectId) => ({ objectId, qualifier: 'of' })),
  };
}

function object(id: string, type: string, attributes: JsonValue = []): JsonObject {
  return { id, type, attributes };
}

function log(events: readonly JsonValue[], objects: readonly JsonValue[], more: JsonObject = {}): string {
  return JSON.stringify({ eventTypes: [], objectTypes: [], ...more, events, objects });
}

function shortOf({ interactions }: ReadLog): string[] {
  return interactions.map(
    ({ interactionId, steps }) =>
      `${interactionId}: ${steps.map(({ nodeId, startTime }) => `${nodeId} ${startTime === null ? '' : formatInstant(startTime).slice(14, 16)}`).join(', ')}`,
  );
}

/** Orders of several items, which one warehouse handles. */
const EVENTS = [
  event('place', 1, ['o1', 'i1', 'i2', 'w']),
  event('pick', 3, ['i2', 'w']),
  event('pick', 2, ['i1', 'w']),
  event('place', 5, ['o2', 'i3', 'w']),
  event('pay', 4, ['o1']),
  event('ship', 6, ['o1', 'i1', 'i2', 'w']),
  event('pay', 7, ['o2']),
  event('ship', 8, ['o2', 'i3', 'w']),
];
const OBJECTS = [
  object('o1', 'order'),
  object('i1', 'item'),
  object('i2', 'item'),
  object('i3', 'item'),
  object('o2', 'order'),
  object('w', 'warehouse'),
];

describe('OCEL', () => {
  it('of one type of objects is what happened to each of them, in the order of time', async () => {
    const found = await read(
      log(
        [event('b', 2, ['x']), event('a', 1, ['x']), event('c', 3, ['y'])],
        [object('x', 'case'), object('y', 'case')],
      ),
    );
    expect(shortOf(found)).toEqual(['x: a 01, b 02', 'y: c 03']);
    expect(found.notes).toEqual([
      'Each object of the type “case” was read as an interaction, for its events follow one another most.',
    ]);
  });

  it('of many types is read by the one whose events follow one another most', async () => {
    const found = await read(log(EVENTS, OBJECTS));
    expect(shortOf(found)).toEqual(['o1: place 01, pay 04, ship 06', 'o2: place 05, pay 07, ship 08']);
    expect(found.notes).toEqual([
      'Each object of the type “order” was read as an interaction, for its events follow one another most (the other types: item, warehouse).',
      '2 events belong to no such object and are left out.',
    ]);
  });

  it('is read by interactions where there are any, and needs no word on that', async () => {
    const found = await read(
      log([...EVENTS, event('call', 9, ['n'])], [...OBJECTS, object('n', 'interaction')]),
    );
    expect(shortOf(found)).toEqual(['n: call 09']);
    expect(found.notes).toEqual(['8 events belong to no such object and are left out.']);
  });

  it('says of events that stand in several interactions, and of objects without events', async () => {
    const found = await read(
      log([event('a', 1, ['x', 'y'])], [object('x', 'case'), object('y', 'case'), object('z', 'case')]),
    );
    expect(shortOf(found)).toEqual(['x: a 01', 'y: a 01']);
    expect(found.notes.slice(1)).toEqual([
      '1 event belongs to several such objects and stands in each.',
      '1 such object has no events and is left out.',
    ]);
  });

  it('has the same meaning in any order of its members, and cut anywhere', async () => {
    const text = log(EVENTS, OBJECTS);
    const whole = await read(text);
    const { events, objects, eventTypes, objectTypes } = JSON.parse(text);
    for (const value of [
      { objects, events, eventTypes, objectTypes },
      { objectTypes, objects, eventTypes, events },
    ]) {
      for (const [space, piece] of [
        [0, 1],
        [2, 3],
        ['\t', 1e6],
      ] as const) {
        expect(await read(JSON.stringify(value, null, space), piece)).toEqual(whole);
      }
    }
  });

  it('accumulates variables: those of the object from their times on, and those of the events', async () => {
    const found = await read(
      log(
        [
          event('a', 1, ['x'], [{ name: 'n', value: '1' }]),
          event(
            'b',
            3,
            ['x'],
            [
              { name: 'ok', value: 'true' },
              { name: 'n', value: '007x' },
            ],
          ),
        ],
        [
          object('x', 'case', [
            { name: 'total', value: '2.50', time: '1970-01-01T00:00:00Z' },
            { name: 'total', value: '3', time: '2026-11-22T07:02:00Z' },
            { name: 'late', value: 'x', time: '2026-11-22T08:00:00Z' },
          ]),
        ],
        {
          eventTypes: [
            { name: 'a', attributes: [{ name: 'n', type: 'integer' }] },
            {
              name: 'b',
              attributes: [
                { name: 'n', type: 'integer' },
                { name: 'ok', type: 'boolean' },
              ],
            },
          ],
          objectTypes: [{ name: 'case', attributes: [{ name: 'total', type: 'float' }] }],
        },
      ),
    );
    expect(
      found.interactions[0]?.steps.map(({ variablesBefore, variablesAfter }) => [
        variablesBefore,
        variablesAfter,
      ]),
    ).toEqual([
      [{ total: 2.5 }, { total: 2.5, n: 1 }],
      [
        { total: 3, n: 1 },
        { total: 3, n: '007x', ok: true },
      ],
    ]);
  });

  it('takes attributes as the members of an object, numbers as they are, and integers exactly', async () => {
    const text = log([event('a', 1, ['x'], { big: 'B', n: 1.5, none: null })], [object('x', 'case')]).replace(
      '"B"',
      '9007199254740993',
    );
    expect((await read(text)).interactions[0]?.steps[0]?.variablesAfter).toEqual({
      big: '9007199254740993',
      n: 1.5,
      none: null,
    });
  });

  it('reads times without a zone as UTC, leaves out what is none, and says both', async () => {
    const text = log([event('a', 1, ['x']), event('b', 2, ['x'])], [object('x', 'interaction')]);
    const found = await read(text.replace('07:01:00Z', '07:01:00').replace('2026-11-22T07:02:00Z', 'soon'));
    expect(shortOf(found)).toEqual(['x: a 01, b ']);
    expect(found.notes).toEqual([
      '1 time had no time zone and was read as UTC.',
      '1 time could not be read, such as “soon”, and is left out.',
    ]);
  });

  it('sets aside what is none of its items, with its line', async () => {
    const deep = `${'['.repeat(300)}${']'.repeat(300)}`;
    const text = `{"objects": [{"id": "x", "type": "interaction"}, 5],\n"events": [\n{"id": "1", "type": "a", "relationships": [{"objectId": "x"}]},\n{oops},\n{"time": ""},\n{"type": "b", "attributes": {"a": ${deep}}}\n]}`;
    const found = await read(text, 5);
    expect(shortOf(found)).toEqual(['x: a ']);
    expect(found.rejected.map(({ index, reason }) => [index, reason])).toEqual([
      [0, 'line 1: is not an object'],
      [1, 'line 4: is not JSON'],
      [2, 'line 5: has no type'],
      [3, 'line 6: is nested more than 200 levels deep'],
    ]);
  });

  it('without objects, or without anything, is no interactions', async () => {
    expect(await read(log([], []))).toEqual({ interactions: [], rejected: [], notes: [] });
    expect((await read(log([event('a', 1, ['x'])], []))).interactions).toEqual([]);
  });

  it.each([
    ['', 'empty', 'is empty; expected an event log.'],
    ['{"a": 1}', 'not-history', 'is JSON and no event log: it has neither “events” nor “objects”.'],
    [
      '{"ocel:events": {}}',
      'not-history',
      'is OCEL of version 1; save it as OCEL 2.0, which every tool of object-centric logs can.',
    ],
    [log(EVENTS, OBJECTS).slice(0, -1), 'unreadable', 'breaks off at line 1'],
    [
      '{"objects": [],\n"events": [{"id": "1",\n"type"',
      'unreadable',
      'breaks off at line 3, inside “events”; fetch it again, whole.',
    ],
  ])('says why a file is none: %#', async (text, code, message) => {
    const failed = await failure(text);
    expect(failed.code).toBe(code);
    expect(failed.message).toContain(message);
  });

  it('that breaks off anywhere is never taken for a whole one', async () => {
    const text = log(EVENTS.slice(0, 2), OBJECTS.slice(0, 2));
    for (let length = 0; length < text.length; length += 1) {
      expect((await failure(text.slice(0, length))).message).toMatch(/breaks off|is empty/);
    }
  });
});
