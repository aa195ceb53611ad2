/** Paths: the variants as chains, by keyboard and for screen readers. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import type { PanelRequest } from '../../server/src/protocol/panel-requests.ts';
import { openPanel, type Panel } from './harness.ts';
import { HOSTILE, type Made, makePaths, viewsHost } from './made-views.ts';
import { THEMES, type Theme } from './themes.ts';

describe('paths', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (
    made: Made = {},
    theme: Theme = 'light',
    width = 1000,
    ready = '.paths-view .chain',
  ) => {
    panel = await openPanel({ answer: viewsHost(made), theme, width });
    const { page } = panel;
    await page.locator('.filter-bar .left').waitFor();
    await page.getByRole('tab', { name: 'Paths' }).click();
    await page.locator(ready).first().waitFor();
    return page;
  };
  const asked = () =>
    (panel?.sent ?? []).flatMap((message) => {
      const { body } = message as { body?: PanelRequest };
      return body?.kind === 'paths' ? [body] : [];
    });

  it('asks for nothing behind another tab', async () => {
    panel = await openPanel({ answer: viewsHost() });
    const { page } = panel;
    await page.locator('.filter-bar .left').waitFor();
    await page.getByRole('button', { name: 'Errors', exact: true }).click();
    await page.locator('.chip').waitFor();
    expect(asked()).toEqual([]);
  });

  it('lists rank, chain, count, share, duration and errors, and says each path as a sentence', async () => {
    const page = await open();
    const rows = page.getByRole('listitem').filter({ has: page.locator('.cover') });
    const second = rows.nth(1);
    expect(await second.locator('.c-count').textContent()).toBe('1,624');
    expect(await second.locator('.c-rank').textContent()).toBe('2');
    expect(await page.locator('.paths-view .cover').nth(1).getAttribute('aria-label')).toMatch(
      /^Path 2: 1,624 interactions, 14 %, 48 % with those before; Inbound voice, .*Agent conversation; median 43 s, 95th percentile 1 min 52 s; no errors$/,
    );
    expect(await rows.nth(0).getAttribute('aria-setsize')).toBe('60');
    expect(await rows.nth(3).getAttribute('aria-posinset')).toBe('4');
    const chain = await rows.nth(3).locator('.chain').textContent();
    expect(chain).toContain(HOSTILE.markup);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('.paths-view .c-p95.few').count()).toBe(0);
  });

  it('keeps few rows in the document of ten thousand paths, and reaches the last by End', async () => {
    const page = await open({ paths: makePaths(10_000) });
    expect(await page.locator('.paths-view .row').count()).toBeLessThan(40);
    await page.locator('.cover[data-row="0"]').focus();
    await page.keyboard.press('End');
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? ''))
      .toMatch(/^Path 10,000: 1 interaction, /);
    expect(await page.locator('.cover:focus ~ .c-p95.few').count()).toBe(1);
    await page.keyboard.press('PageUp');
    await page.keyboard.press('ArrowUp');
    await expect
      .poll(() => page.evaluate(() => Number(document.activeElement?.getAttribute('data-row'))))
      .toBeLessThan(9_998);
    expect(await page.locator('.paths-view .row').count()).toBeLessThan(40);
    await page.keyboard.press('Home');
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-row'))).toBe('0');
  });

  it('shows a long path with both ends, and whole on demand', async () => {
    const page = await open();
    const third = page.locator('.paths-view .row').nth(2);
    await expect.poll(() => third.locator('.more').textContent()).toMatch(/\+\d+/);
    expect(await third.locator('.link').first().textContent()).toContain('Inbound voice');
    expect(await third.locator('.link').last().textContent()).toContain('Survey');
    await third.locator('.more').click();
    await expect.poll(() => page.locator('.chain.whole > li').count()).toBe(40);
    await page.keyboard.press('ArrowLeft');
    await page.locator('.full-path').waitFor({ state: 'hidden' });
    await page.keyboard.press('ArrowRight');
    await page.locator('.chain.whole').waitFor();
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => page.locator('.full-path h2').textContent()).toBe('Path 2');
    expect(await page.locator('.chain.whole .times').textContent()).toBe('×3');
    await page.getByRole('button', { name: 'Close the path' }).click();
    await page.locator('.full-path').waitFor({ state: 'hidden' });
  });

  it('narrows by a click, shows what is in force as pressed, and goes back to where the list was', async () => {
    const page = await open();
    await page.locator('.cover[data-row="0"]').focus();
    for (let at = 0; at < 20; at += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.cover[aria-pressed="true"]').waitFor();
    expect(await page.locator('.chip').textContent()).toContain('path of');
    expect(await page.locator('.paths-view .row').count()).toBe(1);
    expect(asked().at(-1)?.filter).toEqual([{ kind: 'path', nodes: makePaths(60)[20]?.nodes }]);
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-row'))).toBe('0');
    await page.keyboard.press(' ');
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-row'))).toBe('20');
    expect(await page.locator('.chip').count()).toBe(0);
    expect(await page.locator('.paths-view .scroller').evaluate((one) => one.scrollTop)).toBeGreaterThan(100);
  });

  it('is where it was after a reload, and at its first row under another filter', async () => {
    const page = await open({ paths: makePaths(500) });
    const top = () => page.locator('.paths-view .scroller').evaluate((one) => one.scrollTop);
    await page.locator('.paths-view .scroller').evaluate((one) => {
      one.scrollTop = 4800;
    });
    await page.locator('.cover[data-row="100"]').waitFor();
    await page.waitForTimeout(100);
    await page.reload();
    await page.locator('.cover[data-row="100"]').waitFor();
    expect(Math.abs((await top()) - 4800)).toBeLessThan(49);
    await page.getByRole('tab', { name: 'Compare' }).click();
    await page.getByRole('tab', { name: 'Paths' }).click();
    await expect.poll(async () => Math.abs((await top()) - 4800)).toBeLessThan(49);
    await page.getByRole('button', { name: 'Errors', exact: true }).click();
    await expect.poll(top).toBe(0);
    await page.locator('.cover[data-row="0"]').waitFor();
  });

  it('says that it reads, that nothing is there, that nothing is left, and what failed', async () => {
    let fails = true;
    const page = await open(
      { fails: ({ kind }) => kind === 'paths' && fails, delay: ({ kind }) => (kind === 'paths' ? 150 : 0) },
      'light',
      1000,
      '.paths-view .state',
    );
    expect(await page.locator('.paths-view .state').textContent()).toContain('Finding the paths');
    await page.locator('.paths-view .state.failed').waitFor();
    fails = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.paths-view .chain').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('none');
    await page.getByText('No path is left').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.locator('.paths-view .chain').first().waitFor();
    await panel?.close();
    const empty = await open({ paths: [] }, 'light', 1000, '.paths-view .state .title');
    expect(await empty.locator('.paths-view .state').textContent()).toContain('No paths');
  });

  it('keeps its place while a run goes on', async () => {
    const paths = makePaths(300);
    const host = viewsHost({ paths });
    let overview: unknown;
    const running = async (message: unknown) => {
      const answer = (await host(message)) as { body?: { kind: string; header: object } } | undefined;
      if (answer?.body?.kind === 'overview') {
        overview = { ...answer.body, header: { ...answer.body.header, outcome: 'running', endedAt: null } };
        return { ...answer, body: overview };
      }
      return answer;
    };
    panel = await openPanel({ answer: running });
    const { page } = panel;
    await page.getByRole('tab', { name: 'Paths' }).click();
    await page.locator('.cover[data-row="0"]').focus();
    for (let at = 0; at < 30; at += 1) await page.keyboard.press('ArrowDown');
    const before = asked().length;
    paths.push(...makePaths(10));
    await panel.post({ type: 'snapshot', overview });
    await expect.poll(() => page.locator('.row').first().getAttribute('aria-setsize')).toBe('310');
    expect(asked().length).toBeGreaterThan(before);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-row'))).toBe('30');
  });

  it.each([...THEMES.map((theme) => [theme, 1000] as const), ['dark', 420] as const])(
    'has nothing that axe objects to in %s at %d pixels',
    async (theme, width) => {
      const page = await open({}, theme, width);
      await page.locator('.cover[data-row="2"]').focus();
      await page.keyboard.press('ArrowRight');
      await page.locator('.chain.whole').waitFor();
      const { violations } = await new AxeBuilder({ page }).include('.paths-view').analyze();
      expect(
        violations.flatMap(({ id, nodes }) =>
          nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
        ),
      ).toEqual([]);
      await panel?.screenshot(`${theme}-${width}-paths`);
    },
  );
});
