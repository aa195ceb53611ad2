/** Writing queries as a person does: keys and clicks in the workbench, and the text that they leave. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { exampleFolder, openFile, picture } from './harness/actions.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';

const editor = inject('editor');

const FILES = {
  'completion.cxq': 'QUERY slow\nWHERE \n',
  'rename.cxq':
    'PARAM lookback = 6h\n\nQUERY failing\nWHERE errorState = true\nLAST $lookback;\n\nQUERY slow\nWHERE interactionId IN failing\n  AND dwell > 10s\nLAST $lookback\n',
  'fix.cxq': 'QUERY wrong\nWHERE nodeIdd = \'menu\' AND outcome = "a"\nLAST 24h\n',
  'format.cxq': "query   q where dwell>10s   and nodetype='MENU' last 24H limit   5\n",
  'closed.cxq': 'QUERY closed\nWHERE bogus = 1\nLAST 24h\n',
  'tour.cxq': `-- What held up the interactions that failed?
PARAM lookback = 6h

QUERY failing 'Interactions that failed at a decision'
WHERE errorState = true
  AND nodeType IN ['DECISION', 'ROUTING']
LAST 24h
LIMIT 500;

QUERY slowRouting 'What held them up'
WHERE interactionId IN failing
  AND nodeTimestamp >= now() - $lookback
  AND (dwell > 10s OR changed(priority))
ANALYZE BOTTLENECKS OVER 10s, PATHS TOP 20
`,
};

/** Puts the cursor to a line (from 1) and column (from 1) by the editor's own command. */
async function goTo(workbench: Workbench, line: number, column: number): Promise<void> {
  const { page } = workbench;
  const input = page.locator('.quick-input-widget input').first();
  // The first keys after a start may find an editor that is not there yet.
  await expect
    .poll(
      async () => {
        await page.locator('.editor-group-container.active .view-lines').first().click();
        await page.keyboard.press('Control+g');
        await input.fill(`:${line}:${column}`, { timeout: 2000 }).catch(() => undefined);
        await page.keyboard.press('Enter');
        return page.locator('[id="status.editor.selection"]').textContent();
      },
      { timeout: 30_000, interval: 1000 },
    )
    .toContain(`Ln ${line}, Col ${column}`);
}

describe.runIf(editor.kind === 'browser')('writing a query in the workbench', () => {
  let workbench: Workbench;
  let page: Page;
  let folder: string;

  beforeAll(async () => {
    if (editor.kind !== 'browser') throw new Error('needs the editor in the browser');
    folder = exampleFolder(FILES);
    workbench = await openWorkbench(editor, { folder });
    page = workbench.page;
  });
  afterAll(async () => {
    await workbench?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The text of a file once it is saved: what is drawn has hints in it that are not of the text. */
  async function saved(name: string): Promise<string> {
    await page.keyboard.press('Control+s');
    return readFileSync(join(folder, name), 'utf8');
  }

  /** Presses keys until what they open is there: the first time the server may not be ready yet. */
  async function press(keys: string, then: Locator): Promise<void> {
    await expect
      .poll(
        async () => {
          if (await then.isVisible()) return true;
          await page.keyboard.press('Escape');
          await page.keyboard.press(keys);
          await then.waitFor({ timeout: 3000 }).catch(() => undefined);
          return then.isVisible();
        },
        { timeout: 30_000 },
      )
      .toBe(true);
  }

  it('completes a field and its operator by keys alone', async () => {
    await openFile(workbench, 'completion.cxq');
    await goTo(workbench, 2, 7);
    const list = page.locator('.suggest-widget.visible');
    await press('Control+Space', list);
    await page.keyboard.type('erro');
    await list.locator('.monaco-list-row').filter({ hasText: 'errorState' }).first().waitFor();
    await workbench.screenshot('completion');
    await page.keyboard.press('Enter');
    await expect.poll(() => saved('completion.cxq')).toContain('WHERE errorState');
    await page.keyboard.press('End');
    await page.keyboard.type(' ');
    await page.keyboard.press('Control+Space');
    await list.locator('.monaco-list-row').filter({ hasText: '=' }).first().waitFor();
    await page.keyboard.press('Escape');
  });

  it('renames a query wherever it is used', async () => {
    await openFile(workbench, 'rename.cxq');
    await goTo(workbench, 3, 8);
    const box = page.locator('.rename-box input, .monaco-editor .rename-input').first();
    await press('F2', box);
    await box.fill('broken');
    await page.keyboard.press('Enter');
    await expect.poll(() => saved('rename.cxq')).toContain('interactionId IN broken');
    await expect.poll(() => saved('rename.cxq')).toContain('QUERY broken');
  });

  it('mends a misspelt field from the light bulb, and all that is safe at once', async () => {
    await openFile(workbench, 'fix.cxq');
    await page.locator('.squiggly-error').first().waitFor();
    await goTo(workbench, 2, 8);
    const menu = page.locator('.action-widget');
    await press('Control+.', menu.locator('.monaco-list-row').filter({ hasText: 'nodeId' }).first());
    await workbench.screenshot('quick-fix');
    await menu.locator('.monaco-list-row').filter({ hasText: 'nodeId' }).first().click();
    await expect.poll(() => saved('fix.cxq')).toContain("WHERE nodeId = 'menu'");
    // Nothing happens while the editor still asks about the text before.
    await expect
      .poll(
        async () => {
          await workbench.command('Fix All');
          return saved('fix.cxq');
        },
        { timeout: 30_000, interval: 1000 },
      )
      .toContain("outcome = 'a'");
  });

  it('formats the document', async () => {
    await openFile(workbench, 'format.cxq');
    await workbench.command('Format Document');
    await expect
      .poll(() => saved('format.cxq'))
      .toContain("QUERY q\nWHERE dwell > 10s\n  AND nodeType = 'MENU'\nLAST 24h\nLIMIT 5");
  });

  it('explains in a hover, with hints and colours', async () => {
    await openFile(workbench, 'tour.cxq');
    await page.locator('.editor-instance').filter({ hasText: 'runs locally' }).waitFor();
    await page.locator('.codelens-decoration').filter({ hasText: 'Explain' }).first().waitFor();
    await goTo(workbench, 10, 8);
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Control+i');
    await page.locator('.monaco-hover').filter({ hasText: 'slowRouting' }).first().waitFor();
    await workbench.screenshot('hover');
    await page.keyboard.press('Escape');
  });

  it('lists the problems of files that were never opened', async () => {
    await workbench.command('Problems: Focus on Problems View');
    const row = page.locator('.markers-panel .monaco-list-row').filter({ hasText: 'bogus' });
    await row.first().waitFor({ timeout: 30_000 });
    await picture(workbench, 'problems');
  });

  it('leads from a problem to the page about its code', async () => {
    const row = page.locator('.markers-panel .monaco-list-row').filter({ hasText: 'bogus' });
    await row
      .first()
      .locator('a')
      .filter({ hasText: 'CXQ2001' })
      .click({ modifiers: ['ControlOrMeta'] });
    await page.locator('.tabs-container .tab').filter({ hasText: 'CXQ2001' }).waitFor();
    await workbench.webview().locator('h1').filter({ hasText: 'CXQ2001' }).waitFor();
    await workbench.screenshot('page');
  });
});
