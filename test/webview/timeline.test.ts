import { afterEach, describe, expect, it } from 'vitest';
import { openPanel, type Panel } from './harness.ts';
import { hostOf, makeRun } from './run.ts';

describe('the timeline', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (interactions = 40) => {
    const run = makeRun({ interactions });
    panel = await openPanel({ answer: hostOf(run), width: 1200 });
    const { page } = panel;
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.locator('.timeline-view .bar.span').first().waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    return { run, page, focused, grid: page.getByRole('grid', { name: /Interactions/ }) };
  };

  it('tells bottlenecks, errors, matches and open steps apart by shape, not by colour alone', async () => {
    const { page } = await open();
    const look = (selector: string) =>
      page
        .locator(`.timeline-view .grid .bar${selector}`)
        .first()
        .evaluate((bar) => {
          const style = getComputedStyle(bar);
          return {
            pattern: style.backgroundImage.split('(')[0],
            height: style.height,
            borders: [
              style.borderTopStyle,
              style.borderBottomStyle,
              style.borderLeftWidth,
              style.borderRightWidth,
            ],
            icons: [...bar.querySelectorAll('.codicon')].map((icon) => icon.className.split(' ')[1]),
            label: bar.getAttribute('aria-label') ?? '',
          };
        });
    const plain = await look(':not(.bottleneck):not(.error):not(.matching):not(.open)');
    const bottleneck = await look('.bottleneck');
    const error = await look('.error');
    const matching = await look('.matching');
    const unfinished = await look('.open');
    expect(plain.pattern).toBe('none');
    expect(plain.icons).toEqual([]);
    expect(bottleneck.pattern).toBe('repeating-linear-gradient');
    expect(bottleneck.height).not.toBe(plain.height);
    expect(bottleneck.icons).toEqual(['codicon-flame']);
    expect(error.borders[2]).toBe('5px');
    expect(error.icons).toEqual(['codicon-error']);
    expect(matching.borders[1]).toBe('double');
    expect(matching.icons).toEqual(['codicon-filter-filled']);
    expect(unfinished.borders[0]).toBe('dashed');
    expect(unfinished.borders[3]).toBe('0px');
    for (const [found, word] of [
      [bottleneck, 'bottleneck'],
      [error, 'error'],
      [matching, 'matches the query'],
      [unfinished, 'still open'],
    ] as const) {
      expect(found.label).toMatch(/^.+, step \d+, .+/);
      expect(found.label).toContain(word);
    }
    expect(await page.getByRole('list', { name: 'Legend' }).getByRole('listitem').count()).toBe(5);
  });

  it('puts bars where their times are, below a scale', async () => {
    const { page, run } = await open();
    const steps = run.interactions[0]?.steps ?? [];
    const boxes = await page
      .locator('.row[aria-rowindex="1"] .bar')
      .evaluateAll((bars) =>
        bars.map((bar) => [Number.parseFloat(bar.style.left), Number.parseFloat(bar.style.width)]),
      );
    const start = Date.parse(steps[0]?.startTime ?? '');
    const seconds = steps.map((step) => (Date.parse(step.startTime ?? '') - start) / 1000);
    const scale = (boxes.at(-1)?.[0] ?? 0) / (seconds.at(-1) ?? 1);
    boxes.forEach(([left = 0], at) => {
      expect(left).toBeCloseTo((seconds[at] ?? 0) * scale, 1);
    });
    const longest = boxes.findIndex(([, width]) => width === Math.max(...boxes.map((box) => box[1] ?? 0)));
    expect(steps[longest]?.nodeName).toBe('Agent conversation');
    const ticks = await page.locator('.tick').allTextContents();
    expect(ticks.slice(0, 3)).toEqual(['0', '+30 s', '+1 min']);
  });

  it('shows what a clicked step did to its variables, by mark and not by colour alone', async () => {
    const { page } = await open();
    await page.locator('.row[aria-rowindex="1"] .bar[aria-label^="Agent conversation"]').click();
    const detail = page.getByRole('complementary', { name: 'Step' });
    await expect
      .poll(() => detail.getByRole('heading', { level: 2 }).textContent())
      .toBe('Agent conversation');
    const rows = await detail
      .getByRole('table', { name: 'Variables before and after this step' })
      .locator('tbody tr')
      .evaluateAll((lines) =>
        lines.map((line) => [...line.children].map((cell) => cell.textContent?.replace(/\s+/g, ' ').trim())),
      );
    expect(rows).toEqual([
      ['~changed', 'queue', '"general"', '"billing"'],
      ['+added', 'customer/tier', '—', '"gold"'],
      ['−removed', 'menuChoice', '2', '—'],
      ['≁type changed', 'attempts', '1', '"1"'],
    ]);
    expect(await detail.getByRole('table', { name: /outside a step/ }).textContent()).toContain('priority');
    await detail.getByText('Unchanged (2)').click();
    await expect.poll(() => detail.locator('tr.same').count()).toBe(2);
    await detail.getByText('Record as JSON').click();
    expect(await detail.locator('pre').textContent()).toContain('"nodeId": "n-agent"');
    expect(await detail.textContent()).toMatch(/Start\s*2025-03-10 09:\d\d:\d\d\.\d{3} CET/);
  });

  it('filters and orders, and the rows follow', async () => {
    const { page, run } = await open();
    const first = () => page.locator('.row[aria-rowindex="1"] .id').textContent();
    const choose = async (field: string, option: string) => {
      await page.locator('.timeline-view').getByRole('combobox', { name: field }).click();
      await page.locator('.timeline-view').getByRole('option', { name: option, exact: true }).click();
    };
    await choose('Show', 'Bottlenecks');
    const held = run.interactions.filter(({ steps }) => steps.some((step) => step.bottleneck)).length;
    await expect
      .poll(() => page.locator('.timeline-view .amount').textContent())
      .toBe(`${held} of 40 interactions`);
    await choose('Show', 'All');
    await choose('Order', 'Longest first');
    await expect.poll(first).toBe(longestOf(run));
  });

  it('is walked through by keyboard alone', async () => {
    const { page, focused, run } = await open();
    await page.locator('.timeline-view .label[tabindex="0"]').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(focused).toMatch(/^Inbound voice, step 1,/);
    await page.keyboard.press('End');
    const last = run.interactions[0]?.steps.at(-1);
    await expect.poll(focused).toContain(`step ${(last?.sequence ?? 0) + 1},`);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(focused).toMatch(/^Language menu, step 2,/);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.detail h2').textContent()).toBe('Language menu');
    await expect.poll(focused).toMatch(/^Language menu, step 2,/);
    expect(await page.locator('.row.selected .id').textContent()).toBe('int-100001');
    await page.keyboard.press('PageDown');
    await page.keyboard.press('PageDown');
    await page.keyboard.press('Control+End');
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest('.row')?.getAttribute('aria-rowindex')))
      .toBe('40');
    await page.keyboard.press('Control+Home');
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest('.row')?.getAttribute('aria-rowindex')))
      .toBe('1');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.detail').isVisible()).toBe(false);
    expect(await page.locator('.timeline-view [tabindex="0"]:is(.bar, .label)').count()).toBe(1);
  });

  it('zooms in until short steps can be told apart, and back', async () => {
    const { page } = await open();
    const width = () =>
      page
        .locator('.row[aria-rowindex="1"] .bar')
        .nth(5)
        .evaluate((bar) => bar.getBoundingClientRect().width);
    const before = await width();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expect.poll(width).toBeCloseTo(before * 2, 0);
    await page.locator('.timeline-view [tabindex="0"]:is(.bar, .label)').focus();
    await page.keyboard.press('-');
    await expect.poll(width).toBeCloseTo(before, 0);
  });

  it('shows what is typical at first, says which rows go on, and fits all or goes back on demand', async () => {
    const run = makeRun({ interactions: 60, endlessEvery: 15 });
    panel = await openPanel({ answer: hostOf(run), width: 1200 });
    const { page } = panel;
    await page.getByRole('tab', { name: 'Timeline' }).click();
    const bars = page.locator('.timeline-view .row[aria-rowindex="1"] .bar');
    await bars.first().waitFor();
    const end = () => bars.last().evaluate((bar) => bar.getBoundingClientRect().right);
    // A quarter of the view and more for a common row, though the longest takes an hour.
    expect(await end()).toBeGreaterThan(500);
    const endless = page.locator('.timeline-view .row[aria-rowindex="3"]');
    expect(await endless.locator('.beyond').isVisible()).toBe(true);
    expect(await endless.locator('.beyond').getAttribute('title')).toMatch(/^Goes on until \+\d+ (min|h)/);
    expect(await page.locator('.timeline-view .row[aria-rowindex="1"] .beyond').count()).toBe(0);

    await page.getByRole('button', { name: 'Fit all' }).click();
    await expect.poll(end).toBeLessThan(300);
    expect(await page.locator('.timeline-view .beyond').count()).toBe(0);
    expect(
      await page.locator('.timeline-view .scroller').evaluate((box) => box.scrollWidth - box.clientWidth),
    ).toBe(0);
    expect(await page.getByRole('button', { name: 'Fit all' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Zoom out' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Reset zoom' }).click();
    await expect.poll(end).toBeGreaterThan(500);
    await expect
      .poll(() => page.locator('[role=status]').last().textContent())
      .toMatch(/^\d+ min( \d+ s)? in view/);

    await page.locator('.timeline-view [tabindex="0"]:is(.bar, .label)').focus();
    await page.keyboard.press('0');
    await expect.poll(end).toBeLessThan(300);
    await page.keyboard.press('=');
    await page.keyboard.press('1');
    await expect.poll(() => page.locator('.timeline-view .zoom').textContent()).toBe('1×');
    await endless.locator('.beyond').click();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? ''))
      .toMatch(/^Survey|^Fraud check/);
    expect(await endless.locator('.bar').last().isVisible()).toBe(true);
    expect(await page.locator('.timeline-view .scroller').evaluate((box) => box.scrollLeft)).toBeGreaterThan(
      0,
    );
  });

  it('has the whole axis in view where the editor’s side gives no typical duration', async () => {
    const answer = hostOf(makeRun({ interactions: 60, endlessEvery: 15 }));
    panel = await openPanel({
      width: 1200,
      answer: async (message) => {
        const given = await answer(message);
        const text = JSON.stringify(given ?? null).replace(/"typicalDuration":[\d.]+,/, '');
        return given === undefined ? undefined : JSON.parse(text);
      },
    });
    const { page } = panel;
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.locator('.timeline-view .bar').first().waitFor();
    const box = await page
      .locator('.timeline-view .scroller')
      .evaluate(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth]);
    expect(box[0]).toBe(box[1]);
    expect(await page.getByRole('button', { name: 'Fit all' }).isDisabled()).toBe(true);
  });

  it('finds the evidence far below the first rows, also when a filter hides it', async () => {
    const { page, run } = await open(5_000);
    const target = run.overview.slowest[0];
    await page.locator('.timeline-view').getByRole('combobox', { name: 'Show' }).click();
    await page.locator('.timeline-view').getByRole('option', { name: 'Errors' }).click();
    await expect.poll(() => page.locator('.timeline-view .amount').textContent()).toContain(' of 5,000');
    await page.getByRole('tab', { name: 'Overview' }).click();
    await page.locator('.slowest button').first().click();
    await expect.poll(() => page.locator('.row.selected .id').textContent()).toBe(target?.interactionId);
    await page.locator('.bar.chosen').waitFor();
    expect(await page.locator('.timeline-view .row').count()).toBeLessThan(60);
  });
});

function longestOf(run: ReturnType<typeof makeRun>): string {
  const spans = run.interactions.map(({ id, steps }) => {
    const times = steps
      .flatMap((step) => [step.startTime, step.endTime])
      .flatMap((text) => (text === null ? [] : [Date.parse(text)]));
    return { id, span: Math.max(...times) - Math.min(...times) };
  });
  return spans.sort((a, b) => b.span - a.span)[0]?.id ?? '';
}
