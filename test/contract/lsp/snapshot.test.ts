/** What an editor is told of a run while it goes on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  METHODS,
  panelResultSchema,
  type RunSnapshot,
  runResultSchema,
  runSnapshotSchema,
} from '../../../server/src/protocol/lsp.ts';
import { startSandbox } from '../../../server/src/sandbox/index.ts';
import { gateTo } from '../support/gate.ts';
import { startSession } from './session.ts';

const PAGE = 20;
/** So many pages come at once, the rest once two snapshots were told: however slow the machine is. */
const AT_ONCE = 5;
const TWO = 2;

async function desk() {
  const sandbox = await startSandbox({ interactions: 400, seed: 7, auth: false });
  onTestFinished(() => sandbox.close());
  const home = await mkdtemp(join(tmpdir(), 'cxq-snapshot-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  let letOn = (): void => undefined;
  const told = new Promise<void>((resolve) => {
    letOn = resolve;
  });
  const baseUrl = await gateTo(sandbox.baseUrl, (before) => (before < AT_ONCE ? undefined : told));
  const session = await startSession({
    profiles: [{ id: 'sandbox', baseUrl, auth: { kind: 'none' } }],
    connection: 'sandbox',
    dataFolder: home,
    user: 'tester',
    trusted: true,
    bottleneckThresholds: { nodeTypes: { DECISION: 11 }, nodes: {} },
  });
  const snapshots: RunSnapshot[] = [];
  session.connection.onNotification(METHODS.runSnapshot, (params: unknown) => {
    snapshots.push(runSnapshotSchema.parse(params));
    if (snapshots.length === TWO) letOn();
  });
  const run = async (text: string) => {
    const params = { uri: 'untitled:Untitled-1', text, index: 0, token: 'one' };
    return runResultSchema.parse(await session.connection.sendRequest<unknown>(METHODS.run, params));
  };
  return { session, snapshots, run };
}

describe('while a run goes on', () => {
  it('what came is told from the first page on, and the whole follows at the end', async () => {
    const { session, snapshots, run } = await desk();
    const { runs } = await run(`LAST 29d LIMIT ALL WITH pageSize = ${PAGE}, concurrency = 1`);
    const told = snapshots.length;
    expect(told).toBeGreaterThanOrEqual(TWO);
    const runId = runs[0]?.runId ?? '';
    const records = runs[0]?.retrieval.records ?? 0;
    const counts = snapshots.map(({ overview }) => overview.interactions);
    // The first comes long before the last page.
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[0]).toBeLessThan(records / 2);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    for (const { token, overview } of snapshots) {
      expect([token, overview.header.runId, overview.header.outcome]).toEqual(['one', runId, 'running']);
      expect(overview.progress?.records).toBeGreaterThan(0);
      expect(overview.interactions).toBeLessThanOrEqual(records);
      expect(overview.headline).not.toBe('');
    }
    const asked = { runId, request: { kind: 'overview', filter: [] } };
    const shown = panelResultSchema.parse(
      await session.connection.sendRequest<unknown>(METHODS.panel, asked),
    );
    const whole = 'response' in shown && shown.response.kind === 'overview' ? shown.response : undefined;
    expect(whole).toMatchObject({ interactions: records, header: { outcome: 'complete' } });
    expect(whole?.progress).toBeUndefined();
    const thresholds = whole?.slowest.filter(({ nodeType }) => nodeType === 'DECISION');
    expect(thresholds?.every(({ threshold }) => threshold === 11)).toBe(true);
    expect(snapshots).toHaveLength(told);
    expect(await session.close()).toBe(0);
  });

  it('nothing is told of a run that nothing comes of', async () => {
    const { session, snapshots, run } = await desk();
    const { runs } = await run("interactionId = 'none' LAST 1h");
    expect(runs).toMatchObject([{ outcome: 'complete', retrieval: { records: 0 } }]);
    expect(snapshots).toEqual([]);
    expect(await session.close()).toBe(0);
  });
});
