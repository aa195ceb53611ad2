/** What of the timeline's axis is in view: axes, zoom, pan, the map; kept over a reload. */
import { afterEach, describe, expect, it } from 'vitest';
import type { RequestOf } from '../../server/src/protocol/panel-requests.ts';
import { makeRun } from './run.ts';
import { type OpenTimeline, openTimeline, withIdleTime } from './timeline-page.ts';

describe('the axis of the timeline', () => {
  let open: OpenTimeline | undefined;
  afterEach(async () => {
    expect(open?.panel.problems).toEqual([]);
    await open?.panel.close();
    open = undefined;
  });
  const start = async (...args: Parameters<typeof openTimeline>): Promise<OpenTimeline> => {
    open = await openTimeline(...args);
    return open;
  };

  it('zooms by buttons, keys and wheel around what the pointer is on, pans by wheel and drag', async () => {
    const { cell, focus, kept, page, press, button } = await start();
    await focus();
    await press('ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight');
    const first = await cell();
    await button('Zoom in').click();
    await expect.poll(async () => Math.abs((await cell()).width - first.width * 2)).toBeLessThan(2);
    await focus();
    await press('-');
    await expect.poll(async () => Math.abs((await cell()).width - first.width)).toBeLessThan(2);
    // Around the pointer: what is under it stays there.
    const [x, y] = [first.x, first.y + 6];
    await page.mouse.move(x, y);
    await page.keyboard.down('Control');
    for (let turn = 0; turn < 4; turn += 1) await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    await expect.poll(async () => (await cell()).width).toBeGreaterThan(first.width * 2);
    await expect.poll(async () => Math.abs((await cell()).x - first.x)).toBeLessThan(6);
    const zoomed = await cell();
    await page.keyboard.down('Shift');
    await page.mouse.wheel(0, 80);
    await page.keyboard.up('Shift');
    await expect.poll(async () => Math.round(zoomed.x - (await cell()).x)).toBe(80);
    await page.mouse.wheel(-80, 0);
    await expect.poll(async () => Math.abs((await cell()).x - zoomed.x)).toBeLessThan(2);
    await page.mouse.move(x + 200, y + 200);
    await page.mouse.down();
    await page.mouse.move(x + 150, y + 200, { steps: 5 });
    await page.mouse.up();
    await expect.poll(async () => Math.round(zoomed.x - (await cell()).x)).toBe(50);
    await press('1');
    await expect.poll(kept).toMatchObject({ zoom: 1, left: 0 });
  });

  it('shows what is typical at first, and fits all on demand', async () => {
    const { focus, focused, page, press, button, said } = await start({ interactions: 60, endlessEvery: 15 });
    await focus();
    await press('ArrowDown', 'ArrowDown', 'End');
    await expect.poll(focused).toMatch(/^(Survey|Fraud check)/);
    // The long row was panned to its end.
    await press('1');
    await button('Fit all').click();
    await expect.poll(() => button('Zoom out').isDisabled()).toBe(true);
    await expect.poll(() => button('Fit all').isDisabled()).toBe(true);
    await expect.poll(said).toMatch(/h .*in view, from \+0 s to \+/);
    const brush = page.getByRole('slider', { name: 'Time in view' });
    const [map, box] = [await page.locator('.timeline-view .map').boundingBox(), await brush.boundingBox()];
    expect(Math.abs((map?.width ?? 0) - (box?.width ?? 0))).toBeLessThan(3);
    await button('Reset zoom').click();
    await expect.poll(said).toMatch(/^\d+ min( \d+ s)? in view/);
  });

  it('has a map that is dragged, clicked and moved by keys, and is told in words', async () => {
    const { kept, page, button } = await start({ interactions: 60, endlessEvery: 15 });
    const words = () => page.locator('.timeline-view .map canvas').getAttribute('aria-label');
    await expect.poll(words).toMatch(/^Map of the axis: \d+ steps from \+0 s to \+.*bottlenecks?/);
    const map = page.locator('.timeline-view .map');
    const brush = page.getByRole('slider', { name: 'Time in view' });
    const [all, first] = [await map.boundingBox(), await brush.boundingBox()];
    if (all === null || first === null) throw new Error('There is no map.');
    await page.mouse.click(all.x + all.width / 2, all.y + 10);
    await expect
      .poll(async () => {
        const box = await brush.boundingBox();
        return Math.abs((box?.x ?? 0) + (box?.width ?? 0) / 2 - all.x - all.width / 2);
      })
      .toBeLessThan(4);
    await brush.focus();
    const before = Number((await kept())['left']);
    await page.keyboard.press('ArrowRight');
    await expect.poll(async () => Number((await kept())['left'])).toBeGreaterThan(before);
    await page.keyboard.press('Home');
    await expect.poll(async () => (await kept())['left']).toBe(0);
    expect(await brush.getAttribute('aria-valuetext')).toMatch(/in view, from \+0 s to/);
    await page.keyboard.press('+');
    await expect.poll(async () => (await kept())['zoom']).toBe(2);
    await page.keyboard.press('End');
    await expect.poll(() => brush.getAttribute('aria-valuenow')).toBe('100');
    // An edge of what is in view zooms.
    await button('Fit all').click();
    await page.mouse.move(all.x + all.width - 2, all.y + 12);
    await page.mouse.down();
    await page.mouse.move(all.x + all.width / 2, all.y + 12, { steps: 4 });
    await page.mouse.up();
    await expect
      .poll(async () => Math.abs(((await brush.boundingBox())?.width ?? 0) - all.width / 2))
      .toBeLessThan(8);
  });

  it('has an axis of shares, and one of the clock with the day', async () => {
    const { cell, focus, page, press, ticks, button } = await start();
    await button('Own').click();
    await expect.poll(async () => (await ticks())[0]).toBe('0 %');
    expect((await ticks()).at(-1)).toMatch(/^(100|9\d) %$/);
    await focus();
    await press('End');
    const [own, tracks] = [await cell(), await page.locator('.timeline-view .tracks').boundingBox()];
    expect(own.x).toBeGreaterThan((tracks?.x ?? 0) + (tracks?.width ?? 0) * 0.7);
    await button('Clock').click();
    await expect.poll(async () => (await ticks())[0]).toMatch(/^10 Mar 09:\d\d$/);
    await expect.poll(() => page.locator('.time-head .corner').textContent()).toContain('Europe/Berlin');
    await focus();
    await press('Home', 'ArrowRight');
    const first = await cell();
    await press('ArrowDown', 'ArrowDown', 'ArrowDown', 'Home', 'ArrowRight');
    await expect.poll(async () => (await cell()).x).toBeGreaterThan(first.x);
    await press('Home', 'Enter');
    await expect.poll(async () => (await ticks()).some((label) => /09:\d\d:\d\d/.test(label))).toBe(true);
  });

  it('leaves idle time out, and its labels stay true', async () => {
    const { cell, focus, page, press, ticks } = await start(withIdleTime(makeRun({ interactions: 30 })));
    await focus();
    await press('End');
    expect((await ticks()).join()).toContain(' h');
    const button = page.getByRole('button', { name: 'Leave out idle time' });
    await button.click();
    await expect.poll(() => page.locator('.time-head .corner').textContent()).toContain('Busy time');
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    // What is left is a minute or two, and all of it is in view.
    await expect.poll(async () => (await ticks()).join()).not.toContain(' h');
    const tracks = await page.locator('.timeline-view .tracks').boundingBox();
    expect((await cell()).x).toBeGreaterThan((tracks?.x ?? 0) + 100);
    await expect
      .poll(() => page.locator('.timeline-view .legend').textContent())
      .toContain('idle time left out');
    await page.getByRole('button', { name: 'Clock', exact: true }).click();
    await expect.poll(() => page.locator('.timeline-view .ticks .break').count()).toBeGreaterThan(0);
    expect(await page.locator('.timeline-view .ticks .break').first().getAttribute('title')).toMatch(
      /in which no step goes on are left out$/,
    );
  });

  it('asks for as much detail as the zoom needs, and only then', async () => {
    const { panel, press, focus, page } = await start({ interactions: 60, endlessEvery: 15 });
    const asked = () =>
      panel.sent.flatMap((message) => {
        const { body } = message as { body?: RequestOf<'timeline'> };
        return body?.kind === 'timeline' ? [body] : [];
      });
    for (const { resolution } of asked()) expect(Math.log2(resolution) % 1).toBe(0);
    await focus();
    await press('0');
    await page.waitForTimeout(300);
    const before = asked().length;
    for (let turn = 0; turn < 6; turn += 1) await press('+');
    await page.waitForTimeout(300);
    // Once every step came by itself nothing is asked for any more.
    expect(asked().length - before).toBeLessThanOrEqual(8);
    for (let turn = 0; turn < 6; turn += 1) await press('+');
    const after = asked().length;
    await press('0', '1');
    await page.waitForTimeout(300);
    expect(asked().length).toBe(after);
  });

  it('is as it was after a reload and behind another tab', async () => {
    const { page, button, kept, focus, press } = await start({ interactions: 900 });
    await button('Clock').click();
    await button('Leave out idle time').click();
    await page.locator('.timeline-view').getByRole('combobox', { name: 'Order' }).click();
    await page.locator('.timeline-view').getByRole('option', { name: 'By start' }).click();
    await focus();
    await press('+', '+', '+');
    await page.locator('.timeline-view .scroller').evaluate((box) => {
      box.scrollTop = 7_213;
    });
    const shown = () =>
      page.evaluate(() => ({
        rows: [...document.querySelectorAll('.timeline-view .row')].map((row) => [
          row.getAttribute('aria-rowindex'),
          Math.round(row.getBoundingClientRect().top),
        ]),
        ticks: [...document.querySelectorAll('.timeline-view .tick')].map((tick) => tick.textContent),
      }));
    await expect.poll(async () => Number((await kept())['top'])).toBeGreaterThan(190);
    await page.locator('.timeline-view .row[aria-rowindex="205"] .id').waitFor();
    const withoutCursor = (rows: unknown[][]): unknown[][] =>
      rows.filter(([index]) => Number(index) > 190 && Number(index) < 220);
    const before = await shown();
    await page.getByRole('tab', { name: 'Table' }).click();
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await expect.poll(async () => withoutCursor((await shown()).rows)).toEqual(withoutCursor(before.rows));
    const settings = await kept();
    expect(settings).toMatchObject({ axis: 'clock', compressed: true, order: 'start' });
    await page.reload();
    await page.locator('.timeline-view .row[aria-rowindex="205"] .id').waitFor();
    await expect.poll(async () => withoutCursor((await shown()).rows)).toEqual(withoutCursor(before.rows));
    await expect.poll(async () => (await shown()).ticks).toEqual(before.ticks);
    expect(await kept()).toEqual(settings);
  });

  it('is drawn anew when the theme changes', async () => {
    const { page } = await start();
    const picture = () =>
      page.locator('.timeline-view .tracks').evaluate((canvas) => {
        if (!(canvas instanceof HTMLCanvasElement)) return '';
        return canvas.toDataURL().slice(-4_000);
      });
    const before = await picture();
    await page.evaluate(() => document.documentElement.style.setProperty('--vscode-charts-blue', '#ff00ff'));
    await expect.poll(picture).not.toBe(before);
  });
});
