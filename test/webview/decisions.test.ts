/** Decisions: outcomes with their intervals, what goes with them, the rule and its exceptions. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import type { PanelRequest } from '../../server/src/protocol/panel-requests.ts';
import { openPanel, type Panel } from './harness.ts';
import { HOSTILE, type Made, viewsHost } from './made-views.ts';
import { THEMES, type Theme } from './themes.ts';

describe('decisions', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (made: Made = {}, theme: Theme = 'light', width = 1000, ready = '.outcomes') => {
    panel = await openPanel({ answer: viewsHost(made), theme, width });
    const { page } = panel;
    await page.locator('.filter-bar .left').waitFor();
    await page.getByRole('tab', { name: 'Decisions' }).click();
    await page.locator(`.decisions-view ${ready}`).first().waitFor();
    return page;
  };
  const asked = () =>
    (panel?.sent ?? []).flatMap((message) => {
      const { body } = message as { body?: PanelRequest };
      return body?.kind === 'decisions' ? [body] : [];
    });

  it('lists the decisions, the chosen one with its outcomes and their intervals', async () => {
    const page = await open();
    const options = page.getByRole('listbox', { name: 'Decisions' }).getByRole('option');
    expect(await options.count()).toBe(3);
    expect(await options.first().textContent()).toMatch(
      /Customer tier\?\s*1,204 visits, mixed, one way more often/,
    );
    const standard = page.getByRole('row', { name: /standard/ }).first();
    expect(await standard.textContent()).toMatch(/71 %\s*\(69–74 %\)/);
    const [bar, fill, whisker] = await Promise.all(
      ['.whisker-bar', '.whisker-fill', '.whisker'].map((part) => standard.locator(part).boundingBox()),
    );
    const share = (x: number) => (x - (bar?.x ?? 0)) / (bar?.width ?? 1);
    expect(share((fill?.x ?? 0) + (fill?.width ?? 0))).toBeCloseTo(0.714, 1);
    expect(share(whisker?.x ?? 0)).toBeCloseTo(0.688, 1);
    expect(share((whisker?.x ?? 0) + (whisker?.width ?? 0))).toBeCloseTo(0.739, 1);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('.outcomes').textContent()).toContain(HOSTILE.markup);
  });

  it('says what goes with it, how likely that is chance, and what the rule is worth', async () => {
    const page = await open();
    const drivers = page.getByRole('table', { name: 'What goes with it' });
    expect(await drivers.textContent()).toMatch(
      /customer\/tier\s*category.*71 %.*0\.61 of 0\.86 bits.*no chance \(q < 0\.001\)/s,
    );
    expect(await drivers.textContent()).toMatch(
      /gold: before\.customer\.tier = 'gold' in\s+91 % of its visits, 3 % of all others/,
    );
    expect(await drivers.textContent()).toMatch(/number, split at 60\.5/);
    expect(await page.locator('pre code').textContent()).toContain(
      "if before.customer.tier = 'gold'\n  gold",
    );
    expect(await page.locator('.worth').textContent()).toMatch(/This rule\s*94 %\s*Commonest outcome\s*71 %/);
    expect(await page.locator('.decisions-view').textContent()).toContain('sample of 20,000 visits');
  });

  it('leads from an exception to its step, and to the interactions of all of them', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Only these' }).click();
    await expect
      .poll(() => asked().at(-1)?.filter)
      .toEqual([
        {
          kind: 'interactions',
          ids: Array.from({ length: 10 }, (_, at) => `int-${100_000 + at}`),
          label: 'exceptions to the rule of Customer tier?',
        },
      ]);
    await expect
      .poll(() => page.getByRole('button', { name: 'Only these' }).getAttribute('aria-pressed'))
      .toBe('true');
    await page.getByRole('button', { name: /int-100003/ }).click();
    await expect.poll(() => page.locator('[role=tab][aria-selected=true]').textContent()).toMatch(/Timeline/);
    const step = panel?.sent.find((message) => (message as { body?: PanelRequest }).body?.kind === 'step');
    expect(step).toMatchObject({ body: { interactionId: 'int-100003', sequence: 3 } });
  });

  it('narrows by an outcome and by the node, and widens by a second press', async () => {
    const page = await open();
    const gold = page.getByRole('rowheader').getByRole('button', { name: 'gold' });
    await gold.click();
    await expect
      .poll(() => asked().at(-1)?.filter)
      .toEqual([{ kind: 'outcome', nodeId: 'n-tier', outcome: 'gold' }]);
    await expect.poll(() => gold.getAttribute('aria-pressed')).toBe('true');
    await gold.press('Enter');
    await expect.poll(() => asked().at(-1)?.filter).toEqual([]);
    await page.getByRole('button', { name: 'Only visits of this node' }).click();
    await expect.poll(() => asked().at(-1)?.filter).toEqual([{ kind: 'node', nodeId: 'n-tier' }]);
  });

  it('chooses by arrows, warns of few visits, names outcomes that are nodes, and keeps the choice', async () => {
    const page = await open();
    await page.getByRole('option').first().focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.locator('.master-head h2').textContent()).toBe('Priority routing');
    expect(await page.evaluate(() => document.activeElement?.ariaSelected)).toBe('true');
    expect(await page.getByRole('note').textContent()).toMatch(/Only 12 visits/);
    expect(await page.locator('.outcomes').textContent()).toContain('Billing queue (n-queue)');
    expect(await page.locator('.outcomes .few').count()).toBe(4);
    expect(await page.locator('.decisions-view').textContent()).toMatch(/No rule:/);
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('.master-head h2').textContent()).toBe(HOSTILE.markup);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.locator('.master-head h2').textContent()).toBe('Priority routing');
    await page.reload();
    await page.locator('.decisions-view .outcomes').waitFor();
    expect(await page.locator('.master-head h2').textContent()).toBe('Priority routing');
  });

  it('says that it reads, that nothing is there, that nothing is left, and what failed', async () => {
    let fails = true;
    const made = { fails: ({ kind }: PanelRequest) => kind === 'decisions' && fails, delay: () => 60 };
    const page = await open(made, 'light', 1000, '.state');
    await page.locator('.decisions-view .state.failed').waitFor();
    fails = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.outcomes').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('none');
    await page.getByText('No decision is left by the filter').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.locator('.outcomes').waitFor();
    await panel?.close();
    const none = await open({ decisions: [] }, 'light', 1000, '.state .title');
    expect(await none.locator('.decisions-view .state').textContent()).toContain('No decisions');
  });

  it.each([...THEMES.map((theme) => [theme, 1000] as const), ['light', 420] as const])(
    'has nothing that axe objects to in %s at %d pixels',
    async (theme, width) => {
      const page = await open({}, theme, width);
      await page.getByRole('rowheader').getByRole('button', { name: 'gold' }).click();
      await page.locator('.tr.selected').waitFor();
      const { violations } = await new AxeBuilder({ page }).include('.decisions-view').analyze();
      expect(
        violations.flatMap(({ id, nodes }) =>
          nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
        ),
      ).toEqual([]);
      const detail = page.locator('.decisions-view .master-detail');
      expect(await detail.evaluate((one) => one.scrollWidth - one.clientWidth)).toBeLessThanOrEqual(0);
      await panel?.screenshot(`${theme}-${width}-decisions`);
    },
  );
});
