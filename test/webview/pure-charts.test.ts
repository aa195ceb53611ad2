/** The pure parts of the overview's charts and of comparisons. */
import { describe, expect, it } from 'vitest';
import { niceSeconds, niceTop } from '../../client/webview/charts.ts';
import {
  certainty,
  pictureOf,
  reachOf,
  sectionsOf,
  shareWords,
  sorted,
  timeWords,
} from '../../client/webview/compare/compare-model.ts';
import { bucketsOf, flagsOf, linePath, ticksOf } from '../../client/webview/overview/trend-model.ts';
import type { TrendReport } from '../../server/src/protocol/report.ts';
import { compareOf } from './made-compare.ts';
import { makeRun } from './run.ts';

const hours = (from: string, length: number): { label: string }[] =>
  Array.from({ length }, (_, hour) => {
    const at = new Date(Date.parse(from) + hour * 3_600_000).toISOString();
    return { label: `${at.slice(0, 10)} ${at.slice(11, 16)}+01:00` };
  });

describe('a trend', () => {
  it('ends its scale at a round number', () => {
    expect([0, 0.3, 1, 1.2, 7, 20, 21, 999].map((most) => niceTop(most))).toEqual([
      1, 0.5, 1, 2, 10, 20, 50, 1000,
    ]);
    expect(niceTop(12, [1, 1.5, 2])).toBe(15);
    const seconds = [0.3, 29, 31, 55, 300, 780, 3_000, 3_700, 90_000, 700_000];
    expect(seconds.map((most) => niceSeconds(most))).toEqual([
      ...[0.5, 50, 40, 60, 300, 900, 3_600, 7_200],
      ...[2 * 86_400, 10 * 86_400],
    ]);
  });

  it('leaves gaps in a line, and a dot where a value stands alone', () => {
    expect(linePath([1, 2, null, 4, null], 4)).toBe('M0.5 75L1.5 50M3.5 0h0');
    expect(linePath([null, 0], 0)).toBe('M1.5 100h0');
    expect(linePath([], 1)).toBe('');
  });

  it('has its ticks at round hours, with the day where it changes', () => {
    const ticks = ticksOf(hours('2025-03-10T22:00:00Z', 24), true);
    expect(ticks).toEqual([
      { at: 2, label: '11 Mar' },
      ...[3, 6, 9, 12, 15, 18, 21].map((hour) => ({
        at: hour + 2,
        label: `${String(hour).padStart(2, '0')}:00`,
      })),
    ]);
    expect(ticksOf([{ label: '2025-02-28' }, { label: '2025-03-01' }], false)).toEqual([
      { at: 0, label: '28 Feb' },
      { at: 1, label: '1 Mar' },
    ]);
    expect(ticksOf([], true)).toEqual([]);
    expect(ticksOf(hours('2025-01-01T00:00:00Z', 5_000), true).length).toBeLessThanOrEqual(8);
  });

  it('stands several hours in one column where they are too many, and loses none', () => {
    const [trend] = makeRun().overview.trends;
    const [group] = trend?.groups ?? [];
    if (trend === undefined || group === undefined) throw new Error('made run without a trend');
    const groups: TrendReport['groups'] = Array.from({ length: 1_001 }, (_, at) => ({
      ...group,
      ...{ label: String(at), steps: at, errors: 1, bottlenecks: 2 },
      dwell: { ...group.dwell, p95: at === 7 ? 99 : null },
    }));
    const buckets = bucketsOf({ groups });
    expect(buckets.length).toBeLessThanOrEqual(240);
    const sum = (of: (bucket: (typeof buckets)[number]) => number) =>
      buckets.reduce((total, bucket) => total + of(bucket), 0);
    expect(sum(({ groups }) => groups)).toBe(1_001);
    expect(sum(({ steps }) => steps)).toBe((1_000 * 1_001) / 2);
    expect(sum(({ errors }) => errors)).toBe(1_001);
    expect(buckets.map(({ p95 }) => p95).filter((p95) => p95 !== null)).toEqual([99]);
    expect(buckets[0]?.interactions).toBeNull();
    expect(bucketsOf({ groups: groups.slice(0, 3) }).map(({ interactions }) => interactions)).toEqual(
      groups.slice(0, 3).map(({ interactions }) => interactions),
    );
    expect(bucketsOf({ groups: [] })).toEqual([]);
  });

  it('has one flag for all changes of a column, apart from its neighbours', () => {
    const [trend] = makeRun().overview.trends;
    const buckets = bucketsOf({ groups: trend?.groups ?? [] });
    const change = (rank: number, at: number) => ({
      ...{ rank, nodeId: 'n', label: '', since: buckets[at]?.from ?? '' },
      ...{ before: { n: 1, median: 1 }, after: { n: 1, median: 2 } },
    });
    expect(flagsOf([change(1, 9), change(2, 8), change(3, 9), change(4, 2)], buckets)).toEqual([
      { at: 2, ranks: [4], level: 0 },
      { at: 8, ranks: [2], level: 0 },
      { at: 9, ranks: [1, 3], level: 1 },
    ]);
  });
});

describe('a comparison', () => {
  const { comparison } = compareOf('run-0');
  if (comparison === null) throw new Error('nothing compared');
  const sections = sectionsOf(comparison, (id) => id);
  const nodes = sections.find(({ id }) => id === 'nodes')?.rows ?? [];

  it('calls longer worse and shorter better only where that is no chance', () => {
    expect(nodes.map(({ verdict }) => verdict)).toEqual([
      ...['worse', 'better', 'appeared', 'vanished'],
      ...['unsure', 'unsure', 'unsure'],
    ]);
    expect(sections[0]?.rows.map(({ verdict }) => verdict)).toEqual(['worse', 'unsure', 'worse']);
    expect(sections.at(-1)?.rows.map(({ verdict }) => verdict)).toEqual(['commoner', 'rarer']);
  });

  it('narrows to nothing that this run has none of', () => {
    expect(nodes.map(({ condition }) => condition?.kind)).toEqual([
      ...['node', 'node', 'node', undefined],
      ...['node', 'node', 'node'],
    ]);
  });

  it('orders by the size of a difference, what has none last', () => {
    const names = (by: 'matter' | 'time' | 'share' | 'name') =>
      sorted(nodes, by).map(({ key }) => key.slice(2));
    expect(names('matter')[0]).toBe('prio');
    expect(names('time').slice(0, 3)).toEqual(['prio', 'queue', 'agent']);
    expect(names('time').slice(-2).sort()).toEqual(['callback', 'survey']);
    expect(names('name')[0]).toBe('agent');
  });

  it('draws within its reach, and says where an interval goes on beyond', () => {
    const [prio, queue] = nodes;
    const reach = reachOf(
      nodes.map(({ time }) => time),
      true,
    );
    expect(reach).toBe(10);
    if (prio?.time == null || queue?.time == null) throw new Error('no time');
    const drawn = pictureOf(prio.time, reach);
    expect(drawn?.at).toBeCloseTo(78);
    expect(drawn?.low).toBeGreaterThan(50);
    expect(pictureOf(queue.time, reach)?.high).toBeLessThan(50);
    expect(pictureOf(prio.time, 5)).toMatchObject({ high: 100, isCutHigh: true, isCutLow: false });
    expect(pictureOf({ ...prio.time, difference: null }, reach)).toBeNull();
    expect(reachOf([null], true)).toBe(1);
  });

  it('says numbers and certainty in words', () => {
    const [prio, queue, callback] = nodes;
    if (prio?.time == null || prio.share == null || queue?.time == null || callback?.time == null) {
      throw new Error('no time');
    }
    expect(timeWords(prio.time)).toMatchObject({ before: '4.1 s', after: '9.7 s', difference: '+5.6 s' });
    expect(timeWords(queue.time).difference).toBe('−5.1 s');
    expect(timeWords(callback.time)).toMatchObject({ before: '—', difference: '', interval: '' });
    expect(shareWords(prio.share)).toMatchObject({ before: '31 %', after: '52 %', difference: '+21 points' });
    expect([prio.time, queue.time, callback.time].map(certainty)).toEqual([
      'very sure, q < 0.001',
      'sure, q = 0.012',
      'not tested',
    ]);
    expect(shareWords({ ...prio.share, difference: -0.0001 }).difference).toBe('±0 points');
    expect(certainty({ ...prio.time, q: 0.31 })).toBe('unsure, q = 0.31');
  });
});
