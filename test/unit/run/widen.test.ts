import { describe, expect, it } from 'vitest';
import { widened } from '../../../server/src/run/widen.ts';
import { interaction, report, step } from '../analysis/support.ts';

/** Of interactions with a step of each of these types, that took so many seconds. */
const reportOf = (types: readonly (string | null)[], seconds = 20) =>
  report([interaction('a', ...types.map((nodeType, at) => step(`n${at}`, 0, seconds, { nodeType })))]);

describe('the threshold rule of an opened log', () => {
  it.each([
    [[null], [''], 'every node; none here has a type.'],
    [['TASK', null, 'EVENT'], ['', 'EVENT', 'TASK'], 'every node, whatever its type (EVENT, TASK).'],
    [
      ['t1', 't2', 't3', 't4', 't5', 't6', 't7'],
      ['t1', 't2', 't3', 't4', 't5', 't6', 't7'],
      'every node, whatever its type (t1, t2, t3, t4, t5 and 2 more).',
    ],
  ])('looks at all where none of %j decides', (given, types, end) => {
    const note = `No node is of type DECISION, ROUTING or CONDITION, so the threshold looks at ${end}`;
    expect(widened(reportOf(given))).toEqual({ types, note });
  });

  it('stays as it is where one decides, whether it held anybody or not', () => {
    expect(widened(reportOf(['TASK', 'CONDITION'], 1))).toBeUndefined();
    expect(widened(reportOf(['TASK', 'DECISION']))).toBeUndefined();
  });

  it('stays as it is where a node decides now and then', () => {
    const steps = ['TASK', 'TASK', 'DECISION'].map((nodeType) => step('n', 0, 20, { nodeType }));
    const found = report([interaction('a', ...steps)]);
    expect(found.nodes.map(({ nodeType }) => nodeType)).toEqual(['TASK']);
    expect(widened(found)).toBeUndefined();
  });

  it('stays as it is where there is nothing', () => {
    expect(widened(report([]))).toBeUndefined();
  });
});
