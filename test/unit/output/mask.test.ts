import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMask, matchesPattern } from '../../../server/src/output/mask.ts';
import type { JsonObject, JsonValue } from '../../../server/src/protocol/history.ts';

const CANARY = 'canary-4711';
const TAG = /^\*\*\*[0-9a-f]{8}$/;

function step(before: JsonObject, after: JsonObject = before): JsonObject {
  return {
    nodeId: 'menu-1',
    nodeName: 'Main menu',
    startTime: '2026-11-22T07:00:00Z',
    variablesBefore: before,
    variablesAfter: after,
  };
}

function record(before: JsonObject, after: JsonObject = before): JsonObject {
  return { interactionId: 'a1', workflowId: 'wf-7', steps: [step(before, after)] };
}

describe('mask', () => {
  it('takes values away and keeps keys, at any depth', () => {
    const mask = createMask(['ssn', 'card*', '*Secret', 'mid*dle']);
    const masked = mask.record(
      record({
        ssn: CANARY,
        queue: 'billing',
        order: { cardNumber: CANARY, items: [{ ssn: CANARY }, { price: 3 }] },
        mySecret: { inner: CANARY },
        middle: [CANARY],
        'mid-x-dle': 4711,
        Ssn: 'kept',
        postcard: 'kept',
      }),
    );
    expect(JSON.stringify(masked)).not.toContain('4711');
    expect(masked).toMatchObject({
      interactionId: 'a1',
      workflowId: 'wf-7',
      steps: [
        {
          nodeId: 'menu-1',
          variablesBefore: {
            ssn: expect.stringMatching(TAG),
            queue: 'billing',
            order: {
              cardNumber: expect.stringMatching(TAG),
              items: [{ ssn: expect.stringMatching(TAG) }, { price: 3 }],
            },
            mySecret: expect.stringMatching(TAG),
            middle: expect.stringMatching(TAG),
            Ssn: 'kept',
            postcard: 'kept',
          },
        },
      ],
    });
  });

  it('still shows what changed, and nothing else: equal tags within a run, others in another', () => {
    const raw = record(
      { pin: 1234, ssn: 'x', o: { a: 1, b: 2 } },
      { pin: 1235, ssn: 'x', o: { b: 2, a: 1 } },
    );
    const read = (masked: JsonObject) => JSON.parse(JSON.stringify(masked)).steps[0];
    const mask = createMask(['*']);
    const { variablesBefore: before, variablesAfter: after } = read(mask.record(raw));
    expect(before.pin).not.toBe(after.pin);
    expect(before.ssn).toBe(after.ssn);
    expect(before.o).toBe(after.o);
    expect(read(mask.record(raw)).variablesBefore).toEqual(before);
    expect(read(createMask(['*']).record(raw)).variablesBefore.ssn).not.toBe(before.ssn);
  });

  it('masks no field of the product, and fields that the product does not know', () => {
    const raw = {
      ...record({ userId: CANARY }),
      customerId: CANARY,
      contact: { phoneId: CANARY },
      outcome: 'done',
    };
    const masked = createMask(['*Id', 'outcome']).record(raw);
    expect(masked).toMatchObject({
      interactionId: 'a1',
      workflowId: 'wf-7',
      outcome: 'done',
      steps: [{ nodeId: 'menu-1' }],
    });
    expect(JSON.stringify(masked)).not.toContain(CANARY);
    expect(JSON.stringify(createMask(['*']).record(raw))).not.toContain(CANARY);
  });

  it('takes dotted paths', () => {
    const mask = createMask(['order.card*', 'before.pin', 'flat.name']);
    const masked = mask.variables({
      order: { cards: CANARY, list: [{ card: 'kept' }] },
      card: 'kept',
      pin: CANARY,
      'flat.name': CANARY,
    });
    expect(masked).toMatchObject({ card: 'kept', order: { list: [{ card: 'kept' }] } });
    expect(JSON.stringify(masked)).not.toContain(CANARY);
    expect(createMask(['list.ssn']).variables({ list: [{ ssn: CANARY }] })).toMatchObject({
      list: [{ ssn: expect.stringMatching(TAG) }],
    });
    expect(mask.matches('order.cards')).toBe(true);
    expect(mask.matches('order.cards.deeper')).toBe(true);
    expect(mask.matches('card')).toBe(false);
  });

  it('looks into JSON that a variable carries as text, and leaves other text alone', () => {
    const mask = createMask(['ssn']);
    const masked = mask.variables({
      payload: JSON.stringify({ a: [{ ssn: CANARY }] }),
      other: '{ "a":  1 }',
      broken: '{"ssn": ',
      list: '[1, 2]',
    });
    expect(masked['payload']).toMatch(/^\{"a":\[\{"ssn":"\*\*\*[0-9a-f]{8}"\}\]\}$/);
    expect(masked).toMatchObject({ other: '{ "a":  1 }', broken: '{"ssn": ', list: '[1, 2]' });
  });

  it('follows the profile’s layout', () => {
    const raw = {
      id: { xId: 'a1' },
      result: { visits: [{ at: { nId: 'n1' }, vars: { in: { tId: CANARY }, out: { tId: CANARY } } }] },
    };
    const layout = {
      steps: 'result.visits',
      fields: {
        interactionId: 'id.xId',
        nodeId: 'at.nId',
        variablesBefore: 'vars.in',
        variablesAfter: 'vars.out',
      },
    };
    for (const pattern of ['*Id', '*']) {
      const masked = createMask([pattern], layout).record(raw);
      expect(masked).toMatchObject({ id: { xId: 'a1' }, result: { visits: [{ at: { nId: 'n1' } }] } });
      expect(JSON.stringify(masked)).not.toContain(CANARY);
    }
  });

  it('fails closed where it is too deep to look, and keeps odd keys', () => {
    let deep: JsonObject = { ssn: CANARY };
    for (let level = 0; level < 20_000; level++) deep = { a: deep };
    expect(JSON.stringify(createMask(['ssn']).variables(deep))).not.toContain(CANARY);
    const odd: JsonObject = JSON.parse('{"__proto__": {"ssn": "canary-4711"}, "constructor": 1}');
    expect(JSON.stringify(createMask(['ssn']).variables(odd))).toMatch(
      /^\{"__proto__":\{"ssn":"\*\*\*[0-9a-f]{8}"\},"constructor":1\}$/,
    );
    expect(JSON.stringify(createMask(['__proto__']).variables(odd))).not.toContain(CANARY);
    expect(createMask(['x']).variables({ x: '\ud800' })).toMatchObject({ x: expect.stringMatching(TAG) });
  });

  it('fails closed where variables are no object: they have no names to go by', () => {
    const record = (variablesBefore: JsonValue) => ({
      interactionId: 'a',
      steps: [{ nodeId: 'n', variablesBefore }],
    });
    for (const value of ['ssn=canary', '{"ssn": "canary"', 4_242_424, ['canary']]) {
      const masked = JSON.stringify(createMask(['ssn']).record(record(value)));
      expect(masked).toMatch(/"variablesBefore":"\*\*\*[0-9a-f]{8}"/);
    }
    expect(createMask(['ssn']).record(record(null))).toEqual(record(null));
    expect(createMask([]).record(record('ssn=1'))).toEqual(record('ssn=1'));
  });

  it('is done after once', () => {
    const once = createMask(['*']).record(record({ ssn: CANARY, o: { a: 1 } }));
    expect(createMask(['*']).record(once)).toEqual(once);
  });

  it('hides a piece of text that it cannot search', () => {
    expect(createMask(['ssn']).text(`{"ssn":"${CANARY}`)).toBe('*** (19 characters hidden by the mask)');
    expect(createMask([]).text('<html>')).toBe('<html>');
  });

  it('does nothing without patterns', () => {
    const raw = record({ ssn: CANARY });
    expect(createMask([]).record(raw)).toBe(raw);
    expect(createMask(['']).active).toBe(false);
  });

  it('never lets a masked value through, wherever the name stands', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'ssn', 'steps', 'outcome', '__proto__'), tie('tree'), {
          maxKeys: 4,
        }),
      ),
    }));
    const plant = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(plant);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, key === 'ssn' ? [CANARY, item] : plant(item)]),
      );
    };
    fc.assert(
      fc.property(tree, (value) => {
        const variables: JsonObject = JSON.parse(JSON.stringify({ top: plant(value) }));
        expect(JSON.stringify(createMask(['ssn']).record(record(variables)))).not.toContain(CANARY);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe('patterns', () => {
  it('equal a regular expression, in linear time', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (pattern, name) => {
        const source = pattern.split('*').join('[^]*');
        expect(matchesPattern(pattern, name)).toBe(new RegExp(`^${source}$`).test(name));
      }),
      { numRuns: 2000, seed: 7 },
    );
    expect(matchesPattern('a*'.repeat(40), `${'a'.repeat(5000)}b`)).toBe(true);
    expect(matchesPattern(`${'a*'.repeat(40)}c`, `${'a'.repeat(5000)}b`)).toBe(false);
  });
});
