/** Variables: what changed, from what to what, where, and outside any step. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import type { PanelRequest } from '../../server/src/protocol/panel-requests.ts';
import { openPanel, type Panel } from './harness.ts';
import { HOSTILE, type Made, makeVariables, viewsHost } from './made-views.ts';
import { THEMES, type Theme } from './themes.ts';

describe('variables', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (made: Made = {}, theme: Theme = 'light', width = 1000, ready = '.transitions') => {
    panel = await openPanel({ answer: viewsHost(made), theme, width });
    const { page } = panel;
    await page.locator('.filter-bar .left').waitFor();
    await page.getByRole('tab', { name: 'Variables' }).click();
    await page.locator(`.variables-view ${ready}`).first().waitFor();
    return page;
  };
  const lastFilter = () =>
    (panel?.sent ?? [])
      .flatMap((message) => {
        const { body } = message as { body?: PanelRequest };
        return body?.kind === 'variables' ? [body.filter] : [];
      })
      .at(-1);
  const title = () => panel?.page.locator('.variables-view .master-head h2').textContent();
  const priority = { kind: 'variable', name: 'priority', change: null, before: null, after: null };

  it('lists the variables with how often each kind of change happened', async () => {
    const page = await open();
    const first = page.getByRole('option').first();
    expect((await first.textContent())?.replace(/\s+/g, ' ').trim()).toBe(
      'priority added 12 removed 3 changed 1,480 type changed 2 outside a step 40',
    );
    expect(await page.getByRole('note').textContent()).toMatch(/Changed outside a step 40 times/);
    const transitions = page.locator('.transitions').first().getByRole('listitem');
    expect((await transitions.allTextContents()).map((one) => one.replace(/\s+/g, ''))).toEqual([
      '"low"to"high"1,200',
      '3to"3"40',
      'nullto{"nested":[1,2,{"deep":true}]}4',
    ]);
  });

  it('keeps few rows in the document of five thousand variables, and finds one by name', async () => {
    const page = await open({ variables: makeVariables(5_000) });
    expect(await page.getByRole('option').count()).toBeLessThan(40);
    await page.getByRole('option').first().focus();
    await page.keyboard.press('End');
    await expect.poll(title).toBe('context/field4999');
    expect(await page.evaluate(() => document.activeElement?.ariaPosInSet)).toBe('5003');
    await page.getByRole('textbox', { name: 'Filter by name' }).fill('FIELD42');
    await expect.poll(() => page.getByRole('option').count()).toBeGreaterThan(5);
    expect(await page.locator('.find-variable .numeric').textContent()).toBe('111 of 5,003');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.evaluate(() => document.activeElement?.role)).toBe('option');
    await page.getByRole('textbox', { name: 'Filter by name' }).fill('no such');
    await page.getByText('No variable has that name').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.find-variable .numeric').textContent()).toBe('5,003 variables');
  });

  it('narrows by variable, kind, transition and node, and widens by a second press', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Only where it changes' }).click();
    await expect.poll(lastFilter).toEqual([priority]);
    await page.getByRole('button', { name: /^outside a step/ }).click();
    await expect.poll(lastFilter).toEqual([{ ...priority, change: 'outside' }]);
    const transition = page.getByRole('button', { name: /^"low"\s+to\s+"high"/ });
    await transition.click();
    await expect.poll(lastFilter).toEqual([{ ...priority, before: '"low"', after: '"high"' }]);
    await expect.poll(() => transition.getAttribute('aria-pressed')).toBe('true');
    await transition.press(' ');
    await expect.poll(lastFilter).toEqual([]);
    await page.locator('.transitions').nth(1).getByRole('button').first().click();
    await expect.poll(lastFilter).toEqual([{ kind: 'node', nodeId: 'n-prio' }]);
  });

  it('shows hostile values as text, long ones cut, and whole on demand', async () => {
    const page = await open();
    await page.getByRole('option').nth(2).click();
    await expect.poll(title).toBe(HOSTILE.markup);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.evaluate(() => Reflect.has(globalThis, 'hacked'))).toBe(false);
    const values = page.locator('.transitions').first();
    expect(await values.textContent()).toContain('⟨U+202E⟩');
    expect(await values.textContent()).not.toContain('the end');
    await page.getByRole('button', { name: 'All of it' }).click();
    await expect.poll(() => values.textContent()).toContain('the end');
    expect(
      await values
        .locator('.value')
        .last()
        .evaluate((one) => one.clientHeight),
    ).toBeLessThan(340);
    await page.getByRole('button', { name: 'Less', exact: true }).click();
    await expect.poll(() => values.textContent()).not.toContain('the end');
  });

  it('is where it was after a reload', async () => {
    const page = await open({ variables: makeVariables(300) });
    await page.getByRole('option').first().focus();
    for (let at = 0; at < 60; at += 1) await page.keyboard.press('ArrowDown');
    await expect.poll(title).toBe('context/field57');
    await page.waitForTimeout(100);
    await page.reload();
    await page.locator('.variables-view .transitions').first().waitFor();
    expect(await title()).toBe('context/field57');
    await expect
      .poll(() =>
        page.locator('.option.selected').evaluate((one) => one.getBoundingClientRect().top < innerHeight),
      )
      .toBe(true);
    expect(await page.locator('.variables-view .master').evaluate((one) => one.scrollTop)).toBeGreaterThan(
      1000,
    );
  });

  it('says that it reads, that nothing is there, that nothing is left, and what failed', async () => {
    let fails = true;
    const made = { fails: ({ kind }: PanelRequest) => kind === 'variables' && fails, delay: () => 60 };
    const page = await open(made, 'light', 1000, '.state');
    await page.locator('.variables-view .state.failed').waitFor();
    fails = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.variables-view .transitions').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('none');
    await page.getByText('No change is left').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.locator('.variables-view .transitions').first().waitFor();
    await panel?.close();
    const none = await open({ variables: [] }, 'light', 1000, '.state .title');
    expect(await none.locator('.variables-view .state').textContent()).toContain('No variable changed');
  });

  it.each([...THEMES.map((theme) => [theme, 1000] as const), ['dark', 420] as const])(
    'has nothing that axe objects to in %s at %d pixels',
    async (theme, width) => {
      const page = await open({}, theme, width);
      await page.getByRole('button', { name: /^"low"\s+to\s+"high"/ }).click();
      await page.locator('.narrow[aria-pressed="true"]').waitFor();
      const { violations } = await new AxeBuilder({ page }).include('.variables-view').analyze();
      expect(
        violations.flatMap(({ id, nodes }) =>
          nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
        ),
      ).toEqual([]);
      const detail = page.locator('.variables-view .master-detail');
      expect(await detail.evaluate((one) => one.scrollWidth - one.clientWidth)).toBeLessThanOrEqual(0);
      await panel?.screenshot(`${theme}-${width}-variables`);
    },
  );
});
