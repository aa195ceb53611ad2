import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leftBy } from '../../../server/src/panel/left.ts';
import { timelineOf } from '../../../server/src/panel/timeline.ts';
import type { Interaction, Step } from '../../../server/src/protocol/history.ts';
import { formatInstant } from '../../../server/src/protocol/instant.ts';
import { ORDERS, type RequestOf } from '../../../server/src/protocol/panel-requests.ts';
import { type TimelineRow, timelineSchema } from '../../../server/src/protocol/panel-views.ts';
import { interaction, SECOND, step } from '../analysis/support.ts';
import {
  flagsOf,
  madeFilter,
  madeInteractions,
  type Plain,
  type PlainInteraction,
  type PlainLeft,
  plain,
  plainLeft,
} from './reference.ts';

const REQUEST: RequestOf<'timeline'> = {
  ...{ kind: 'timeline', filter: [], offset: 0, count: 500 },
  ...{ order: 'run', resolution: 0 },
};

const seconds = (micros: number | null): number | null => (micros === null ? null : micros / SECOND);

function plainRow({ name, derived, steps }: PlainInteraction, found: PlainLeft['found']): TimelineRow {
  return {
    interactionId: name,
    startTime: derived.start === null ? null : formatInstant(derived.start),
    duration: seconds(derived.duration),
    stepCount: steps.length,
    bottlenecks: steps.filter(({ bottleneck }) => bottleneck).length,
    errors: derived.errorCount,
    steps: steps.map((one) => {
      const at = one.start ?? one.end;
      return {
        sequence: one.sequence,
        nodeId: one.step.nodeId,
        nodeName: one.step.nodeName,
        nodeType: one.step.nodeType,
        start: at === null || derived.start === null ? null : seconds(at - derived.start),
        dwell: seconds(one.dwell),
        wait: seconds(one.wait),
        ...flagsOf(one),
        ...(found === undefined ? {} : { found: found.has(one) }),
      };
    }),
  };
}

const KEYS: Record<(typeof ORDERS)[number], (row: PlainInteraction) => number> = {
  run: () => 0,
  duration: ({ derived }) => -(derived.duration ?? -1),
  bottlenecks: ({ steps }) => -steps.filter(({ bottleneck }) => bottleneck).length,
  start: ({ derived }) => derived.start ?? Number.POSITIVE_INFINITY,
};

/** The latest that a step of it is known to reach. */
function reachOf({ steps }: PlainInteraction): number {
  return Math.max(
    ...steps.flatMap(({ start, end, dwell }) =>
      start === null ? (end ?? []) : Math.max(start, end ?? start + (dwell ?? 0)),
    ),
  );
}

/** Type 7 of R. */
function p90(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * 0.9;
  const [low = 0, high = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

/** The row of one interaction. */
function rowOf(one: Interaction, resolution = 0): TimelineRow {
  return rowIn(plain([one]), resolution);
}

function rowIn(run: Plain, resolution = 0): TimelineRow {
  const [row] = timelineOf(run.data, leftBy(run.data, []), { ...REQUEST, resolution }).rows;
  if (row === undefined) throw new Error('no row');
  return row;
}

/** Its bars stand for all steps of the interaction, one after the other. */
function expectWhole({ steps, stepCount }: TimelineRow): void {
  let next = 0;
  for (const bar of steps) {
    expect(bar.sequence).toBe(next);
    expect(bar.steps ?? 2).toBeGreaterThan(1);
    next += bar.steps ?? 1;
  }
  expect(next).toBe(stepCount);
}

describe('timeline', () => {
  it('is the interactions that stay, in each order, page by page', () => {
    fc.assert(
      fc.property(
        ...([
          madeInteractions,
          madeFilter,
          fc.constantFrom(...ORDERS),
          fc.integer({ min: 1, max: 5 }),
        ] as const),
        (made, filter, order, count) => {
          const run = plain(made);
          const left = leftBy(run.data, filter);
          const { kept, found } = plainLeft(run, filter);
          const staying = kept.flatMap((place) => run.interactions[place] ?? []);
          const expected = staying.toSorted((a, b) => KEYS[order](a) - KEYS[order](b));
          const rows: TimelineRow[] = [];
          for (let offset = 0; offset <= staying.length; offset += count) {
            const page = timelineSchema.parse(
              timelineOf(run.data, left, { ...REQUEST, filter, order, offset, count }),
            );
            expect(page.total).toBe(staying.length);
            rows.push(...page.rows);
            const starts = staying.flatMap(({ derived }) => derived.start ?? []);
            const ends = staying.map(reachOf).filter(Number.isFinite);
            expect([page.from, page.to]).toEqual(
              starts.length === 0
                ? [null, null]
                : [formatInstant(Math.min(...starts)), formatInstant(Math.max(...ends))],
            );
            const lengths = staying.map((one) => reachOf(one) - (one.derived.start ?? 0));
            expect(page.maxDuration).toBe(Math.max(0, ...lengths) / SECOND);
            const durations = staying.flatMap(({ derived }) => derived.duration ?? []);
            expect(page.typicalDuration).toBeCloseTo(p90(durations) / SECOND, 9);
          }
          expect(rows).toEqual(expected.map((one) => plainRow(one, found)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('turns to the page that has an interaction', () => {
    const run = plain(Array.from({ length: 10 }, (_, i) => interaction(`i${i}`, step('A', 0, 10 - i))));
    const left = leftBy(run.data, [{ kind: 'dwell', from: 3, to: null }]);
    const offsetOf = (at: string, order: (typeof ORDERS)[number]): number =>
      timelineOf(run.data, left, { ...REQUEST, offset: 1, count: 3, order, at }).offset;
    expect([
      offsetOf('i4', 'run'),
      offsetOf('i7', 'duration'),
      offsetOf('i9', 'run'),
      offsetOf('x', 'run'),
    ]).toEqual([3, 6, 1, 1]);
  });

  it('keeps every step and every mark, however coarse it is', () => {
    fc.assert(
      fc.property(
        madeInteractions,
        madeFilter,
        fc.integer({ min: 0, max: 60 }),
        (made, filter, resolution) => {
          const run = plain(made);
          const left = leftBy(run.data, filter);
          const { kept, found } = plainLeft(run, filter);
          const { rows } = timelineOf(run.data, left, { ...REQUEST, filter, resolution });
          for (const [place, row] of rows.entries()) {
            expectWhole(row);
            const all = run.interactions[kept[place] ?? -1];
            if (all === undefined) throw new Error('one too many');
            const single = plainRow(all, found).steps;
            for (const bar of row.steps) {
              const stood = single.slice(bar.sequence, bar.sequence + (bar.steps ?? 1));
              if (bar.steps === undefined) {
                expect(bar).toEqual(stood[0]);
                continue;
              }
              expect(bar.dwell ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(resolution);
              for (const one of stood) {
                expect([one.bottleneck, one.error, one.open]).toEqual([false, false, false]);
                expect([one.matching, one.found]).toEqual([bar.matching, bar.found]);
                const [from, to] = [
                  bar.start ?? Number.NaN,
                  (bar.start ?? Number.NaN) + (bar.dwell ?? Number.NaN),
                ];
                expect(one.start).toBeGreaterThanOrEqual(from);
                expect((one.start ?? 0) + (one.dwell ?? 0)).toBeLessThanOrEqual(to + 1e-9);
              }
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('puts short steps together and leaves what is marked by itself', () => {
    const row = rowOf(
      interaction(
        'i',
        ...[0, 1, 2, 3].map((at) => step('A', at, at + 1, { nodeType: 'TASK' })),
        step('B', 4, 5, { nodeType: 'TASK', errorState: true }),
        step('C', 5, 6, { nodeType: 'TASK' }),
        step('C', 6, 60, { nodeType: 'TASK' }),
      ),
      3,
    );
    // Every third one matches.
    expect(row.steps.map((bar) => [bar.nodeId, bar.sequence, bar.steps ?? 1, bar.start, bar.dwell])).toEqual([
      ['A', 0, 1, 0, 1],
      ['A', 1, 2, 1, 2],
      ['A', 3, 1, 3, 1],
      ['B', 4, 1, 4, 1],
      ['C', 5, 1, 5, 1],
      ['C', 6, 1, 6, 54],
    ]);
  });

  it('has a bounded number of bars for whatever number of steps, and loses no mark', () => {
    const shapes: Record<string, (i: number) => Step> = {
      plain: (i) => step('A', i, i + 1, { nodeType: 'TASK' }),
      marked: (i) => step('A', i, i + 1, { errorState: i % 2 === 1 }),
      untimed: () => step('A', null, null),
      same: () => step('A', 5, 5),
      parallel: (i) => step('A', i / 1_000, 100_000, { errorState: i % 3 > 0 }),
      lopsided: (i) => step('A', i === 4_999 ? 1e9 : i / 1e6, null, { errorState: i % 5 === 0 }),
    };
    for (const [name, shape] of Object.entries(shapes)) {
      const run = plain([interaction(name, ...Array.from({ length: 5_000 }, (_, i) => shape(i)))]);
      const row = rowIn(run);
      expectWhole(row);
      expect(row.steps.length, name).toBeLessThanOrEqual(600);
      const single = run.interactions.flatMap(({ steps }) => steps.map(flagsOf));
      for (const { sequence, steps = 1, bottleneck, error, matching, open } of row.steps) {
        const stood = single.slice(sequence, sequence + steps);
        expect({ bottleneck, error, matching, open }).toEqual({
          bottleneck: stood.some((one) => one.bottleneck),
          error: stood.some((one) => one.error),
          matching: stood.some((one) => one.matching),
          open: stood.some((one) => one.open),
        });
      }
    }
  });

  it('tells apart what few marks there are among many steps', () => {
    const row = rowOf(
      interaction(
        'i',
        ...Array.from({ length: 5_000 }, (_, i) =>
          step('A', i, i + 1, { nodeType: 'TASK', errorState: i % 500 === 7 }),
        ),
      ),
    );
    const errors = row.steps.filter(({ error }) => error);
    expect(errors.map(({ sequence, steps }) => [sequence, steps])).toEqual(
      Array.from({ length: 10 }, (_, k) => [500 * k + 7, undefined]),
    );
  });

  it('answers with so many bars in all, at about', () => {
    const run = plain(
      Array.from({ length: 200 }, (_, k) =>
        interaction(`i${k}`, ...Array.from({ length: 500 }, (__, i) => step('A', i, i + 1))),
      ),
    );
    const { rows } = timelineOf(run.data, leftBy(run.data, []), REQUEST);
    expect(rows).toHaveLength(200);
    expect(rows.reduce((sum, { steps }) => sum + steps.length, 0)).toBeLessThanOrEqual(30_000);
    for (const row of rows) expectWhole(row);
  });
});
