/** The timeline for everyone: axe in all themes, forced colours, narrow; and of a million interactions each one. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import type { RequestOf } from '../../server/src/protocol/panel-requests.ts';
import { openPanel } from './harness.ts';
import { hostOf, makeRun } from './run.ts';
import { THEMES } from './themes.ts';
import { timelineAnswer } from './timeline-answers.ts';
import { type OpenTimeline, openTimeline } from './timeline-page.ts';

describe('the timeline for everyone', () => {
  let open: Pick<OpenTimeline, 'panel'> | undefined;
  afterEach(async () => {
    expect(open?.panel.problems).toEqual([]);
    await open?.panel.close();
    open = undefined;
  });

  const violations = async ({ page }: OpenTimeline): Promise<string[]> => {
    const found = await new AxeBuilder({ page }).include('.timeline-view').analyze();
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
    );
  };

  it.each(THEMES)('has nothing that axe objects to in %s, wide and narrow', async (theme) => {
    const timeline = await openTimeline({ interactions: 60, endlessEvery: 15 }, { theme, width: 1000 });
    open = timeline;
    const { page, focus, press, panel } = timeline;
    await focus();
    await press('ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight');
    expect(await violations(timeline)).toEqual([]);
    await panel.screenshot(`${theme}-timeline-wide`);
    await press('Enter');
    await page.locator('.detail .diff').first().waitFor();
    await page.setViewportSize({ width: 420, height: 700 });
    await timeline.button('Legend').click();
    await page.locator('.timeline-view .legend li').first().waitFor();
    expect(await violations(timeline)).toEqual([]);
    await panel.screenshot(`${theme}-timeline-narrow`);
    // Nothing is cut off to the right.
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(420);
  });

  it('keeps its shapes in forced colours', async () => {
    const timeline = await openTimeline({ interactions: 20 });
    open = timeline;
    const { page, panel } = timeline;
    await page.emulateMedia({ forcedColors: 'active' });
    await page.getByRole('button', { name: 'Bottlenecks', exact: true }).first().click();
    await expect
      .poll(() => page.locator('.timeline-view .legend').textContent())
      .toContain('found by the filter');
    const inks = await page.locator('.timeline-view .tracks').evaluate((canvas) => {
      const computed = (colour: string): string => {
        const probe = document.createElement('span');
        probe.style.setProperty('forced-color-adjust', 'none');
        probe.style.color = colour;
        document.body.append(probe);
        const { color } = getComputedStyle(probe);
        probe.remove();
        return color;
      };
      const text = computed('CanvasText');
      const theme = ['bottleneck', 'error', 'matching', 'step'].map((ink) => computed(`var(--ink-${ink})`));
      const data =
        canvas instanceof HTMLCanvasElement
          ? (canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [])
          : [];
      const seen = new Set<string>();
      for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] === 255) seen.add(`rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`);
      }
      return { text, theme, seen: [...seen] };
    });
    expect(inks.seen).toContain(inks.text);
    for (const ink of inks.theme) {
      expect(ink).toMatch(/^rgb\(/);
      expect(inks.seen).not.toContain(ink);
    }
    await panel.screenshot('forced-colours-timeline');
  });

  it('reaches every one of three million interactions, with few in the document', async () => {
    const run = makeRun({ interactions: 50 });
    const host = hostOf(run);
    const total = 3_000_000;
    const panel = await openPanel({
      width: 1200,
      answer: (message) => {
        const { id, body } = message as { id: number; body?: RequestOf<'timeline'> };
        if (body?.kind !== 'timeline') return host(message);
        const made = timelineAnswer(run, { ...body, offset: 0, at: undefined });
        const rows = made.rows
          .map((row, at) => ({ ...row, interactionId: `int-${body.offset + at}` }))
          .slice(0, Math.max(0, total - body.offset));
        return { type: 'response', id, body: { ...made, rows, offset: body.offset, total } };
      },
    });
    open = { panel };
    const { page } = panel;
    await page.getByRole('tab', { name: 'Timeline' }).click();
    const scroller = page.locator('.timeline-view .scroller');
    const id = (row: number) => page.locator(`.timeline-view .row[aria-rowindex="${row}"] .id`);
    await id(1).waitFor();
    await page.locator('.timeline-view [role=grid] [tabindex="0"]').first().focus();
    await page.keyboard.press('Control+End');
    await id(total).waitFor();
    expect(await id(total).textContent()).toBe(`int-${total - 1}`);
    expect(await page.locator('.timeline-view .row').count()).toBeLessThan(60);
    // The last row ends where the view ends.
    const [row, view] = [
      await page.locator(`.timeline-view .row[aria-rowindex="${total}"]`).boundingBox(),
      await scroller.boundingBox(),
    ];
    const bottom = (box: typeof row): number => (box?.y ?? 0) + (box?.height ?? 0);
    expect(Math.abs(bottom(row) - bottom(view))).toBeLessThan(2);
    // In the middle, where a pixel of the scrollbar is many of the rows, the wheel still moves by its pixels.
    await scroller.evaluate((box) => {
      box.scrollTop = box.scrollHeight / 2;
    });
    // Found and measured in one go: a row that has come takes the place of another, which then is nowhere.
    const first = () =>
      scroller.evaluate((box) =>
        [...box.querySelectorAll('.row')]
          .map((one) => ({
            index: Number(one.getAttribute('aria-rowindex')),
            top: one.getBoundingClientRect().top,
          }))
          .filter(({ index }) => index > 1_000_000 && index < 2_000_000)
          .at(5),
      );
    await expect.poll(async () => (await first())?.index ?? 0).toBeGreaterThan(1_400_000);
    const before = await first();
    const box = await scroller.boundingBox();
    await page.mouse.move((box?.x ?? 0) + 600, (box?.y ?? 0) + 100);
    await page.mouse.wheel(0, 360);
    const moved = async (): Promise<number> => {
      const now = await first();
      return ((now?.index ?? 0) - (before?.index ?? 0)) * 36 - ((now?.top ?? 0) - (before?.top ?? 0));
    };
    await expect.poll(async () => Math.abs((await moved()) - 360)).toBeLessThan(2);
    // The scrollbar goes to where the rows are, and takes none of them along.
    await expect
      .poll(() => scroller.evaluate((box) => box.scrollTop - box.scrollHeight / 2))
      .toBeLessThan(100);
    expect(Math.abs((await moved()) - 360)).toBeLessThan(2);
    // Not while rows are on their way: the end of one movement may be told of when the next has begun.
    await scroller.evaluate((box) => {
      box.addEventListener('scroll', () => box.dispatchEvent(new Event('scrollend')), { once: true });
      box.scrollBy({ top: 720, behavior: 'smooth' });
    });
    await expect.poll(async () => Math.abs((await moved()) - 1080)).toBeLessThan(2);
  });
});
