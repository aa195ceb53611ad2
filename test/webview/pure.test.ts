/** The panel's logic that needs no browser. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutBars, type TimelineStep, tickStep } from '../../client/webview/bars.ts';
import {
  brief,
  duration,
  halves,
  instant,
  percent,
  span,
  tsv,
  visible,
} from '../../client/webview/format.ts';
import { createRowPages, PAGE, type Slice } from '../../client/webview/rows.ts';
import { factorOf, scaleOf, type Zoom, zoomed } from '../../client/webview/zoom.ts';
import { panelStateSchema } from '../../server/src/protocol/panel-state.ts';

const step = (
  sequence: number,
  start: number | null,
  dwell: number | null,
  more: Partial<TimelineStep> = {},
) => ({
  sequence,
  nodeId: `n${sequence}`,
  nodeName: null,
  nodeType: null,
  start,
  dwell,
  bottleneck: false,
  error: false,
  matching: false,
  open: false,
  ...more,
});

describe('bars', () => {
  it('puts each step at its time, with a width that can be seen and hit', () => {
    const bars = layoutBars(
      [step(0, 0, 2), step(1, 2, 0.01), step(2, 5, null, { open: true }), step(3, 6, null)],
      10,
    );
    expect(bars.map(({ left, shape }) => [left, shape])).toEqual([
      [0, 'span'],
      [20, 'span'],
      [50, 'open'],
      [60, 'point'],
    ]);
    expect(bars[0]?.width).toBe(20);
    expect(bars[1]?.width).toBeGreaterThanOrEqual(4);
  });

  it('gives steps without times a place after the step before', () => {
    const bars = layoutBars([step(0, null, null), step(1, 3, 1), step(2, null, null)], 10);
    expect(bars.map(({ left, shape }) => [left, shape])).toEqual([
      [0, 'untimed'],
      [30, 'span'],
      [40, 'untimed'],
    ]);
  });

  it('never loses a step in a crowd, and never hides a remarkable one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ dwell: fc.double({ min: 0, max: 5, noNaN: true }), bottleneck: fc.boolean() }), {
          maxLength: 400,
        }),
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        (made, scale) => {
          let time = 0;
          const steps = made.map(({ dwell, bottleneck }, at) => {
            const placed = step(at, time, dwell, { bottleneck });
            time += dwell;
            return placed;
          });
          const bars = layoutBars(steps, scale);
          expect(bars.reduce((sum, bar) => sum + bar.steps, 0)).toBe(steps.length);
          for (const { bottleneck, sequence } of steps.filter((one) => one.bottleneck)) {
            expect(bars.some((bar) => bar.step.sequence === sequence && bar.steps === 1)).toBe(bottleneck);
          }
        },
      ),
      { seed: 11, numRuns: 200 },
    );
  });

  it('keeps ticks apart and their steps round', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (scale) => {
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
    const odd = { ...extent, longest: 4_500 };
    expect(zoomed(0.125, false, odd)).toBe('all');
    expect(zoomed('all', false, odd)).toBe('all');
    expect(zoomed('all', true, odd)).toBe(0.125);
    expect(zoomed(1, true, extent)).toBe(2);
    expect(zoomed(128, true, extent)).toBe(128);
  });

  it('never leaves its limits, nor makes an axis that a browser could not lay out', () => {
    const any = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e9, noNaN: true }));
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
          expect(scaleOf(zoom, some) * some.longest).toBeLessThan(8_000_001);
          if (some.longest > 0) {
            expect(scaleOf(zoom, some) * some.longest).toBeGreaterThanOrEqual(width * 0.999_999);
          }
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });
});

describe('format', () => {
  it('cuts an id in two before its last characters, and never within one', () => {
    expect(halves('8a415749-e4a6-4dbb-883e-6f01a2b3c4d5')).toEqual([
      '8a415749-e4a6-4dbb-883e-6f01a2b',
      '3c4d5',
    ]);
    expect(halves('int-100001')).toEqual(['int-100001', '']);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const [head, tail] = halves(text);
        expect(head + tail).toBe(text);
        expect(/^[\uDC00-\uDFFF]/.test(tail)).toBe(false);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('gives durations in the unit that a person would choose', () => {
    const found = [null, 0, 0.000_25, 0.85, 1, 14.2, 9.999, 59.96, 60, 125, 3_600, 11_520, 266_400].map(
      duration,
    );
    expect(found).toEqual([
      '—',
      '0 s',
      '250 µs',
      '850 ms',
      '1 s',
      '14.2 s',
      '10 s',
      '1 min',
      '1 min',
      '2 min 5 s',
      '1 h',
      '3 h 12 min',
      '3 d 2 h',
    ]);
  });

  it('never rounds a share up to all or down to nothing', () => {
    expect([null, 0, 0.0004, 0.061, 0.5, 0.9996, 1].map(percent)).toEqual([
      '—',
      '0 %',
      '<0.1 %',
      '6.1 %',
      '50 %',
      '>99.9 %',
      '100 %',
    ]);
  });

  it('gives instants in the zone of the tenant, and what it cannot read as it came', () => {
    expect(instant('2025-07-01T10:00:00.123456Z', 'Europe/Berlin', 'millis')).toBe(
      '2025-07-01 12:00:00.123 CEST',
    );
    expect(instant('2025-07-01T10:00:00Z', 'Mars/Olympus')).toBe('2025-07-01 10:00:00 UTC');
    expect(instant('soon\u202E', 'UTC')).toBe('soon⟨U+202E⟩');
    expect(instant(null, 'UTC')).toBe('—');
    expect(span({ from: '2025-07-01T10:00:00Z', to: '2025-07-01T12:00:00Z' }, 'UTC')).toBe(
      '2025-07-01 10:00:00 – 12:00:00 UTC',
    );
    expect(span({ from: null, to: null }, 'UTC')).toBe('all time');
  });

  it('makes hidden characters visible and cuts what is long', () => {
    expect(visible('a\u202Eb\u0007\u200B\u0085é日')).toBe('a⟨U+202E⟩b␇⟨U+200B⟩⟨U+0085⟩é日');
    expect(visible('line\n\ttab')).toBe('line\n\ttab');
    expect(brief('x'.repeat(500), 10)).toBe(`${'x'.repeat(10)}…`);
  });

  it('copies no cell that a spreadsheet would run, and no line that breaks', () => {
    expect(tsv(['=1+1', '+cmd', '-3.5', '@x', 'a\tb\nc', ''])).toBe("'=1+1\t'+cmd\t-3.5\t'@x\ta b c\t");
  });
});

describe('rows', () => {
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

  it('asks only for pages in view, two at a time, and skips those that were scrolled past', async () => {
    const asked: number[] = [];
    const answers: ((slice: Slice<number>) => void)[] = [];
    const pages = createRowPages<number>(
      (offset) => {
        asked.push(offset / PAGE);
        return new Promise((resolve) => answers.push(resolve));
      },
      () => undefined,
    );
    const answer = async () => {
      const page = asked[asked.length - answers.length] ?? 0;
      answers.shift()?.({
        total: 10_000,
        offset: page * PAGE,
        rows: Array.from({ length: PAGE }, (_, at) => page * PAGE + at),
      });
      await settle();
    };
    pages.want(0, 350);
    expect(asked).toEqual([0]);
    await answer();
    expect(asked).toEqual([0, 1, 2]);
    pages.want(5_000, 5_030);
    pages.want(9_000, 9_030);
    await answer();
    await answer();
    expect(asked).toEqual([0, 1, 2, 90]);
    await answer();
    expect(pages.row(9_001)).toBe(9_001);
    expect(pages.row(5_000)).toBeUndefined();
  });

  it('ignores answers to an earlier question, and keeps the old rows until the new ones come', async () => {
    const answers: ((slice: Slice<string>) => void)[] = [];
    const pages = createRowPages<string>(
      () => new Promise((resolve) => answers.push(resolve)),
      () => undefined,
    );
    pages.want(0, 10);
    answers[0]?.({ total: 1, offset: 0, rows: ['old'] });
    await settle();
    pages.reset(true);
    expect([pages.row(0), pages.settled]).toEqual(['old', false]);
    pages.want(0, 10);
    pages.reset(true);
    pages.want(0, 10);
    answers[1]?.({ total: 9, offset: 0, rows: ['late'] });
    await settle();
    expect([pages.row(0), pages.total]).toEqual(['old', 1]);
    answers[2]?.({ total: 2, offset: 0, rows: ['new'] });
    await settle();
    expect([pages.row(0), pages.total, pages.settled]).toEqual(['new', 2, true]);
  });

  it('says what failed and asks again after a reset', async () => {
    let broken = true;
    const pages = createRowPages<number>(
      (offset) =>
        broken ? Promise.reject(new Error('gone')) : Promise.resolve({ total: 1, offset, rows: [1] }),
      () => undefined,
    );
    pages.want(0, 1);
    await settle();
    expect([pages.error, pages.total]).toEqual(['gone', undefined]);
    broken = false;
    pages.reset(false);
    pages.want(0, 1);
    await settle();
    expect([pages.error, pages.row(0)]).toEqual([undefined, 1]);
  });

  it('forgets pages far away', async () => {
    const pages = createRowPages<number>(
      (offset, count) =>
        Promise.resolve({ total: 1_000_000, offset, rows: Array.from({ length: count }, () => offset) }),
      () => undefined,
    );
    for (let at = 0; at < 100; at += 1) {
      pages.want(at * PAGE, at * PAGE + 1);
      await settle();
    }
    expect(pages.row(99 * PAGE)).toBe(99 * PAGE);
    expect(pages.row(0)).toBeUndefined();
  });
});

describe('the kept state', () => {
  it('reads what an older panel kept, and what it does not know of a newer one', () => {
    const fresh = panelStateSchema.parse({ runId: 'r' });
    expect(fresh).toMatchObject({
      timeline: { only: 'all', order: 'run', zoom: 1 },
      table: { only: 'all', search: '', sort: null },
    });
    const old = { runId: 'r', tab: 'table', selection: { interactionId: 'i', sequence: 2 } };
    expect(panelStateSchema.parse(old)).toEqual({ ...fresh, ...old });
    expect(
      panelStateSchema.parse({
        runId: 'r',
        timeline: { only: 'errors', order: 'newest', zoom: -1 },
        table: { sort: { column: 'colour', descending: true }, search: 'x'.repeat(201), only: 'matching' },
        split: 'wide',
      }),
    ).toEqual({
      ...fresh,
      timeline: { ...fresh.timeline, only: 'errors' },
      table: { ...fresh.table, only: 'matching' },
    });
  });
});
