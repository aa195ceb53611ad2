/** What stands above the data is small where the panel is: beside an editor, above a terminal, at twice the size. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import { openPanel, type Panel } from './harness.ts';
import { hostOf, makeRun } from './run.ts';
import { THEMES, type Theme } from './themes.ts';

const HEADER = {
  title: 'Where callers wait before routing begins',
  connection: 'emea-production',
  tenant: 'https://emea-contact-centre.production.example.com',
} as const;
const WINDOW = '2025-03-10 09:12:44 – 2025-03-11 09:12:44 CET';
const MARKS = ['All', 'Bottlenecks', 'Errors', 'Matching', 'Open'];

describe('a small panel', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (width: number, height: number, theme: Theme = 'light') => {
    const run = makeRun({ interactions: 60, header: HEADER });
    panel = await openPanel({ answer: hostOf(run), theme, width, height });
    await panel.page.locator('.headline').waitFor();
    return panel.page;
  };
  /** Pixels from the panel's top to what a tab shows. */
  const above = async (): Promise<number> => {
    const box = await panel?.page.locator('vscode-tab-panel:visible').boundingBox();
    if (box === null || box === undefined) throw new Error('no tab shows');
    return box.y;
  };

  it.each([
    [350, 520, 190],
    [420, 700, 190],
    [640, 700, 180],
    [420, 320, 170],
    [900, 320, 150],
  ])('leaves most of %d × %d to the data', async (width, height, most) => {
    const page = await open(width, height);
    expect(await above()).toBeLessThanOrEqual(most);
    await page.locator('.mark-tool.bottleneck').click();
    await page.locator('.trail .chip').waitFor();
    // A condition and the way back take a line more at most.
    expect(await above()).toBeLessThanOrEqual(most + 30);
    await page.locator('.trail .chip').click();
    await page.locator('.trail .chip').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  });

  it.each([
    [350, 520],
    [420, 320],
    [900, 320],
  ])('says which query, tenant, window and when in full at %d × %d', async (width, height) => {
    const page = await open(width, height);
    const header = page.locator('header.run');
    expect(await header.getByRole('heading').getAttribute('title')).toBe(HEADER.title);
    const items = header.getByRole('list', { name: 'Run' }).getByRole('listitem');
    const texts = (await items.allTextContents()).map((one) => one.replace(/\s+/g, ' ').trim());
    expect(texts).toEqual([
      `Tenant${HEADER.connection} · ${HEADER.tenant}`,
      expect.stringMatching(/^Ran2025-03-\d\d \d\d:\d\d:\d\d CET$/),
      `Window${WINDOW}`,
    ]);
    const titles = await items.evaluateAll((all) => all.map((one) => one.getAttribute('title') ?? ''));
    expect(titles[0]).toContain(HEADER.tenant);
    expect(titles[1]).toBe(texts[1]?.replace('Ran', 'Ran '));
    expect(titles[2]).toContain(WINDOW);
    const badge = await header.locator('.pill').boundingBox();
    const title = await header.getByRole('heading').boundingBox();
    // On one line, the badge whole and beside the title.
    expect(
      Math.abs((badge?.y ?? 0) + (badge?.height ?? 0) / 2 - (title?.y ?? 0) - (title?.height ?? 0) / 2),
    ).toBeLessThan(4);
    expect((badge?.x ?? 0) + (badge?.width ?? 999)).toBeLessThanOrEqual(width);
    expect(badge?.x).toBeGreaterThanOrEqual((title?.x ?? 0) + (title?.width ?? 0));
  });

  it.each([320, 420, 1000])('has marks that are named and can be hit at %d pixels', async (width) => {
    const page = await open(width, 700);
    const marks = page.getByRole('group', { name: 'Steps' });
    for (const name of MARKS) {
      const mark = marks.getByRole('button', { name, exact: true });
      const box = await mark.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0), name).toBeGreaterThanOrEqual(24);
      expect((await mark.getAttribute('title'))?.startsWith(`${name}: `), name).toBe(true);
      const label = await mark
        .locator('span')
        .last()
        .evaluate((one) => getComputedStyle(one).clipPath);
      // Words where they fit; “All” has no icon to stand for it.
      expect(label, name).toBe(width < 560 && name !== 'All' ? 'inset(50%)' : 'none');
    }
  });

  it('has the open tab in view after a reload, however wide the counts beside the tabs are', async () => {
    const page = await open(350, 520);
    await page.getByRole('tab', { name: /^Table/ }).click();
    await page.reload();
    const tab = page.locator('[role=tab][aria-selected=true]');
    await expect.poll(() => tab.textContent()).toMatch(/^Table/);
    await expect
      .poll(() => tab.evaluate((one) => one.getBoundingClientRect().right <= innerWidth))
      .toBe(true);
  });

  it.each(THEMES)('has nothing that axe objects to in %s', async (theme) => {
    const page = await open(350, 520, theme);
    const violations = async () => {
      const found = await new AxeBuilder({ page })
        .include('header.run')
        .include('.filter-bar')
        .options({ rules: { 'target-size': { enabled: true } } })
        .analyze();
      return found.violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
      );
    };
    expect(await violations()).toEqual([]);
    await page.locator('.mark-tool.error').click();
    await page.locator('.trail .undo').waitFor();
    expect(await violations()).toEqual([]);
    await page.setViewportSize({ width: 900, height: 320 });
    expect(await violations()).toEqual([]);
    await panel?.screenshot(`${theme}-short`);
  });
});
