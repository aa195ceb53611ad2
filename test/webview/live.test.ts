/** The panel of a run that goes on: its overview changes in place, and everything is loaded at the end. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Overview } from '../../server/src/protocol/panel-overview.ts';
import { openPanel, type Panel } from './harness.ts';
import { hostOf, makeRun } from './run.ts';

describe('a run that goes on', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  it('says so with how much came, as it comes, until the whole run is shown', async () => {
    const run = makeRun();
    const { overview } = run;
    const at = (records: number, expected: number | null): Overview => ({
      ...overview,
      header: { ...overview.header, outcome: 'running', endedAt: null },
      headline: `What ${records} records say.`,
      interactions: records,
      progress: { records, expected },
    });
    let shown: Overview = at(100, 1200);
    const whole = hostOf(run);
    const live = (message: unknown): unknown => hostOf({ ...run, overview: shown })(message);
    let hasEnded = false;
    panel = await openPanel({ answer: (message) => (hasEnded ? whole(message) : live(message)) });
    const { page } = panel;
    const text = async (selector: string): Promise<string> =>
      ((await page.locator(selector).first().textContent()) ?? '').replaceAll('\u00a0', ' ');
    await page.locator('.headline').waitFor();
    expect(await text('.banner')).toContain('Still running');
    expect(await text('.banner')).toContain('100 of 1,200 records so far, 1,100 still missing.');
    const bar = page.getByRole('progressbar', { name: 'Records retrieved' });
    expect(await bar.getAttribute('aria-valuenow')).toBe('100');
    expect(await bar.getAttribute('aria-valuemax')).toBe('1200');
    await panel.screenshot('live-running');
    // Whatever tab is in front, it is seen and can be stopped.
    await page.getByRole('tab', { name: 'Compare' }).click();
    await expect
      .poll(() => page.locator('.compare-view .state .title').textContent())
      .toBe('The run goes on');
    await panel.screenshot('live-compare');
    const cancel = page.locator('.banner').getByRole('button', { name: 'Cancel' });
    await cancel.click();
    expect(panel.sent.at(-1)).toEqual({ type: 'action', action: { kind: 'cancel' } });
    await expect.poll(() => text('.banner strong')).toBe('Cancelling');
    await page.getByRole('tab', { name: 'Overview' }).click();
    shown = at(700, null);
    await panel.post({ type: 'snapshot', overview: shown });
    await expect.poll(() => text('.headline')).toBe('What 700 records say.');
    expect(await text('.banner')).toContain('700 records so far; how many there are is not known.');
    expect(await bar.getAttribute('aria-valuenow')).toBeNull();
    // Of another run: nothing is changed by it.
    const other = { ...at(3, 4), header: { ...shown.header, runId: 'another' } };
    await panel.post({ type: 'snapshot', overview: other });
    hasEnded = true;
    await panel.post({ type: 'show', state: { runId: overview.header.runId } });
    await expect.poll(() => text('.headline')).toBe(overview.headline);
    expect(await page.locator('.banner').count()).toBe(0);
    // What comes late is of a run that has ended.
    await panel.post({ type: 'snapshot', overview: at(800, null) });
    await page.waitForTimeout(100);
    expect(await text('.headline')).toBe(overview.headline);
  });
});
