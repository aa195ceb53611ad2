/** OCEL exports: valid by the published schema, whatever is in them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OcelWriter } from '../../../server/src/output/exports/ocel.ts';
import type { Interaction, Step } from '../../../server/src/protocol/history.ts';
import { interactions, items } from './logs.ts';
import { interactionOf } from './menu-step.ts';
import { breaksOfOcel, ocelOf } from './ocel-schema.ts';

function written(list: readonly Interaction[]): string {
  const writer = new OcelWriter();
  const events = items(list).map((item) => writer.item(item));
  return writer.head + events.join('') + [...writer.tail()].join('');
}

const one = (interactionId: string, ...steps: Partial<Step>[]): Interaction =>
  interactionOf(interactionId, steps, 'Voice');

describe('the rules in these tests', () => {
  const log = (more: object): string =>
    JSON.stringify({ eventTypes: [], objectTypes: [], events: [], objects: [], ...more });
  const type = { name: 'a', attributes: [] };

  it('take an empty log', () => {
    expect(breaksOfOcel(log({}))).toEqual([]);
  });

  it.each([
    ['a log without events', { events: undefined }],
    ['an event without a time', { eventTypes: [type], events: [{ id: '1', type: 'a' }] }],
    [
      'a time that is none',
      { eventTypes: [type], events: [{ id: '1', type: 'a', time: '2026-11-22 07:00' }] },
    ],
    [
      'a value that is no text',
      {
        objectTypes: [type],
        objects: [
          { id: '1', type: 'a', attributes: [{ name: 'b', value: 1, time: '2026-11-22T07:00:00Z' }] },
        ],
      },
    ],
    ['a type that is not declared', { objects: [{ id: '1', type: 'a' }] }],
    [
      'an id twice',
      {
        objectTypes: [type],
        objects: [
          { id: '1', type: 'a' },
          { id: '1', type: 'a' },
        ],
      },
    ],
    [
      'a relationship to nothing',
      {
        objectTypes: [type],
        objects: [{ id: '1', type: 'a', relationships: [{ objectId: '2', qualifier: '' }] }],
      },
    ],
    [
      'a relationship without a qualifier',
      { objectTypes: [type], objects: [{ id: '1', type: 'a', relationships: [{ objectId: '1' }] }] },
    ],
  ])('refuse %s', (_what, more) => {
    expect(breaksOfOcel(log(more))).not.toEqual([]);
  });
});

describe('OCEL', () => {
  it('has an event a step, related to its interaction and its node', () => {
    const json = written([
      one('a1', {}, { nodeId: 'end', nodeName: null, startTime: null, endTime: null, variablesAfter: null }),
    ]);
    expect(breaksOfOcel(json)).toEqual([]);
    const { events, objects, eventTypes, objectTypes } = ocelOf(json);
    expect(events).toHaveLength(2);
    expect(events[0]).toEqual({
      id: 'interaction:a1/0',
      type: 'menu-1',
      time: '2026-11-22T07:00:00.000Z',
      attributes: [
        { name: 'sequence', value: '0' },
        { name: 'startTime', value: '2026-11-22T07:00:00.000Z' },
        { name: 'endTime', value: '2026-11-22T07:00:12.500001Z' },
        { name: 'nodeName', value: 'Main menu' },
        { name: 'nodeType', value: 'DECISION' },
        { name: 'outcome', value: 'billing' },
        { name: 'error', value: 'false' },
        { name: 'variablesBefore', value: '{"queue":"none"}' },
        { name: 'variablesAfter', value: '{"queue":"billing","tries":2}' },
      ],
      relationships: [
        { objectId: 'interaction:a1', qualifier: 'interaction' },
        { objectId: 'node:menu-1', qualifier: 'node' },
      ],
    });
    // It has no time of its own: it stands where the one before it does, and no attribute says that it had one.
    expect(events[1]?.time).toBe('2026-11-22T07:00:00.000Z');
    expect(events[1]?.attributes.map(({ name }) => name)).toEqual([
      'sequence',
      'nodeType',
      'outcome',
      'error',
      'variablesBefore',
    ]);
    expect(objects.map(({ id, type }) => [id, type])).toEqual([
      ['interaction:a1', 'interaction'],
      ['node:menu-1', 'node'],
      ['node:end', 'node'],
      ['workflow:wf-7', 'workflow'],
    ]);
    expect(objects[0]?.relationships).toEqual([{ objectId: 'workflow:wf-7', qualifier: 'workflow' }]);
    expect(eventTypes.map(({ name }) => name)).toEqual(['menu-1', 'end']);
    expect(objectTypes.map(({ name }) => name)).toEqual(['interaction', 'node', 'workflow']);
  });

  it('tells interactions apart that have the same id', () => {
    const json = written([one('a1', {}), one('a1', { nodeId: 'x' })]);
    expect(breaksOfOcel(json)).toEqual([]);
    expect(ocelOf(json).events.map(({ id }) => id)).toEqual(['interaction:a1/0', 'interaction 2:a1/0']);
  });

  it('is valid whatever is in it', () => {
    fc.assert(
      fc.property(interactions, (list) => {
        expect(breaksOfOcel(written(list))).toEqual([]);
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});
