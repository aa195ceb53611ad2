/** Secrets: asked for where there are none, bound to their address, gone with Sign Out, and in no log. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { exampleFolder, fillInput, notification, openFile } from './harness/actions.ts';
import { connectedTo, startTenant, type TestTenant } from './harness/tenant.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';

const editor = inject('editor');
const SECRETS = { first: 'canary-first-5c1d', second: 'canary-second-9e2b' };

describe.runIf(editor.kind === 'browser')('the secrets of a connection', () => {
  let workbench: Workbench;
  let first: TestTenant;
  let second: TestTenant;
  let folder: string;

  beforeAll(async () => {
    if (editor.kind !== 'browser') throw new Error('needs the editor in the browser');
    first = await startTenant({ clientSecret: SECRETS.first });
    second = await startTenant({ clientSecret: SECRETS.second });
    folder = exampleFolder({ 'hour.cxq': 'QUERY hour\nLAST 1h\n' });
    workbench = await openWorkbench(editor, {
      folder,
      machine: { ...connectedTo('acme', first.baseUrl), 'cxq.trace.server': 'verbose' },
      settings: { 'cxq.connection': 'acme' },
    });
    await openFile(workbench, 'hour.cxq');
  });
  afterAll(async () => {
    await workbench?.close();
    await first?.close();
    await second?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = () => workbench.command('CXQ: Run Query');
  const prompt = () => workbench.page.locator('.quick-input-widget');
  async function signIn(secret: string): Promise<void> {
    await fillInput(workbench.page, 'Client id', 'sandbox');
    await fillInput(workbench.page, 'Client secret', secret);
  }
  /** The end of a run, and not its progress. What an earlier one told is cleared before. */
  const ended = () => notification(workbench, /hour: (No|[\d,]+) (bottlenecks?|interactions)/);
  const clear = () => workbench.command('Notifications: Clear All Notifications');
  const refused = (tenant: TestTenant) => tenant.asked.filter(({ status }) => status === 401);

  it('are asked for at the first run, hidden as they are typed', async () => {
    await workbench.command('Developer: Set Log Level');
    const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
    await rows
      .filter({ hasText: /^Trace/ })
      .first()
      .click();
    await run();
    await fillInput(workbench.page, 'Client id', 'sandbox');
    await prompt().filter({ hasText: 'Client secret' }).waitFor();
    expect(await prompt().locator('input').first().getAttribute('type')).toBe('password');
    await fillInput(workbench.page, 'Client secret', SECRETS.first);
    await ended();
    expect(refused(first)).toEqual([]);
  });

  it('are not asked for again', async () => {
    await clear();
    await run();
    await ended();
    expect(await prompt().filter({ hasText: 'Client' }).isVisible()).toBe(false);
    expect(first.stats.tokenRequests).toBe(1);
  });

  it('do not go to another address: it is asked anew, and sees none of the first', async () => {
    await clear();
    workbench.machineSettings({ ...connectedTo('acme', second.baseUrl), 'cxq.trace.server': 'verbose' });
    await expect
      .poll(
        async () => {
          await run();
          return prompt()
            .filter({ hasText: 'Client id' })
            .waitFor({ timeout: 3000 })
            .then(
              () => true,
              () => false,
            );
        },
        { timeout: 60_000 },
      )
      .toBe(true);
    const text = await prompt().innerText();
    expect(text).toContain(`for ${second.baseUrl}`);
    expect(text).toContain(`what is stored is for ${first.baseUrl} and is not sent here`);
    await workbench.screenshot('other-origin');
    expect(second.asked).toEqual([]);
    await workbench.page.keyboard.press('Escape');
    await notification(workbench, 'No credentials were given for acme');
    expect(second.asked).toEqual([]);
    await clear();
    await run();
    await signIn(SECRETS.second);
    await ended();
    expect(second.stats.tokenRequests).toBe(1);
    expect(refused(second)).toEqual([]);
  });

  it('go with Sign Out: the next run asks', async () => {
    const before = second.stats.requests;
    await workbench.command('CXQ: Sign Out');
    await notification(workbench, 'The credentials of acme were removed');
    await clear();
    await run();
    await prompt().filter({ hasText: 'Client id' }).waitFor();
    expect(await prompt().innerText()).not.toContain('what is stored');
    expect(second.stats.requests).toBe(before);
    await workbench.page.keyboard.press('Escape');
    await workbench.command('CXQ: Sign Out');
    await notification(workbench, 'No credentials are stored');
  });

  it('are replaced when the tenant refuses them', async () => {
    await clear();
    await run();
    await signIn('canary-wrong-0000');
    const refusal = await notification(workbench, 'refused the credentials');
    expect(await refusal.textContent()).not.toContain('CXONE_');
    await refusal.getByRole('button', { name: 'Enter Credentials Again' }).click();
    await signIn(SECRETS.second);
    await ended();
    expect(refused(second)).toHaveLength(1);
  });

  it('are in no log, however much it is told to say', async () => {
    const files = readdirSync(workbench.logFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    expect(files.filter((text) => text.includes('canary-'))).toEqual([]);
    // The messages that carried them were logged.
    expect(files.some((text) => text.includes('(not shown: credentials)'))).toBe(true);
  });
});
