/** What a person does in the workbench, by what they see. */
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import { ROOT, type Workbench } from './workbench.ts';

/** A folder of its own with the examples and more files by name, so that exports do not land in the checkout. */
export function exampleFolder(more: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'cxq-examples-'));
  cpSync(join(ROOT, 'examples'), folder, {
    recursive: true,
    filter: (path) => !path.endsWith('reports'),
  });
  for (const [name, content] of Object.entries(more)) writeFileSync(join(folder, name), content);
  return folder;
}

/** Opens a file of the folder from the explorer, as a tab that stays. */
export async function openFile({ page }: Workbench, name: string): Promise<void> {
  await page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: name }).first().dblclick();
  await page.locator('.tabs-container .tab.active').filter({ hasText: name }).waitFor();
}

/**
 * Selects an entry of the active editor's code lenses until `then` is there. The editor draws its lenses anew as
 * answers come, and a click on one that is being replaced goes nowhere.
 */
export async function lens({ page }: Workbench, title: string, then: Locator): Promise<void> {
  const entry = page
    .locator('.editor-group-container.active .codelens-decoration a')
    .filter({ hasText: title });
  await expect
    .poll(
      async () => {
        await entry.first().click();
        await then.waitFor({ timeout: 5000 }).catch(() => undefined);
        return then.isVisible();
      },
      { timeout: 60_000 },
    )
    .toBe(true);
}

/** The results under this heading. Where several stand side by side, their order in the document tells nothing. */
export async function resultsOf({ page }: Workbench, heading: string): Promise<Frame> {
  const under = (frame: Frame): Promise<boolean> =>
    frame
      .getByRole('heading', { level: 1, name: heading })
      .isVisible()
      .catch(() => false);
  return vi.waitUntil(
    async () => {
      for (const frame of page.frames()) if (await under(frame)) return frame;
      return undefined;
    },
    { timeout: 60_000, interval: 250 },
  );
}

/**
 * The notification that has this text. Under the test driver the editor keeps toasts back, so it is looked for in
 * the notification centre, which is opened as often as it takes.
 */
export async function notification(workbench: Workbench, text: string | RegExp) {
  const item = workbench.page.locator('.notification-list-item').filter({ hasText: text }).first();
  await expect
    .poll(
      async () => {
        if (await item.isVisible()) return true;
        await workbench.command('Notifications: Show Notifications');
        return item.isVisible();
      },
      { timeout: 30_000, interval: 500 },
    )
    .toBe(true)
    .catch(async (reason: unknown) => {
      // What stood there instead.
      await workbench.screenshot('failed-notification');
      throw reason;
    });
  return item;
}

/** Selects a button of the notification that has this text. */
export async function answer(workbench: Workbench, text: string | RegExp, button: string): Promise<void> {
  const item = await notification(workbench, text);
  await item.getByRole('button', { name: button }).click();
}

/** Lines of the output channel that is shown. Only what fits in the panel is in the page. */
export async function outputText(page: Page): Promise<string> {
  const lines = await page.locator('.output-view-editor .view-line, .output-view .view-line').allInnerTexts();
  return lines.map((line) => line.replaceAll('\u00a0', ' ')).join('\n');
}

/** Types into the quick input that is open and accepts it; back once it was taken, which the editor checks first. */
export async function fillInput(page: Page, prompt: string | RegExp, value: string): Promise<void> {
  const asked = page.locator('.quick-input-widget').filter({ hasText: prompt });
  await asked.waitFor();
  await page.locator('.quick-input-widget input').first().fill(value);
  await page.keyboard.press('Enter');
  await asked.waitFor({ state: 'hidden' });
}

/** Text of the status bar item with this id. */
export function statusItem(page: Page, id: string) {
  return page.locator(`.statusbar-item[id="cxq.cxq.${id}"]`);
}

/** Keeps a picture with nothing in front of it. */
export async function picture(workbench: Workbench, name: string): Promise<void> {
  await workbench.command('Notifications: Clear All Notifications');
  await workbench.page.locator('.notifications-center.visible').waitFor({ state: 'hidden' });
  const { page } = workbench;
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  // In the status bar, where there is nothing to point at.
  await page.mouse.move(720, 890);
  await expect.poll(() => page.locator('.monaco-sash.hover, .scrollbar.visible.fade').count()).toBe(0);
  await workbench.screenshot(name);
}
