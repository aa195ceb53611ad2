import { describe, expect, it } from 'vitest';
import type { AnalyseOptions } from '../../../server/src/analysis/index.ts';
import { randomNumbers } from '../../../server/src/analysis/statistics/samples.ts';
import type { Interaction } from '../../../server/src/protocol/history.ts';
import { parseInstant } from '../../../server/src/protocol/instant.ts';
import type { Insight } from '../../../server/src/protocol/report.ts';
import { interaction, report, step } from './support.ts';

const EIGHT = (parseInstant('2026-11-20T08:00:00Z')?.micros ?? 0) / 1e6;

function insights(given: readonly Interaction[], options: AnalyseOptions = {}): Insight[] {
  return report(given, options).insights;
}

/** Ten hours, fifty interactions each; those of high priority go to a router that is slow from 14:00 on. */
function day(): Interaction[] {
  const random = randomNumbers(11);
  return Array.from({ length: 500 }, (_, i) => {
    const start = EIGHT + i * 72;
    const high = random() < 0.3;
    const toRouter = high ? random() < 0.8 : random() < 0.2;
    const slow = i >= 300 ? 40 : 10;
    const dwell = slow * (0.8 + 0.4 * random());
    const variables = { priority: high ? 'high' : 'low' };
    const at = { variablesBefore: variables, variablesAfter: variables };
    return interaction(
      `i${i}`,
      step('Menu', start, start + 1, { ...at, nodeType: 'DECISION' }),
      toRouter
        ? step('Router', start + 1, start + 1 + dwell, {
            ...at,
            nodeType: 'ROUTING',
            nodeName: 'Priority routing',
          })
        : step('Bot', start + 1, start + 3, { ...at, nodeType: 'QUEUE' }),
    );
  });
}

describe('insights', () => {
  it('put the bottleneck first, with since when and with what', () => {
    const [first] = insights(day());
    expect(first).toMatchObject({ rule: 'bottleneck', nodeId: 'Router' });
    expect(first?.text).toMatch(
      /^100 % of the time above threshold is spent in Priority routing, which held \d+ interactions for longer than 15 s; it takes 4\.\d times as long since 2026-11-20 14:00 \(median (?:9\.\d|10(?:\.\d)?) s → (?:39|40)(?:\.\d)? s\); interactions with before\.priority = 'high' go there [3-5]\.\d times as often \(\d\d % beside \d\d %\)\.$/,
    );
    expect(first?.evidence.length).toBe(10);
    // Σ(dwell − 15 s) of those above it.
    const excess = day()
      .flatMap(({ steps }) => steps)
      .filter(({ nodeId }) => nodeId === 'Router')
      .map((one) => ((one.endTime ?? 0) - (one.startTime ?? 0)) / 1e6 - 15)
      .filter((over) => over > 0)
      .reduce((sum, over) => sum + over, 0);
    expect(first?.stake).toBeCloseTo(excess, 3);
  });

  it('tell since when also where other groups were asked for', () => {
    const [first] = insights(day(), { grouped: [{ analysis: 'NODES', by: 'nodeType' }] });
    expect(first?.text).toContain('since 2026-11-20 14:00');
  });

  it('tell of a change at a node that is no bottleneck', () => {
    const random = randomNumbers(5);
    const given = Array.from({ length: 400 }, (_, i) => {
      const start = EIGHT + i * 72;
      return interaction(
        `i${i}`,
        step('A', start, start + (i < 200 ? 4 : 2) * (0.8 + 0.4 * random()), { nodeType: 'QUEUE' }),
      );
    });
    const found = insights(given).filter(({ rule }) => rule === 'change');
    expect(found).toHaveLength(1);
    expect(found[0]?.text).toMatch(
      /^A: it halved since 2026-11-20 12:00 \(median \d(?:\.\d)? s → \d(?:\.\d)? s\), n 200\/200\.$/,
    );
  });

  it('tell of waits, rework, errors, changes outside steps, what is open and what is in doubt', () => {
    const given = Array.from({ length: 20 }, (_, i) =>
      interaction(
        `i${i}`,
        step('A', 0, 1, { errorState: false, variablesAfter: { x: 1 } }),
        step('A', 1, 2, { errorState: i < 10, variablesBefore: { x: 2 }, variablesAfter: { x: 2 } }),
        step('B', 62, 63, { errorState: false, variablesBefore: { x: 2 } }),
        i === 0 ? step('C', 64, null) : step('C', 64, i === 1 ? 60 : 65),
        ...(i === 2 ? [step('C', null, null)] : []),
      ),
    );
    const found = insights(given);
    const of = (rule: Insight['rule']): (string | undefined)[] =>
      found.filter((one) => one.rule === rule).map(({ text }) => text);
    expect(of('wait')).toEqual(
      ['Interactions wait 20 min in all before B begins, 92 % of their duration; median 1 min.'].map((text) =>
        expect.stringMatching(text.replace('92', '\\d\\d')),
      ),
    );
    expect(of('rework')).toEqual([
      '21 steps of 81 (26 %) are visits of a node again, in 20 interactions, most at A (20 times).',
    ]);
    expect(of('errors')).toEqual(['10 of 10 errors (100 %) happen at A, where 25 % of the visits fail.']);
    expect(of('outsideStep')).toEqual([
      '1 variable changed outside any step, 20 times in all, most of them x (20): something else than the workflow writes it, or two steps do at once.',
    ]);
    expect(of('open')).toEqual([
      '2 interactions of 20 had not ended: their last steps are in no statistics.',
    ]);
    expect(of('data')).toEqual([
      'Of the data: 1 interaction with a step without a time; 1 step without a dwell (an end before the start, or no start).',
    ]);
  });

  it('are ranked by the seconds that they are about, those without behind', () => {
    const stakes = insights(day()).map(({ stake }) => stake ?? -1);
    expect(stakes).toEqual([...stakes].sort((a, b) => b - a));
  });

  it('are none of nothing, nor of what is as it should be', () => {
    expect(insights([])).toEqual([]);
    expect(insights([interaction('a', step('A', 0, 1))])).toEqual([]);
  });
});
