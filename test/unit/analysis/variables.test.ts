import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffVariables } from '../../../server/src/analysis/index.ts';
import type { JsonObject, JsonValue } from '../../../server/src/protocol/history.ts';
import { variableChangeSchema } from '../../../server/src/protocol/panel-views.ts';
import { by, interaction, report, step } from './support.ts';

const lines = (before: JsonObject, after: JsonObject, same = false): string[] =>
  diffVariables(before, after, { same }).map(
    (change) => `${change.kind} ${change.path} ${change.before} ${change.after}`,
  );

describe('difference of variables', () => {
  it('tells added, removed, changed and another type apart', () => {
    expect(
      lines(
        { queue: 'none', tier: 1, gone: true, same: 'x', vip: false },
        { queue: 'billing', tier: '1', same: 'x', vip: true, fresh: null },
      ),
    ).toEqual([
      'changed /queue "none" "billing"',
      'typeChanged /tier 1 "1"',
      'removed /gone true null',
      'changed /vip false true',
      'added /fresh null null',
    ]);
  });

  it('says no value with null, and the value null with its text', () => {
    expect(diffVariables({ a: null }, { b: null })).toEqual([
      { path: '/a', kind: 'removed', before: 'null', after: null },
      { path: '/b', kind: 'added', before: null, after: 'null' },
    ]);
    expect(lines({ a: null }, { a: 'x' })).toEqual(['typeChanged /a null "x"']);
  });

  it('goes into objects, and into arrays by index', () => {
    expect(
      lines(
        { order: { id: 1, items: ['a', 'b', 'c'] }, list: [1] },
        { order: { id: 2, items: ['a', 'x'] }, list: [1, { deep: true }] },
      ),
    ).toEqual([
      'changed /order/id 1 2',
      'changed /order/items/1 "b" "x"',
      'removed /order/items/2 "c" null',
      'added /list/1 null {"deep":true}',
    ]);
    expect(lines({ a: [1] }, { a: { 0: 1 } })).toEqual(['typeChanged /a [1] {"0":1}']);
  });

  it('compares numbers by value', () => {
    expect(
      lines(JSON.parse('{"a": 1.0, "b": 1e3, "c": -0}'), JSON.parse('{"a": 1, "b": 1000, "c": 0}')),
    ).toEqual([]);
  });

  it('escapes names, whatever they are', () => {
    const hostile: JsonObject = JSON.parse('{"__proto__": 1, "a/b": 1, "m~n": 1, "": 1, "constructor": 1}');
    expect(diffVariables({}, hostile).map(({ path }) => path)).toEqual([
      '/__proto__',
      '/a~1b',
      '/m~0n',
      '/',
      '/constructor',
    ]);
    expect(diffVariables(hostile, hostile)).toEqual([]);
    expect(diffVariables(hostile, {}).every(({ kind }) => kind === 'removed')).toBe(true);
  });

  it('lists what stayed the same on request, as high up as it can', () => {
    expect(
      lines({ a: 1, b: { x: 1, y: { z: [] } }, c: {} }, { a: 1, b: { x: 2, y: { z: [] } }, c: {} }, true),
    ).toEqual(['same /a 1 1', 'changed /b/x 1 2', 'same /b/y {"z":[]} {"z":[]}', 'same /c {} {}']);
  });

  it('survives hostile nesting', () => {
    const nested = (leaf: JsonValue): JsonObject => {
      let value: JsonValue = leaf;
      for (let depth = 0; depth < 100_000; depth += 1) value = [value];
      return { value };
    };
    expect(diffVariables(nested(1), nested(1))).toEqual([]);
    expect(diffVariables(nested(1), nested(2))).toHaveLength(1);
    const log = [
      interaction('a', { ...step('n', 0, 1), variablesBefore: nested(1), variablesAfter: nested(2) }),
    ];
    expect(report(log).variables).toHaveLength(1);
  });

  const json = fc.jsonValue({ maxDepth: 3 });
  const variables = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd/e'), json);

  it('is empty exactly for equal values, and each side can be read back', () => {
    fc.assert(
      fc.property(variables, variables, (one, other) => {
        // Through text, as variables come: without -0.
        const before: JsonObject = JSON.parse(JSON.stringify(one));
        const after: JsonObject = JSON.parse(JSON.stringify(other));
        expect(diffVariables(before, before)).toEqual([]);
        const changes = diffVariables(before, after);
        expect(changes.length === 0).toBe(sorted(before) === sorted(after));
        for (const change of changes) {
          variableChangeSchema.parse(change);
          expect(change.before).toBe(textAt(before, change.path));
          expect(change.after).toBe(textAt(after, change.path));
        }
      }),
    );
  });
});

/** JSON text with the keys in order. */
function sorted(value: JsonObject): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function textAt(value: JsonObject, path: string): string | null {
  let at: unknown = value;
  for (const key of path.slice(1).split('/')) {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, name)) return null;
    at = Reflect.get(at, name);
  }
  return JSON.stringify(at);
}

describe('variables of a log', () => {
  const change = (id: string, ...states: [JsonObject, JsonObject][]) =>
    interaction(
      id,
      ...states.map(([variablesBefore, variablesAfter], i) => ({
        ...step(`n${i}`, i, i + 1),
        variablesBefore,
        variablesAfter,
      })),
    );
  const LOG = [
    // queue: changed. Then, outside any step, queue goes to 'lost' and vip appears.
    change(
      'i1',
      [{ queue: 'none' }, { queue: 'billing' }],
      [
        { queue: 'lost', vip: true },
        { queue: 'lost', vip: true },
      ],
    ),
    // queue: changed the same way; order: added whole, then its id changes its type.
    change(
      'i2',
      [{ queue: 'none' }, { queue: 'billing', order: { id: 1 } }],
      [
        { queue: 'billing', order: { id: 1 } },
        { queue: 'sales', order: { id: '1' } },
      ],
    ),
    // queue: removed.
    change('i3', [{ queue: 'none' }, {}]),
  ];

  it('counts each kind of change, and the transitions', () => {
    expect(report(LOG).variables).toEqual([
      {
        name: 'queue',
        added: 0,
        removed: 1,
        changed: 3,
        typeChanged: 0,
        outsideStep: 1,
        transitions: [
          { before: 'none', after: 'billing', count: 2 },
          { before: 'billing', after: 'sales', count: 1 },
        ],
        nodes: [
          { nodeId: 'n0', count: 3 },
          { nodeId: 'n1', count: 2 },
        ],
      },
      {
        ...{ name: 'order', added: 1, removed: 0, changed: 0, typeChanged: 0, outsideStep: 0 },
        ...{ transitions: [], nodes: [{ nodeId: 'n0', count: 1 }] },
      },
      {
        name: 'order/id',
        added: 0,
        removed: 0,
        changed: 0,
        typeChanged: 1,
        outsideStep: 0,
        transitions: [{ before: 1, after: '1', count: 1 }],
        nodes: [{ nodeId: 'n1', count: 1 }],
      },
      {
        ...{ name: 'vip', added: 0, removed: 0, changed: 0, typeChanged: 0, outsideStep: 1 },
        ...{ transitions: [], nodes: [{ nodeId: 'n1', count: 1 }] },
      },
    ]);
  });

  it('follows the order of time, not that of the source', () => {
    const [first, second] = LOG[0]?.steps ?? [];
    if (first === undefined || second === undefined) throw new Error('the log has two steps');
    const turned = [interaction('i1', second, first), ...LOG.slice(1)];
    expect(report(turned).variables).toEqual(report(LOG).variables);
  });

  it.each([
    [['queue'], ['queue']],
    [['order'], ['order', 'order/id']],
    [['order.id'], ['order/id']],
    [['order/id'], ['order/id']],
    [['*i*'], ['order/id', 'vip']],
    [
      ['q*', 'vip'],
      ['queue', 'vip'],
    ],
    [['*'], ['queue', 'order', 'order/id', 'vip']],
    [['que'], []],
    [['Queue'], []],
  ])('chooses by %s', (patterns, names) => {
    expect(report(LOG, { variables: patterns }).variables.map(({ name }) => name)).toEqual(names);
  });

  it('lists the ten commonest transitions', () => {
    const log = Array.from({ length: 30 }, (_, i) =>
      change(`i${i}`, [{ n: 0 }, { n: 1 + (i % 15) + Number(i > 28) }]),
    );
    const [variable] = report(log).variables;
    expect(variable?.changed).toBe(30);
    expect(variable?.transitions).toHaveLength(10);
    expect(by(variable?.transitions ?? [], ({ after }) => after).get(1)?.count).toBe(2);
  });
});
