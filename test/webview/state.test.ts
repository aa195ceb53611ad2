import { afterEach, describe, expect, it } from 'vitest';
import { panelStateSchema } from '../../server/src/protocol/panel-state.ts';
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
    await expect.poll(kept).toEqual(panelStateSchema.parse({ runId: 'run-2' }));
  });

  it('does not trip over a kept state that is none', async () => {
    panel = await openPanel({ answer: hostOf(makeRun()) });
    const { page } = panel;
    await page.locator('.headline').waitFor();
    await page.evaluate(() => sessionStorage.setItem('cxq-state', '{"runId":7,"tab":"nowhere"}'));
    await page.reload();
    await page.locator('.headline').waitFor();
    expect(await kept()).toEqual(panelStateSchema.parse({ runId: 'run-1' }));
  });

  it('keeps filter, order, search, sort, zoom and the size of the pane', async () => {
    const run = makeRun({ interactions: 60, endlessEvery: 15 });
    panel = await openPanel({ answer: hostOf(run), width: 1200 });
    const { page } = panel;
    const timeline = page.locator('.timeline-view');
    const table = page.locator('.table-view');
    const choose = async (view: typeof table, field: string, option: string) => {
      await view.getByRole('combobox', { name: field }).click();
      await view.getByRole('option', { name: option, exact: true }).click();
    };
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await timeline.locator('.bar.span').first().waitFor();
    await choose(timeline, 'Show', 'Bottlenecks');
    await choose(timeline, 'Order', 'Longest first');
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expect.poll(() => timeline.locator('.zoom').textContent()).toBe('2×');
    await page.getByRole('tab', { name: 'Table' }).click();
    await table.locator('.toolbar input').fill('routing');
    await page.getByRole('columnheader', { name: 'Dwell' }).click();
    await choose(table, 'Show', 'Bottlenecks');
    await table.locator('.row .c-nodeName').first().click();
    const sash = page.getByRole('separator');
    await sash.focus();
    await page.keyboard.press('ArrowLeft');
    const shown = () =>
      Promise.all([
        timeline.locator('.zoom').textContent(),
        table.locator('.toolbar .amount').textContent(),
        table.locator('.toolbar input').inputValue(),
        table.locator('.row .c-interactionId').allTextContents(),
        page.getByRole('columnheader', { name: 'Dwell' }).getAttribute('aria-sort'),
        sash.getAttribute('aria-valuenow'),
      ]);
    await expect.poll(() => sash.getAttribute('aria-valuenow')).toBe('40');
    const before = await shown();
    expect(before).toContain('descending');
    const held = run.interactions.flatMap(({ steps }) => steps).filter((step) => step.bottleneck);
    const routed = held.filter((step) => step.nodeName === 'Priority routing').length;
    expect(before[1]).toMatch(new RegExp(`^${routed} of `));

    await page.reload();
    await table.locator('.row.selected').waitFor();
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await timeline.locator('.bar.chosen').waitFor();
    expect(await timeline.getByRole('combobox', { name: 'Show' }).textContent()).toContain('Bottlenecks');
    expect(await timeline.getByRole('combobox', { name: 'Order' }).textContent()).toContain('Longest first');
    await page.getByRole('tab', { name: 'Table' }).click();
    await expect.poll(shown).toEqual(before);
  });
});
