/** What ships: the packed extension, installed as a person installs it, in an editor that has nothing else of ours. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openFile, statusItem } from './harness/actions.ts';
import { openWorkbench, ROOT, type Workbench } from './harness/workbench.ts';

const editor = inject('editor');
const vsix = join(ROOT, 'dist', 'cxq.vsix');

describe.runIf(editor.kind === 'browser')('the packed extension', () => {
  let workbench: Workbench;

  beforeAll(async () => {
    if (editor.kind !== 'browser') throw new Error('needs the editor in the browser');
    if (!existsSync(vsix)) throw new Error('dist/cxq.vsix is not there: run `npm run package`.');
    workbench = await openWorkbench(editor, { vsix });
  });
  afterAll(async () => {
    await workbench?.close();
  });

  it('starts with its language server when a query is opened', async () => {
    await openFile(workbench, 'getting-started.cxq');
    await workbench.page.locator('.codelens-decoration').filter({ hasText: 'Run' }).first().waitFor();
    await expect.poll(() => statusItem(workbench.page, 'cxq.connection').innerText()).not.toBe('');
    await workbench.screenshot('packed');
  });
});
