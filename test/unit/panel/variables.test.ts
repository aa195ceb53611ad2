import { describe, expect, it } from 'vitest';
import { variablesOf } from '../../../server/src/panel/variables.ts';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { variablesSchema } from '../../../server/src/protocol/panel-views.ts';
import { interaction, step } from '../analysis/support.ts';
import { dataOf, leftOf } from './made.ts';

const changing = (id: string, node: string, variablesBefore: JsonObject, variablesAfter: JsonObject) =>
  interaction(id, step(node, 0, 1, { nodeName: node.toUpperCase(), variablesBefore, variablesAfter }));

const LOG = [
  changing('i', 'a', { queue: 'none' }, { queue: 'sales', order: { total: 3 } }),
  changing('j', 'b', { queue: 'none' }, { queue: 'sales' }),
  changing('k', 'b', { queue: 'none', order: { total: 1 } }, { queue: 'none', order: { total: 2 } }),
];

describe('the variables', () => {
  it('are those that change, with where and how', () => {
    const data = dataOf(LOG);
    const answer = variablesOf(data, leftOf(data));
    expect(variablesSchema.parse(answer)).toEqual(answer);
    expect(answer.variables.map(({ name, changed, added }) => [name, changed, added])).toEqual([
      ['queue', 2, 0],
      ['order', 0, 1],
      ['order/total', 1, 0],
    ]);
    expect(answer.variables[0]?.transitions).toEqual([{ before: 'none', after: 'sales', count: 2 }]);
    expect(answer.names).toEqual(
      expect.arrayContaining([
        { nodeId: 'a', nodeName: 'A' },
        { nodeId: 'b', nodeName: 'B' },
      ]),
    );
  });

  it('are those of what the filter leaves', () => {
    const data = dataOf(LOG);
    const left = leftOf(data, [{ kind: 'node', nodeId: 'a' }]);
    expect(variablesOf(data, left).variables).toMatchObject([
      { name: 'order', added: 1 },
      { name: 'queue', changed: 1 },
    ]);
  });

  it('are those that the query names', () => {
    const data = dataOf(LOG, { variables: ['queue'] });
    expect(variablesOf(data, leftOf(data)).variables.map(({ name }) => name)).toEqual(['queue']);
  });

  it('are the thousand that change most, and how many there are', () => {
    const many = Object.fromEntries(Array.from({ length: 1_500 }, (_, at) => [`v${at}`, at]));
    const data = dataOf([changing('i', 'a', {}, many), changing('j', 'a', { v1499: 0 }, { v1499: 1 })]);
    const { total, variables } = variablesOf(data, leftOf(data));
    expect([total, variables.length, variables[0]?.name]).toEqual([1_500, 1_000, 'v1499']);
  });
});
