/** The way of a newcomer, in the editor as it is: from nothing to a bottleneck and its audit record. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  answer,
  exampleFolder,
  fillInput,
  lens,
  notification,
  openFile,
  outputText,
  picture,
  resultsOf,
  statusItem,
} from './harness/actions.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';

const editor = inject('editor');

describe.runIf(editor.kind === 'browser')('a first run in the workbench', () => {
  let workbench: Workbench;
  let folder: string;

  beforeAll(async () => {
    if (editor.kind !== 'browser') throw new Error('needs the editor in the browser');
    folder = exampleFolder({ 'asked.cxq': 'PARAM lookback : DURATION\nQUERY asked\nLAST $lookback\n' });
    workbench = await openWorkbench(editor, { folder });
  });
  afterAll(async () => {
    await workbench?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('opens an example with Run above its query, and says that nothing is connected', async () => {
    await openFile(workbench, 'getting-started.cxq');
    await workbench.page.locator('.codelens-decoration').filter({ hasText: 'Run' }).first().waitFor();
    await expect
      .poll(() => statusItem(workbench.page, 'cxq.connection').textContent())
      .toContain('not connected');
    await workbench.screenshot('editor');
  });

  it('offers the sandbox where there is no connection, and goes on by itself', async () => {
    await workbench.command('CXQ: Run Query');
    await answer(workbench, /sandbox/i, 'Start Sandbox');
    const panel = workbench.webview();
    await panel.locator('.headline').waitFor({ timeout: 90_000 });
    expect(await panel.locator('.headline').textContent()).toMatch(/bottleneck/);
    // The sandbox's model makes this node slow.
    expect(await panel.locator('.finding .words').allTextContents()).toContainEqual(
      expect.stringContaining('Priority routing'),
    );
    await picture(workbench, 'results-overview');
  });

  it('shows the timeline and the table of the same run', async () => {
    const panel = workbench.webview();
    for (const tab of ['Timeline', 'Table']) {
      await panel.getByRole('tab', { name: tab }).click();
      await panel.getByRole('row').filter({ visible: true }).first().waitFor();
      await workbench.screenshot(`results-${tab.toLowerCase()}`);
    }
  });

  it('left an audit record, in the file and in the output channel', async () => {
    await workbench.command('CXQ: Show Audit Log');
    await expect.poll(() => outputText(workbench.page), { timeout: 30_000 }).toContain('run.ended');
    await workbench.screenshot('audit-log');
    const audit = join(workbench.dataFolder, 'audit');
    const lines = readdirSync(audit)
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(join(audit, name), 'utf8').trim().split('\n'));
    expect(lines.some((line) => line.includes('"run.ended"'))).toBe(true);
    await workbench.command('CXQ: Verify Audit Log');
    await notification(workbench, /whole|intact|verified|records/i);
  });

  it('runs a bare filter from the lens above it', async () => {
    await openFile(workbench, 'ids.cxq');
    const tab = workbench.page.locator('.tabs-container .tab').filter({ hasText: 'Results ·' }).first();
    await lens(workbench, 'Run', tab);
    await expect
      .poll(() => workbench.webview().locator('.tiles').textContent(), { timeout: 60_000 })
      .toMatch(/Interactions\s*3/);
  });

  it('asks for the value of a parameter that has none', async () => {
    await openFile(workbench, 'asked.cxq');
    await workbench.command('CXQ: Run Query');
    await workbench.screenshot('parameter');
    await fillInput(workbench.page, 'PARAM lookback', '6h');
    await workbench.page.locator('.tabs-container .tab').filter({ hasText: 'asked ·' }).waitFor();
    await workbench.webview().locator('.headline').waitFor({ timeout: 60_000 });
  });

  it('tells wrong credentials at the tenant, and keeps nothing', async () => {
    const { page } = workbench;
    const tooltip = await statusItem(page, 'cxq.connection').getAttribute('aria-label');
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(tooltip ?? '')?.[0];
    if (url === undefined) throw new Error(`The status bar names no address: ${tooltip}`);
    await workbench.command('CXQ: Connect to Tenant…');
    await fillInput(page, 'Tenant name', url);
    await fillInput(page, 'Name by which', 'wrong');
    await fillInput(page, 'Client id', 'nobody');
    await fillInput(page, 'Client secret', 'canary-secret-7f3a');
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    expect(await dialog.textContent()).toMatch(/refused|wrong|rejected|not accept/i);
    await workbench.screenshot('wrong-credentials');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await workbench.command('CXQ: Show Log');
    expect(await outputText(page)).not.toContain('canary-secret');
  });

  it('stops the sandbox, and is not connected any more', async () => {
    await workbench.command('CXQ: Stop Sandbox Tenant');
    await expect
      .poll(() => statusItem(workbench.page, 'cxq.connection').textContent(), { timeout: 30_000 })
      .toContain('not connected');
  });

  it('shows the results again after a reload, with no tenant', async () => {
    await workbench.page.reload();
    await workbench.page.locator('.monaco-workbench .statusbar').waitFor();
    await workbench.page.locator('.tabs-container .tab').filter({ hasText: 'lastDay' }).first().click();
    const panel = await resultsOf(workbench, 'Where did the last day get stuck?');
    // The tab that was looked at last is the one that comes back.
    await panel.getByRole('tab', { name: 'Table', selected: true }).waitFor({ timeout: 60_000 });
    await panel.getByRole('tab', { name: 'Overview' }).click();
    await panel.locator('.headline').waitFor();
    expect(await panel.locator('.finding .words').count()).toBeGreaterThan(0);
  });

  it('finds that the end of the audit log was cut off', async () => {
    const audit = join(workbench.dataFolder, 'audit');
    const file = join(audit, readdirSync(audit).find((name) => name.endsWith('.jsonl')) ?? '');
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n`);
    await workbench.command('CXQ: Verify Audit Log');
    const item = await notification(workbench, /missing|cut|not there|no longer/i);
    expect(await item.locator('.codicon-error').count()).toBe(1);
    await workbench.screenshot('audit-cut');
  });
});
