import { afterEach, describe, expect, it } from 'vitest';
import { openPanel, type Panel } from './harness.ts';
import { hostOf, type MadeOptions, makeRun } from './run.ts';

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

  it('says first what the run found, and always which query, tenant, window and when', async () => {
    const { page, run } = await open();
    const tab = page.getByRole('tabpanel').first();
    expect(await tab.getByRole('heading').first().textContent()).toBe(run.overview.headline);
    const header = page.locator('header.run');
    await expect.poll(() => header.getByRole('heading').textContent()).toBe('Stuck in priority routing');
    expect(await header.textContent()).toContain('http://127.0.0.1:4010');
    expect(await header.textContent()).toContain('2025-03-10 09:12:44 – 2025-03-11 09:12:44 CET');
    expect(await header.textContent()).toContain('complete');
    await page.getByRole('tab', { name: 'Table' }).click();
    expect(await header.isVisible()).toBe(true);
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
    expect((await since.textContent())?.replaceAll('\u00a0', ' ')).toContain(run.overview.changes[0]);
    await panel?.screenshot('overview-matters');
  });

  it('goes from the evidence of an insight to its step in the timeline', async () => {
    const { page, run } = await open();
    const matters = page.getByRole('region', { name: 'What matters' });
    expect(await matters.getByRole('button').count()).toBe(3);
    await matters.getByRole('button').first().click();
    await page.locator('.bar.chosen').waitFor();
    expect(await page.locator('.row.selected .id').textContent()).toBe(
      run.overview.insights[0]?.evidence[0]?.interactionId,
    );
  });

  it('says nothing of what matters where nothing does', async () => {
    const { page } = await open({ overview: { insights: [], changes: [] } });
    expect(await page.getByRole('region', { name: 'What matters' }).count()).toBe(0);
    expect(await page.getByRole('region', { name: 'Since when' }).count()).toBe(0);
  });

  it('goes from the evidence to its step in the timeline', async () => {
    const { page, run } = await open();
    const example = run.overview.findings[0]?.examples[0];
    await page.locator('.finding .evidence button').first().click();
    const chosen = page.locator('.bar.chosen');
    await chosen.waitFor();
    expect(await chosen.getAttribute('aria-label')).toContain('Priority routing');
    expect(await chosen.getAttribute('aria-label')).toContain('bottleneck');
    await expect.poll(() => chosen.evaluate((bar) => bar === document.activeElement)).toBe(true);
    expect(await page.locator('.row.selected .id').textContent()).toBe(example?.interactionId);
    await expect.poll(() => page.locator('.detail h2').textContent()).toBe('Priority routing');
  });

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
    await audit.getByRole('button', { name: 'Show audit log' }).click();
    await expect.poll(() => sent.at(-1)).toEqual({ type: 'action', action: 'showAudit' });
  });

  it.each([
    ['partial', 'Partial result'],
    ['failed', 'The run failed'],
    ['cancelled', 'Cancelled'],
  ] as const)('says of a %s run what happened and what to do', async (outcome, title) => {
    const message = 'The tenant answered 429 and asked to wait 600 s. Run it again later.';
    const { page, sent } = await open({
      header: { outcome, error: { code: 'throttled', message } },
      overview: { compliance: 'REVIEW_REQUIRED', audit: null },
    });
    const banner = page.getByRole('note');
    expect(await banner.textContent()).toContain(title);
    expect(await banner.textContent()).toContain(message);
    expect(await page.locator('.overview').textContent()).toContain('Review required');
    expect(await page.locator('.audit').textContent()).toContain('Not audited.');
    await banner.getByRole('button', { name: 'Run again' }).click();
    await expect.poll(() => sent.at(-1)).toEqual({ type: 'action', action: 'rerun' });
    await panel?.screenshot(`overview-${outcome}`);
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
      expect(await page.locator('.state .hint:visible').textContent()).toContain('Widen WHEN');
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
    const first = makeRun({ interactions: 5, header: { outcome: 'running', endedAt: null } });
    const second = makeRun({ interactions: 30 });
    let current = hostOf(first);
    panel = await openPanel({ answer: (message) => current(message) });
    await expect.poll(() => panel?.page.getByRole('note').textContent()).toContain('Still running');
    expect(await panel.page.locator('.audit').count()).toBe(0);
    current = hostOf(second);
    await panel.post({ type: 'show', state: { runId: 'run-1' } });
    await expect.poll(() => panel?.page.locator('.tile dd').first().textContent()).toBe('30');
    expect(await panel.page.getByRole('note').count()).toBe(0);
  });
});
