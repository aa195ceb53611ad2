import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketBorders, bucketLabel } from '../../../server/src/analysis/buckets.ts';
import type { AnalyseOptions } from '../../../server/src/analysis/index.ts';
import { randomNumbers } from '../../../server/src/analysis/statistics/samples.ts';
import type { Interaction, JsonObject } from '../../../server/src/protocol/history.ts';
import { formatInstant, parseInstant } from '../../../server/src/protocol/instant.ts';
import type { TrendReport } from '../../../server/src/protocol/report.ts';
import { interaction, report, step } from './support.ts';

const at = (text: string): number => parseInstant(text)?.micros ?? Number.NaN;
const seconds = (text: string): number => at(text) / 1_000_000;

function trendOf(interactions: readonly Interaction[], options: AnalyseOptions): TrendReport {
  const [first] = report(interactions, options).trends;
  if (first === undefined) throw new Error('no trend');
  return first;
}

function bordersOf(unit: 'HOUR' | 'DAY', from: string, to: string, timeZone: string): string[] {
  return Array.from(bucketBorders(unit, at(from), at(to), timeZone) ?? [], (border) =>
    formatInstant(border).replace('.000Z', 'Z'),
  );
}

describe('hours and days of a time zone', () => {
  it('days have 23 and 25 hours where the clocks change', () => {
    expect(bordersOf('DAY', '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z', 'Europe/Berlin')).toEqual([
      '2026-03-27T23:00:00Z',
      '2026-03-28T23:00:00Z',
      '2026-03-29T22:00:00Z',
      '2026-03-30T22:00:00Z',
    ]);
    const autumn = bordersOf('DAY', '2026-10-25T12:00:00Z', '2026-10-25T12:00:00Z', 'Europe/Berlin');
    expect(autumn).toEqual(['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z']);
  });

  it('the hour that comes twice is two buckets, told apart by their offset', () => {
    const borders = bucketBorders(
      'HOUR',
      at('2026-10-25T00:10:00Z'),
      at('2026-10-25T02:10:00Z'),
      'Europe/Berlin',
    );
    expect(Array.from(borders ?? [], (border) => bucketLabel('HOUR', border, 'Europe/Berlin'))).toEqual([
      '2026-10-25 02:00+02:00',
      '2026-10-25 02:00+01:00',
      '2026-10-25 03:00+01:00',
      '2026-10-25 04:00+01:00',
    ]);
  });

  it('hours begin on the hour of a zone that is off by half of one, and of one that changes by half of one', () => {
    expect(bordersOf('HOUR', '2026-11-20T10:10:00Z', '2026-11-20T10:40:00Z', 'Asia/Kolkata')).toEqual([
      '2026-11-20T09:30:00Z',
      '2026-11-20T10:30:00Z',
      '2026-11-20T11:30:00Z',
    ]);
    // Lord Howe Island goes from +11:00 to +10:30 at 15:00 UTC.
    expect(bordersOf('HOUR', '2026-04-04T14:10:00Z', '2026-04-04T15:40:00Z', 'Australia/Lord_Howe')).toEqual([
      '2026-04-04T14:00:00Z',
      '2026-04-04T15:00:00Z',
      '2026-04-04T15:30:00Z',
      '2026-04-04T16:30:00Z',
    ]);
  });

  it('cover every instant once, without a gap, in any zone', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/London',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
    );
    const instant = fc.integer({
      min: at('2000-01-01T00:00:00Z') / 1e6,
      max: at('2030-01-01T00:00:00Z') / 1e6,
    });
    fc.assert(
      fc.property(fc.constantFrom('HOUR' as const, 'DAY' as const), zones, instant, (unit, zone, start) => {
        const [from, to] = [start * 1e6, (start + 9 * 86_400) * 1e6];
        const borders = bucketBorders(unit, from, to, zone) ?? new Float64Array();
        expect(borders[0]).toBeLessThanOrEqual(from);
        expect(borders.at(-1)).toBeGreaterThan(to);
        expect(borders.at(-2)).toBeLessThanOrEqual(to);
        const most = (unit === 'HOUR' ? 1.5 : 25) * 3_600e6;
        for (let i = 1; i < borders.length; i += 1) {
          const length = (borders[i] ?? 0) - (borders[i - 1] ?? 0);
          expect(length).toBeGreaterThan(0);
          expect(length).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('too many are none', () => {
    expect(
      bucketBorders('HOUR', at('1970-01-01T00:00:00Z'), at('2026-01-01T00:00:00Z'), 'UTC'),
    ).toBeUndefined();
  });
});

describe('analyses by time', () => {
  const visits = (id: string, ...times: string[]): Interaction =>
    interaction(
      id,
      ...times.map((time, k) =>
        step(k % 2 === 0 ? 'A' : 'B', seconds(time), seconds(time) + 10 * (k + 1), {
          nodeType: 'ROUTING',
          errorState: k === 1,
        }),
      ),
    );

  it('has every hour of the window, empty ones too, and says which are part ones', () => {
    const trend = trendOf(
      [visits('a', '2026-11-20T08:10:00Z', '2026-11-20T08:50:00Z'), visits('b', '2026-11-20T10:05:00Z')],
      {
        grouped: [{ analysis: 'TREND', by: 'hour' }],
        window: { from: at('2026-11-20T07:30:00Z'), to: at('2026-11-20T11:00:00Z') },
      },
    );
    expect(trend).toMatchObject({
      analysis: 'TREND',
      by: 'HOUR',
      timeZone: 'UTC',
      tooMany: false,
      untimed: 0,
    });
    expect(
      trend.groups.map(({ label, partial, interactions, steps, errors, bottlenecks }) => [
        ...[label, partial, interactions, steps, errors, bottlenecks],
      ]),
    ).toEqual([
      ['2026-11-20 07:00', true, 0, 0, 0, 0],
      ['2026-11-20 08:00', false, 1, 2, 1, 1],
      ['2026-11-20 09:00', false, 0, 0, 0, 0],
      ['2026-11-20 10:00', false, 1, 1, 0, 0],
    ]);
    expect(trend.groups[1]?.dwell).toMatchObject({ n: 2, sum: 30 });
    expect(trend.groups[0]?.nodes).toBeUndefined();
  });

  it('NODES BY has the nodes of each bucket', () => {
    const trend = trendOf([visits('a', '2026-11-20T08:10:00Z', '2026-11-20T23:50:00Z')], {
      grouped: [{ analysis: 'NODES', by: 'DAY' }],
      timeZone: 'Europe/Berlin',
    });
    expect(
      trend.groups.map(({ label, nodes }) => [
        label,
        nodes?.map((node) => [node.nodeId, node.visits, node.dwell.sum, node.errors, node.bottlenecks]),
      ]),
    ).toEqual([
      ['2026-11-20', [['A', 1, 10, 0, 0]]],
      ['2026-11-21', [['B', 1, 20, 1, 1]]],
    ]);
  });

  it('weekdays are those of the time zone, all seven', () => {
    // 23:30 UTC on a Sunday is Monday in Berlin.
    const trend = trendOf([visits('a', '2026-11-22T23:30:00Z')], {
      grouped: [{ analysis: 'NODES', by: 'WEEKDAY' }],
      timeZone: 'Europe/Berlin',
    });
    expect(trend.groups.map(({ label, steps }) => `${label} ${steps}`)).toEqual([
      'Monday 1',
      ...['Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map((day) => `${day} 0`),
    ]);
  });

  it('counts what has no time, and refuses a trend of half a century by the hour', () => {
    const untimed = interaction('a', step('A', null, null), step('B', 0, 1));
    expect(trendOf([untimed], { grouped: [{ analysis: 'TREND', by: 'DAY' }] })).toMatchObject({ untimed: 1 });
    const far = [visits('a', '1970-01-01T00:00:00Z', '2026-01-01T00:00:00Z')];
    expect(trendOf(far, { grouped: [{ analysis: 'TREND', by: 'HOUR' }] })).toMatchObject({
      tooMany: true,
      groups: [],
    });
    const weekdays = trendOf(far, { grouped: [{ analysis: 'NODES', by: 'WEEKDAY' }] });
    expect(weekdays.groups.filter(({ steps }) => steps > 0)).toHaveLength(1);
  });

  it('without being asked, it is by the hour for some days and by the day for more', () => {
    expect(trendOf([visits('a', '2026-11-20T08:00:00Z', '2026-11-21T08:00:00Z')], {}).by).toBe('HOUR');
    expect(trendOf([visits('a', '2026-11-01T08:00:00Z', '2026-11-21T08:00:00Z')], {}).by).toBe('DAY');
    expect(trendOf([], {}).groups).toEqual([]);
    // An instant of 0 is an instant.
    expect(trendOf([visits('a', '1970-01-01T00:00:00Z'), visits('b', '1990-01-01T00:00:00Z')], {}).by).toBe(
      'DAY',
    );
  });
});

describe('analyses by value', () => {
  const with_ = (id: string, variables: JsonObject | null, type: string): Interaction =>
    interaction(
      id,
      step('A', 0, 5, { nodeType: type, variablesBefore: variables, variablesAfter: { queue: 'later' } }),
    );

  it.each(['queue', 'before.queue'])('a variable before the step: %s', (by) => {
    const trend = trendOf(
      [
        with_('a', { queue: 'x' }, 'T'),
        with_('b', { queue: 'x' }, 'T'),
        with_('c', { queue: 3 }, 'T'),
        with_('d', {}, 'T'),
      ],
      { grouped: [{ analysis: 'TREND', by }] },
    );
    expect(trend.timeZone).toBeNull();
    expect(trend.groups.map(({ label, interactions }) => [label, interactions])).toEqual([
      ['x', 2],
      ['(absent)', 1],
      ['3', 1],
    ]);
  });

  it('a field of the step or of the interaction', () => {
    const trend = trendOf([with_('a', null, 'T'), with_('b', null, 'U'), with_('c', null, 'U')], {
      grouped: [{ analysis: 'NODES', by: 'nodeType' }],
    });
    expect(trend.groups.map(({ label, steps }) => [label, steps])).toEqual([
      ['U', 2],
      ['T', 1],
    ]);
    const workflows = trendOf([{ ...with_('a', null, 'T'), workflowId: 'w' }, with_('b', null, 'T')], {
      grouped: [{ analysis: 'TREND', by: 'workflowId' }],
    });
    expect(workflows.groups.map(({ label }) => label)).toEqual(['(absent)', 'w']);
  });

  it('the twenty commonest, and the others together', () => {
    const many = Array.from({ length: 30 }, (_, n) => with_(`i${n}`, { queue: `q${n < 22 ? n : 0}` }, 'T'));
    const { groups } = trendOf(many, { grouped: [{ analysis: 'TREND', by: 'queue' }] });
    expect(groups).toHaveLength(21);
    expect(groups[0]).toMatchObject({ label: 'q0', steps: 9 });
    expect(groups.at(-1)).toMatchObject({ label: '(other)', steps: 2 });
  });

  it('every step is in exactly one group', () => {
    const queue = fc.option(fc.constantFrom('a', 'b', 1, true, null), { nil: undefined });
    fc.assert(
      fc.property(fc.array(queue, { maxLength: 12 }), (queues) => {
        const given = queues.map((value, i) =>
          with_(`i${i}`, value === undefined ? {} : { queue: value }, 'T'),
        );
        const { groups } = trendOf(given, { grouped: [{ analysis: 'TREND', by: 'queue' }] });
        expect(groups.reduce((sum, { steps }) => sum + steps, 0)).toBe(given.length);
      }),
    );
  });
});

describe('since when a node takes longer', () => {
  /** Fifty visits an hour for ten hours; slower from the seventh on. */
  function series(factor: number, seed: number): Interaction[] {
    const random = randomNumbers(seed);
    const from = seconds('2026-11-20T08:00:00Z');
    return Array.from({ length: 500 }, (_, i) => {
      const start = from + i * 72;
      const dwell = -4 * Math.log(1 - random()) * (i >= 300 ? factor : 1);
      return interaction(
        `i${i}`,
        step('A', start, start + dwell),
        step('B', start + 500, start + 500 - 2 * Math.log(1 - random())),
      );
    });
  }

  it('names the hour, and what it was before and after', () => {
    const { changePoints } = trendOf(series(3, 1), { grouped: [{ analysis: 'TREND', by: 'HOUR' }] });
    expect(changePoints).toHaveLength(1);
    const [found] = changePoints;
    expect(found).toMatchObject({
      nodeId: 'A',
      since: '2026-11-20T14:00:00.000Z',
      label: '2026-11-20 14:00',
    });
    expect(found?.before.n).toBe(300);
    expect(found?.after.n).toBe(200);
    expect((found?.after.median ?? 0) / (found?.before.median ?? 1)).toBeGreaterThan(2);
    expect(found?.p).toBeLessThan(0.01);
  });

  it('is not disturbed by visits without a dwell', () => {
    const given = series(3, 1);
    const broken = given.flatMap((one, i) => {
      const start = (one.steps[0]?.startTime ?? 0) / 1e6;
      // An end before the start.
      return i % 3 === 0 ? [one, interaction(`x${i}`, step('A', start, start - 5))] : [one];
    });
    const of = (some: readonly Interaction[]) =>
      trendOf(some, { grouped: [{ analysis: 'TREND', by: 'HOUR' }] }).changePoints;
    expect(of(broken)).toEqual(of(given));
  });

  it('finds nothing where nothing changed', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      expect(trendOf(series(1, seed), { grouped: [{ analysis: 'TREND', by: 'HOUR' }] }).changePoints).toEqual(
        [],
      );
    }
  });

  it('needs twenty visits on either side', () => {
    const few = series(50, 1).slice(281, 319);
    expect(trendOf(few, { grouped: [{ analysis: 'TREND', by: 'HOUR' }] }).changePoints).toEqual([]);
    expect(
      trendOf(series(50, 1).slice(280, 320), { grouped: [{ analysis: 'TREND', by: 'HOUR' }] }).changePoints,
    ).toHaveLength(1);
  });

  it('medians and p are those of the two sides, worked out apart', async () => {
    const { rankSum } = await import('../../../server/src/analysis/statistics/samples.ts');
    const given = series(3, 7);
    const [found] = trendOf(given, { grouped: [{ analysis: 'TREND', by: 'HOUR' }] }).changePoints;
    const dwells = given.map(({ steps: [first] }) => ((first?.endTime ?? 0) - (first?.startTime ?? 0)) / 1e6);
    const sides = [dwells.slice(0, found?.before.n), dwells.slice(found?.before.n)].map((side) =>
      Float64Array.from(side).sort(),
    );
    const [a = new Float64Array(), b = new Float64Array()] = sides;
    const median = (of: Float64Array): number =>
      ((of[Math.floor((of.length - 1) / 2)] ?? 0) + (of[Math.ceil((of.length - 1) / 2)] ?? 0)) / 2;
    expect(found?.before.median).toBeCloseTo(median(a), 5);
    expect(found?.after.median).toBeCloseTo(median(b), 5);
    // Nine splits between ten hours, two nodes.
    expect(found?.p).toBeCloseTo(Math.min(1, rankSum(a, b) * 9 * 2), 12);
  });
});
