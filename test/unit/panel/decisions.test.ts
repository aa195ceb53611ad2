import { describe, expect, it } from 'vitest';
import { analyse } from '../../../server/src/analysis/index.ts';
import { decisionsOf } from '../../../server/src/panel/decisions.ts';
import { decisionsSchema } from '../../../server/src/protocol/panel-views.ts';
import { interaction, step } from '../analysis/support.ts';
import { dataOf, leftOf, visiting } from './made.ts';

/** Gold customers go to `agent`, the others to `robot`. */
const ROUTED = Array.from({ length: 60 }, (_, index) => {
  const isGold = index % 3 === 0;
  const variables = { tier: isGold ? 'gold' : 'iron', number: index };
  return interaction(
    `i${index}`,
    step('choose', 0, 1, { nodeName: 'Choose', variablesBefore: variables, variablesAfter: variables }),
    step(isGold ? 'agent' : 'robot', 1, 2, { nodeName: isGold ? 'Agent' : null }),
  );
});

describe('the decisions', () => {
  it('are those of the report, with their drivers, also where the run was asked for none', () => {
    const data = dataOf(ROUTED, { drivers: false });
    const left = leftOf(data);
    const answer = decisionsOf(data, left);
    expect(decisionsSchema.parse(answer)).toEqual(answer);
    expect(answer.decisions).toEqual(analyse(data.store).decisions);
    expect(answer.decisions[0]).toMatchObject({ nodeId: 'choose', visits: 60 });
    expect(answer.decisions[0]?.drivers[0]).toMatchObject({ variable: 'tier' });
    expect(answer.names).toEqual(
      expect.arrayContaining([
        { nodeId: 'choose', nodeName: 'Choose' },
        { nodeId: 'agent', nodeName: 'Agent' },
        { nodeId: 'robot', nodeName: null },
      ]),
    );
    expect(decisionsOf(data, left).decisions).toBe(answer.decisions);
  });

  it('are worked out anew of what a filter leaves', () => {
    const data = dataOf(ROUTED);
    const ids = ROUTED.slice(0, 30).map(({ interactionId }) => interactionId);
    const left = leftOf(data, [{ kind: 'interactions', ids, label: 'first' }]);
    expect(decisionsOf(data, left).decisions).toEqual(analyse(dataOf(ROUTED.slice(0, 30)).store).decisions);
  });

  it('look at the variables that the query names', () => {
    const data = dataOf(ROUTED, { driversOn: ['number'] });
    const drivers = decisionsOf(data, leftOf(data)).decisions.flatMap((one) => one.drivers);
    expect(new Set(drivers.map(({ variable }) => variable))).toEqual(new Set(['number']));
  });

  it('are none where nothing is decided', () => {
    const data = dataOf(visiting('abc', 'abc'));
    expect(decisionsOf(data, leftOf(data))).toEqual({ kind: 'decisions', decisions: [], names: [] });
  });
});
