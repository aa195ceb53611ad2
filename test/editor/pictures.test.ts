/** Pictures of the editor with its results, to be looked at: for the README, and in the other themes. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { exampleFolder, openFile, picture } from './harness/actions.ts';
import { connectedTo, startTenant, type TestTenant } from './harness/tenant.ts';
import { ARTEFACTS, openWorkbench, ROOT, type Workbench } from './harness/workbench.ts';

const editor = inject('editor');
const THEMES = {
  dark: 'Default Dark Modern',
  contrast: 'Default High Contrast',
  'contrast-light': 'Default High Contrast Light',
};

const WRITING = `-- What held up the interactions that failed?
QUERY failing 'Interactions that failed at a decision'
WHERE errorState = true
  AND nodeType IN ['DECISION', 'ROUTING']
LAST 24h
LIMIT 500;

QUERY slowRouting 'What held them up'
WHERE interactionId IN failing
  AND nodeTyp = 'MENU'
  AND (dwell > 10s OR changed(priority))
SINCE ago(6h) UNTIL now()
`;

describe.runIf(editor.kind === 'browser')('pictures', () => {
  let workbench: Workbench;
  let tenant: TestTenant;
  let folder: string;

  const connection = () => connectedTo('sandbox', tenant.baseUrl, { auth: { kind: 'none' } });

  beforeAll(async () => {
    if (editor.kind !== 'browser') throw new Error('needs the editor in the browser');
    tenant = await startTenant({ auth: false, interactions: 2000, seed: 7 });
    folder = exampleFolder({ 'writing.cxq': WRITING });
    workbench = await openWorkbench(editor, {
      folder,
      vsix: join(ROOT, 'dist', 'cxq.vsix'),
      machine: connection(),
      settings: {
        'cxq.connection': 'sandbox',
        'editor.minimap.enabled': false,
        'editor.wordWrap': 'on',
        'editor.fontSize': 13,
        'editor.occurrencesHighlight': 'off',
        'editor.scrollbar.vertical': 'hidden',
        'breadcrumbs.enabled': false,
        'window.title': 'CXQ',
        'workbench.layoutControl.enabled': false,
        'workbench.activityBar.location': 'hidden',
      },
    });
  });
  afterAll(async () => {
    await workbench?.close();
    await tenant?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('writing: hints, a mistake, and what can follow', async () => {
    const { page } = workbench;
    await openFile(workbench, 'writing.cxq');
    await page.locator('.squiggly-error').first().waitFor();
    await page.locator('.editor-instance').filter({ hasText: 'runs locally' }).waitFor();
    await page.locator('.codelens-decoration').filter({ hasText: 'Explain' }).first().waitFor();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Control+Space');
    const list = page.locator('.suggest-widget.visible');
    await list.locator('.monaco-list-row').filter({ hasText: 'ANALYZE' }).first().waitFor();
    // The text and the list alone: the rest of the window says nothing here.
    const clip = { x: 304, y: 36, width: 760, height: 470 };
    await page.screenshot({ path: join(ARTEFACTS, 'writing.png'), clip });
    await page.keyboard.press('Escape');
  });

  it('the README’s: a query at the left, where it got stuck at the right', async () => {
    const { page } = workbench;
    await openFile(workbench, 'failing-then-slow.cxq');
    await workbench.command('View: Toggle Primary Side Bar Visibility');
    const run = page.locator('.codelens-decoration a').filter({ hasText: 'Run' });
    await run.nth(1).waitFor();
    await run.nth(1).click();
    const panel = workbench.webview();
    await panel.locator('.headline').waitFor({ timeout: 60_000 });
    await page.locator('.codelens-decoration a').filter({ hasText: 'interactions' }).waitFor();
    await picture(workbench, 'readme');
    expect(statSync(join(ARTEFACTS, 'readme.png')).size).toBeLessThan(300_000);
  });

  it.each(Object.entries(THEMES))('the results in the theme %s', async (name, theme) => {
    workbench.machineSettings({ ...connection(), 'workbench.colorTheme': theme });
    await workbench.page
      .locator(`.monaco-workbench[class*="${name.startsWith('contrast') ? 'hc' : 'vs-dark'}"]`)
      .waitFor();
    const panel = workbench.webview();
    for (const tab of ['Timeline', 'Table', 'Overview']) {
      await panel.getByRole('tab', { name: tab }).click();
      await panel.getByRole('tab', { name: tab, selected: true }).waitFor();
      if (tab !== 'Overview') await panel.getByRole('row').filter({ visible: true }).first().waitFor();
      await picture(workbench, `theme-${name}-${tab.toLowerCase()}`);
    }
  });
});
