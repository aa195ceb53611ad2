import { expect, it } from 'vitest';
import { analyse, createStore } from '../../../server/src/analysis/index.ts';
import type { JsonObject, Step } from '../../../server/src/protocol/history.ts';

function step(nodeId: string, second: number, before: JsonObject | null, after: JsonObject | null): Step {
  return {
    nodeId,
    nodeName: null,
    nodeType: null,
    startTime: second * 1_000_000,
    endTime: second * 1_000_000 + 500_000,
    errorState: null,
    outcome: null,
    variablesBefore: before,
    variablesAfter: after,
  };
}

it('a step whose variables the tenant does not give has changed nothing, inside or outside', () => {
  const store = createStore();
  store.add({
    interactionId: 'a1',
    workflowId: null,
    workflowName: null,
    raw: {},
    steps: [
      step('menu', 0, { queue: 'none' }, { queue: 'billing' }),
      step('prompt', 1, null, null),
      step('after-only', 2, null, { queue: 'billing' }),
      step('none-at-all', 3, {}, {}),
    ],
  });
  const { variables } = analyse(store);
  // Changed in the menu; gone between the third step and the fourth, which says that there are none.
  expect(variables).toEqual([
    expect.objectContaining({ name: 'queue', changed: 1, added: 0, removed: 0, outsideStep: 1 }),
  ]);
});
