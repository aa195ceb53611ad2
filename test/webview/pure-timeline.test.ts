/** Where things are on the timeline: arithmetic that needs no browser. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scrollbarOf } from '../../client/webview/list.ts';
import { barAt, barOf, entryOf, layoutBars, type TimelineStep } from '../../client/webview/timeline/bars.ts';
import { createSlots } from '../../client/webview/timeline/slots.ts';
import { createTimelineSource, PAGE } from '../../client/webview/timeline/source.ts';
import {
  clockTicks,
  offsetLabel,
  offsetOf,
  offsetTicks,
  shareTicks,
  tickStep,
} from '../../client/webview/timeline/ticks.ts';
import { idleOf, lineOf, lineOfRow } from '../../client/webview/timeline/time.ts';
import {
  factorOf,
  leftMost,
  resolutionOf,
  scaleOf,
  type Zoom,
  zoomed,
  zoomedBy,
  zoomFor,
} from '../../client/webview/timeline/zoom.ts';
import type { TimelineRow } from '../../server/src/protocol/panel-views.ts';

const step = (
  sequence: number,
  start: number | null,
  dwell: number | null,
  more: Partial<TimelineStep> = {},
): TimelineStep => ({
  ...{ sequence, nodeId: `n${sequence}`, nodeName: null, nodeType: null, start, dwell, wait: null },
  ...{ bottleneck: false, error: false, matching: false, open: false },
  ...more,
});

const rowOf = (steps: TimelineStep[], more: Partial<TimelineRow> = {}): TimelineRow => {
  const duration = Math.max(0, ...steps.map(({ start, dwell }) => (start ?? 0) + (dwell ?? 0)));
  return {
    ...{ interactionId: 'a', startTime: '2025-03-10T08:00:00Z', duration, stepCount: steps.length },
    ...{ bottlenecks: 0, errors: 0, steps },
    ...more,
  };
};

const times = (scale: number) => (seconds: number) => seconds * scale;

describe('bars', () => {
  it('puts each step at its time, with a width that can be seen and hit', () => {
    const bars = layoutBars(
      [step(0, 0, 2), step(1, 2, 0.01), step(2, 5, null, { open: true, wait: 2.9 }), step(3, 9, null)],
      times(10),
    );
    expect(bars.map(({ left, shape, waitFrom }) => [left, shape, waitFrom])).toEqual([
      [0, 'span', undefined],
      [20, 'span', undefined],
      [50, 'open', 21],
      [90, 'point', undefined],
    ]);
    expect(bars[0]?.width).toBe(20);
    expect(bars[1]?.width).toBeGreaterThanOrEqual(4);
  });

  it('gives steps without times a place after the step before', () => {
    const bars = layoutBars([step(0, null, null), step(1, 3, 1), step(2, null, null)], times(10));
    expect(bars.map(({ shape }) => shape)).toEqual(['untimed', 'span', 'untimed']);
    expect(bars[2]?.left).toBeGreaterThanOrEqual(40);
  });

  it('never loses a step in a crowd, never hides a remarkable one, and finds each again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ dwell: fc.double({ min: 0, max: 5, noNaN: true }), bottleneck: fc.boolean() }), {
          minLength: 1,
          maxLength: 300,
        }),
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        (made, scale) => {
          let time = 0;
          const steps = made.map(({ dwell, bottleneck }, at) => {
            const placed = step(at, time, dwell, { bottleneck });
            time += dwell;
            return placed;
          });
          const bars = layoutBars(steps, times(scale));
          expect(bars.reduce((sum, bar) => sum + bar.steps, 0)).toBe(steps.length);
          for (const { bottleneck, sequence } of steps) {
            const bar = barOf(bars, sequence);
            expect(bar !== undefined && sequence >= bar.step.sequence).toBe(true);
            expect(sequence).toBeLessThan((bar?.step.sequence ?? 0) + (bar?.steps ?? 0));
            if (bottleneck) expect([bar?.step.sequence, bar?.steps]).toEqual([sequence, 1]);
            expect(entryOf(steps, sequence)?.sequence).toBe(sequence);
          }
        },
      ),
      { seed: 11, numRuns: 150 },
    );
  });

  it('is hit where it is drawn, the remarkable one before its neighbours, and not from afar', () => {
    const bars = layoutBars(
      [step(0, 0, 5), step(1, 5, 0.1, { bottleneck: true }), step(2, 5.2, 5)],
      times(10),
    );
    expect(barAt(bars, 20, 3)?.step.sequence).toBe(0);
    expect(barAt(bars, 52, 3)?.step.sequence).toBe(1);
    expect(barAt(bars, 80, 3)?.step.sequence).toBe(2);
    expect(barAt(bars, 102 + 2, 3)?.step.sequence).toBe(2);
    expect(barAt(bars, 102 + 9, 3)).toBeUndefined();
  });
});

describe('time left out', () => {
  it('goes from seconds to the axis and back, and the axis tells what is left', () => {
    const line = lineOf(100, [
      { from: 10, to: 30 },
      { from: 50, to: 90 },
    ]);
    expect([0, 10, 20, 30, 50, 70, 90, 100].map((at) => line.at(at))).toEqual([
      0, 10, 10, 10, 30, 30, 30, 40,
    ]);
    expect([0, 5, 11, 31, 40].map((at) => line.seconds(at))).toEqual([0, 5, 31, 91, 100]);
    expect(line.length).toBe(40);
    expect(line.breaks).toEqual([
      { at: 10, length: 20 },
      { at: 30, length: 40 },
    ]);
  });

  it('never goes backwards, and returns what is not left out', () => {
    const made = fc.array(
      fc.tuple(
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        fc.double({ min: 0.01, max: 50, noNaN: true }),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(
        made,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2 }),
        (pairs, shares) => {
          let end = 0;
          const gaps = pairs.map(([before, length]) => {
            const gap = { from: end + before, to: end + before + length };
            end = gap.to;
            return gap;
          });
          const line = lineOf(end + 1, gaps);
          const seconds = shares.map((share) => share * (end + 1)).sort((a, b) => a - b);
          const places = seconds.map((at) => line.at(at));
          places.forEach((place, index) => {
            if (index > 0) expect(place).toBeGreaterThanOrEqual((places[index - 1] ?? 0) - 1e-9);
            const at = seconds[index] ?? 0;
            const isIdle = gaps.some(({ from, to }) => at > from - 1e-6 && at < to + 1e-6);
            if (!isIdle) expect(line.seconds(place)).toBeCloseTo(at, 6);
          });
        },
      ),
      { seed: 11, numRuns: 200 },
    );
  });

  it('is what is longer than a twentieth of what goes on; open steps go on', () => {
    const steps = [
      step(0, 0, 10),
      step(1, 10.4, 10),
      step(2, 60, 10),
      step(3, 90, null, { open: true }),
      step(4, 200, 5),
    ];
    expect(idleOf(rowOf(steps))).toEqual([
      { from: 20.4, to: 60 },
      { from: 70, to: 90 },
    ]);
    expect(idleOf(rowOf([step(0, 0, null), step(1, 50, null)]))).toEqual([]);
    expect(idleOf(rowOf([step(0, null, null)]))).toEqual([]);
  });

  it('lies on each axis where it is: from its start, in its own share, by the clock', () => {
    const row = rowOf([step(0, 0, 10), step(1, 90, 10)], { startTime: '2025-03-10T08:01:00Z' });
    const from = Date.parse('2025-03-10T08:00:00Z');
    const layout = { compressed: false, clock: lineOf(1_000, []), from };
    expect(lineOfRow(row, { ...layout, axis: 'aligned' }).at(90)).toBe(90);
    expect(lineOfRow(row, { ...layout, axis: 'own' }).at(90)).toBe(0.9);
    expect(lineOfRow(row, { ...layout, axis: 'clock' }).at(90)).toBe(150);
    expect(lineOfRow(row, { ...layout, axis: 'own', compressed: true }).at(90)).toBe(0.5);
    expect(lineOfRow(row, { ...layout, axis: 'aligned', compressed: true }).seconds(15)).toBe(95);
  });
});

describe('marks of the axis', () => {
  it('stand apart, and their steps are round', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-7, max: 1e6, noNaN: true }), (scale) => {
        const seconds = tickStep(scale, 84);
        expect(seconds * scale).toBeGreaterThanOrEqual(84 * 0.99);
        expect(seconds * scale).toBeLessThan(84 * 10.1);
      }),
      { seed: 11, numRuns: 500 },
    );
    expect([0.4, 3, 40, 100, 400, 4_000].map((apart) => tickStep(84 / apart, 84))).toEqual([
      0.5, 5, 60, 120, 600, 7_200,
    ]);
  });

  it('differ from each other at every zoom, from microseconds to months', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -7, max: 6, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (power, share) => {
          const scale = 10 ** power;
          const from = share * Math.min(8_000_000, 1e9 / scale);
          const ticks = offsetTicks(scale, from, from + 1_000 / scale);
          expect(ticks.length).toBeGreaterThan(0);
          expect(ticks.length).toBeLessThan(16);
          expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
        },
      ),
      { seed: 11, numRuns: 400 },
    );
    expect(offsetLabel(0.000_25, 0.000_05)).toBe('+250 µs');
    expect(offsetLabel(0.001_5, 0.000_5)).toBe('+1.5 ms');
    expect(offsetLabel(3_661.5, 0.5)).toBe('+1 h 1 min 1.5 s');
    expect(offsetLabel(90, 30)).toBe('+1 min 30 s');
    expect(
      shareTicks(1_000, 0, 1)
        .map(({ label }) => label)
        .slice(0, 3),
    ).toEqual(['0 %', '10 %', '20 %']);
  });

  it('are round on the clock of the zone, with the day where it changes, over a change of the clock', () => {
    const from = Date.parse('2025-03-29T22:10:00Z');
    const ticks = clockTicks(lineOf(20_000, []), from, 0.05, 0, 20_000, offsetOf('Europe/Berlin'));
    expect(ticks.map(({ label }) => label)).toEqual(
      ['30 Mar 00:00', '01:00', '03:00', '04:00', '05:00'].slice(0, ticks.length),
    );
    expect(ticks.length).toBeGreaterThan(3);
    for (const { at } of ticks) expect((from / 1000 + at) % 3_600).toBeCloseTo(0, 6);
  });

  it('tell the year where it changes', () => {
    const from = Date.parse('2011-10-01T00:00:00Z');
    const length = 2 * 366 * 86_400;
    const labels = clockTicks(lineOf(length, []), from, 1_000 / length, 0, length, offsetOf('UTC')).map(
      ({ label }) => label,
    );
    expect(labels[0]).toMatch(/^\d+ [A-Z][a-z]{2} 2011$/);
    expect(labels.map((label) => /\d{4}$/.exec(label)?.[0]).filter(Boolean)).toEqual([
      '2011',
      '2012',
      '2013',
    ]);
  });

  it('go on after time left out with the time that it is then', () => {
    const from = Date.parse('2025-03-10T08:00:00Z');
    const line = lineOf(90_000, [{ from: 1_800, to: 87_000 }]);
    const labels = clockTicks(line, from, 0.3, 0, line.length, offsetOf('UTC')).map(({ label }) => label);
    expect(labels[0]).toMatch(/^10 Mar 08:/);
    expect(labels.at(-1)).toMatch(/^(11 Mar )?0[89]:/);
    expect(labels.some((label) => label.startsWith('11 Mar'))).toBe(true);
  });
});

describe('zoom', () => {
  const extent = { longest: 4_000, typical: 500, width: 1_000 };

  it('shows what is typical at first, and all where little would go on past the edge', () => {
    expect(scaleOf(1, extent)).toBe(2);
    expect(scaleOf('all', extent)).toBe(0.25);
    expect(scaleOf(1, { ...extent, typical: 3_000 })).toBe(0.25);
    expect(scaleOf(1, { ...extent, typical: 0 })).toBe(0.25);
    expect(scaleOf(1, { longest: 0, typical: 0, width: 1_000 })).toBe(0);
  });

  it('goes in and out by doubling, down to all of it', () => {
    const out = [zoomed(1, false, extent)];
    for (let at = 0; at < 4; at += 1) out.push(zoomed(out.at(-1) ?? 1, false, extent));
    expect(out.map((zoom) => factorOf(zoom, extent))).toEqual([0.5, 0.25, 0.125, 0.125, 0.125]);
    expect(zoomed(0.125, false, { ...extent, longest: 4_500 })).toBe('all');
    expect(zoomed(1, true, extent)).toBe(2);
    expect(scaleOf(zoomFor(10, extent), extent)).toBe(100);
    expect(zoomFor(1e9, extent)).toBe('all');
    expect(zoomedBy('all', 0.5, extent)).toBe('all');
  });

  it('reaches 128 times at least, and never leaves its limits', () => {
    const any = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e8, noNaN: true }));
    fc.assert(
      fc.property(
        any,
        any,
        fc.integer({ min: 120, max: 5_000 }),
        fc.array(fc.boolean()),
        (a, b, width, moves) => {
          const some = { longest: Math.max(a, b), typical: Math.min(a, b), width };
          let zoom: Zoom = 1;
          for (const into of moves) {
            const next: Zoom = zoomed(zoom, into, some);
            const [before, after] = [factorOf(zoom, some), factorOf(next, some)];
            if (into) expect(after).toBeGreaterThanOrEqual(before);
            else expect(after).toBeLessThanOrEqual(before);
            zoom = next;
          }
          const scale = scaleOf(zoom, some);
          if (some.longest > 0) {
            expect(scale * some.longest).toBeGreaterThanOrEqual(width * 0.999_999);
            expect(factorOf(128, some)).toBe(128);
          }
          expect(leftMost(some, scale)).toBeGreaterThanOrEqual(0);
          expect(leftMost(some, scale)).toBeLessThanOrEqual(some.longest);
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });

  it('asks for seconds a pixel rounded down to a power of two', () => {
    expect([0.3, 0.25, 5, 1_000, 0, Number.NaN].map(resolutionOf)).toEqual([0.25, 0.25, 4, 512, 0, 0]);
  });
});

describe('rows of the timeline', () => {
  const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
  const made = (offset: number, steps: number | undefined): TimelineRow[] =>
    Array.from({ length: PAGE }, (_, at) =>
      rowOf([step(0, 0, 1, steps === undefined ? {} : { steps })], { interactionId: String(offset + at) }),
    );

  it('are asked for once, and again only where several steps came as one and the zoom needs more', async () => {
    const asked: [number, number][] = [];
    let finest = 8;
    const source = createTimelineSource(
      async (offset, _count, resolution) => {
        asked.push([offset, resolution]);
        return { total: 1_000, offset, rows: made(offset, offset === 0 && resolution > 1 ? 3 : undefined) };
      },
      () => finest,
      () => undefined,
    );
    source.want(0, PAGE);
    await settled();
    source.want(0, PAGE);
    await settled();
    expect(asked).toEqual([
      [0, 8],
      [PAGE, 8],
    ]);
    finest = 1;
    source.want(0, PAGE);
    await settled();
    finest = 0.25;
    source.want(0, PAGE);
    await settled();
    expect(asked.slice(2)).toEqual([[0, 1]]);
    expect(source.row(PAGE + 3)?.interactionId).toBe(String(PAGE + 3));
  });

  it('stay until others come when they are asked for anew, and an old answer is not taken', async () => {
    const answers: ((name: string) => void)[] = [];
    const source = createTimelineSource(
      (offset) =>
        new Promise((resolve) => {
          answers.push((name) =>
            resolve({ total: 1, offset, rows: [rowOf([step(0, 0, 1)], { interactionId: name })] }),
          );
        }),
      () => 1,
      () => undefined,
    );
    source.want(0, 0);
    answers[0]?.('first');
    await settled();
    source.reset(true);
    expect(source.row(0)?.interactionId).toBe('first');
    source.want(0, 0);
    source.reset(true);
    source.want(0, 0);
    answers[1]?.('late');
    await settled();
    expect(source.row(0)?.interactionId).toBe('first');
    answers[2]?.('second');
    await settled();
    expect(source.row(0)?.interactionId).toBe('second');
    source.reset(false);
    expect([source.row(0), source.total]).toEqual([undefined, undefined]);
  });

  it('take turns in the elements of the rows that went', () => {
    const slots = createSlots();
    const before = new Map(slots.take([0, 1, 2, 3]));
    const after = slots.take([2, 3, 4, 5]);
    expect([after.get(2), after.get(3)]).toEqual([before.get(2), before.get(3)]);
    expect(new Set(after.values()).size).toBe(4);
    expect([...after.values()].sort()).toEqual([...before.values()].sort());
  });
});

describe('the scrollbar of more rows than a browser lays out', () => {
  it('is pixel for pixel at both ends and where all fits, and reaches all', () => {
    expect(scrollbarOf(1_000, 500).rowsAt(300)).toBe(300);
    const tall = 400_000_000;
    const view = 700;
    const { height, rowsAt, scrollAt } = scrollbarOf(tall, view);
    expect(height).toBeLessThan(2 ** 25);
    expect([rowsAt(0), rowsAt(123), rowsAt(height - view), rowsAt(height - view - 50)]).toEqual([
      0,
      123,
      tall - view,
      tall - view - 50,
    ]);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        const at = share * (tall - view);
        expect(rowsAt(scrollAt(at))).toBeCloseTo(at, 3);
        expect(scrollAt(at)).toBeLessThanOrEqual(height - view);
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});
