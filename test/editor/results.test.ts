/** The results panel in the workbench: from it into the text and to files, from the text and the Problems view into it. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { answer, exampleFolder, lens, notification, openFile } from './harness/actions.ts';
import { connectedTo, startTenant, type TestTenant } from './harness/tenant.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';

const editor = inject('editor');

const QUERIES = {
  'watched.cxq':
    'QUERY watched\nLAST 29d\nLIMIT 60\nANALYZE BOTTLENECKS OVER 1s, PATHS\nEXPECT BOTTLENECKS <= 0, RECORDS > 0\n',
  'patient.cxq': 'QUERY patient\nLAST 29d\nLIMIT 300\nWITH pageSize = 10, concurrency = 1\n',
  'pair.cxq': 'QUERY early\nLAST 29d\nLIMIT 20\n;\nQUERY late\nLAST 29d\nLIMIT 20\n',
};
/** The machine may have other things to do. */
const soon = { timeout: 30_000 };
const TABS = ['Overview', 'Timeline', 'Flow', 'Paths', 'Decisions', 'Variables', 'Table', 'Compare'];

describe.runIf(editor.kind === 'browser')('the results panel in the workbench', () => {
  let workbench: Workbench;
  let tenant: TestTenant;
  let folder: string;

  beforeAll(async () => {
    if (editor.kind !== 'browser') throw new Error('needs the editor in the browser');
    tenant = await startTenant({ auth: false, latencyMs: 300 });
    folder = exampleFolder(QUERIES);
    workbench = await openWorkbench(editor, {
      folder,
      machine: connectedTo('test', tenant.baseUrl, { auth: { kind: 'none' } }),
      settings: { 'cxq.connection': 'test', 'editor.minimap.enabled': false },
    });
  });
  afterAll(async () => {
    await workbench?.close();
    await tenant?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  // What stood there instead.
  beforeEach(({ onTestFailed }) => {
    onTestFailed(({ task }) => workbench.screenshot(`failed-${task.name.replace(/\W+/g, '-')}`));
  });

  const panel = () => workbench.webview();
  const tab = (name: string) => panel().getByRole('tab', { name });
  const openTab = async (name: string): Promise<void> => {
    await tab(name).click();
    await panel().getByRole('tab', { name, selected: true }).waitFor();
  };
  /** The editor that is in front, as its text and what is selected in it. */
  const activeLines = async (): Promise<string> => {
    const lines = await workbench.page
      .locator('.editor-group-container.active .editor-instance .view-line')
      .allInnerTexts();
    return lines.map((line) => line.replaceAll('\u00a0', ' ')).join('\n');
  };
  const selection = () => workbench.page.locator('.statusbar-item[id="status.editor.selection"]');
  /** Opens a file where the texts are: the explorer opens it in whichever group is in front. */
  const openText = async (name: string): Promise<void> => {
    await workbench.command('View: Focus First Editor Group');
    await openFile(workbench, name);
  };
  /** Brings the panel of a query to the front. */
  const front = async (query: string): Promise<void> => {
    await workbench.page
      .locator('.tabs-container .tab')
      .filter({ hasText: `${query} ·` })
      .click();
    await panel().getByRole('tab', { selected: true }).waitFor({ timeout: 60_000 });
  };

  /** Gives the save dialog a file, once it offers one beside the query. */
  const savedAs = async (name: string): Promise<string> => {
    const input = workbench.page.locator('.quick-input-widget').filter({ hasText: 'Save the Picture' });
    await input.waitFor();
    const field = input.locator('input[type="text"]').first();
    const ending = name.slice(name.lastIndexOf('.'));
    await expect.poll(() => field.inputValue(), soon).toMatch(new RegExp(`^${folder}.*${ending}$`));
    const file = join(folder, name);
    await field.fill(file);
    await expect.poll(() => field.inputValue(), soon).toBe(file);
    await workbench.page.keyboard.press('Enter');
    return file;
  };

  it('opens with its tabs once a query has run', async () => {
    await openFile(workbench, 'watched.cxq');
    await workbench.command('CXQ: Run Query');
    await panel().locator('.headline').waitFor({ timeout: 60_000 });
    for (const name of TABS) await tab(name).waitFor();
    await workbench.screenshot('results-panel');
  });

  it('narrows to what is pressed, and opens the query of what is left, without errors', async () => {
    const { page } = workbench;
    const mark = panel().locator('.filter-bar button', { hasText: 'Bottleneck' }).first();
    await mark.click();
    await expect.poll(() => mark.getAttribute('aria-pressed'), soon).toBe('true');
    await panel().getByRole('button', { name: 'Open as CXQ' }).click();
    await page.locator('.tabs-container .tab.active').filter({ hasText: 'Untitled-1' }).waitFor();
    await expect.poll(activeLines, soon).toMatch(/QUERY[\s\S]*WHERE[\s\S]*bottleneck/i);
    await page.locator('.editor-group-container.active .codelens-decoration a').first().waitFor();
    expect(await page.locator('.editor-group-container.active .squiggly-error').count()).toBe(0);
    await workbench.screenshot('results-query');
  });

  it('leads to the clause that asked, and selects it', async () => {
    await front('watched');
    await openTab('Overview');
    await panel()
      .locator('section[aria-labelledby="expect"]')
      .getByRole('button', { name: 'Show the clause' })
      .click();
    await workbench.page.locator('.tabs-container .tab.active').filter({ hasText: 'watched.cxq' }).waitFor();
    await expect.poll(() => selection().textContent(), soon).toMatch(/Ln 5, Col \d+ \(36 selected\)/);
  });

  it('is gone to from the Problems view, at the tab and the filter that fit', async () => {
    const { page } = workbench;
    await workbench.command('View: Toggle Problems');
    const entry = page
      .locator('.markers-panel .monaco-list-row')
      .filter({ hasText: 'was not met in the last run' });
    await entry.waitFor();
    expect(await entry.textContent()).toMatch(
      /BOTTLENECKS <= 0 was not met in the last run: it was [\d,]+\./,
    );
    await entry.click();
    await page.locator('.tabs-container .tab.active').filter({ hasText: 'watched.cxq' }).waitFor();
    await page
      .locator('.editor-group-container.active .native-edit-context, .editor-group-container.active textarea')
      .first()
      .focus();
    const action = page.locator('.action-widget .monaco-list-row').filter({ hasText: 'Show in the results' });
    await expect
      .poll(async () => {
        if (!(await action.isVisible())) await page.keyboard.press('Control+.');
        await action.waitFor({ timeout: 3_000 }).catch(() => undefined);
        return action.isVisible();
      }, soon)
      .toBe(true);
    await workbench.screenshot('results-fix');
    await action.click();
    await panel().getByRole('tab', { name: 'Table', selected: true }).waitFor();
    await panel().locator('.chip[data-kind="mark"]').waitFor();
    await workbench.command('View: Toggle Problems');
  });

  it('opens the record of a step to read', async () => {
    const { page } = workbench;
    await front('watched');
    await openTab('Table');
    await panel().getByRole('grid').getByRole('row').nth(1).click();
    await panel()
      .getByRole('group', { name: 'What to do with this step' })
      .getByRole('button', { name: 'Open record' })
      .click();
    await page
      .locator('.tabs-container .tab.active')
      .filter({ hasText: /step \d+\.json/ })
      .waitFor();
    await expect.poll(activeLines, soon).toMatch(/^\s*1?\s*\{/);
    await workbench.screenshot('results-record');
  });

  it('saves the picture of the flow where the person says', async () => {
    await front('watched');
    await openTab('Flow');
    await panel().getByRole('button', { name: 'Save the map as SVG' }).click();
    const file = await savedAs('map.svg');
    await expect.poll(() => existsSync(file), soon).toBe(true);
    expect(readFileSync(file, 'utf8')).toMatch(/^<\?xml [^>]*>\s*<svg[\s\S]*<\/svg>\s*$/);
    const said = await notification(workbench, 'Saved the picture as map.svg.');
    expect(await said.getByRole('button').allTextContents()).toContain('Open');
  });

  it('saves it as pixels too, and opens it', async () => {
    const { page } = workbench;
    await workbench.command('Notifications: Clear All Notifications');
    await front('watched');
    await openTab('Flow');
    await panel().getByRole('button', { name: 'Save the map as PNG' }).click();
    const file = await savedAs('map.png');
    await expect.poll(() => existsSync(file), soon).toBe(true);
    expect(readFileSync(file).subarray(1, 4).toString()).toBe('PNG');
    await answer(workbench, 'Saved the picture as map.png.', 'Open');
    await page.locator('.tabs-container .tab.active').filter({ hasText: 'map.png' }).waitFor();
  });

  it('cancels the run that it follows, and takes it up again', async () => {
    await openText('patient.cxq');
    await workbench.command('CXQ: Run Query');
    const { page } = workbench;
    await page.locator('.tabs-container .tab').filter({ hasText: 'patient ·' }).waitFor({ timeout: 60_000 });
    await panel().getByRole('note', { name: 'Still running' }).getByText('Cancel').click();
    const cancelled = panel().getByRole('note', { name: 'Cancelled' });
    await cancelled.waitFor({ timeout: 60_000 });
    await workbench.screenshot('results-cancelled');
    await cancelled.getByText('Resume', { exact: true }).click();
    // The panel follows, and ends with all of it.
    await panel().getByRole('note', { name: 'Still running' }).waitFor({ timeout: 60_000 });
    await panel().getByText('300 interactions').first().waitFor({ timeout: 60_000 });
    await panel().getByRole('note').waitFor({ state: 'hidden' });
    const runs = readdirSync(join(workbench.dataFolder, 'runs')).map((name): unknown =>
      JSON.parse(readFileSync(join(workbench.dataFolder, 'runs', name, 'manifest.json'), 'utf8')),
    );
    expect(runs.filter((run) => JSON.stringify(run).includes('"query":"patient"'))).toMatchObject([
      { outcome: 'complete' },
    ]);
  });

  it('compares two runs that the person chooses, in the panel of the newer one', async () => {
    const { page } = workbench;
    await openText('patient.cxq');
    await workbench.command('CXQ: Compare Runs…');
    const row = (query: string) =>
      page.locator('.quick-input-list .monaco-list-row').filter({ hasText: query }).first();
    await page.locator('.quick-input-widget').filter({ hasText: 'CXQ: Compare Runs' }).waitFor();
    await row('watched').click();
    await row('patient').click();
    await panel().getByRole('tab', { name: 'Compare', selected: true }).waitFor();
    await page.locator('.tabs-container .tab.active').filter({ hasText: 'patient ·' }).waitFor();
    await workbench.screenshot('results-compare');
  });

  it('runs its query again, wherever that stands in its file by now, and shows it in the same place', async () => {
    const { page } = workbench;
    const tabsOf = (query: string) =>
      page
        .locator('.tabs-container .tab')
        .filter({ hasText: `${query} ·` })
        .count();
    await openText('pair.cxq');
    const text = page.locator('.editor-group-container.active .view-line');
    await text.filter({ hasText: 'QUERY late' }).click();
    await workbench.command('CXQ: Run Query');
    await expect.poll(() => tabsOf('late'), soon).toBe(1);
    const groups = await page.locator('.editor-group-container').count();
    await text.first().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.insertText('QUERY added\nLAST 29d\nLIMIT 20\n;\n');
    await expect.poll(activeLines, soon).toMatch(/^QUERY added[\s\S]*QUERY early/);
    await front('late');
    await openTab('Overview');
    await panel().locator('details.query summary').click();
    await panel().locator('details.query').getByRole('button', { name: 'Run again' }).click();
    await expect.poll(() => tabsOf('late'), soon).toBe(2);
    expect(await tabsOf('early')).toBe(0);
    expect(await page.locator('.editor-group-container').count()).toBe(groups);
    await workbench.screenshot('results-again');
  });

  it('is as it was after the window was loaded anew', async () => {
    const { page } = workbench;
    await front('watched');
    await openTab('Table');
    const row = panel().getByRole('grid').getByRole('row').nth(2);
    await row.click();
    await panel().locator('.chip[data-kind="mark"]').waitFor();
    // The editor writes down what its windows hold as it reloads one by itself.
    const loaded = page.waitForEvent('load');
    await workbench.command('Developer: Reload Window');
    await loaded;
    await page.locator('.monaco-workbench .statusbar').waitFor();
    await panel().getByRole('tab', { name: 'Table', selected: true }).waitFor({ timeout: 60_000 });
    await panel().locator('.chip[data-kind="mark"]').waitFor();
    await panel().locator('[role="row"][aria-selected="true"]').first().waitFor();
    await workbench.screenshot('results-reloaded');
  });

  it('says what became of a run that is no longer kept', async () => {
    const { page } = workbench;
    rmSync(join(workbench.dataFolder, 'runs'), { recursive: true, force: true });
    await page.reload();
    await page.locator('.monaco-workbench .statusbar').waitFor();
    await panel()
      .getByText(/no longer kept|is gone/)
      .first()
      .waitFor({ timeout: 60_000 });
    await workbench.screenshot('results-gone');
  });

  it('is gone to from the lens, too', async () => {
    await openText('watched.cxq');
    await workbench.command('CXQ: Run Query');
    await lens(workbench, '60 interactions', panel().locator('.headline'));
  });
});
