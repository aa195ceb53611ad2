import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import type { Filter } from '../../server/src/protocol/panel-filter.ts';
import { openPanel, type Panel } from './harness.ts';
import { hostOf, type MadeOptions, makeRun } from './run.ts';
import { THEMES } from './themes.ts';

describe('the overview', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (options: MadeOptions = {}) => {
    const run = makeRun(options);
    panel = await openPanel({ answer: hostOf(run) });
    await panel.page.locator('.headline').waitFor();
    return { run, page: panel.page, sent: panel.sent };
  };

  /** What the panel keeps over a reload. */
  const kept = async (): Promise<{ tab: string; filter: Filter; selection: unknown }> => {
    const state = await panel?.page.evaluate(() => sessionStorage.getItem('cxq-state'));
    return JSON.parse(state ?? 'null');
  };
  const filter = async (): Promise<Filter> => (await kept()).filter;
  const filtered = (): Promise<void> => panel?.page.locator('.filtered').waitFor() ?? Promise.resolve();

  it('says first what the run found, and always which query, tenant, window and when', async () => {
    const { page, run } = await open();
    const tab = page.getByRole('tabpanel').first();
    const heading = (await tab.getByRole('heading').first().textContent())?.trim();
    expect(heading).toBe(run.overview.headline);
    const header = page.locator('header.run');
    await expect.poll(() => header.getByRole('heading').textContent()).toBe('Stuck in priority routing');
    expect(await header.textContent()).toContain('http://127.0.0.1:4010');
    expect(await header.textContent()).toContain('2025-03-10 09:12:44 – 2025-03-11 09:12:44 CET');
    expect(await header.textContent()).toContain('complete');
    await page.getByRole('tab', { name: 'Table' }).click();
    await expect.poll(() => header.isVisible()).toBe(true);
  });

  it('ranks the bottlenecks in words, each with its share and evidence', async () => {
    const { page, run } = await open();
    const findings = page.locator('.finding');
    expect(await findings.count()).toBe(run.overview.findings.length);
    const worst = run.overview.findings[0];
    const shown = (await findings.first().textContent())?.replaceAll('\u00a0', ' ');
    expect(shown).toContain(worst?.text);
    const label = await findings.first().getByRole('img').getAttribute('aria-label');
    expect(label).toMatch(/^Priority routing: \d+ % of all time above the threshold, 8 of 40 visits$/);
    const widths = await page
      .locator('.finding .fill')
      .evaluateAll((fills) => fills.map((fill) => fill.getBoundingClientRect().width));
    expect(widths).toEqual([...widths].sort((a, b) => b - a));
    expect(widths.at(-1)).toBeGreaterThan(0);
  });

  it('says what matters, the most of it at once, and since when nodes take longer', async () => {
    const { page, run } = await open();
    const matters = page.getByRole('region', { name: 'What matters' });
    const rows = matters.getByRole('listitem');
    const words = async (): Promise<(string | undefined)[]> =>
      (await rows.locator('.what > p:first-child').allTextContents()).map((one) =>
        one.replaceAll('\u00a0', ' ').trim(),
      );
    const all = run.overview.insights.map(({ text }) => text);
    await expect.poll(words).toEqual(all.slice(0, 5));
    await matters.getByText('2 more').click();
    await expect.poll(words).toEqual(all);
    const since = page.getByRole('region', { name: 'Since when' });
    expect((await since.textContent())?.replace(/\s+/g, ' ')).toContain(
      'Priority routing takes longer since 2025-03-10 08:28: median 4.1 s → 9.7 s (212 visits before, 198 after)',
    );
    await panel?.screenshot('overview-matters');
  });

  it('goes from the evidence of an insight to its step, to all of its interactions, to its node', async () => {
    const { page, run } = await open();
    const matters = page.getByRole('region', { name: 'What matters' });
    const [insight] = run.overview.insights;
    const ids = [...new Set(insight?.evidence.map(({ interactionId }) => interactionId))];
    await matters.getByRole('button', { name: `These ${ids.length}` }).click();
    await filtered();
    expect(await filter()).toEqual([{ kind: 'interactions', ids, label: expect.stringContaining('%') }]);
    await page.getByRole('button', { name: 'Undo' }).first().or(page.locator('.filtered')).first().waitFor();
    const only = matters.getByRole('button', { name: 'Only Priority routing' });
    await only.click();
    await expect.poll(() => only.getAttribute('aria-pressed')).toBe('true');
    await only.click();
    await expect.poll(filter).toMatchObject([{ kind: 'interactions' }]);
    await matters.getByRole('button', { name: ids[0] ?? '' }).click();
    await expect.poll(kept).toMatchObject({ tab: 'timeline', selection: insight?.evidence[0] });
  });

  it('says nothing of what matters where nothing does', async () => {
    const { page } = await open({ overview: { insights: [], changes: [], trends: [] } });
    expect(await page.getByRole('region', { name: 'What matters' }).count()).toBe(0);
    expect(await page.getByRole('region', { name: 'Since when' }).count()).toBe(0);
  });

  it('says since when in words where no trend shows it', async () => {
    const { page, run } = await open({ overview: { trends: [] } });
    const since = page.getByRole('region', { name: 'Since when' });
    expect((await since.textContent())?.replaceAll('\u00a0', ' ')).toContain(run.overview.changes[0]);
  });

  it('goes from the evidence to its step in the timeline', async () => {
    const { page, run } = await open();
    const [example] = run.overview.findings[0]?.examples ?? [];
    await page.locator('.finding .evidence button').first().click();
    const { interactionId, sequence } = example ?? {};
    await expect.poll(kept).toMatchObject({ tab: 'timeline', selection: { interactionId, sequence } });
  });

  it('goes on from a bottleneck: to the timeline, to a query about it, to the clause', async () => {
    const { page, sent } = await open();
    const first = page.locator('.finding').first();
    const conditions = [
      { kind: 'mark', mark: 'bottleneck' },
      { kind: 'node', nodeId: 'n-prio' },
    ];
    await first.getByRole('button', { name: 'Query about it' }).click();
    await expect
      .poll(() => sent.at(-1))
      .toEqual({ type: 'action', action: { kind: 'openQuery', filter: conditions } });
    await first.getByRole('button', { name: 'Show the clause' }).click();
    await expect
      .poll(() => sent.at(-1))
      .toEqual({ type: 'action', action: { kind: 'showClause', clause: 'analyze' } });
    const narrow = first.getByRole('button', { name: 'Narrow to it' });
    await narrow.click();
    await expect.poll(filter).toEqual(conditions);
    await expect.poll(() => narrow.getAttribute('aria-pressed')).toBe('true');
    await narrow.click();
    await expect.poll(filter).toEqual([]);
    await first.getByRole('button', { name: 'Show in timeline' }).click();
    await expect.poll(kept).toMatchObject({ tab: 'timeline', filter: conditions });
  });

  it('narrows by how long steps take, also by keyboard, and to several columns with Shift', async () => {
    const { page, run } = await open();
    const chart = page.getByRole('region', { name: 'How long steps take' });
    const columns = chart.getByRole('toolbar').getByRole('button');
    const { edges, counts, bottlenecks } = run.overview.histogram;
    expect(await columns.count()).toBe(counts.length);
    const labels = await columns.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
    expect(labels.map((label) => Number(/: ([\d,]+) step/.exec(label ?? '')?.[1]))).toEqual(counts);
    expect(await columns.evaluateAll((all) => all.filter((one) => one.tabIndex === 0).length)).toBe(1);
    const heights = await columns
      .locator('.stack')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
    expect(heights.indexOf(Math.max(...heights))).toBe(counts.indexOf(Math.max(...counts)));
    const parts = await columns
      .locator('.part')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height > 0));
    expect(parts).toEqual(bottlenecks.map((held) => held > 0));

    await columns.first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const readout = chart.locator('.readout');
    await expect.poll(() => readout.textContent()).toContain(`${counts[2]} steps`);
    await page.keyboard.press('Enter');
    const dwell = (from: number, to: number) => ({ kind: 'dwell', from: edges[from], to: edges[to] });
    await expect.poll(filter).toEqual([dwell(2, 3)]);
    // The filter leaves other interactions, whose steps are counted anew: columns keep what they stand for.
    await filtered();
    await expect.poll(() => page.evaluate(() => document.activeElement?.ariaPressed)).toBe('true');
    const next = await page.evaluate(() => {
      const button = document.activeElement?.nextElementSibling;
      return button?.getAttribute('data-index');
    });
    await columns.nth(Number(next)).click({ modifiers: ['Shift'] });
    await expect.poll(filter).toEqual([dwell(2, 4)]);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+Enter');
    await expect.poll(filter).toEqual([dwell(2, 5)]);
    await page.keyboard.press('Home');
    await expect.poll(() => columns.first().evaluate((one) => one === document.activeElement)).toBe(true);
    await chart.getByText('As a table').click();
    const table = chart.getByRole('row');
    await expect.poll(async () => (await table.count()) - (await columns.count())).toBe(1);
    await panel?.screenshot('overview-narrowed');
  });

  it('shows the trend with its changes flagged, and narrows by time', async () => {
    const { page, run } = await open();
    const [trend] = run.overview.trends;
    const chart = page.getByRole('region', { name: 'Over the window, by hour' });
    const columns = chart.getByRole('toolbar', { name: 'Steps by hour' }).getByRole('button');
    expect(await columns.count()).toBe(trend?.groups.length);
    expect(await chart.locator('path.p95').getAttribute('d')).toMatch(/^M0\.5 [\d.]+L1\.5/);
    const flags = chart.locator('.flag');
    expect(await flags.allTextContents()).toEqual(['1']);
    const at = trend?.groups.findIndex(({ from }) => from === trend.changePoints[0]?.since) ?? -1;
    const left = async (place: ReturnType<typeof page.locator>) => (await place.boundingBox())?.x ?? 0;
    expect(Math.abs((await left(flags.first())) - (await left(columns.nth(at))))).toBeLessThan(2);
    expect(await columns.nth(at).getAttribute('aria-label')).toContain('Priority routing changes here');
    await columns.nth(3).hover();
    const group = trend?.groups[3];
    await expect.poll(() => chart.locator('.readout').textContent()).toContain(`${group?.steps} steps`);
    await columns.nth(3).click();
    await expect.poll(filter).toEqual([{ kind: 'time', from: group?.from, to: group?.to }]);
    await expect.poll(() => columns.nth(3).getAttribute('aria-pressed')).toBe('true');
    expect(await columns.nth(4).getAttribute('aria-pressed')).toBe('false');
    await columns.nth(3).click();
    await expect.poll(filter).toEqual([]);
    await page.getByRole('region', { name: 'Since when' }).getByRole('button', { name: 'Priority' }).click();
    await expect.poll(filter).toEqual([{ kind: 'node', nodeId: 'n-prio' }]);
  });

  it('draws neighbours as one where hours are too many, and gives other groupings as tables', async () => {
    const { overview } = makeRun({ interactions: 4 });
    const [trend] = overview.trends;
    const [group] = trend?.groups ?? [];
    if (trend === undefined || group === undefined) throw new Error('made run without a trend');
    const start = Date.parse('2025-01-01T00:00:00Z');
    const at = (hour: number) => new Date(start + hour * 3_600_000).toISOString();
    const groups = Array.from({ length: 1_000 }, (_, hour) => ({
      ...group,
      label: at(hour).slice(0, 16).replace('T', ' '),
      ...{ from: at(hour), to: at(hour + 1), steps: 2 },
    }));
    const days = ['Monday', '<b>Tuesday</b>'].map((label) => ({ ...group, label, from: null, to: null }));
    const { page } = await open({
      overview: {
        trends: [
          { ...trend, groups, untimed: 7 },
          { ...trend, by: 'WEEKDAY', groups: days, changePoints: [] },
          { ...trend, tooMany: true, groups: [], changePoints: [] },
        ],
      },
    });
    const chart = page.getByRole('region', { name: 'Over the window, by hour' });
    const columns = chart.getByRole('toolbar').getByRole('button');
    expect(await columns.count()).toBe(200);
    expect(await columns.first().getAttribute('aria-label')).toMatch(
      /^2025-01-01 00:00 – 2025-01-01 04:00.*: 10 steps.*highest of 5 hours: median/,
    );
    expect(await chart.textContent()).toContain('7 steps without a time are in none of them.');
    const table = page.getByRole('region', { name: 'By weekday' });
    expect(await table.getByRole('rowheader').allTextContents()).toEqual(['Monday', '<b>Tuesday</b>']);
    expect(await page.locator('.overview').textContent()).toContain('The hours of this window are too many');
    await columns.nth(1).click();
    await expect.poll(filter).toEqual([{ kind: 'time', from: at(5), to: at(10) }]);
  });

  it('says that it is being filtered as long as it still shows what was there before', async () => {
    const answer = hostOf(makeRun());
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    panel = await openPanel({
      answer: async (message) => {
        const { body } = message as { body?: { kind: string; filter?: unknown[] } };
        if (body?.kind === 'overview' && (body.filter?.length ?? 0) > 0) await held;
        return answer(message);
      },
    });
    const { page } = panel;
    await page.getByRole('button', { name: /^Errors: / }).click();
    const overview = page.locator('.overview');
    await overview.getByText('Filtering…').waitFor();
    expect(await overview.getAttribute('aria-busy')).toBe('true');
    expect(await page.locator('.filtered').count()).toBe(0);
    release();
    await filtered();
    expect(await overview.getAttribute('aria-busy')).toBe('false');
    expect(await overview.getByText('Filtering…').count()).toBe(0);
  });

  it('says what is of the filter and what of the whole run, and what to do where nothing is left', async () => {
    const { page, run } = await open();
    expect(await page.locator('.scope').count()).toBe(0);
    await page.getByRole('button', { name: /^Errors: / }).click();
    await filtered();
    const failing = run.interactions.filter(({ steps }) => steps.some(({ error }) => error)).length;
    expect((await page.locator('.filtered').textContent())?.replace(/\s+/g, ' ')).toContain(
      `Of the ${failing} of 40 interactions that the filter leaves`,
    );
    expect(await page.locator('.tile').first().textContent()).toMatch(new RegExp(`${failing}\\s*of 40`));
    const heads = await page.locator('h3:has(.scope)').allTextContents();
    expect(heads.map((head) => head.trim().replace(/\s+/g, ' '))).toEqual([
      'Expectations whole run',
      'Retrieval whole run',
      'Notes whole run',
    ]);
    const errors = page.getByRole('region', { name: 'Errors by node' });
    await errors.getByRole('button', { name: 'Identify customer' }).click();
    await expect.poll(filter).toEqual([
      { kind: 'mark', mark: 'error' },
      { kind: 'node', nodeId: 'n-ident' },
    ]);
    await page.getByRole('region', { name: 'Where the time goes' }).getByRole('button').first().click();
    await expect
      .poll(() => page.locator('.state .title:visible').textContent())
      .toBe('The filter leaves nothing');
    expect(await page.locator('.overview').textContent()).toContain('Records');
    await panel?.screenshot('overview-nothing-left');
    await page.locator('.overview .state').getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('region', { name: 'What matters' }).waitFor();
  });

  it('is where it was after a reload', async () => {
    const { page } = await open();
    const scroller = page.locator('.overview-view > .main');
    await scroller.evaluate((element) => {
      element.scrollTop = 400;
    });
    await expect.poll(kept).toMatchObject({ overview: { top: 400 } });
    await page.reload();
    await page.locator('.headline').waitFor();
    await expect.poll(() => scroller.evaluate((element) => element.scrollTop)).toBe(400);
  });

  it.each(THEMES)(
    'has nothing that axe objects to in %s, narrowed, with its tables open, in any width',
    async (theme) => {
      panel = await openPanel({ answer: hostOf(makeRun()), theme, width: 1280, height: 900 });
      const { page } = panel;
      await page.locator('.headline').waitFor();
      const violations = async (): Promise<string[]> => {
        const found = await new AxeBuilder({ page }).include('.overview-view').analyze();
        return found.violations.flatMap(({ id, nodes }) =>
          nodes.map((node) => `${id}: ${node.target.join(' ')}`),
        );
      };
      await page.locator('.finding').first().getByRole('button', { name: 'Narrow to it' }).click();
      await filtered();
      for (const summary of await page.locator('.chart summary').all()) await summary.click();
      await page.locator('.chart table').nth(1).waitFor();
      expect(await violations()).toEqual([]);
      await panel.screenshot(`${theme}-overview-narrowed`);
      // As beside an editor, and as at 200 % zoom.
      await page.setViewportSize({ width: 400, height: 700 });
      expect(await violations()).toEqual([]);
      const overflow = await page
        .locator('.overview-view > .main')
        .evaluate((main) => main.scrollWidth - main.clientWidth);
      expect(overflow).toBe(0);
      await panel.screenshot(`${theme}-overview-narrow`);
    },
  );

  it('gives expectations, retrieval, errors, notes and the audit record', async () => {
    const { page, sent } = await open();
    const body = page.locator('.overview');
    const text = await body.textContent();
    expect(text).toContain('Verified: every record that was expected is here.');
    expect(text).toMatch(/Records\s+40 of 40 expected/);
    expect(text).toMatch(/Throttled\s+2 times/);
    expect(text).toContain('The window was cut to the 30 days');
    expect(await page.locator('.checks .broken').textContent()).toMatch(
      /Broken:\s*EXPECT BOTTLENECKS = 0\s*was 12/,
    );
    expect(await page.locator('section[aria-labelledby=errors] tbody tr').count()).toBe(1);
    const audit = page.locator('.audit');
    expect(await audit.textContent()).toMatch(/Audit record 41 in\s*audit-2025-03\.ndjson/);
    await page.getByRole('region', { name: 'Expectations' }).getByRole('button').click();
    await expect
      .poll(() => sent.at(-1))
      .toEqual({ type: 'action', action: { kind: 'showClause', clause: 'expect' } });
    await audit.getByRole('button', { name: 'Show audit log' }).click();
    await expect.poll(() => sent.at(-1)).toEqual({ type: 'action', action: { kind: 'showAudit' } });
  });

  it.each([
    ['partial', 'Partial result'],
    ['failed', 'The run failed'],
    ['cancelled', 'Cancelled'],
  ] as const)('says of a %s run what happened and what to do', async (outcome, title) => {
    const message = 'The tenant answered 429 and asked to wait 600 s. Run it again later.';
    const retrieval = makeRun().overview.retrieval;
    if (retrieval === null) throw new Error('made run without a retrieval');
    const { page, sent } = await open({
      header: { outcome, error: { code: 'throttled', message }, resumable: outcome === 'partial' },
      overview: {
        ...{ compliance: 'REVIEW_REQUIRED', audit: null },
        retrieval: { ...retrieval, records: 40, expected: 1_200, accuracyRate: 40 / 1_200 },
      },
    });
    const banner = page.getByRole('note');
    expect(await banner.textContent()).toContain(title);
    expect(await banner.textContent()).toContain(message);
    expect(await page.locator('.overview').textContent()).toContain('Review required');
    expect(await page.locator('.audit').textContent()).toContain('Not audited.');
    expect(await banner.textContent()).toContain('1,160 of 1,200 records are missing.');
    const resume = banner.getByRole('button', { name: 'Resume' });
    expect(await resume.count()).toBe(outcome === 'partial' ? 1 : 0);
    if (outcome === 'partial') {
      await resume.click();
      await expect.poll(() => sent.at(-1)).toEqual({ type: 'action', action: { kind: 'resume' } });
    }
    await banner.getByRole('button', { name: 'Run again' }).click();
    await expect.poll(() => sent.at(-1)).toEqual({ type: 'action', action: { kind: 'rerun' } });
    await panel?.screenshot(`overview-${outcome}`);
    const full = (await banner.boundingBox())?.height ?? 0;
    await page.getByRole('tab', { name: 'Flow' }).click();
    await expect.poll(() => banner.isVisible()).toBe(true);
    await expect.poll(async () => (await banner.boundingBox())?.height).toBeLessThan(full);
  });

  it('is at ease with a run that returned nothing', async () => {
    const { page } = await open({
      interactions: 0,
      overview: { retrieval: null, expectations: [], notes: [] },
    });
    expect(await page.locator('.overview').textContent()).toContain('There is no interaction to judge.');
    await panel?.screenshot('overview-empty');
    for (const tab of ['Timeline', 'Table']) {
      await page.getByRole('tab', { name: tab }).click();
      await expect.poll(() => page.locator('.state .title:visible').count()).toBe(1);
      expect(await page.locator('.state .hint:visible').textContent()).toContain('Widen the window');
    }
    await panel?.screenshot('table-empty');
  });

  it('calls it good news where no step was held', async () => {
    const { page } = await open({ overview: { findings: [], slowest: [], bottleneckCount: 0 } });
    expect(await page.locator('.good').first().textContent()).toContain(
      'No step was held above its threshold.',
    );
  });

  it('says that the run cannot be read, and reads it again when asked', async () => {
    const answer = hostOf(makeRun());
    let broken = true;
    panel = await openPanel({
      answer: (message) => {
        const { type, id } = message as { type: string; id: number };
        if (type === 'request' && broken) {
          return { type: 'failed', id, message: 'The folder of the run is gone. Run the query again.' };
        }
        return answer(message);
      },
    });
    const alert = panel.page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('The folder of the run is gone.');
    await panel.screenshot('overview-unreadable');
    broken = false;
    await alert.getByRole('button', { name: 'Try again' }).click();
    await panel.page.locator('.headline').waitFor();
  });

  it('shows a running run anew each time that the editor says so', async () => {
    const first = makeRun({
      interactions: 5,
      header: { outcome: 'running', endedAt: null },
      overview: { retrieval: null, compliance: 'REVIEW_REQUIRED', audit: null },
    });
    const second = makeRun({ interactions: 30 });
    let current = hostOf(first);
    panel = await openPanel({ answer: (message) => current(message) });
    await expect.poll(() => panel?.page.getByRole('note').textContent()).toContain('Still running');
    expect(await panel.page.locator('.audit').count()).toBe(0);
    const retrieval = panel.page.getByRole('region', { name: 'Retrieval' });
    expect(await retrieval.textContent()).toContain('is told once the run has ended');
    current = hostOf(second);
    await panel.post({ type: 'show', state: { runId: 'run-1' } });
    await expect.poll(() => panel?.page.locator('.tile dd').first().textContent()).toBe('30');
    expect(await panel.page.getByRole('note').count()).toBe(0);
  });
});
