/** Exporting as a person does it: from the lens of a query that has not run yet to a file, and from the results. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { answer, exampleFolder, notification, openFile } from './harness/actions.ts';
import { connectedTo, startTenant, type TestTenant } from './harness/tenant.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';

const editor = inject('editor');

describe.runIf(editor.kind === 'browser')('exporting in the workbench', () => {
  let workbench: Workbench;
  let tenant: TestTenant;
  let folder: string;

  beforeAll(async () => {
    if (editor.kind !== 'browser') throw new Error('needs the editor in the browser');
    tenant = await startTenant({ auth: false });
    folder = exampleFolder({ 'calls.cxq': 'QUERY calls\nLAST 29d\nLIMIT 12\n' });
    workbench = await openWorkbench(editor, {
      folder,
      machine: connectedTo('test', tenant.baseUrl, { auth: { kind: 'none' } }),
      settings: { 'cxq.connection': 'test' },
    });
  });
  afterAll(async () => {
    await workbench?.close();
    await tenant?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const input = () => workbench.page.locator('.quick-input-widget');
  /** Gives the save dialog a file. */
  const saveAs = async (name: string): Promise<void> => {
    await input().filter({ hasText: 'Export the Results of calls' }).waitFor({ timeout: 60_000 });
    const field = input().locator('input[type="text"]').first();
    await expect.poll(() => field.inputValue()).toContain('calls.csv');
    await field.fill(join(folder, name));
    await expect.poll(() => field.inputValue()).toBe(join(folder, name));
    await workbench.page.keyboard.press('Enter');
  };
  const written = (name: string) =>
    expect.poll(() => readdirSync(folder), { timeout: 30_000 }).toContain(name);
  const audit = (): string => {
    const chain = join(workbench.dataFolder, 'audit');
    return readdirSync(chain)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => readFileSync(join(chain, name), 'utf8'))
      .join('');
  };

  it('offers to run a query that has not run, and goes on to the file', async () => {
    await openFile(workbench, 'calls.cxq');
    const entry = workbench.page.locator('.codelens-decoration a').filter({ hasText: 'Export' });
    await entry.waitFor();
    await entry.click();
    await answer(workbench, 'calls has not run as it stands now', 'Run');
    await saveAs('calls.csv');
    const file = join(folder, 'calls.csv');
    await written('calls.csv');
    const end = await notification(workbench, /Exported 12 interactions of calls to calls\.csv \(CSV, /);
    expect(await end.getByRole('button').allTextContents()).toEqual(
      expect.arrayContaining(['Open', 'Reveal']),
    );
    expect(readFileSync(file, 'utf8')).toMatch(/^case_id,activity,/);
    expect(audit()).toContain(createHash('sha256').update(readFileSync(file)).digest('hex'));
    await workbench.screenshot('exported');
  });

  it('opens what was exported', async () => {
    await answer(workbench, /Exported 12 interactions/, 'Open');
    await workbench.page.locator('.tabs-container .tab.active').filter({ hasText: 'calls.csv' }).waitFor();
  });

  it('exports the results that are in front', async () => {
    const { page } = workbench;
    const action = page.locator('.editor-actions .codicon-export').first();
    await expect
      .poll(
        async () => {
          await page.locator('.tabs-container .tab').filter({ hasText: 'calls ·' }).click();
          return action.isVisible();
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    await action.click();
    await saveAs('calls.out');
    // The dialog gives a name without an ending the suggested one.
    await written('calls.out.csv');
  });

  it('lets a person choose among the kept runs, and a format where the ending names none', async () => {
    await openFile(workbench, 'calls.cxq');
    await workbench.command('CXQ: Export Results…');
    await input().filter({ hasText: 'complete · test' }).waitFor();
    await workbench.page.keyboard.press('Enter');
    await saveAs('calls.gz');
    await input().filter({ hasText: 'Format of calls.gz' }).waitFor();
    await workbench.page.keyboard.type('NDJSON');
    await workbench.page.keyboard.press('Enter');
    await written('calls.gz');
    const text = gunzipSync(readFileSync(join(folder, 'calls.gz'))).toString();
    expect(text.trim().split('\n')).toHaveLength(12);
    // What is packed cannot be opened as text.
    const end = await notification(workbench, 'calls.gz (NDJSON');
    expect(await end.getByRole('button').allTextContents()).not.toContain('Open');
  });
});
