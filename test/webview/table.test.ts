import { afterEach, describe, expect, it } from 'vitest';
import { fromWebviewSchema } from '../../server/src/protocol/panel.ts';
import { MAX_ROWS, type PanelRequest } from '../../server/src/protocol/panel-requests.ts';
import { openPanel, type Panel } from './harness.ts';
import { hostOf, makeRun } from './run.ts';

describe('the table', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (interactions = 40, delay?: (request: PanelRequest) => number) => {
    const run = makeRun({ interactions });
    panel = await openPanel({ answer: hostOf(run, delay), width: 1300 });
    const { page, sent } = panel;
    await page.getByRole('tab', { name: 'Table' }).click();
    const cell = (row: number, column: string) =>
      page.locator(`.table-view .row[aria-rowindex="${row + 1}"] .c-${column}`);
    await cell(1, 'nodeName').waitFor();
    const asked = () =>
      sent.flatMap((message) => {
        const parsed = fromWebviewSchema.parse(message);
        return parsed.type === 'request' && parsed.body.kind === 'table' ? [parsed.body] : [];
      });
    return { run, page, cell, asked, amount: () => page.locator('.table-view .amount').textContent() };
  };

  it('highlights the bottlenecks in words, icon and tint', async () => {
    const { page } = await open();
    await page.getByRole('columnheader', { name: 'Step' }).click();
    await page.getByRole('columnheader', { name: 'Bottleneck' }).click();
    const row = page.locator('.table-view .row.bottleneck').first();
    await row.waitFor();
    await page.locator('.table-view .scroller').evaluate((element) => {
      element.scrollTop = 0;
    });
    expect(await row.locator('.c-bottleneck').textContent()).toBe('bottleneck');
    expect(await row.locator('.c-bottleneck .codicon-flame').count()).toBe(1);
    const plain = page.locator('.table-view .row.odd:not(.bottleneck)').first();
    const paper = (target: typeof row) => target.evaluate((line) => getComputedStyle(line).backgroundColor);
    expect(await paper(row)).not.toBe(await paper(plain));
  });

  it('sorts by a column, the other way, and back to the order of the run', async () => {
    const { page, run, cell } = await open();
    const header = page.getByRole('columnheader', { name: 'Dwell' });
    const dwells = run.interactions
      .flatMap(({ steps }) => steps)
      .map((step) => step.dwell)
      .filter((dwell) => dwell !== null)
      .sort((a, b) => b - a);
    await header.click();
    await expect.poll(() => header.getAttribute('aria-sort')).toBe('descending');
    await expect.poll(() => cell(1, 'nodeName').textContent()).toBe('Priority routing');
    await expect
      .poll(() => page.locator('[role=status]').last().textContent())
      .toContain('sorted by Dwell, descending');
    await header.click();
    await expect.poll(() => header.getAttribute('aria-sort')).toBe('ascending');
    expect(dwells.length).toBeGreaterThan(100);
    await expect.poll(() => cell(2, 'nodeName').textContent()).toBe('Inbound voice');
    await header.click();
    await expect.poll(() => header.getAttribute('aria-sort')).toBe('none');
    await expect.poll(() => cell(1, 'interactionId').textContent()).toBe('int-100000');
  });

  it('searches and filters, says how much is left, and clears both', async () => {
    const { page, run, amount } = await open();
    const steps = run.interactions.flatMap((interaction) => interaction.steps);
    await page.locator('.table-view input').fill('fraud');
    await expect.poll(amount).toBe(`40 of ${steps.length} steps`);
    await page.locator('.table-view').getByRole('combobox', { name: 'Show' }).click();
    await page.locator('.table-view').getByRole('option', { name: 'Bottlenecks' }).click();
    const held = steps.filter((step) => step.nodeId === 'n-fraud' && step.bottleneck).length;
    await expect.poll(amount).toBe(`${held} of ${steps.length} steps`);
    await page.locator('.table-view input').fill('no such thing');
    await expect.poll(() => page.locator('.state .title:visible').textContent()).toBe('Nothing found');
    await panel?.screenshot('table-nothing-found');
    await page.getByRole('button', { name: 'Clear search and filter' }).click();
    await expect.poll(amount).toBe(`${steps.length} steps`);
    expect(await page.locator('.table-view input').inputValue()).toBe('');
  });

  it('is walked through and sorted by keyboard alone', async () => {
    const { page, cell } = await open();
    await page.locator('.table-view [tabindex="0"].cell').focus();
    await page.keyboard.press('ArrowUp');
    for (let at = 0; at < 6; at += 1) await page.keyboard.press('ArrowRight');
    const label = () => page.evaluate(() => document.activeElement?.textContent?.trim());
    await expect.poll(label).toBe('Dwell');
    await page.keyboard.press('Enter');
    await expect.poll(() => cell(1, 'nodeName').textContent()).toBe('Priority routing');
    await expect.poll(label).toBe('Dwell');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.detail h2').textContent()).toBe('Priority routing');
    expect(await page.locator('.table-view .row[aria-selected=true]').getAttribute('aria-rowindex')).toBe(
      '2',
    );
    await page.keyboard.press('PageDown');
    await page.keyboard.press('Control+End');
    const row = () =>
      page.evaluate(() => document.activeElement?.closest('.row')?.getAttribute('aria-rowindex'));
    await expect.poll(row).toBe(String(345 + 1));
    expect(await page.locator('.table-view .cell[tabindex="0"]').count()).toBe(1);
  });

  it('copies a row tab separated, with nothing that a spreadsheet would run', async () => {
    const run = makeRun({ interactions: 3 });
    const first = run.interactions[0]?.steps[0];
    if (first === undefined) throw new Error('made run without steps');
    Object.assign(first, {
      interactionId: '=HYPERLINK("http://127.0.0.1:9")',
      nodeName: 'tab\there\nand line',
    });
    panel = await openPanel({ answer: hostOf(run) });
    const { page } = panel;
    await page.getByRole('tab', { name: 'Table' }).click();
    await page.locator('.table-view [tabindex="0"].cell').focus();
    const copied = await page.evaluate(() => {
      const data = new DataTransfer();
      const event = new ClipboardEvent('copy', { clipboardData: data, bubbles: true, cancelable: true });
      document.activeElement?.dispatchEvent(event);
      return data.getData('text/plain');
    });
    const cells = copied.split('\t');
    expect(cells).toHaveLength(12);
    expect(cells[3]).toBe(`'=HYPERLINK("http://127.0.0.1:9")`);
    expect(cells[5]).toBe('tab here and line');
    expect(cells[9]).toBe(first.startTime);
    expect(Number(cells[6])).toBe(first.dwell);
  });

  it('asks for small slices of a hundred thousand steps, only where it looks', async () => {
    const { page, asked, run, cell } = await open(11_700);
    const total = run.overview.steps;
    expect(total).toBeGreaterThan(100_000);
    await page.locator('.table-view .scroller').evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    await cell(total, 'nodeName').waitFor();
    expect(await page.locator('.table-view .row').count()).toBeLessThan(80);
    expect(asked().every((request) => request.count <= MAX_ROWS)).toBe(true);
    expect(asked().reduce((sum, request) => sum + request.count, 0)).toBeLessThan(2_000);
    await page.locator('.table-view input').fill('int-105000');
    await expect.poll(() => page.locator('.table-view .amount').textContent()).toMatch(/^\d of /);
  });

  it('ignores an answer that comes after the question changed', async () => {
    // The search for "survey" is answered long after the one for "fraud".
    const { page, cell, amount } = await open(40, (request) =>
      request.kind === 'table' && request.search === 'survey' ? 900 : 0,
    );
    await page.locator('.table-view input').fill('survey');
    await expect
      .poll(() => panel?.sent.some((message) => JSON.stringify(message).includes('survey')))
      .toBe(true);
    await page.locator('.table-view input').fill('fraud');
    await expect.poll(() => cell(1, 'nodeName').textContent()).toBe('Fraud check');
    await page.waitForTimeout(1_200);
    expect(await cell(1, 'nodeName').textContent()).toBe('Fraud check');
    expect(await amount()).toMatch(/^40 of/);
  });
});
