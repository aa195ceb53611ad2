/** The keyboard map: shown by `?`, and in docs/results.md as the table says. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import { KEYS, keyCaps } from '../../client/webview/keys.ts';
import { openPanel, type Panel } from './harness.ts';
import { viewsHost } from './made-views.ts';
import { THEMES, type Theme } from './themes.ts';

const DOCS = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'docs', 'results.md');

function asMarkdown(): string {
  return KEYS.map(({ title, rows }) => {
    const lines = rows.map(({ keys, does }) => {
      const chords = keys.map((chord) =>
        keyCaps(chord)
          .map((cap) => `<kbd>${cap}</kbd>`)
          .join('+'),
      );
      return `| ${chords.join(', ')} | ${does} |`;
    });
    return `### ${title}\n\n| Keys | What they do |\n|---|---|\n${lines.join('\n')}\n`;
  }).join('\n');
}

it('stands in the documentation as it is', () => {
  const text = readFileSync(DOCS, 'utf8');
  const [, section = ''] = text.split('<!-- keys -->\n\n');
  // The formatter sets its columns.
  const plain = (markdown: string): string =>
    markdown.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---').replaceAll('| --- | --- |', '|---|---|');
  expect(plain(section)).toBe(plain(asMarkdown()));
});

describe('the keyboard help', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (theme: Theme = 'light', width = 1000) => {
    panel = await openPanel({ answer: viewsHost(), theme, width });
    const { page } = panel;
    await page.locator('.filter-bar .left').waitFor();
    await page.getByRole('tab', { name: 'Paths' }).click();
    await page.locator('.paths-view .cover').first().focus();
    return page;
  };

  it('opens by ?, has the tab in front first and every key of the map', async () => {
    const page = await open();
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keyboard' });
    await dialog.waitFor();
    const titles = await dialog.getByRole('heading', { level: 3 }).allTextContents();
    expect(titles[0]?.trim()).toMatch(/^Paths\s+this tab$/);
    expect(titles).toHaveLength(KEYS.length);
    expect(await dialog.locator('dd').count()).toBe(KEYS.flatMap(({ rows }) => rows).length);
  });

  it('keeps the keyboard in it, and gives it back by Escape, by ? and by its button', async () => {
    const page = await open();
    const inside = () => page.evaluate(() => document.activeElement?.closest('dialog') !== null);
    const row = () => page.evaluate(() => document.activeElement?.getAttribute('data-row') ?? null);
    for (const close of ['Escape', '?', 'button'] as const) {
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      for (let at = 0; at < 5; at += 1) {
        await page.keyboard.press('Tab');
        // Beyond the last stop the browser's own controls have it, never what is behind the dialog.
        expect(
          (await inside()) || (await page.evaluate(() => document.activeElement === document.body)),
        ).toBe(true);
      }
      await page.keyboard.press('ArrowDown');
      if (close === 'button') await page.getByRole('button', { name: 'Close', exact: true }).click();
      else {
        await page.locator('.keys-body').focus();
        await page.keyboard.press(close);
      }
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await row()).toBe('0');
    }
  });

  it('opens by its button', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Keyboard help' }).click();
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  });

  it('takes no key that is typed into the search, and no key reaches what is behind it', async () => {
    const page = await open();
    await page.keyboard.press('/');
    await page.keyboard.type('?');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await page.locator('.paths-view .cover').first().focus();
    await page.keyboard.press('?');
    await page.keyboard.press('/');
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest('dialog') !== null))
      .toBe(true);
  });

  it.each([...THEMES.map((theme) => [theme, 1000] as const), ['dark', 420] as const])(
    'has nothing that axe objects to in %s at %d pixels',
    async (theme, width) => {
      const page = await open(theme, width);
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      const { violations } = await new AxeBuilder({ page }).include('dialog').analyze();
      expect(
        violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`)),
      ).toEqual([]);
      const box = await page.getByRole('dialog').boundingBox();
      expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 999) <= width).toBe(true);
      await panel?.screenshot(`${theme}-${width}-keys`);
    },
  );
});
