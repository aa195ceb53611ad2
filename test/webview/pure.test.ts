/** The panel's logic that needs no browser. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
import { panelStateSchema } from '../../server/src/protocol/panel-state.ts';

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
      timeline: { axis: 'aligned', order: 'run', zoom: 1, compressed: false, top: 0, left: 0 },
      table: { sort: null, columns: null },
      filter: [],
    });
    const old = { runId: 'r', tab: 'table', selection: { interactionId: 'i', sequence: 2 } };
    expect(panelStateSchema.parse(old)).toEqual({ ...fresh, ...old });
    expect(
      panelStateSchema.parse({
        runId: 'r',
        timeline: { axis: 'own', order: 'newest', zoom: -1, top: 12.5 },
        table: { sort: { column: 'colour', descending: true }, search: 'x'.repeat(201), columns: ['dwell'] },
        split: 'wide',
      }),
    ).toEqual({
      ...fresh,
      timeline: { ...fresh.timeline, axis: 'own', top: 12.5 },
      table: { ...fresh.table, columns: ['dwell'] },
    });
  });
});
