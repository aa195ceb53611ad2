/** The seven public logs, against results from an independent calculation (see the data's own README). */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Interaction } from '../../../server/src/protocol/history.ts';
import { formatInstant } from '../../../server/src/protocol/instant.ts';
import type { AnalysisReport, Summary } from '../../../server/src/protocol/report.ts';
import { by, dataFolder, hasData, readExpected, readLog, report } from './support.ts';

const NAMES = [
  'running-example',
  'teleclaims',
  'receipt',
  'sepsis',
  'traffic_fines',
  'interval',
  'reviewing',
] as const;

const STATISTICS = ['sum', 'min', 'q1', 'median', 'mean', 'q3', 'p90', 'p95', 'p99', 'max', 'mad'] as const;

const summarySchema = z.object({
  n: z.number(),
  ...Object.fromEntries(STATISTICS.map((name) => [name, z.number()])),
  stdev_sample: z.number().nullable(),
});

const expectedSchema = z.object({
  cases: z.number(),
  events: z.number(),
  activities: z.number(),
  variants: z.number(),
  variants_sha256: z.string(),
  dfg_arcs: z.number(),
  dfg_total: z.number(),
  self_loop_events: z.number(),
  ts_max_us: z.number(),
  case_duration_s: summarySchema.loose(),
  rework_total: z.number(),
  cases_with_rework: z.number(),
  activity_counts: z.record(z.string(), z.number()),
  start_activities: z.record(z.string(), z.number()),
  end_activities: z.record(z.string(), z.number()),
  top_variants: z.array(
    z.object({ variant: z.array(z.string()), count: z.number(), pct: z.number(), cum_pct: z.number() }),
  ),
  service_time_s: z.record(z.string(), summarySchema.loose()),
  dfg: z.array(
    z.object({ src: z.string(), dst: z.string(), count: z.number(), perf_s: summarySchema.loose() }),
  ),
});

/** Relative 1e-9, absolute 1e-6. */
function expectClose(actual: number | null, expected: unknown, what: string): void {
  if (typeof expected !== 'number' || actual === null) {
    expect(actual, what).toBe(expected);
    return;
  }
  const distance = Math.abs(actual - expected);
  expect(
    distance <= 1e-6 || distance <= 1e-9 * Math.abs(expected),
    `${what}: ${actual} for ${expected}`,
  ).toBe(true);
}

function expectSummary(actual: Summary | undefined, expected: Record<string, unknown>, what: string): void {
  expect(actual?.n, `${what} n`).toBe(expected['n']);
  for (const statistic of STATISTICS) {
    expectClose(actual?.[statistic] ?? null, expected[statistic], `${what} ${statistic}`);
  }
  const stdev = expected['stdev_sample'];
  expectClose(actual?.stdev ?? null, expected['n'] === 1 ? null : stdev, `${what} stdev`);
}

const counts = (rows: readonly { nodeId: string; count: number }[]): Record<string, number> =>
  Object.fromEntries(rows.map(({ nodeId, count }) => [nodeId, count]));

if (!hasData) {
  process.stderr.write(
    `The public logs are not at ${dataFolder} (CXQ_TEST_DATA): their tests are skipped.\n`,
  );
}

describe.skipIf(!hasData).each(NAMES)('the log %s', (name) => {
  let log: Interaction[];
  let actual: AnalysisReport;
  let expected: z.infer<typeof expectedSchema>;

  beforeAll(() => {
    log = readLog(name);
    actual = report(log, { types: ['TASK'], top: 0 });
    expected = expectedSchema.parse(readExpected(name));
  });

  it('has the counts', () => {
    expect(actual.interactions).toBe(expected.cases);
    expect(actual.steps).toBe(expected.events);
    expect(actual.pathCount).toBe(expected.variants);
    expect(actual.rework).toEqual({ total: expected.rework_total, interactions: expected.cases_with_rework });
    expect(actual.nodes).toHaveLength(expected.activities);
    expect(actual.nodes.reduce((sum, node) => sum + node.selfLoops, 0)).toBe(expected.self_loop_events);
    // The expected values give the last instant; the first one there is that of a completion.
    const instants = log.flatMap(({ steps }) => steps.map(({ startTime }) => startTime ?? Number.NaN));
    const from = instants.reduce((least, instant) => Math.min(least, instant));
    expect(actual.window).toEqual({
      from: formatInstant(from),
      to: formatInstant(expected.ts_max_us),
    });
    expect(actual.untimedInteractions).toBe(0);
  });

  it('has the paths in their order', () => {
    const hash = createHash('sha256');
    for (const path of actual.paths) hash.update(`${JSON.stringify([path.nodes, path.count])}\n`);
    expect(hash.digest('hex')).toBe(expected.variants_sha256);
    expect(actual.paths.slice(0, 10).map(({ nodes, count }) => ({ variant: nodes, count }))).toEqual(
      expected.top_variants.slice(0, 10).map(({ variant, count }) => ({ variant, count })),
    );
    for (const [row, { pct, cum_pct }] of expected.top_variants.entries()) {
      // The expected percentages are rounded to six digits.
      expectClose(Number(((actual.paths[row]?.share ?? 0) * 100).toFixed(6)), pct, `share ${row}`);
      expectClose(
        Number(((actual.paths[row]?.cumulativeShare ?? 0) * 100).toFixed(6)),
        cum_pct,
        `sum ${row}`,
      );
    }
    expect(actual.paths.at(-1)?.cumulativeShare).toBe(1);
  });

  it('has the durations', () => {
    expectSummary(actual.duration, expected.case_duration_s, 'duration');
  });

  it('has the flow with the time on each edge', () => {
    expect(actual.flow.edges).toHaveLength(expected.dfg_arcs);
    expect(actual.flow.edges.reduce((sum, edge) => sum + edge.count, 0)).toBe(expected.dfg_total);
    const edges = by(actual.flow.edges, (edge) => JSON.stringify([edge.from, edge.to]));
    for (const { src, dst, count, perf_s } of expected.dfg) {
      const edge = edges.get(JSON.stringify([src, dst]));
      expect(edge?.count, `${src} → ${dst}`).toBe(count);
      expectSummary(edge?.wait, perf_s, `${src} → ${dst}`);
    }
    expect(counts(actual.flow.starts)).toEqual(expected.start_activities);
    expect(counts(actual.flow.ends)).toEqual(expected.end_activities);
  });

  it('has the visits and the dwell of each node', () => {
    const nodes = by(actual.nodes, (node) => node.nodeId);
    expect(Object.fromEntries([...nodes].map(([id, node]) => [id, node.visits]))).toEqual(
      expected.activity_counts,
    );
    for (const [id, service] of Object.entries(expected.service_time_s)) {
      expectSummary(nodes.get(id)?.dwell, service, `dwell of ${id}`);
    }
    if (Object.keys(expected.service_time_s).length === 0) {
      // Only starts: the last step of every interaction is open, all others have a dwell.
      expect(actual.openSteps).toBe(expected.cases);
      const timed = actual.nodes.reduce((sum, node) => sum + node.dwell.n, 0);
      expect(timed).toBe(expected.events - expected.cases);
    } else {
      expect(actual.openSteps).toBe(0);
    }
  });

  it('flags the steps above the threshold, longest first', () => {
    const dwells = actual.bottlenecks.map(({ dwell }) => dwell);
    expect(dwells).toHaveLength(actual.bottleneckCount);
    expect(dwells.every((dwell) => dwell > 15)).toBe(true);
    expect(dwells).toEqual([...dwells].sort((a, b) => b - a));
    expect(actual.nodes.reduce((sum, node) => sum + node.bottlenecks, 0)).toBe(actual.bottleneckCount);
    expect(report(log, { top: 0 }).bottleneckCount).toBe(0);
  });

  it('does not depend on the order of the interactions', () => {
    expect(report([...log].reverse(), { types: ['TASK'], top: 0 })).toEqual(actual);
  });
});
