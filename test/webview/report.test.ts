/** The HTML report in a real browser: what a manager opens. */
import { AxeBuilder } from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import { reportHtml } from '../../server/src/output/exports/report/html.ts';
import { documentOf, PLAIN } from '../unit/output/report/documents.ts';
import { openPage } from './harness.ts';

describe('the report in a browser', () => {
  it.each(['light', 'dark'] as const)(
    'has nothing that axe objects to in %s, and asks for nothing',
    async (scheme) => {
      const opened = await openPage(reportHtml(documentOf()), { scheme });
      const { violations } = await new AxeBuilder({ page: opened.page }).analyze();
      expect(
        violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`)),
      ).toEqual([]);
      await opened.screenshot(`report-${scheme}`);
      expect(opened.problems).toEqual([]);
      expect(opened.reached).toHaveLength(1);
      await opened.close();
    },
  );

  it('runs nothing that a name brings along', async () => {
    const text = '"><img src=x onerror="document.title=1"><script>document.title=2</script>';
    const hostile = { first: text, second: 'b', name: text, value: text, variable: text, id: text };
    const opened = await openPage(reportHtml(documentOf(hostile)), {});
    expect(await opened.page.title()).toBe(text);
    expect(await opened.page.locator('script, img, iframe').count()).toBe(0);
    expect(opened.problems).toEqual([]);
    expect(opened.reached).toHaveLength(1);
    await opened.close();
  });

  it('is as wide as the screen it is read on, and light on paper', async () => {
    const opened = await openPage(reportHtml(documentOf(PLAIN)), { scheme: 'dark', width: 420 });
    const { page } = opened;
    const wider = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(await wider()).toBe(0);
    expect(await background()).toBe('rgb(20, 24, 29)');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.setViewportSize({ width: 690, height: 980 });
    expect(await background()).toBe('rgb(255, 255, 255)');
    expect(await wider()).toBe(0);
    await opened.screenshot('report-print');
    await opened.close();
  });
});
