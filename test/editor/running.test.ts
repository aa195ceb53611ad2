/** What a person is asked before a run, and what becomes of one that is cancelled or whose server dies. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { exampleFolder, notification, openFile } from './harness/actions.ts';
import { connectedTo, startTenant, type TestTenant } from './harness/tenant.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';

const editor = inject('editor');

const QUERIES = {
  'costly.cxq': 'QUERY costly\nLAST 29d\nLIMIT 300\nWITH pageSize = 100\n',
  'patient.cxq': 'QUERY patient\nLAST 29d\nLIMIT 300\nWITH pageSize = 10, concurrency = 1\n',
  'killed.cxq': 'QUERY killed\nLAST 29d\nLIMIT 300\nWITH pageSize = 10, concurrency = 1\n',
};

const manifestSchema = z.object({
  runId: z.string(),
  query: z.string().nullable(),
  outcome: z.string(),
  process: z.object({ pid: z.number() }),
});
type Manifest = z.infer<typeof manifestSchema> & { readonly kept: number };

/** Runs in the folder, each with the interactions that it has kept so far. */
function runs({ dataFolder }: Workbench): Manifest[] {
  const folder = join(dataFolder, 'runs');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const file = join(folder, name, 'manifest.json');
    if (!existsSync(file)) return [];
    const records = readFileSync(join(folder, name, 'interactions.ndjson'), 'utf8');
    const kept = records.split('\n').length - 1;
    return [{ ...manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8'))), kept }];
  });
}

const recordSchema = z.looseObject({
  event: z.string(),
  run_id: z.string().optional(),
  outcome: z.string().optional(),
});

function audit({ dataFolder }: Workbench): z.infer<typeof recordSchema>[] {
  const folder = join(dataFolder, 'audit');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .map((line) => recordSchema.parse(JSON.parse(line)));
}

/** The run of this query, once it has kept something and still goes on. */
async function underWay(workbench: Workbench, query: string): Promise<Manifest> {
  const find = () =>
    runs(workbench).find((run) => run.query === query && run.outcome === 'running' && run.kept > 0);
  await expect.poll(find, { timeout: 60_000 }).toBeDefined();
  const found = find();
  if (found === undefined) throw new Error(`The run of ${query} ended before it was looked at.`);
  return found;
}

describe.runIf(editor.kind === 'browser')('running in the workbench', () => {
  let workbench: Workbench;
  let tenant: TestTenant;
  let folder: string;

  beforeAll(async () => {
    if (editor.kind !== 'browser') throw new Error('needs the editor in the browser');
    tenant = await startTenant({ auth: false, latencyMs: 500 });
    folder = exampleFolder(QUERIES);
    workbench = await openWorkbench(editor, {
      folder,
      machine: profile(),
      settings: { 'cxq.connection': 'test' },
    });
  });
  afterAll(async () => {
    await workbench?.close();
    await tenant?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const profile = () =>
    connectedTo('test', tenant.baseUrl, { auth: { kind: 'none' }, limits: { maxRequestsPerRun: 2 } });
  const dialog = () => workbench.page.locator('.monaco-dialog-box');
  const goOn = () => dialog().getByRole('button', { name: 'Run Anyway' }).click();

  it('asks before it sends more requests than the budget, and sends none when that is declined', async () => {
    await openFile(workbench, 'costly.cxq');
    await workbench.command('CXQ: Run Query');
    await dialog().waitFor();
    expect(await dialog().textContent()).toMatch(/Up to \d+ requests, and the profile's budget is 2/);
    await workbench.screenshot('budget');
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await dialog().waitFor({ state: 'hidden' });
    expect(tenant.asked).toEqual([]);
    expect(runs(workbench)).toEqual([]);
  });

  it('runs when the person goes on', async () => {
    await workbench.command('CXQ: Run Query');
    await goOn();
    const item = await notification(workbench, /costly: .*in 300 interactions/);
    expect(await item.getByRole('button').allTextContents()).toContain('Show Results');
    expect(tenant.stats.historyRequests).toBeGreaterThan(2);
    await workbench.webview().locator('.headline').waitFor();
  });

  it('puts what was found over the query, as a lens that opens the results', async () => {
    const { page } = workbench;
    const lens = page.locator('.codelens-decoration a').filter({ hasText: '300 interactions' });
    await lens.waitFor();
    expect(await lens.textContent()).toMatch(/300 interactions · [\d,]+ bottlenecks? · \d+\.\d s/);
    const tab = page.locator('.tabs-container .tab').filter({ hasText: 'costly ·' });
    await tab.click();
    await workbench.command('View: Close Editor');
    await tab.waitFor({ state: 'hidden' });
    await openFile(workbench, 'costly.cxq');
    await lens.click();
    await tab.waitFor();
    await workbench.webview().locator('.headline').waitFor();
  });

  it('draws the lenses anew when they are switched off and on', async () => {
    await openFile(workbench, 'costly.cxq');
    const lenses = workbench.page.locator('.codelens-decoration a');
    await lenses.filter({ hasText: 'Explain' }).waitFor();
    workbench.machineSettings({ ...profile(), 'cxq.codeLens.enabled': false });
    await expect.poll(() => lenses.count()).toBe(0);
    workbench.machineSettings(profile());
    await lenses.filter({ hasText: '300 interactions' }).waitFor();
  });

  it('ends at Cancel in the notification, and keeps and shows what came', async () => {
    await openFile(workbench, 'patient.cxq');
    await workbench.command('CXQ: Run Query');
    await goOn();
    const { runId } = await underWay(workbench, 'patient');
    const progress = await notification(workbench, 'Running patient');
    await progress.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => runs(workbench).find((run) => run.runId === runId)?.outcome).toBe('cancelled');
    const end = await notification(workbench, 'patient was cancelled');
    expect(await end.textContent()).toMatch(/The \d+ interactions that came until then are kept/);
    const kept = runs(workbench).find((run) => run.runId === runId)?.kept ?? 0;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(300);
    const panel = workbench.webview();
    await panel.getByText('Cancelled', { exact: true }).first().waitFor();
    await panel
      .locator('.tiles')
      .filter({ hasText: new RegExp(`Interactions\\s*${kept}`) })
      .waitFor();
    await workbench.screenshot('cancelled');
    expect(
      audit(workbench)
        .filter((record) => record.run_id === runId)
        .map((record) => record.outcome),
    ).toEqual([undefined, 'cancelled']);
  });

  it('says what became of a run whose server was killed, and starts it again', async () => {
    await openFile(workbench, 'killed.cxq');
    await workbench.command('CXQ: Run Query');
    await goOn();
    const { runId, process: server } = await underWay(workbench, 'killed');
    // The language server of this editor: it wrote into the test's own folder.
    process.kill(server.pid, 'SIGKILL');
    const end = await notification(workbench, 'killed was broken off');
    expect(await end.textContent()).toMatch(/language server ended.*is kept/);
    await workbench.screenshot('server-killed');

    // Its successor finds the run, and shows what came.
    await end.getByRole('button', { name: 'Show Results' }).click();
    const { page } = workbench;
    const entry = page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'killed' }).first();
    await entry.waitFor();
    expect(await entry.textContent()).toContain('failed');
    await entry.click();
    await page.locator('.tabs-container .tab').filter({ hasText: 'killed ·' }).waitFor();
    const panel = workbench.webview();
    await panel
      .getByText(/stopped before the end/)
      .first()
      .waitFor();
    expect(audit(workbench).filter((record) => record.run_id === runId)).toHaveLength(1);

    // The next run closes the audit of the one before.
    await openFile(workbench, 'costly.cxq');
    await workbench.command('CXQ: Run Query');
    await goOn();
    await expect
      .poll(() => audit(workbench).filter((record) => record.run_id === runId), { timeout: 60_000 })
      .toMatchObject([{ event: 'run.started' }, { event: 'run.ended', outcome: 'failed' }]);
  });
});
