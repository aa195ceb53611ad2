import { describe, expect, it } from 'vitest';
import { decisionsText } from '../../../server/src/commands/decisions-text.ts';
import type { AnalysisReport, DecisionReport } from '../../../server/src/protocol/report.ts';
import { interaction, report, step } from '../analysis/support.ts';
import { plainIo as io } from './support.ts';

/** Routings that go by the tier, but for every tenth, with a number that says nothing. */
function routed(): AnalysisReport {
  return report(
    Array.from({ length: 300 }, (_, i) => {
      const gold = i % 3 === 0;
      const variablesBefore = { customer: { tier: gold ? 'gold' : 'basic' }, waited: (i * 7_919) % 1_000 };
      const next = gold === (i % 10 !== 1) ? 'agent' : 'bot';
      return interaction(
        `i${i}`,
        step('route', i * 10, i * 10 + 1, { nodeType: 'ROUTING', variablesBefore }),
        step(next, i * 10 + 1, i * 10 + 2),
      );
    }),
  );
}

/** The report with its first decision changed. */
function changed(found: AnalysisReport, more: Partial<DecisionReport>): AnalysisReport {
  const [first, ...rest] = found.decisions;
  return first === undefined ? found : { ...found, decisions: [{ ...first, ...more }, ...rest] };
}

const rule = (accuracy: number, text = 'if a: x (90 % of 9)'): Partial<DecisionReport> => ({
  rule: { text, accuracy, baseline: 0.6, sampled: null, exceptionCount: 0, exceptions: [] },
});

describe('decisions as text', () => {
  it('say where a node leads, what that goes with, and the rule beside guessing', () => {
    const text = decisionsText(io, routed()).replaceAll(/\s+/g, ' ');
    expect(text).toContain('Decisions route, 300 visits bot 63 % (58–69 %), agent 37 % (31–42 %)');
    expect(text).toMatch(/goes with before\.customer\.tier: 0\.\d\d of 0\.95 bits, q < 0\.001; /);
    expect(text).toMatch(
      /right for 90 % of visits that it was not made from; the commonest outcome alone would be for 63 %: if before\.customer\.tier = 'gold': agent/,
    );
  });

  it('leave out a rule that does no better than guessing', () => {
    const found = routed();
    expect(decisionsText(io, changed(found, rule(0.61)))).toContain('      if a: x (90 % of 9)\n');
    expect(decisionsText(io, changed(found, rule(0.6)))).not.toContain('if a');
    expect(decisionsText(io, changed(found, { rule: null }))).not.toContain('a rule');
  });

  it('cut a long rule', () => {
    const text = Array.from({ length: 12 }, (_, i) => `line ${i} ${'x'.repeat(200)}`).join('\n');
    const lines = decisionsText(io, changed(routed(), rule(0.9, text))).split('\n');
    expect(lines.filter((line) => /^ {6}line \d+ x+…$/.test(line))).toHaveLength(8);
    expect(lines).toContain('      4 further lines');
  });

  it('say nothing where no variable tells the outcomes apart', () => {
    const found = routed();
    const drivers = found.decisions[0]?.drivers.map((driver) => ({ ...driver, q: 0.05 })) ?? [];
    expect(drivers.length).toBeGreaterThan(0);
    expect(decisionsText(io, changed(found, { drivers }))).toBe('');
    expect(decisionsText(io, report([]))).toBe('');
  });
});
