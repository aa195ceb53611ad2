/** Thresholds by node type and by node, and that what a run's analysis was asked is kept with it. */
import { describe, expect, it } from 'vitest';
import { createHistoryQuerier } from '../../../server/src/index.ts';
import type { AnalysisReport } from '../../../server/src/protocol/report.ts';
import { runManifestSchema } from '../../../server/src/protocol/run.ts';
import { openResults } from '../../../server/src/run/index.ts';
import { ask } from '../../unit/run/ask.ts';
import { cli, deskOf, NOW } from './support.ts';

const flagged = ({ bottlenecks }: Pick<AnalysisReport, 'bottlenecks'>): string[] =>
  bottlenecks.map(({ nodeId, nodeType, threshold }) => `${nodeType} ${nodeId} ${threshold}`);
const everyOne = (report: Pick<AnalysisReport, 'bottlenecks'>) => [...new Set(flagged(report))].sort();

describe('--over-type and --over-node', () => {
  it('hold for a run, and stay with it: the panel and cxq analyze find the same', async () => {
    const desk = await deskOf();
    const options = ['--over-type', 'ROUTING=20s', '--over-type', 'DECISION=12s'];
    const text = 'LAST 24h ANALYZE BOTTLENECKS OVER 5s, PATHS TOP 3, TREND BY HOUR LIMIT ALL';
    const plain = await desk.json(text);
    const routing = plain.analysis.bottlenecks.find(({ nodeType }) => nodeType === 'ROUTING')?.nodeId ?? '';
    expect(everyOne(plain.analysis).every((one) => one.endsWith(' 5'))).toBe(true);
    const run = await desk.json(text, [...options, '--over-node', `${routing}=40s`]);
    const found = everyOne(run.analysis);
    expect(found.filter((one) => one.startsWith('DECISION')).every((one) => one.endsWith(' 12'))).toBe(true);
    expect(found).toContain(`ROUTING ${routing} 40`);
    expect(run.analysis.bottleneckCount).toBeLessThan(plain.analysis.bottleneckCount);
    expect(run.analysisBytes).toBeGreaterThan(10_000);

    const manifest = runManifestSchema.parse(JSON.parse(await desk.read('runs', run.runId, 'manifest.json')));
    expect(manifest.analysis).toMatchObject({
      typeThresholds: { ROUTING: 20, DECISION: 12 },
      nodeThresholds: { [routing]: 40 },
      pathsTop: 3,
      grouped: [{ analysis: 'TREND', by: 'HOUR' }],
    });
    const results = await openResults(desk.path('runs'), run.runId);
    if (results === undefined) throw new Error('the run is not there');
    const overview = await ask(results, { kind: 'overview', filter: [] });
    expect(overview.bottleneckCount).toBe(run.analysis.bottleneckCount);
    expect(overview.nodes).toEqual(run.analysis.nodes);
    expect(overview.slowest).toEqual(run.analysis.bottlenecks.slice(0, 20));

    const kept = desk.path('runs', run.runId, 'interactions.ndjson');
    const given = ['--over', '5s', ...options, '--over-node', `${routing}=40s`, '--format', 'json'];
    const analysed: AnalysisReport = JSON.parse((await cli(['analyze', kept, ...given])).out);
    expect(analysed.bottlenecks).toEqual(run.analysis.bottlenecks);
  });

  it('are refused where they say nothing', async () => {
    const desk = await deskOf();
    for (const wrong of ['ROUTING', '=20s', 'ROUTING=long']) {
      const ran = await desk.run('LAST 1h', ['--over-type', wrong]);
      expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('--over-type')]);
    }
  });

  it('are options of the library, too', async () => {
    const desk = await deskOf();
    const { baseUrl, clientId, clientSecret } = desk.tenant;
    const querier = createHistoryQuerier({
      baseUrl,
      credentials: { clientId, clientSecret },
      runsFolder: desk.path('runs'),
      now: () => new Date(NOW),
      thresholds: { nodeTypes: { DECISION: 11 } },
    });
    const [run] = await querier.run('LAST 24h LIMIT ALL', { records: false });
    if (run === undefined) throw new Error('no run');
    expect(run.records).toEqual([]);
    const decisions = everyOne(run.analysis).filter((one) => one.startsWith('DECISION'));
    expect(decisions.length).toBeGreaterThan(0);
    expect(decisions.every((one) => one.endsWith(' 11'))).toBe(true);
  });
});
