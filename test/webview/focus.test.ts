/** The keyboard of the panel: what is pressed keeps it, and where that is gone, it is still somewhere. */
import { afterEach, describe, expect, it } from 'vitest';
import { openPanel, type Panel } from './harness.ts';
import { realHost, realRun } from './real.ts';

describe('the keyboard', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const beside = realRun({ interactions: 60, seed: 2, manifest: { runId: '20261101T090000Z-real02' } });
  const run = realRun({ interactions: 300, beside });
  const open = async (tab: 'overview' | 'decisions' | 'variables' | 'table' | 'paths' | 'compare') => {
    const compare = { with: beside.facts.manifest.runId, sort: 'matter' as const, sure: true, top: 0 };
    panel = await openPanel({ answer: realHost(run, { state: { tab, compare } }), width: 1200, height: 800 });
    await panel.page.locator(`.${tab}-view .codicon-loading`).first().waitFor({ state: 'hidden' });
    await panel.page.locator(`.${tab}-view button, .${tab}-view .row`).first().waitFor();
    return panel;
  };
  /** The element that has it, in words. */
  const focused = (): Promise<string> =>
    (panel?.page ?? expect.fail()).evaluate(() => {
      const { activeElement } = document;
      const words = activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
      return activeElement === document.body ? 'nothing' : words.replace(/\s+/g, ' ').trim();
    });
  const left = async (words: string): Promise<void> => {
    const text = (): Promise<string | null> =>
      (panel?.page ?? expect.fail()).locator('.filter-bar').textContent();
    await expect.poll(text).toContain(words);
    await expect.poll(() => panel?.page.locator('.filter-bar.busy').count()).toBe(0);
    await panel?.page.waitForTimeout(100);
  };

  it.each([
    ['overview', '.narrowing', 5],
    ['decisions', '.outcomes .narrow', 1],
    ['decisions', '.master-head .narrow', 0],
    ['variables', '.master-head .narrow', 0],
    ['variables', '.kinds .narrow', 1],
    ['variables', '.transitions .narrow', 2],
  ] as const)(
    'stays on what was pressed in %s, %s, and a second press takes it back',
    async (tab, selector, at) => {
      const { page } = await open(tab);
      const view = page.locator(`.${tab}-view`);
      if (tab === 'decisions') {
        await view.getByRole('option', { name: /^Priority routing/ }).click();
        await view.locator('h2', { hasText: 'Priority routing' }).waitFor();
      }
      await view.locator(selector).nth(at).focus();
      const name = await focused();
      // The counts in a name change with the filter.
      const still = name.replace(/ [\d,]+$/, '');
      await page.keyboard.press('Enter');
      await left(' of 300 interactions');
      expect(await focused()).toContain(still);
      expect(await page.locator(':focus').getAttribute('aria-pressed')).toBe('true');
      await page.keyboard.press('Enter');
      await left('300 interactions, ');
      expect(await focused()).toBe(name);
      expect(await page.locator(':focus').getAttribute('aria-pressed')).toBe('false');
    },
  );

  it.each(['table', 'paths', 'decisions', 'variables'] as const)(
    'goes to the tab where a filter leaves nothing of %s, and back into it with what was there',
    async (tab) => {
      const { page, post } = await open(tab);
      const rows = page.locator(`.${tab}-view :is(.option, .cover, [role=gridcell])`);
      await rows.first().focus();
      await page.keyboard.press('ArrowDown');
      const place = (): Promise<string | null> => page.locator(':focus').getAttribute('data-row');
      expect(await place()).toMatch(/^\d+$/);
      await post({ type: 'reveal', tab, filter: [{ kind: 'search', text: 'nothing is named so' }] });
      await expect.poll(focused).toMatch(new RegExp(`^${tab}`, 'i'));
      await page.keyboard.press('Control+z');
      await expect.poll(place).toMatch(/^\d+$/);
    },
  );

  it('goes on to the rows that a button brought, which is gone then', async () => {
    const { page } = await open('compare');
    await page
      .locator('.compare-view section', { hasText: 'Nodes' })
      .getByRole('button', { name: /may be chance/ })
      .focus();
    await page.keyboard.press('Enter');
    await page.locator('.compare-table.nodes .row-name').first().waitFor();
    await expect
      .poll(() =>
        page
          .locator('.compare-table.nodes .row-name')
          .first()
          .evaluate((name) => name === document.activeElement),
      )
      .toBe(true);
  });

  it('takes nothing from a person who points: what was clicked away leaves the page where it is', async () => {
    const { page, post } = await open('table');
    await page.locator('.table-view [role=gridcell]').nth(20).click();
    await page.getByRole('button', { name: 'Errors', exact: true }).click();
    await left(' of 300 interactions');
    await post({ type: 'reveal', tab: 'overview', filter: [] });
    await page.locator('.overview').waitFor();
    await page.waitForTimeout(600);
    expect(await page.locator('.headline:focus').count()).toBe(0);
  });

  it('cuts values of a megabyte, and keeps a step of many variables inside its pane', async () => {
    const big = 'a'.repeat(1_000_000);
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`v${at}`, at]));
    const long = realRun({
      interactions: 2,
      change: (record) => ({
        ...record,
        steps: [
          {
            nodeId: 'n',
            nodeType: 'API',
            variablesBefore: { big },
            variablesAfter: { big: `${big}b`, ...many },
          },
        ],
      }),
    });
    panel = await openPanel({
      answer: realHost(long, { state: { tab: 'table' } }),
      width: 1200,
      height: 800,
    });
    const { page } = panel;
    await page.locator('.table-view .c-nodeName[role=gridcell]').first().click();
    const value = page.locator('.diff .value').first();
    await value.waitFor();
    expect(((await value.textContent()) ?? '').length).toBe(20_000);
    expect(await page.locator('.diff td.before').first().textContent()).toContain(
      'The first 20,000 of 1,000,002 characters.',
    );
    // What only a screen reader sees is in the pane, too: it can scroll nothing else.
    expect(await page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight)).toBe(0);
  });
});
