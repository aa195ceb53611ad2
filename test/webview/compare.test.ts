/** Compare: what differs between two runs, by how much and how surely; picking the run, narrowing, keys, states. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import type { Filter } from '../../server/src/protocol/panel-filter.ts';
import { openPanel, type Panel, type PanelOptions } from './harness.ts';
import { compareOf } from './made-compare.ts';
import { hostOf, makeRun } from './run.ts';
import { THEMES } from './themes.ts';

describe('Compare', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (options: PanelOptions = {}) => {
    panel = await openPanel({ answer: hostOf(makeRun()), ...options });
    const { page, sent } = panel;
    await page.locator('.overview .headline').waitFor();
    await page.getByRole('tab', { name: 'Compare' }).click();
    return { page, sent, view: page.locator('.compare-view') };
  };
  const compared = async (options: PanelOptions = {}) => {
    const opened = await open(options);
    await opened.page.getByRole('button', { name: 'Compare with the run of 2025-03-10' }).click();
    await opened.page.locator('.compared').waitFor();
    return opened;
  };
  const kept = async (): Promise<{ filter: Filter; compare: unknown }> => {
    const state = await panel?.page.evaluate(() => sessionStorage.getItem('cxq-state'));
    return JSON.parse(state ?? 'null');
  };
  const filter = async (): Promise<Filter> => (await kept()).filter;
  const asked = (): unknown[] =>
    (panel?.sent ?? []).flatMap((message) => {
      const { type, body } = message as { type: string; body?: { kind: string } };
      return type === 'request' && body?.kind === 'compare' ? [body] : [];
    });
  const text = (words: string | null | undefined): string => (words ?? '').replace(/\s+/g, ' ').trim();

  it('says how to compare where nothing is compared, and goes to the query', async () => {
    const { page, sent, view } = await open();
    await page.getByText('Nothing to compare with yet').waitFor();
    expect(asked()).toEqual([{ kind: 'compare', with: null }]);
    expect(await view.textContent()).toContain('COMPARE TO PREVIOUS');
    await panel?.screenshot('compare-nothing');
    await view.getByRole('button', { name: 'Go to query' }).click();
    await expect.poll(() => sent.at(-1)).toEqual({ type: 'action', action: { kind: 'showQuery' } });
  });

  it('shows what the query itself compares with, and leads to its clause', async () => {
    const run = makeRun();
    const host = hostOf(run);
    const answer = (message: unknown): unknown => {
      const asked = message as { type: string; id: number; body?: { kind: string } };
      if (asked.body?.kind !== 'compare') return host(message);
      return { type: 'response', id: asked.id, body: compareOf('run-0') };
    };
    const { page, sent, view } = await open({ answer });
    await page.locator('.compared').waitFor();
    await view.getByRole('button', { name: 'Show the clause' }).click();
    await expect
      .poll(() => sent.at(-1))
      .toEqual({ type: 'action', action: { kind: 'showClause', clause: 'compare' } });
  });

  it('lists the runs of the same query first, finds one by typing, and keeps it over a reload', async () => {
    const { page, view } = await open();
    const field = view.getByRole('combobox', { name: 'Compare with' });
    await field.click();
    const options = view.getByRole('option');
    await expect.poll(() => options.count()).toBe(5);
    const labels = (await options.allTextContents()).map(text);
    expect(labels[0]).toBe('The query’s own COMPARE TO');
    expect(labels.slice(1).map((label) => label.includes('(another query)'))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(labels[2]).toContain(', partial');
    await field.fill('callbacks');
    await expect.poll(() => options.count()).toBe(1);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.compared').waitFor();
    await expect.poll(kept).toMatchObject({ compare: { with: 'run-other' } });
    expect(asked().at(-1)).toEqual({ kind: 'compare', with: 'run-other' });
    await page.reload();
    await page.locator('.compared').waitFor();
    await expect.poll(() => field.inputValue()).toContain('Callbacks of the week');
  });

  it('says the verdict first, then each row with old and new, the interval drawn and how sure it is', async () => {
    const { page, view } = await compared();
    const heading = view.getByRole('heading').first();
    expect(text(await heading.textContent())).toMatch(/^212 interactions of .* they take longer/);
    expect(await view.getByRole('list', { name: 'What differs' }).getByRole('listitem').count()).toBe(4);
    await expect
      .poll(() => page.locator('[role=status][aria-live=polite]').first().textContent())
      .toContain('Compared: 212 interactions');
    const nodes = view.getByRole('table', { name: /^Nodes/ });
    const cells = async (at: number): Promise<string[]> =>
      (await nodes.getByRole('row').nth(at).locator('> *').allTextContents()).map(text);
    const [name, change, time, share] = await cells(1);
    expect([name, change]).toEqual(['Priority routing', 'worse']);
    expect(time).toContain('4.1 s →to 9.7 s');
    expect(time).toMatch(/\+5\.6 s, 95 % interval \(\+3\.59 s to \+8\.01 s\)/);
    expect(time).toContain('very sure, q < 0.001');
    expect(share).toContain('+21 points');
    expect(await Promise.all([2, 3, 4].map(async (at) => (await cells(at))[1]))).toEqual([
      'better',
      'appeared',
      'vanished',
    ]);
    // Each verdict has a sign of its own, whatever its ink.
    const signs = await nodes
      .locator('.verdict .codicon')
      .evaluateAll((all) => all.map((one) => one.className));
    expect(new Set(signs).size).toBe(4);
    // Right of the middle is more than before, and what is no chance does not reach it.
    const places = await nodes.locator('.interval').evaluateAll((all) =>
      all.map((one) => {
        const box = one.getBoundingClientRect();
        const reached = one.querySelector('.reached')?.getBoundingClientRect();
        const middle = box.left + box.width / 2;
        return reached === undefined
          ? ''
          : reached.left > middle
            ? 'more'
            : reached.right < middle
              ? 'less'
              : 'both';
      }),
    );
    expect(places.slice(0, 4)).toEqual(['more', 'more', 'less', 'both']);
    expect(text(await view.getByRole('heading', { name: /^Paths/ }).textContent())).toBe(
      'Paths 3 of 3 differ for sure, the first 3 of 140 compared',
    );
    expect(await view.textContent()).toContain('The run of 2025-03-03 is partial');
  });

  it('shows what may be chance when asked to, keeps that, and orders by what differs most', async () => {
    const { page, view } = await compared();
    const nodes = view.getByRole('table', { name: /^Nodes/ });
    const names = async (): Promise<string[]> =>
      (await nodes.getByRole('rowheader').allTextContents()).map(text);
    expect(await names()).toEqual(['Priority routing', 'Billing queue', 'Callback offer', 'Survey']);
    await view.getByRole('checkbox', { name: 'Only what differs for sure' }).focus();
    await page.keyboard.press(' ');
    await expect.poll(async () => (await names()).length).toBe(7);
    await expect.poll(kept).toMatchObject({ compare: { sure: false } });
    expect(text(await nodes.getByRole('row').nth(5).textContent())).toContain('no sure change');
    const order = view.getByRole('combobox', { name: 'Order by' });
    await order.click();
    await view.getByRole('option', { name: 'Name' }).click();
    await expect.poll(async () => (await names())[0]).toBe('Agent conversation');
    await order.click();
    await view.getByRole('option', { name: 'Difference in share' }).click();
    await expect
      .poll(async () => (await names()).slice(0, 3))
      .toEqual(['Survey', 'Callback offer', 'Priority routing']);
    await panel?.screenshot('compare-all');
    await page.reload();
    await page.locator('.compared').waitFor();
    expect((await names()).length).toBe(7);
  });

  it('narrows to a node, an edge, a path, an outcome, and stays as it is: whole runs are compared', async () => {
    const { page, view } = await compared();
    const row = (table: RegExp, at: number) =>
      view.getByRole('table', { name: table }).getByRole('rowheader').nth(at).getByRole('button');
    await row(/^Nodes/, 0).click();
    await expect.poll(filter).toEqual([{ kind: 'node', nodeId: 'n-prio' }]);
    await expect.poll(() => row(/^Nodes/, 0).getAttribute('aria-pressed')).toBe('true');
    expect(await view.textContent()).toContain('Both runs are compared whole');
    await row(/^Nodes/, 0).click();
    await row(/^Ways/, 0).click();
    await expect.poll(filter).toEqual([{ kind: 'edge', from: 'n-tier', to: 'n-prio' }]);
    await row(/^Ways/, 0).click();
    await row(/^Paths/, 0).click();
    await expect.poll(filter).toMatchObject([{ kind: 'path', nodes: { length: 8 } }]);
    await row(/^Paths/, 0).click();
    await row(/^Decision/, 0).click();
    await expect.poll(filter).toEqual([{ kind: 'outcome', nodeId: 'n-tier', outcome: 'gold' }]);
    // What vanished is nothing to narrow to, and the comparison was asked for once.
    expect(await row(/^Nodes/, 3).count()).toBe(0);
    expect(asked()).toHaveLength(2);
    expect(await page.locator('.compared').count()).toBe(1);
  });

  it('goes from row to row by arrows, with one stop of the Tab key a table', async () => {
    const { page, view } = await compared();
    const names = view.getByRole('table', { name: /^Nodes/ }).locator('.row-name');
    const stops = () => names.evaluateAll((all) => all.map((one) => (one as HTMLElement).tabIndex));
    expect(await stops()).toEqual([0, -1, -1]);
    await names.first().focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => stops()).toEqual([-1, 0, -1]);
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => names.nth(2).evaluate((one) => one === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await expect.poll(filter).toEqual([{ kind: 'node', nodeId: 'n-callback' }]);
    await expect.poll(() => names.nth(2).evaluate((one) => one === document.activeElement)).toBe(true);
    expect(await stops()).toEqual([-1, -1, 0]);
  });

  it('says that a run is gone, and can still be given another', async () => {
    const { page, view } = await open();
    const field = view.getByRole('combobox', { name: 'Compare with' });
    await field.click();
    await view.getByRole('option', { name: 'Errors at night' }).click();
    const alert = view.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('is not kept any more');
    await panel?.screenshot('compare-gone');
    await field.click();
    await view.getByRole('option', { name: '2025-03-03' }).click();
    await page.locator('.compared').waitFor();
    expect(await alert.count()).toBe(0);
  });

  it('gives up on a run that was left for another before it was compared', async () => {
    const run = makeRun();
    const answer = hostOf(run, (request) =>
      request.kind === 'compare' && request.with === 'run-0' ? 400 : 0,
    );
    const { page, view, sent } = await open({ answer });
    await page.getByRole('button', { name: 'Compare with the run of' }).click();
    await view.getByText('Comparing…').waitFor();
    await view.getByRole('combobox', { name: 'Compare with' }).click();
    await view.getByRole('option', { name: 'Callbacks' }).click();
    await page.locator('.compared').waitFor();
    expect(sent.some((message) => (message as { type: string }).type === 'cancel')).toBe(true);
    await page.waitForTimeout(500);
    expect(await page.locator('.compared').count()).toBe(1);
  });

  it.each(THEMES)('has nothing that axe objects to in %s', async (theme) => {
    const { page } = await compared({ theme });
    const violations = async (): Promise<string[]> => {
      const found = await new AxeBuilder({ page }).include('.compare-view').analyze();
      return found.violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')}`),
      );
    };
    expect(await violations()).toEqual([]);
    await panel?.screenshot(`${theme}-compare`);
    await page.setViewportSize({ width: 400, height: 700 });
    if (theme === 'dark') expect(await violations()).toEqual([]);
    const overflow = await page
      .locator('.compare-view > .main')
      .evaluate((main) => main.scrollWidth - main.clientWidth);
    expect(overflow).toBe(0);
    await panel?.screenshot(`${theme}-compare-narrow`);
  });
});
