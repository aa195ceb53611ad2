import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../../server/src/analysis/statistics/samples.ts';
import { matchesVariable } from '../../../server/src/analysis/variables.ts';
import type { Interaction, JsonObject, JsonValue } from '../../../server/src/protocol/history.ts';
import type { DecisionReport } from '../../../server/src/protocol/report.ts';
import { interaction, report, step } from './support.ts';

/** A decision node D with these variables before it, that then goes to a node. */
function decided(id: string, variables: JsonObject, to: string): Interaction {
  return interaction(
    id,
    step('D', 0, 1, {
      nodeType: 'DECISION',
      variablesBefore: variables,
      variablesAfter: { ...variables, leak: to },
    }),
    step(to, 2, 3, { variablesBefore: { leak: to }, variablesAfter: {} }),
  );
}

function decisionOf(interactions: readonly Interaction[], driversOn?: readonly string[]): DecisionReport {
  const { decisions } = report(interactions, driversOn === undefined ? {} : { driversOn });
  const found = decisions.find(({ nodeId }) => nodeId === 'D');
  if (found === undefined) throw new Error('D is no decision point');
  return found;
}

/** Gain by the definition, written down without any cleverness. */
function gainOf(rows: readonly { readonly value: JsonValue | undefined; readonly to: string }[]): {
  gain: number;
  gainRatio: number;
  threshold: number | null;
} {
  const bits = (of: readonly string[]): number => {
    let sum = 0;
    for (const one of new Set(of)) {
      const share = of.filter((other) => other === one).length / of.length;
      sum -= share * Math.log2(share);
    }
    return sum;
  };
  const conditional = (keyOf: (value: JsonValue | undefined) => string, of: typeof rows): number => {
    let rest = 0;
    for (const key of new Set(of.map(({ value }) => keyOf(value)))) {
      const group = of.filter(({ value }) => keyOf(value) === key);
      rest += (group.length / of.length) * bits(group.map(({ to }) => to));
    }
    return bits(of.map(({ to }) => to)) - rest;
  };
  const known = rows.filter(({ value }) => value !== undefined);
  const numbers = known.flatMap(({ value }) => (typeof value === 'number' ? [value] : []));
  const distinct = [...new Set(numbers)].sort((a, b) => a - b);
  if (numbers.length < known.length || distinct.length < 2) {
    const keyOf = (value: JsonValue | undefined): string => JSON.stringify(value) ?? 'absent';
    const gain = conditional(keyOf, rows);
    const split = bits(rows.map(({ value }) => keyOf(value)));
    return { gain, gainRatio: split > 0 ? gain / split : 0, threshold: null };
  }
  let best = { gain: 0, threshold: Number.NaN };
  for (const [i, low] of distinct.slice(0, -1).entries()) {
    const threshold = (low + (distinct[i + 1] ?? 0)) / 2;
    const gain = conditional((value) => String(Number(value) <= threshold), known);
    if (gain > best.gain + 1e-12) best = { gain, threshold };
  }
  const branches = rows.map(({ value }) =>
    value === undefined ? 'absent' : String(Number(value) <= best.threshold),
  );
  const gain = best.gain * (known.length / rows.length);
  return { gain, gainRatio: gain > 0 ? gain / bits(branches) : 0, threshold: best.threshold };
}

describe('drivers of decisions', () => {
  it('have the gain of the definition, whatever the values', () => {
    const value = fc.option(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('a', 'b', 'c')), {
      nil: undefined,
    });
    const number = fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined });
    const row = fc.record({ x: value, y: number, to: fc.constantFrom('A', 'B', 'C') });
    fc.assert(
      fc.property(fc.array(row, { minLength: 4, maxLength: 30 }), (rows) => {
        if (new Set(rows.map(({ to }) => to)).size < 2) return;
        const given = rows.map(({ x, y, to }, i) =>
          decided(`i${i}`, { ...(x === undefined ? {} : { x }), ...(y === undefined ? {} : { y }) }, to),
        );
        const { drivers } = decisionOf(given, ['x', 'y']);
        for (const name of ['x', 'y'] as const) {
          const expected = gainOf(rows.map((one) => ({ value: one[name], to: one.to })));
          const found = drivers.find(({ variable }) => variable === name);
          expect(found?.gain ?? 0).toBeCloseTo(expected.gain, 9);
          if (found === undefined) continue;
          expect(found.gainRatio).toBeCloseTo(expected.gainRatio, 9);
          if (expected.threshold !== null) expect(found.threshold).toBe(expected.threshold);
        }
      }),
    );
  });

  it('put what decides first, never what comes after it, nor what has many values', () => {
    const random = randomNumbers(1);
    const given = Array.from({ length: 300 }, (_, i) => {
      const waited = Math.round(random() * 100);
      const to = waited > 60 ? 'Callback' : 'Agent';
      return decided(`i${i}`, { waited, caller: `+44${i}`, colour: random() < 0.5 ? 'red' : 'blue' }, to);
    });
    const { drivers, rule, sampled } = decisionOf(given);
    expect(drivers[0]).toMatchObject({ variable: 'waited', kind: 'numeric', threshold: 60.5 });
    expect(drivers[0]?.q).toBeLessThan(0.01);
    expect(drivers.map(({ variable }) => variable)).not.toContain('leak');
    expect(rule).toMatchObject({ accuracy: expect.any(Number), exceptionCount: 0, exceptions: [] });
    expect(rule?.accuracy).toBeGreaterThan(0.97);
    expect(rule?.text).toMatch(
      /^if before\.waited <= 60\.5: Agent \(100 % of \d+\)\nelse: Callback \(100 % of \d+\)$/,
    );
    expect(sampled).toBeNull();
  });

  it('of chance alone are not significant, and there is no rule', () => {
    const random = randomNumbers(2);
    const given = Array.from({ length: 200 }, (_, i) =>
      decided(
        `i${i}`,
        { waited: random(), colour: random() < 0.5 ? 'red' : 'blue' },
        random() < 0.5 ? 'A' : 'B',
      ),
    );
    const { drivers, rule } = decisionOf(given, ['waited', 'colour']);
    expect(drivers).toHaveLength(2);
    for (const { q } of drivers) expect(q).toBeGreaterThan(0.05);
    expect(rule).toBeNull();
  });

  it('of many values and few visits each are not significant, nor is a rule of many tries', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const random = randomNumbers(seed);
      const given = Array.from({ length: 600 }, (_, i) => {
        const noise = Object.fromEntries(Array.from({ length: 10 }, (_n, v) => [`v${v}`, random()]));
        return decided(
          `i${i}`,
          { ...noise, agent: `a${Math.floor(random() * 300)}` },
          random() < 0.5 ? 'A' : 'B',
        );
      });
      const { drivers, rule } = decisionOf(given, ['*']);
      // By the G-test it would be some 1e-8: of five draws one may well be below 0.05.
      expect(drivers.find(({ variable }) => variable === 'agent')?.q).toBeGreaterThan(0.01);
      expect(rule).toBeNull();
    }
  });

  it('a null among numbers is no value, and rules say IS NULL', () => {
    const given = Array.from({ length: 300 }, (_, i) => {
      const balance = i % 10 === 0 ? null : 249.04 + (i % 30) / 100;
      return decided(`i${i}`, { balance }, balance === null ? 'None' : balance <= 249.2 ? 'Low' : 'High');
    });
    const { drivers, rule } = decisionOf(given);
    expect(drivers[0]).toMatchObject({ variable: 'balance', kind: 'numeric' });
    expect(rule?.text).toMatch(/before\.balance <= 249\.205: Low/);
    const categories = decisionOf(
      Array.from({ length: 100 }, (_, i) =>
        decided(`i${i}`, { tier: i % 2 === 0 ? null : 'x' }, i % 2 === 0 ? 'A' : 'B'),
      ),
    );
    expect(categories.rule?.text).toContain('before.tier IS NULL: A');
  });

  it('visits of one interaction are no independent observations', () => {
    // Six interactions, fifty visits each: by visits this would be certain, by interactions it is not.
    const given = Array.from({ length: 6 }, (_, i) => {
      const variables = { waited: i };
      const to = i < 3 ? 'A' : 'B';
      const steps = Array.from({ length: 50 }, (_visit, k) => [
        step('D', k * 4, k * 4 + 1, {
          nodeType: 'DECISION',
          variablesBefore: variables,
          variablesAfter: variables,
        }),
        step(to, k * 4 + 2, k * 4 + 3, { variablesBefore: variables, variablesAfter: variables }),
      ]);
      return interaction(`i${i}`, ...steps.flat());
    });
    expect(decisionOf(given).drivers[0]?.p).toBeGreaterThan(0.05);
  });

  it('rules name their conditions as CXQ does, and who does not follow them', () => {
    const given = Array.from({ length: 120 }, (_, i) => {
      const vip = i % 3 === 0;
      const order = { 'customer tier': vip ? "it's gold" : 'plain' };
      return decided(`i${i}`, vip && i === 60 ? { order } : { order }, vip && i !== 60 ? 'Fast' : 'Slow');
    });
    const { rule } = decisionOf(given);
    expect(rule?.text).toBe(
      "if before.order['customer tier'] = 'it''s gold': Fast (98 % of 40)\nelse: Slow (100 % of 80)",
    );
    expect(rule?.exceptionCount).toBe(1);
    expect(rule?.exceptions).toEqual([
      { interactionId: 'i60', sequence: 0, expected: 'Fast', actual: 'Slow' },
    ]);
    expect(rule?.baseline).toBeCloseTo(81 / 120, 9);
  });

  it('rules nest, and say what holds where a variable is absent', () => {
    const given = Array.from({ length: 400 }, (_, i) => {
      const [queue, waited] = [i % 2 === 0 ? 'a' : undefined, i % 10];
      const to = queue === undefined ? 'None' : waited <= 4 ? 'Short' : 'Long';
      return decided(`i${i}`, { ...(queue === undefined ? {} : { queue }), waited }, to);
    });
    const { rule } = decisionOf(given);
    expect(rule?.accuracy).toBe(1);
    expect(rule?.text).toBe(
      'if before.queue IS NULL: None (100 % of 200)\nelse if before.waited <= 5: Short (100 % of 120)\nelse: Long (100 % of 80)',
    );
  });

  it('the order of the interactions changes nothing for up to 20,000 visits', () => {
    const random = randomNumbers(4);
    const given = Array.from({ length: 150 }, (_, i) =>
      decided(`i${i}`, { x: Math.round(random() * 9), y: i % 4 === 0 ? 'p' : 'q' }, i % 4 === 0 ? 'A' : 'B'),
    );
    const [one, other] = [decisionOf(given, ['x', 'y']), decisionOf(given.toReversed(), ['x', 'y'])];
    expect(other.drivers.map(({ variable }) => variable)).toEqual(
      one.drivers.map(({ variable }) => variable),
    );
    expect(other.drivers[0]?.gain).toBeCloseTo(one.drivers[0]?.gain ?? Number.NaN, 12);
    expect(other.rule?.text).toBe(one.rule?.text);
  });

  it('of far too many visits are those of a seeded sample, and the report says so', () => {
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, v) => [`v${v}`, 0]));
    const given = Array.from({ length: 12_000 }, (_, i) =>
      decided(`i${i}`, { ...(i < 2 ? wide : {}), side: i % 2 === 0 ? 'l' : 'r' }, i % 2 === 0 ? 'L' : 'R'),
    );
    const { drivers, sampled, visits } = decisionOf(given);
    expect(visits).toBe(12_000);
    expect(sampled).toBeGreaterThan(8_000);
    expect(sampled).toBeLessThan(12_000);
    expect(drivers[0]?.variable).toBe('side');
  });
});

describe('names of variables', () => {
  it('choose by pattern', () => {
    expect(matchesVariable([])('anything')).toBe(true);
    expect(matchesVariable(['q*'])('queue')).toBe(true);
    expect(matchesVariable(['q*'])('priority')).toBe(false);
  });
});
