/** A few tabs beside what they looked like: `npm run screenshots -- panel --update` makes the references anew. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Panel } from './harness.ts';
import { COMPARED, coarse, difference, MOST_DIFFERENT, openReader, openTab, reference } from './pictures.ts';

describe('how the panel looks', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    await panel?.close();
    panel = undefined;
  });

  it.each(COMPARED)('is as it was, in %s: %s', async (theme, tab) => {
    panel = await openTab(theme, tab);
    const reader = await openReader();
    const now = await coarse(reader.page, await panel.page.screenshot());
    expect(await difference(reader.page, now, reference(theme, tab))).toBeLessThan(MOST_DIFFERENT);
    await reader.close();
  });

  it('would not be, were a part of it gone, moved or of another colour', async () => {
    panel = await openTab('light', 'table');
    const { page } = panel;
    const reader = await openReader();
    const differs = async (change: string) => {
      await page.evaluate((style) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(style);
        document.adoptedStyleSheets = [sheet];
      }, change);
      return difference(
        reader.page,
        await coarse(reader.page, await page.screenshot()),
        reference('light', 'table'),
      );
    };
    expect(await differs('.table-view .rows { visibility: hidden }')).toBeGreaterThan(MOST_DIFFERENT);
    expect(await differs('.table-view { padding-left: 60px }')).toBeGreaterThan(MOST_DIFFERENT);
    expect(await differs('body { background: pink }')).toBeGreaterThan(MOST_DIFFERENT);
    await reader.close();
  });
});
