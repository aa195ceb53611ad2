import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openWorkbench, type Workbench } from './harness/workbench.ts';

const editor = inject('editor');

describe.runIf(editor.kind === 'browser')('the results panel in the workbench', () => {
  let workbench: Workbench;

  beforeAll(async () => {
    if (editor.kind !== 'browser') throw new Error('needs the editor in the browser');
    workbench = await openWorkbench(editor);
  });
  afterAll(async () => {
    await workbench?.close();
  });

  it('opens from the palette and runs its script', async () => {
    await workbench.command('CXQ: Show Results');
    const heading = workbench.webview().locator('h1');
    await heading.waitFor();
    expect(await heading.textContent()).toBe('No run yet');
    await workbench.screenshot('hello-panel');
  });
});
