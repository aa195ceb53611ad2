import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnalyseOptions,
  analyse,
  createStore,
  createThresholdRule,
  formatSeconds,
  headline,
  rankFindings,
  UNTYPED,
} from '../../../server/src/analysis/index.ts';
import { percent } from '../../../server/src/protocol/figures.ts';
import type { Interaction } from '../../../server/src/protocol/history.ts';
import { type Finding, findingSchema } from '../../../server/src/protocol/panel-overview.ts';
import type { AnalysisReport } from '../../../server/src/protocol/report.ts';
import { interaction, SECOND, step } from './support.ts';

function words(
  log: readonly Interaction[],
  options: AnalyseOptions = {},
): { findings: Finding[]; headline: string; report: AnalysisReport } {
  const store = createStore();
  for (const one of log) store.add(one);
  const report = analyse(store, options);
  const findings = findingSchema.array().parse(rankFindings(report, store, options));
  return { findings, headline: headline(report), report };
}

const visit = (id: string, nodeId: string, seconds: number, nodeName: string | null = null): Interaction =>
  interaction(id, step(nodeId, 0, seconds, { nodeType: 'ROUTING', nodeName }));

describe('lengths in words', () => {
  it.each([
    [null, '–'],
    [0, '0 s'],
    [0.0001, '< 1 ms'],
    [0.25, '250 ms'],
    [1, '1 s'],
    [14.2, '14.2 s'],
    [14.24, '14.2 s'],
    [59.94, '59.9 s'],
    [59.96, '1 min'],
    [60, '1 min'],
    [125, '2 min 5 s'],
    [3_599.7, '1 h'],
    [3_600, '1 h'],
    [4_320, '1 h 12 min'],
    [86_399, '1 d'],
    [273_600, '3 d 4 h'],
  ])('%s is %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

describe('findings', () => {
  it('count two records of one id that contradict each other as two interactions', () => {
    const { findings, report } = words([visit('a', 'X', 20), visit('a', 'X', 30)]);
    expect(findings.map(({ interactions }) => interactions)).toEqual([2]);
    expect(report.ruleFindings[0]).toMatchObject({ rule: 'threshold', interactions: 2 });
  });

  // 30 visits of "priority", 10 of them at 25 s, the others at 1 s; one of "menu" at 40 s. Threshold 15 s.
  // Above it: priority 10 · 10 = 100 s, menu 25 s: 80 % and 20 %.
  const log = [
    ...Array.from({ length: 30 }, (_, i) => visit(`p${i}`, 'priority', i < 10 ? 25 : 1, 'Priority routing')),
    visit('m', 'menu', 40),
  ];

  it('are ranked by their share of all time above the threshold', () => {
    const { findings } = words(log);
    expect(findings.map(({ nodeId, excessShare }) => [nodeId, excessShare])).toEqual([
      ['priority', 0.8],
      ['menu', 0.2],
    ]);
    expect(findings[0]).toMatchObject({
      nodeName: 'Priority routing',
      nodeType: 'ROUTING',
      count: 10,
      interactions: 10,
      visits: 30,
      p95: 25,
      max: 25,
      threshold: 15,
      text: 'Priority routing held 10 interactions for 25 s at p95; 80 % of all time above threshold',
    });
  });

  it('warn where few visits stand behind them', () => {
    expect(words(log).findings[1]?.text).toBe(
      'menu held 1 interaction for up to 40 s; 20 % of all time above threshold; only 1 timed visit, too few to tell what is usual',
    );
  });

  it('do not speak of a p95 that lies below the threshold', () => {
    const rare = Array.from({ length: 100 }, (_, i) => visit(`i${i}`, 'n', i === 0 ? 75 : 2));
    expect(words(rare).findings[0]?.text).toBe(
      'n held 1 interaction for up to 1 min 15 s in 1 of 100 visits; 100 % of all time above threshold',
    );
  });

  it('name at most ten examples, the slowest first', () => {
    const many = Array.from({ length: 30 }, (_, i) => visit(`i${i}`, 'n', 20 + i));
    const examples = words(many).findings[0]?.examples ?? [];
    expect(examples).toHaveLength(10);
    expect(examples[0]).toEqual({ interactionId: 'i29', sequence: 0, dwell: 49 });
    expect(examples.map(({ dwell }) => dwell)).toEqual([49, 48, 47, 46, 45, 44, 43, 42, 41, 40]);
  });

  it('count an interaction once, however often it is held', () => {
    const loop = interaction(
      'i',
      step('n', 0, 20, { nodeType: 'ROUTING' }),
      step('n', 20, 50, { nodeType: 'ROUTING' }),
    );
    expect(words([loop]).findings[0]).toMatchObject({ count: 2, interactions: 1, visits: 2 });
  });

  it('are complete even where the report is cut, and follow the same options', () => {
    const { findings, report } = words(log, { top: 1 });
    expect(report.bottlenecks).toHaveLength(1);
    expect(findings.map(({ count }) => count)).toEqual([10, 1]);
    expect(words(log, { thresholdMicros: 30 * SECOND }).findings.map(({ nodeId }) => nodeId)).toEqual([
      'menu',
    ]);
    expect(words(log, { types: [] }).findings).toEqual([]);
  });
});

describe('the headline', () => {
  it('says what is there', () => {
    const slow = [visit('a', 'n', 20), visit('b', 'n', 30), visit('c', 'm', 16), visit('d', 'm', 1)];
    // Above: n 5 + 15, m 1.
    expect(words(slow).headline).toBe(
      '3 bottlenecks in 4 interactions, above all at n (95 % of the time above threshold).',
    );
    expect(words([visit('a', 'n', 20)]).headline).toBe('1 bottleneck in 1 interaction, all at n.');
    expect(words([visit('a', 'n', 1)]).headline).toBe('No bottlenecks in 1 interaction.');
    expect(words([]).headline).toBe('No interactions.');
  });

  it('names the first finding, whatever else there is to tell', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom(...'abcdefgh'), fc.nat(90), fc.nat(40), fc.boolean()), {
      minLength: 1,
      maxLength: 12,
    });
    const logs = fc.array(steps, { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(logs, (drawn) => {
        const log = drawn.map((visits, i) => {
          let at = i * 4_000;
          return interaction(
            `i${i}`,
            ...visits.map(([nodeId, wait, length, errorState]) => {
              const start = at + wait;
              at = start + length;
              return step(nodeId, start, at, { nodeType: 'ROUTING', errorState });
            }),
          );
        });
        const found = words(log);
        const [first] = found.findings;
        if (first === undefined) expect(found.headline).toMatch(/^No bottlenecks/);
        else if (found.findings.length === 1) expect(found.headline).toContain(`, all at ${first.nodeId}`);
        else
          expect(found.headline).toContain(`, above all at ${first.nodeId} (${percent(first.excessShare)}`);
      }),
      { numRuns: 200 },
    );
  });

  it('names errors, open interactions and unread records', () => {
    const store = createStore();
    store.addRejected({ index: 0, reason: 'no id', raw: null });
    expect(headline(analyse(store))).toBe('No interactions; 1 record could not be read.');
    store.add(interaction('a', step('x', 0, null)));
    store.add(interaction('b', step('x', 0, 1, { errorState: true })));
    expect(headline(analyse(store))).toBe(
      'No bottlenecks in 2 interactions; 1 step with an error; 1 interaction still open; 1 record could not be read.',
    );
  });

  it('groups thousands', () => {
    const report = { ...words([]).report, interactions: 1_204 };
    expect(headline(report)).toBe('No bottlenecks in 1,204 interactions.');
  });
});

describe('the threshold rule', () => {
  it('gives the threshold of a node, or null where it does not look', () => {
    const rule = createThresholdRule({
      typeThresholds: new Map([['ROUTING', 7]]),
      nodeThresholds: new Map([['r', 5]]),
    });
    expect(rule('r', 'ROUTING')).toBe(5);
    expect(rule('q', 'ROUTING')).toBe(7);
    expect(rule('q', 'DECISION')).toBe(15 * SECOND);
    expect(rule('q', 'AGENT')).toBeNull();
    expect(rule('q', null)).toBeNull();
  });

  it('looks at steps without a type where these are among its types', () => {
    const rule = createThresholdRule({ types: [UNTYPED], nodeThresholds: new Map([['r', 5]]) });
    expect(rule('r', null)).toBe(5);
    expect(rule('q', null)).toBe(15 * SECOND);
    expect(rule('q', 'DECISION')).toBeNull();
  });
});
