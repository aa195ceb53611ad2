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
    expect(await text('.banner')).toContain('100 of 1,200 records so far.');
    shown = at(700, null);
    await panel.post({ type: 'snapshot', overview: shown });
    await expect.poll(() => text('.headline')).toBe('What 700 records say.');
    expect(await text('.banner')).toContain('700 records so far.');
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
