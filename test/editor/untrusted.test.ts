/** Restricted mode: the text is served, and nothing runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { notification, openFile } from './harness/actions.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';

const editor = inject('editor');

describe.runIf(editor.kind === 'browser')('a workspace that is not trusted', () => {
  let workbench: Workbench;

  beforeAll(async () => {
    if (editor.kind !== 'browser') throw new Error('needs the editor in the browser');
    workbench = await openWorkbench(editor, { untrusted: true });
  });
  afterAll(async () => {
    await workbench?.close();
  });

  it('still has the language’s features', async () => {
    await openFile(workbench, 'getting-started.cxq');
    await workbench.page.getByText('Restricted Mode', { exact: true }).first().waitFor();
    await workbench.page.locator('.codelens-decoration').filter({ hasText: 'Run' }).first().waitFor();
  });

  it('refuses to run, and says how to change that', async () => {
    await workbench.command('CXQ: Run Query');
    const refusal = await notification(workbench, 'not trusted');
    await refusal.getByRole('button', { name: 'Manage Workspace Trust' }).waitFor();
    expect(existsSync(join(workbench.dataFolder, 'runs'))).toBe(false);
    expect(existsSync(join(workbench.dataFolder, 'audit'))).toBe(false);
    await workbench.screenshot('untrusted');
  });

  it('refuses to export, too', async () => {
    await workbench.command('CXQ: Export Results…');
    await notification(workbench, 'not trusted, so nothing is exported');
  });
});
