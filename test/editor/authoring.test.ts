/** Writing queries as a person does: keys and clicks in the workbench, and the text that they leave. */
import { rmSync } from 'node:fs';
import type { Page } from 'playwright-core';
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

/** The text of the editor that is shown. The workbench draws only what is in view, and blanks as no-break spaces. */
async function shown(page: Page): Promise<string> {
  const lines = page.locator('.editor-group-container.active .editor-instance .view-line');
  const drawn = await lines.evaluateAll((all) =>
    all
      .map((line) => ({
        top: Number.parseFloat((line as HTMLElement).style.top),
        text: line.textContent ?? '',
      }))
      .sort((a, b) => a.top - b.top)
      .map(({ text }) => text),
  );
  return drawn.join('\n').replaceAll('\u00a0', ' ');
}

/** Puts the cursor to a line (from 1) and column (from 1) by the editor's own command. */
async function goTo(workbench: Workbench, line: number, column: number): Promise<void> {
  const { page } = workbench;
  await page.keyboard.press('Control+g');
  const input = page.locator('.quick-input-widget input').first();
  await input.waitFor();
  await input.fill(`:${line}:${column}`);
  await page.keyboard.press('Enter');
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
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

  it('completes a field and its operator by keys alone', async () => {
    await openFile(workbench, 'completion.cxq');
    await goTo(workbench, 2, 7);
    const list = page.locator('.suggest-widget.visible');
    // The first request may come before the server is there.
    await expect
      .poll(
        async () => {
          await page.keyboard.press('Escape');
          await page.keyboard.press('Control+Space');
          return list.isVisible();
        },
        { timeout: 30_000, interval: 1000 },
      )
      .toBe(true);
    await page.keyboard.type('erro');
    await list.locator('.monaco-list-row').filter({ hasText: 'errorState' }).first().waitFor();
    await workbench.screenshot('completion');
    await page.keyboard.press('Enter');
    await expect.poll(() => shown(page)).toContain('WHERE errorState');
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
    await expect
      .poll(
        async () => {
          await page.keyboard.press('F2');
          return box.waitFor({ timeout: 3000 }).then(
            () => true,
            () => false,
          );
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    await box.fill('broken');
    await page.keyboard.press('Enter');
    await expect.poll(() => shown(page)).toContain('interactionId IN broken');
    expect(await shown(page)).toContain('QUERY broken');
  });

  it('mends a misspelt field from the light bulb, and all that is safe at once', async () => {
    await openFile(workbench, 'fix.cxq');
    await page.locator('.squiggly-error').first().waitFor();
    await goTo(workbench, 2, 8);
    const menu = page.locator('.action-widget');
    await page.keyboard.press('Control+.');
    await menu.locator('.monaco-list-row').filter({ hasText: 'nodeId' }).first().waitFor();
    await workbench.screenshot('quick-fix');
    await menu.locator('.monaco-list-row').filter({ hasText: 'nodeId' }).first().click();
    await expect.poll(() => shown(page)).toContain("WHERE nodeId = 'menu'");
    await workbench.command('Fix All');
    await expect.poll(() => shown(page)).toContain("outcome = 'a'");
  });

  it('formats the document', async () => {
    await openFile(workbench, 'format.cxq');
    await workbench.command('Format Document');
    await expect
      .poll(() => shown(page))
      .toContain("QUERY q\nWHERE dwell > 10s\n  AND nodeType = 'MENU'\nLAST 24h\nLIMIT 5");
  });

  it('explains in a hover, with hints and colours', async () => {
    await openFile(workbench, 'tour.cxq');
    await page.locator('.editor-instance').filter({ hasText: 'runs locally' }).waitFor();
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
});
