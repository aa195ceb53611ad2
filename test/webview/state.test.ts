import { afterEach, describe, expect, it } from 'vitest';
import { openPanel, type Panel } from './harness.ts';
import { hostOf, makeRun } from './run.ts';

describe('the state of the panel', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const kept = () => panel?.page.evaluate(() => JSON.parse(sessionStorage.getItem('cxq-state') ?? 'null'));

  it('keeps run, tab and selection, and is back there after a reload', async () => {
    panel = await openPanel({ answer: hostOf(makeRun({ interactions: 900 })), width: 1200 });
    const { page } = panel;
    await page.locator('.slowest button').first().click();
    await page.locator('.bar.chosen').waitFor();
    await page.getByRole('tab', { name: 'Table' }).click();
    await page.locator('.table-view .row.selected').waitFor();
    const selected = await page.locator('.table-view .row.selected').textContent();
    const before = await kept();
    expect(before).toMatchObject({ runId: 'run-1', tab: 'table' });
    expect(before.selection.sequence).toBe(4);

    await page.reload();
    await page.locator('.table-view .row.selected').waitFor();
    expect(await page.locator('.table-view .row.selected').textContent()).toBe(selected);
    await expect.poll(() => page.locator('.detail h2').textContent()).toBe('Priority routing');
    expect(await page.locator('[role=tab][aria-selected=true]').textContent()).toMatch(/^Table/);
  });

  it('starts anew where the editor shows another run', async () => {
    const other = makeRun({ interactions: 3, header: { runId: 'run-2', title: 'Another' } });
    let current = hostOf(makeRun());
    panel = await openPanel({ answer: (message) => current(message) });
    const { page } = panel;
    await page.locator('.finding .evidence button').first().click();
    await page.locator('.bar.chosen').waitFor();
    current = hostOf(other);
    await page.reload();
    await expect.poll(() => page.locator('header.run h1').textContent()).toBe('Another');
    expect(await page.locator('[role=tab][aria-selected=true]').textContent()).toBe('Overview');
    await expect.poll(kept).toEqual({ runId: 'run-2', tab: 'overview', selection: null });
  });

  it('does not trip over a kept state that is none', async () => {
    panel = await openPanel({ answer: hostOf(makeRun()) });
    const { page } = panel;
    await page.locator('.headline').waitFor();
    await page.evaluate(() => sessionStorage.setItem('cxq-state', '{"runId":7,"tab":"nowhere"}'));
    await page.reload();
    await page.locator('.headline').waitFor();
    expect(await kept()).toEqual({ runId: 'run-1', tab: 'overview', selection: null });
  });
});
