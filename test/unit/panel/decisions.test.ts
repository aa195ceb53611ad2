import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reportDecisions } from '../../../server/src/analysis/decisions.ts';
import { analyse } from '../../../server/src/analysis/index.ts';
import type { PanelData } from '../../../server/src/panel/data.ts';
import { decisionsOf, driversOf } from '../../../server/src/panel/decisions.ts';
import { type Left, leftBy } from '../../../server/src/panel/left.ts';
import { partsOf } from '../../../server/src/panel/parts.ts';
import { type Drivers, decisionsSchema, driversSchema } from '../../../server/src/protocol/panel-views.ts';
import type { DecisionReport } from '../../../server/src/protocol/report.ts';
import { interaction, step } from '../analysis/support.ts';
import { dataOf, leftOf, visiting } from './made.ts';
import { madeFilter, madeInteractions, plain } from './reference.ts';

/** Gold customers go to `agent`, the others to `robot`; both hand most of those who waited long to `desk`. */
const ROUTED = Array.from({ length: 60 }, (_, index) => {
  const isGold = index % 3 === 0;
  const waited = (index * 37) % 60;
  const variables = { tier: isGold ? 'gold' : 'iron', number: index, waited, turn: index % 7 };
  const known = { variablesBefore: variables, variablesAfter: variables };
  return interaction(
    `i${index}`,
    step('choose', 0, 1, { nodeName: 'Choose', ...known }),
    step(isGold ? 'agent' : 'robot', 1, 2, { nodeName: isGold ? 'Agent' : null, ...known }),
    ...(waited > 30 || index % 11 === 0 ? [step('desk', 2, 3, known)] : []),
  );
});

const driversAt = (data: PanelData, left: Left, nodeId: string): Drivers =>
  driversOf(data, left, { kind: 'drivers', filter: left.filter, nodeId });

/** What the panel says of all decisions, those asked for last first, as the report says it at once. */
function asked(data: PanelData, left: Left): DecisionReport[] {
  const found = decisionsOf(left)
    .decisions.toReversed()
    .map((decision) => {
      const { kind: _, nodeId, ...drivers } = driversAt(data, left, decision.nodeId);
      expect(nodeId).toBe(decision.nodeId);
      return { ...decision, ...drivers };
    });
  return found.reverse();
}

describe('the decisions', () => {
  it('are those of the report, with the names of the nodes that they lead to', () => {
    const left = leftOf(dataOf(ROUTED));
    const answer = decisionsOf(left);
    expect(decisionsSchema.parse(answer)).toEqual(answer);
    expect(answer.decisions[0]).toMatchObject({ nodeId: 'choose', visits: 60 });
    expect(answer.decisions[0]).not.toHaveProperty('drivers');
    expect(answer.names).toEqual(
      expect.arrayContaining([
        { nodeId: 'choose', nodeName: 'Choose' },
        { nodeId: 'agent', nodeName: 'Agent' },
        { nodeId: 'robot', nodeName: null },
      ]),
    );
  });

  it('are none where nothing is decided', () => {
    expect(decisionsOf(leftOf(dataOf(visiting('abc', 'abc'))))).toEqual({
      ...{ kind: 'decisions', decisions: [], names: [] },
    });
  });
});

describe('what a decision hangs on', () => {
  it('is what the report says of it, also where the run was asked for none', () => {
    const data = dataOf(ROUTED, { drivers: false });
    const left = leftOf(data);
    const { decisions } = analyse(data.store);
    expect(decisions.map(({ nodeId }) => nodeId)).toEqual(['choose', 'robot', 'agent']);
    expect(asked(data, left)).toEqual(decisions);
    // Corrected for the variables of the node: as though it were the only one.
    const robot = driversAt(data, left, 'robot');
    expect(robot.drivers[0]).toMatchObject({ variable: 'waited' });
    expect(robot.drivers.some(({ p, q }) => q > p)).toBe(true);
    expect(robot.rule?.text).toContain('if before.waited <= 30: END');
    expect(driversSchema.parse(robot)).toEqual(robot);
  });

  it('is worked out once of each, and anew of what a filter leaves', () => {
    const data = dataOf(ROUTED);
    const left = leftOf(data);
    expect(driversAt(data, left, 'choose').drivers).toBe(driversAt(data, left, 'choose').drivers);
    const ids = ROUTED.slice(0, 30).map(({ interactionId }) => interactionId);
    const fewer = leftOf(data, [{ kind: 'interactions', ids, label: 'first' }]);
    expect(asked(data, fewer)).toEqual(analyse(dataOf(ROUTED.slice(0, 30)).store).decisions);
  });

  it('is that of the report for whatever is made and left', () => {
    fc.assert(
      fc.property(madeInteractions, madeFilter, (made, filter) => {
        const { data } = plain(made);
        const left = leftBy(data, filter);
        const { flow, types } = partsOf(left);
        expect(asked(data, left)).toEqual(reportDecisions(left.frame, flow, types));
      }),
      { numRuns: 60 },
    );
  });

  it('looks at the variables that the query names', () => {
    const data = dataOf(ROUTED, { driversOn: ['number'] });
    const { drivers } = driversAt(data, leftOf(data), 'choose');
    expect(drivers.map(({ variable }) => variable)).toEqual(['number']);
  });

  it.each(['desk', 'nowhere', '__proto__'])('is nothing where %s is no decision', (nodeId) => {
    const data = dataOf(ROUTED);
    expect(driversAt(data, leftOf(data), nodeId)).toEqual({
      ...{ kind: 'drivers', nodeId, drivers: [], rule: null, sampled: null },
    });
  });
});
