import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStore } from '../../../server/src/analysis/index.ts';
import { VALUE } from '../../../server/src/analysis/states.ts';
import type { Interaction, JsonObject, JsonValue } from '../../../server/src/protocol/history.ts';

type Flat = Record<string, string | number>;

/** Every leaf by its path, numbers as they are, the rest as JSON text. */
function flatten(value: JsonValue, path = ''): Flat {
  if (typeof value !== 'object' || value === null)
    return { [path.slice(1)]: typeof value === 'number' ? value : JSON.stringify(value) };
  return Object.assign({}, ...Object.entries(value).map(([key, inner]) => flatten(inner, `${path}/${key}`)));
}

function interaction(id: string, variables: readonly (JsonObject | null)[]): Interaction {
  const steps = variables.map((variablesBefore, k) => ({
    nodeId: 'n',
    nodeName: null,
    nodeType: null,
    startTime: k,
    endTime: null,
    errorState: null,
    outcome: null,
    variablesBefore,
    variablesAfter: null,
  }));
  return { interactionId: id, workflowId: null, workflowName: null, steps, raw: { interactionId: id } };
}

function statesOf(interactions: readonly Interaction[]): Flat[] {
  const store = createStore({ reconcile: false });
  for (const one of interactions) store.add(one);
  const { states, firstStep, ids } = store.columns;
  const found: Flat[] = [];
  states.read(
    ids.keys(),
    (i) => [firstStep.values[i] ?? 0, firstStep.values[i + 1] ?? 0],
    (_, { text, number }) => {
      const flat: Flat = {};
      for (const [variable, name] of states.variables.texts.entries()) {
        const id = text[variable] ?? VALUE.absent;
        if (id === VALUE.number) flat[name] = number[variable] ?? 0;
        else if (id >= 0) flat[name] = states.texts.texts[id] ?? '';
      }
      found.push(flat);
    },
  );
  return found;
}

const leaf = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, 'a', 'b', 1, 2.5),
  fc.integer({ min: 0, max: 3 }),
);
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.constantFrom('x', 'y', 'z'), tie('value'), { minKeys: 1, maxKeys: 3 }),
  ),
}));
const variables = fc.dictionary(fc.constantFrom('p', 'q', 'r'), value, { maxKeys: 3 });

describe('variables before each step', () => {
  it('are those of the step, however they changed on the way', () => {
    fc.assert(
      fc.property(fc.array(fc.array(variables, { maxLength: 5 }), { maxLength: 4 }), (all) => {
        const found = statesOf(all.map((states, i) => interaction(`i${i}`, states)));
        expect(found).toEqual(all.flat().map((one) => flatten(one)));
      }),
    );
  });

  it('stay as they were where the tenant gives none', () => {
    expect(statesOf([interaction('a', [{ x: 1 }, null, { x: 2 }]), interaction('b', [null])])).toEqual([
      { x: 1 },
      { x: 1 },
      { x: 2 },
      {},
    ]);
  });

  it('tell long texts apart by their beginning and length, and at most 10,000 of one variable', () => {
    const long = (n: number): JsonObject => ({ x: 'l'.repeat(n) });
    const [a, b] = statesOf([interaction('a', [long(300), long(301)])]);
    expect(a).not.toEqual(b);
    expect(String(a?.['x']).length).toBeLessThan(230);
    const many = Array.from({ length: 10_002 }, (_, n) => ({ x: `t${n}` }));
    const found = statesOf([interaction('a', [...many, { x: 't5' }])]);
    expect(found[9_999]).toEqual({ x: '"t9999"' });
    expect(found[10_000]).toEqual({});
    expect(found.at(-1)).toEqual({ x: '"t5"' });
  });

  it('are followed for 2,000 paths, and the rest is counted', () => {
    const store = createStore({ reconcile: false });
    const wide = Object.fromEntries(Array.from({ length: 2_500 }, (_, n) => [`v${n}`, n]));
    store.add(interaction('a', [wide]));
    expect(store.columns.states.variables.texts).toHaveLength(2_000);
    expect(store.columns.states.omitted).toBe(500);
  });
});
