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
    await page.locator('.timeline-view .step-cell[aria-selected="true"]').waitFor();
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
    await page.locator('.timeline-view .step-cell[aria-selected="true"]').waitFor();
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

  it('keeps filter, order, sort, zoom and the size of the pane', async () => {
    panel = await openPanel({ answer: hostOf(makeRun({ interactions: 60, endlessEvery: 15 })), width: 1200 });
    const { page } = panel;
    const timeline = page.locator('.timeline-view');
    const table = page.locator('.table-view');
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await timeline.locator('.label .id').first().waitFor();
    await page.getByRole('button', { name: 'Bottlenecks', exact: true }).first().click();
    await timeline.getByRole('combobox', { name: 'Order' }).click();
    await timeline.getByRole('option', { name: 'Longest first', exact: true }).click();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expect.poll(() => timeline.locator('.zoom').textContent()).toBe('2×');
    await page.getByRole('tab', { name: 'Table' }).click();
    await page.getByRole('columnheader', { name: 'Dwell' }).click();
    await table.locator('.row .c-nodeName').first().click();
    const sash = page.getByRole('separator');
    await sash.focus();
    await page.keyboard.press('ArrowLeft');
    const shown = () =>
      Promise.all([
        timeline.locator('.zoom').textContent(),
        table.locator('.row .c-interactionId').allTextContents(),
        page.getByRole('columnheader', { name: 'Dwell' }).getAttribute('aria-sort'),
        sash.getAttribute('aria-valuenow'),
      ]);
    await expect.poll(() => sash.getAttribute('aria-valuenow')).toBe('40');
    const before = await shown();
    expect(before).toContain('descending');
    const settings = await kept();
    expect(settings).toMatchObject({
      filter: [{ kind: 'mark', mark: 'bottleneck' }],
      timeline: { order: 'duration', zoom: 2 },
    });

    await page.reload();
    await table.locator('.row.selected').waitFor();
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await timeline.locator('.step-cell[aria-selected="true"]').waitFor();
    expect(await timeline.getByRole('combobox', { name: 'Order' }).textContent()).toContain('Longest first');
    await page.getByRole('tab', { name: 'Table' }).click();
    await expect.poll(shown).toEqual(before);
    expect((await kept()).filter).toEqual(settings.filter);
  });
});
