import { afterEach, describe, expect, it } from 'vitest';
import type { MadeRun } from './run.ts';
import { type OpenTimeline, openTimeline } from './timeline-page.ts';

describe('the timeline', () => {
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

  it.each(['light', 'high-contrast'] as const)(
    'tells every kind of mark apart by its shape in %s',
    async (theme) => {
      const { page } = await start({}, { theme });
      const samples = await page.locator('.timeline-view .legend canvas').evaluateAll(async (canvases) => {
        await document.fonts.ready;
        await new Promise(requestAnimationFrame);
        return canvases.map((canvas) => {
          if (!(canvas instanceof HTMLCanvasElement)) return [];
          const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
          // Its drawing without its colours: where there is a line, by the steps in brightness.
          const grey = Array.from({ length: data.length / 4 }, (_, at) => {
            const [red = 0, green = 0, blue = 0, alpha = 0] = data.slice(at * 4, at * 4 + 4);
            return alpha < 40 ? -1 : (red * 3 + green * 6 + blue) / 10;
          });
          return grey.map((value, at) => (Math.abs(value - (grey[at + 1] ?? value)) > 24 ? 1 : 0));
        });
      });
      expect(samples.length).toBeGreaterThanOrEqual(9);
      samples.forEach((sample, at) => {
        expect(sample.reduce((sum: number, one) => sum + one, 0)).toBeGreaterThan(5);
        for (const other of samples.slice(at + 1)) {
          expect(sample.filter((one, index) => one !== other[index]).length).toBeGreaterThan(12);
        }
      });
    },
  );

  it('puts steps where their times are, below a scale', async () => {
    const { cell, focus, focused, press, run, ticks, page } = await start();
    const steps = run.interactions[0]?.steps ?? [];
    await focus();
    const lefts: number[] = [];
    for (const { sequence } of steps) {
      await press('ArrowRight');
      await expect.poll(focused).toContain(`, step ${sequence + 1}, `);
      lefts.push((await cell()).x);
    }
    const begin = Date.parse(steps[0]?.startTime ?? '');
    const seconds = steps.map((step) => (Date.parse(step.startTime ?? '') - begin) / 1000);
    const scale = ((lefts.at(-1) ?? 0) - (lefts[0] ?? 0)) / (seconds.at(-1) ?? 1);
    lefts.forEach((left, at) => {
      expect(Math.abs(left - (lefts[0] ?? 0) - (seconds[at] ?? 0) * scale)).toBeLessThan(1.5);
    });
    expect((await ticks()).slice(0, 3)).toEqual(['0', '+30 s', '+1 min']);
    const second = await page.locator('.timeline-view .tick').nth(1).boundingBox();
    expect(Math.abs((second?.x ?? 0) - (lefts[0] ?? 0) - 30 * scale)).toBeLessThan(2);
  });

  it('selects what is clicked, and the detail follows the keyboard through the interaction', async () => {
    const { cell, focus, focused, page, press, said } = await start();
    await focus();
    await press(
      'ArrowRight',
      'ArrowRight',
      'ArrowRight',
      'ArrowRight',
      'ArrowRight',
      'ArrowRight',
      'ArrowRight',
    );
    await expect.poll(focused).toMatch(/^Agent conversation, step 7, /);
    const { x, y, width, height } = await cell();
    await press('Home');
    await page.mouse.click(x + width / 2, y + height / 2);
    const title = () => page.locator('.detail h2').textContent();
    await expect.poll(title).toBe('Agent conversation');
    await expect.poll(focused).toMatch(/^Agent conversation/);
    expect(await page.locator('.step-cell').getAttribute('aria-selected')).toBe('true');
    await press('ArrowRight');
    await expect.poll(title).toBe('Fraud check');
    await expect.poll(said).toMatch(/^Fraud check, step 8.*changed/);
    await press('ArrowLeft', 'ArrowLeft');
    await expect.poll(title).toBe('Billing queue');
    await press('ArrowDown');
    await expect
      .poll(() => page.locator('.timeline-view .row.selected').getAttribute('aria-rowindex'))
      .toBe('2');
    await press('Escape');
    await expect.poll(() => page.locator('.detail').isVisible()).toBe(false);
    await press('ArrowRight');
    await page.waitForTimeout(200);
    expect(await page.locator('.detail').isVisible()).toBe(false);
  });

  it('is walked through by keyboard alone, keeping the place on the axis', async () => {
    const { cell, focus, focused, page, press, run } = await start();
    await focus();
    expect(await focused()).toMatch(/^int-100000, .* steps/);
    await press('End');
    const last = run.interactions[0]?.steps.length ?? 0;
    await expect.poll(focused).toContain(`step ${last},`);
    await press('Home', 'ArrowDown', 'ArrowRight', 'ArrowRight');
    await expect.poll(focused).toMatch(/^Language menu, step 2,/);
    await press('End', 'ArrowLeft', 'ArrowLeft');
    const before = await cell();
    await press('PageDown');
    const row = () =>
      page.evaluate(() => document.activeElement?.closest('.row')?.getAttribute('aria-rowindex'));
    await expect.poll(row).not.toBe('2');
    await press('PageUp');
    await expect.poll(row).toBe('2');
    // There and back the place stays: it is not that of what was passed.
    await expect.poll(async () => Math.abs((await cell()).x - before.x)).toBeLessThan(1);
    await press('Control+End');
    await expect.poll(row).toBe('40');
    await press('Control+Home');
    await expect.poll(row).toBe('1');
    expect(await page.locator('.timeline-view [role=grid] [tabindex="0"]').count()).toBe(1);
  });

  it('shows what the filter finds, says so, and orders the rows', async () => {
    const { focus, focused, page, press, run, kept } = await start();
    await page.getByRole('button', { name: 'Bottlenecks', exact: true }).first().click();
    const held = run.interactions.filter(({ steps }) => steps.some((step) => step.bottleneck));
    const grid = page.getByRole('grid', { name: /Interactions/ });
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe(String(held.length));
    await expect
      .poll(() => page.locator('.timeline-view .legend').textContent())
      .toContain('found by the filter');
    await focus();
    for (const _ of held[0]?.steps ?? []) {
      await press('ArrowRight');
      const label = await focused();
      expect(label.includes('found by the filter')).toBe(label.includes(', bottleneck'));
    }
    await page.locator('.timeline-view').getByRole('combobox', { name: 'Order' }).click();
    await page.locator('.timeline-view').getByRole('option', { name: 'Longest first' }).click();
    await expect
      .poll(() => page.locator('.timeline-view .row[aria-rowindex="1"] .id').textContent())
      .toBe(longestOf(held));
    await expect.poll(kept).toMatchObject({ order: 'duration' });
  });

  it('says that a filter leaves nothing, and takes it back', async () => {
    const { page } = await start();
    const search = page.locator('.filter-bar input').first();
    await search.fill('nothing is called like this');
    await expect
      .poll(() => page.locator('.timeline-view .state .title').textContent())
      .toBe('Nothing left by this filter');
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => page.locator('.timeline-view .label .id').count()).toBeGreaterThan(5);
  });

  it('shows by pointer what a step is, after a moment and never past the edge', async () => {
    const { cell, focus, page, press } = await start({}, { width: 700, height: 500 });
    await focus();
    await press('ArrowDown', 'ArrowDown', 'End');
    const { x, y } = await cell();
    await press('Home');
    const tip = page.locator('.timeline-view .tip');
    await page.mouse.move(x + 3, y + 5);
    await expect.poll(() => tip.isVisible()).toBe(true);
    expect(await tip.textContent()).toMatch(/Step.*of.*Dwell.*Wait before.*Start.*End/s);
    const box = await tip.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(700);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(500);
    await page.mouse.wheel(0, 60);
    await expect.poll(() => tip.isVisible()).toBe(false);
    // A tooltip of the keyboard goes with the rows, too: they have to rest.
    await page.waitForTimeout(600);
    await focus();
    await press('ArrowRight');
    await expect.poll(() => tip.isVisible()).toBe(true);
    await press('Escape');
    expect(await tip.isVisible()).toBe(false);
  });

  it('measures by keyboard and by drag, and says the length', async () => {
    const { focus, page, press, run, said, button } = await start();
    const steps = run.interactions[0]?.steps ?? [];
    await focus();
    await press('ArrowRight', 'ArrowRight', 'm');
    await expect.poll(said).toMatch(/^Measuring from \+/);
    await press('ArrowRight', 'ArrowRight', 'ArrowRight', 'M');
    const seconds = (Date.parse(steps[4]?.startTime ?? '') - Date.parse(steps[1]?.startTime ?? '')) / 1000;
    await expect.poll(said).toMatch(/^[\d.]+ s, from \+[\d.]+ (ms|s) to \+[\d.]+ s$/);
    expect(Number.parseFloat(await said())).toBeCloseTo(seconds, 0);
    const box = await page.locator('.timeline-view .tracks').boundingBox();
    const [x, y] = [(box?.x ?? 0) + 300, (box?.y ?? 0) + 60];
    await page.keyboard.down('Alt');
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 200, y, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up('Alt');
    await expect.poll(said).toMatch(/^[\d.]+ s, from \+.* to \+/);
    expect(Number.parseFloat(await said())).toBeGreaterThan(10);
    await button('Measure').click();
    await expect.poll(() => button('Measure').getAttribute('aria-pressed')).toBe('true');
    await focus();
    await press('Escape');
    await expect.poll(() => button('Measure').getAttribute('aria-pressed')).toBe('false');
  });
});

function longestOf(interactions: MadeRun['interactions']): string {
  const spans = interactions.map(({ id, steps }) => {
    const times = steps
      .flatMap((step) => [step.startTime, step.endTime])
      .flatMap((text) => (text === null ? [] : [Date.parse(text)]));
    return { id, span: Math.max(...times) - Math.min(...times) };
  });
  return spans.sort((a, b) => b.span - a.span)[0]?.id ?? '';
}
