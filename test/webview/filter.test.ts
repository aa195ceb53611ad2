/** The filter bar: search, marks, what is filtered, the way back, the count. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import type { Filter } from '../../server/src/protocol/panel-filter.ts';
import { openPanel, type Panel } from './harness.ts';
import { HOSTILE, type Made, viewsHost } from './made-views.ts';
import { THEMES, type Theme } from './themes.ts';

const FILTER: Filter = [
  { kind: 'mark', mark: 'error' },
  { kind: 'node', nodeId: 'n-prio' },
  { kind: 'edge', from: 'n-hostile', to: null },
  { kind: 'dwell', from: 10, to: 20 },
  {
    kind: 'variable',
    name: 'priority',
    change: 'changed',
    before: null,
    after: JSON.stringify(HOSTILE.markup),
  },
];

describe('the filter bar', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (made: Made = {}, theme: Theme = 'light', width = 1000) => {
    panel = await openPanel({ answer: viewsHost(made), theme, width });
    const { page } = panel;
    await page.locator('.filter-bar .left').waitFor();
    return page;
  };
  const filters = (): Filter[] =>
    (panel?.sent ?? []).flatMap((message) => {
      const { body } = message as { body?: { kind: string; filter: Filter } };
      return body?.kind === 'overview' ? [body.filter] : [];
    });
  const lastFilter = (): Filter => filters().at(-1) ?? [];

  it('says how many interactions and steps are left, and of how many', async () => {
    const page = await open();
    const left = page.locator('.filter-bar .left');
    await expect.poll(() => left.textContent()).toContain('5,000 interactions, 40,120 steps');
    await page.getByRole('button', { name: 'Bottlenecks' }).click();
    await expect.poll(() => left.textContent()).toContain('2,500 of 5,000 interactions, 5,000 steps');
    expect(lastFilter()).toEqual([{ kind: 'mark', mark: 'bottleneck' }]);
  });

  it('is busy while the answer is awaited', async () => {
    let slow = 0;
    const page = await open({ delay: () => slow });
    await expect.poll(() => page.locator('.filter-bar .left').textContent()).toContain('5,000');
    slow = 400;
    await page.getByRole('button', { name: 'Errors' }).click();
    await page.locator('.filter-bar.busy').waitFor();
    expect(
      await page.locator('.filter-bar .spin').evaluate((spin) => getComputedStyle(spin).visibility),
    ).toBe('visible');
    await page.locator('.filter-bar:not(.busy)').waitFor();
  });

  it('marks one of All, Bottlenecks, Errors, Matching, Open as pressed, and unpresses by a second click', async () => {
    const page = await open();
    const marks = page.getByRole('group', { name: 'Steps' }).getByRole('button');
    const pressed = () =>
      marks.evaluateAll((all) =>
        all.filter((one) => one.ariaPressed === 'true').map((one) => one.textContent?.trim()),
      );
    expect(await pressed()).toEqual(['All']);
    await marks.nth(4).click();
    await expect.poll(() => pressed()).toEqual(['Open']);
    await marks.nth(3).click();
    await expect.poll(() => pressed()).toEqual(['Matching']);
    expect(lastFilter()).toEqual([{ kind: 'mark', mark: 'matching' }]);
    await marks.nth(3).click();
    await expect.poll(() => pressed()).toEqual(['All']);
    expect(lastFilter()).toEqual([]);
  });

  it('searches once after the last letter, is one step back, and is cleared by Escape', async () => {
    const page = await open();
    await page.keyboard.press('/');
    const field = page.getByRole('textbox', { name: /Search ids/ });
    expect(await field.evaluate((input) => input === document.activeElement)).toBe(true);
    await page.keyboard.type('pri');
    await expect.poll(() => lastFilter()).toEqual([{ kind: 'search', text: 'pri' }]);
    expect(filters().filter((filter) => filter.length > 0)).toHaveLength(1);
    await page.keyboard.type('o/?');
    await expect.poll(() => lastFilter()).toEqual([{ kind: 'search', text: 'prio/?' }]);
    expect(await page.getByRole('dialog').count()).toBe(0);
    await expect.poll(() => page.locator('.trail').textContent()).toContain('search “prio/?”');
    expect(await page.locator('.trail .undo').textContent()).toContain('all interactions');
    await page.keyboard.press('Escape');
    await expect.poll(() => lastFilter()).toEqual([]);
    expect(await field.inputValue()).toBe('');
    expect(await field.evaluate((input) => input === document.activeElement)).toBe(true);
    await field.blur();
    await page.keyboard.press('Control+f');
    await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true);
  });

  it('searches at once by Enter', async () => {
    const page = await open();
    await page.keyboard.press('/');
    await page.keyboard.type('x');
    await page.keyboard.press('Enter');
    await expect.poll(() => lastFilter()).toEqual([{ kind: 'search', text: 'x' }]);
  });

  it('names each condition in words, hostile ones as text, and takes it away', async () => {
    const page = await open({ state: { filter: FILTER } });
    const chips = page.locator('.filter-bar .chip');
    await expect
      .poll(() => chips.allTextContents().then((all) => all.map((one) => one.trim())))
      .toEqual([
        'errors',
        'node Priority routing',
        `end with ${HOSTILE.markup}`,
        'dwell 10–20 s',
        `priority changed to '${HOSTILE.markup}'`,
      ]);
    expect(await page.evaluate(() => Reflect.has(globalThis, 'hacked'))).toBe(false);
    expect(await page.locator('img').count()).toBe(0);
    await page.getByRole('button', { name: 'Take away: node Priority routing' }).click();
    await expect.poll(() => lastFilter()).toEqual(FILTER.filter(({ kind }) => kind !== 'node'));
  });

  it('goes back by key and button, says where to, and leaves undo in text fields alone', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Bottlenecks' }).click();
    await page.getByRole('button', { name: 'Errors' }).click();
    const undo = page.locator('.undo');
    await expect.poll(() => undo.getAttribute('aria-label')).toBe('Undo: back to bottlenecks');
    await page.keyboard.press('/');
    await page.keyboard.press('Control+z');
    expect(lastFilter()).toEqual([{ kind: 'mark', mark: 'error' }]);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+z');
    await expect.poll(() => lastFilter()).toEqual([{ kind: 'mark', mark: 'bottleneck' }]);
    await expect.poll(() => undo.getAttribute('aria-label')).toBe('Undo: back to all interactions');
    await undo.click();
    await expect.poll(() => lastFilter()).toEqual([]);
    expect(await undo.count()).toBe(0);
    const before = filters().length;
    await page.keyboard.press('Control+z');
    await page.waitForTimeout(60);
    expect(filters()).toHaveLength(before);
  });

  it('clears all, and opens what is left as a query', async () => {
    const page = await open({ state: { filter: FILTER } });
    await page.getByRole('button', { name: 'Open as CXQ' }).click();
    await expect
      .poll(() => panel?.sent.at(-1))
      .toEqual({ type: 'action', action: { kind: 'openQuery', filter: FILTER } });
    await page.getByRole('button', { name: 'Clear all' }).click();
    await expect.poll(() => lastFilter()).toEqual([]);
    expect(await page.locator('.filter-bar .chip').count()).toBe(0);
    await page.locator('.undo').click();
    await expect.poll(() => lastFilter()).toEqual(FILTER);
  });

  it('is one tab stop after the search; arrows, Home and End move, Delete takes a condition away', async () => {
    const page = await open({ state: { filter: FILTER } });
    const toolbar = page.getByRole('toolbar', { name: 'Filter' });
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
    expect(await toolbar.locator('button[tabindex="0"]').count()).toBe(1);
    await page.getByRole('textbox', { name: /Search ids/ }).focus();
    await page.keyboard.press('Tab');
    await expect.poll(() => focused()).toBe('All');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => focused()).toBe('Bottlenecks');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => focused()).toBe('Open as CXQ');
    await page.keyboard.press('End');
    for (let at = 0; at < 6; at += 1) await page.keyboard.press('ArrowLeft');
    await expect.poll(() => focused()).toBe('errors');
    await page.keyboard.press('Delete');
    await expect.poll(() => lastFilter()).toHaveLength(4);
    expect(await focused()).toBe('node Priority routing');
    expect(await toolbar.locator('button[tabindex="0"]').count()).toBe(1);
  });

  it('shows what is pressed where the system forces its colours', async () => {
    const page = await open();
    await page.emulateMedia({ forcedColors: 'active' });
    const line = (name: string) =>
      page
        .getByRole('group', { name: 'Steps' })
        .getByRole('button', { name, exact: true })
        .evaluate((mark) => getComputedStyle(mark).borderBottomStyle);
    expect([await line('All'), await line('Errors')]).toEqual(['solid', 'none']);
  });

  it('says aloud what is filtered by and how much is left', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Errors' }).click();
    await expect
      .poll(() => page.locator('[role=status][aria-live=polite]').textContent())
      .toMatch(/Filtered by errors: 2,500 of 5,000 interactions\./);
  });

  it('is as it was after a reload', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Errors' }).click();
    await page.keyboard.press('/');
    await page.keyboard.type('x');
    await expect.poll(() => lastFilter()).toHaveLength(2);
    await page.reload();
    await page.locator('.filter-bar .chip').nth(1).waitFor();
    expect(await page.getByRole('textbox', { name: /Search ids/ }).inputValue()).toBe('x');
    expect(await page.locator('.undo').getAttribute('aria-label')).toBe('Undo: back to errors');
  });

  it.each([1000, 700, 420, 320])(
    'fits in %d pixels, and the panel never scrolls as a whole',
    async (width) => {
      const page = await open({ state: { filter: FILTER } }, 'light', width);
      await page.locator('.filter-bar .chip').first().waitFor();
      const outside = await page
        .locator('.filter-bar button, .filter-bar input')
        .evaluateAll((all) =>
          all
            .filter(
              (one) => one.getBoundingClientRect().right > innerWidth || one.getBoundingClientRect().left < 0,
            )
            .map((one) => one.textContent),
        );
      expect(outside).toEqual([]);
      const cut = await page
        .locator('.mark-tool')
        .evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length);
      expect(cut).toBe(0);
      await page.getByRole('tab', { name: 'Compare' }).focus();
      expect(
        await page.evaluate(() =>
          [document.body, document.getElementById('app')].map((one) => [one?.scrollTop, one?.scrollLeft]),
        ),
      ).toEqual([
        [0, 0],
        [0, 0],
      ]);
    },
  );

  it.each(THEMES)('has nothing that axe objects to in %s', async (theme) => {
    const page = await open({ state: { filter: FILTER, past: [[]] } }, theme, 700);
    await page.locator('.filter-bar .chip').first().waitFor();
    const { violations } = await new AxeBuilder({ page }).include('.filter-bar').analyze();
    expect(
      violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
      ),
    ).toEqual([]);
    await panel?.screenshot(`${theme}-filter`);
  });
});
