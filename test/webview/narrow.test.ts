/** Beside an editor: about 520 pixels. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import { openPanel, type Panel } from './harness.ts';
import { hostOf, makeRun } from './run.ts';
import { THEMES } from './themes.ts';

describe('a narrow panel', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (width = 520, theme: (typeof THEMES)[number] = 'light') => {
    const run = makeRun({ interactions: 60, longIds: true, endlessEvery: 15 });
    panel = await openPanel({ answer: hostOf(run), theme, width, height: 830 });
    const { page } = panel;
    const tab = async (name: 'Timeline' | 'Table', ready: string) => {
      await page.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
      await page.locator(ready).first().waitFor();
    };
    const box = async (selector: string) => {
      const found = await page.locator(selector).first().boundingBox();
      if (found === null) throw new Error(`${selector} does not show`);
      return found;
    };
    return { run, page, tab, box };
  };

  it('gives the time the room, and names interactions by both ends of their ids', async () => {
    const { run, page, tab, box } = await open();
    await tab('Timeline', '.timeline-view .row .id');
    const label = await box('.timeline-view .label');
    expect(label.width).toBeLessThan(160);
    const id = run.interactions[0]?.id ?? '';
    const row = page.locator('.timeline-view .row[aria-rowindex="1"]');
    expect(await row.locator('.id').textContent()).toBe(id);
    expect(await row.locator('.id').getAttribute('title')).toBe(id);
    expect(await page.getByRole('rowheader', { name: new RegExp(`^${id}`) }).count()).toBe(1);
    expect(await row.locator('.tail-part').textContent()).toBe(id.slice(-5));
    const [tail, head] = await Promise.all([
      row.locator('.tail-part').boundingBox(),
      row.locator('.head-part').evaluate((part) => part.scrollWidth > part.clientWidth),
    ]);
    expect(head).toBe(true);
    expect((tail?.x ?? 0) + (tail?.width ?? 999)).toBeLessThan(label.x + label.width);
    // Below the run, the filter, the tabs, the tools and the map, most of the panel is left to the rows.
    expect(label.y).toBeLessThan(0.4 * 830);
  });

  it('has what tells where and how long in the table’s view', async () => {
    const { page, tab } = await open();
    await tab('Table', '.table-view .row .c-dwell');
    const inView = await page
      .locator('.table-view .head .cell')
      .evaluateAll((cells) =>
        cells
          .filter((cell) => cell.getBoundingClientRect().right <= innerWidth)
          .map((cell) => cell.textContent?.trim()),
      );
    expect(inView).toEqual([
      'Bottleneck',
      'Error',
      'Matches the query',
      'Interaction',
      'Step',
      'Node',
      'Dwell',
    ]);
    const scroller = page.locator('.table-view .scroller');
    // All that shows at first fits.
    expect(await scroller.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    const cut = await page
      .locator('.table-view .head .caption')
      .evaluateAll(
        (captions) => captions.filter((caption) => caption.scrollWidth > caption.clientWidth).length,
      );
    expect(cut).toBe(0);
  });

  it('keeps headers in view while rows scroll', async () => {
    const { page, tab, box } = await open();
    for (const [name, view, head] of [
      ['Timeline', '.timeline-view', '.time-head'],
      ['Table', '.table-view', '.head'],
    ] as const) {
      await tab(name, `${view} .row .id`);
      const before = await box(`${view} ${head}`);
      await page.locator(`${view} .scroller`).evaluate((element) => {
        element.scrollTop = 700;
      });
      expect((await box(`${view} ${head}`)).y).toBe(before.y);
    }
  });

  it('has the step below the rows, with the selected row still in view', async () => {
    const { page, tab, box } = await open();
    await tab('Timeline', '.timeline-view .row .id');
    const last = page.locator('.timeline-view .row[aria-rowindex="15"] .label');
    await last.click();
    await page.locator('.detail .diff').first().waitFor();
    const [rows, step] = [await box('.timeline-view .frame'), await box('.detail')];
    expect(step.y).toBeGreaterThanOrEqual(rows.y + rows.height);
    expect(step.width).toBe(520);
    const row = await last.boundingBox();
    expect((row?.y ?? 0) + (row?.height ?? 999)).toBeLessThanOrEqual(step.y + 1);
  });

  it.each([
    ['below', 520, 'ArrowUp', 'ArrowDown', 'horizontal'],
    ['beside', 1200, 'ArrowLeft', 'ArrowRight', 'vertical'],
  ] as const)('resizes the step %s the rows by keyboard and pointer', async (_, width, more, less, way) => {
    const { page, tab, box } = await open(width);
    await tab('Table', '.table-view .row .c-nodeName');
    expect(await page.getByRole('separator').count()).toBe(0);
    await page.locator('.table-view .row .c-nodeName').first().click();
    await page.locator('.detail .diff').first().waitFor();
    const sash = page.getByRole('separator', { name: /Size of the step/ });
    expect(await sash.getAttribute('aria-orientation')).toBe(way);
    const size = async () => {
      const found = await box('.detail');
      return way === 'horizontal' ? found.height : found.width;
    };
    const first = await size();
    await sash.focus();
    await page.keyboard.press(less);
    await page.keyboard.press(less);
    const smaller = await size();
    expect(smaller).toBeLessThan(first - 20);
    await page.keyboard.press(more);
    await expect.poll(() => size()).toBeGreaterThan(smaller);
    await page.keyboard.press('Enter');
    await expect.poll(() => size()).toBe(first);
    const edge = await box('.sash');
    const at = { x: edge.x + edge.width / 2, y: edge.y + edge.height / 2 };
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    const by = way === 'horizontal' ? { x: 0, y: 60 } : { x: 60, y: 0 };
    await page.mouse.move(at.x + by.x, at.y + by.y, { steps: 4 });
    await page.mouse.up();
    expect(Math.abs((await size()) - (first - 60))).toBeLessThan(4);
    await page.mouse.move(at.x, at.y + 200);
    expect(Math.abs((await size()) - (first - 60))).toBeLessThan(4);
    await sash.dblclick();
    await expect.poll(() => size()).toBe(first);
    await page.keyboard.press('Escape');
    await sash.waitFor({ state: 'hidden' });
  });

  it.each(THEMES)('has nothing that axe objects to in %s', async (theme) => {
    const { page, tab } = await open(520, theme);
    const violations = async () => {
      const found = await new AxeBuilder({ page }).analyze();
      return found.violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')}`),
      );
    };
    await tab('Timeline', '.timeline-view .row .id');
    expect(await violations()).toEqual([]);
    await panel?.screenshot(`${theme}-narrow-timeline`);
    await tab('Table', '.table-view .row .c-dwell');
    await page.locator('.table-view .row .c-nodeName').first().click();
    await page.locator('.detail .diff').first().waitFor();
    expect(await violations()).toEqual([]);
    await panel?.screenshot(`${theme}-narrow-table`);
  });
});
