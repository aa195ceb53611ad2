import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import { openPanel, type Panel } from './harness.ts';
import { realHost, realRun } from './real.ts';
import { hostOf, makeRun } from './run.ts';
import { THEMES } from './themes.ts';

describe('access', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  /** Looked at by people in full height; axe looks at fewer rows of the same kind, in a quarter of the time. */
  const picture = async (open: Panel, name: string): Promise<void> => {
    await open.page.setViewportSize({ width: 1280, height: 860 });
    await open.screenshot(name);
    await open.page.setViewportSize({ width: 1280, height: 480 });
  };

  const violations = async (open: Panel, without: string[] = []): Promise<string[]> => {
    const { violations } = await new AxeBuilder({ page: open.page }).disableRules(without).analyze();
    return violations.flatMap((found) =>
      found.nodes.map((node) => `${found.id}: ${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
    );
  };

  /** Milliseconds after which it hangs: axe looks at eight tabs. */
  const LONG = 240_000;
  const TABS = ['Overview', 'Timeline', 'Flow', 'Paths', 'Decisions', 'Variables', 'Table', 'Compare'];
  const run = realRun({ interactions: 60 });

  /** Every tab in turn, with a step in the pane where there is one. */
  const walk = async (open: Panel, look: (tab: string) => Promise<void>): Promise<void> => {
    const { page } = open;
    await page.locator('.headline').waitFor();
    for (const tab of TABS) {
      await page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
      const view = page.locator(`.${tab.toLowerCase()}-view`);
      await view.locator('.state .codicon-loading').waitFor({ state: 'hidden' });
      if (tab === 'Table') {
        await view.locator('.row .c-nodeName').first().click();
        await page.locator('.detail .facts').first().waitFor();
      }
      await page.waitForTimeout(150);
      await look(tab);
    }
  };

  it.each(THEMES)(
    'has nothing that axe objects to in %s, in any of the eight tabs',
    async (theme) => {
      panel = await openPanel({ answer: realHost(run), theme, width: 1280, height: 480 });
      const open = panel;
      await walk(open, async (tab) => {
        expect(await violations(open), tab).toEqual([]);
        await picture(open, `${theme}-${tab.toLowerCase()}`);
      });
    },
    LONG,
  );

  it(
    'has nothing that axe objects to with the system’s own colours',
    async () => {
      panel = await openPanel({
        ...{ answer: realHost(run), theme: 'high-contrast', width: 1280, height: 480 },
        forcedColours: true,
      });
      const open = panel;
      await walk(open, async (tab) => {
        // Which colours those are is the system's: axe reads some of them as the page's own.
        expect(await violations(open, ['color-contrast']), tab).toEqual([]);
        await picture(open, `forced-${tab.toLowerCase()}`);
      });
    },
    LONG,
  );

  it(
    'holds at twice the size: nothing is cut off, and axe objects to nothing',
    async () => {
      // A window of 1000 × 800 in which everything is twice as large.
      panel = await openPanel({ answer: realHost(run), width: 500, height: 400 });
      const open = panel;
      await walk(open, async (tab) => {
        expect(await violations(open), tab).toEqual([]);
        const over = await open.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(over, tab).toBeLessThanOrEqual(0);
        await open.screenshot(`twice-${tab.toLowerCase()}`);
      });
    },
    LONG,
  );

  it('leaves with the table what is chosen, and its dialogs, to axe', async () => {
    panel = await openPanel({ answer: realHost(run, { state: { tab: 'table' } }), theme: 'dark' });
    const { page } = panel;
    await page.locator('.table-view .row .c-nodeName').nth(2).click();
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menu', { name: 'Step' }).waitFor();
    expect(await violations(panel)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await violations(panel)).toEqual([]);
    await panel.screenshot('dark-columns');
  });

  it('has nothing that axe objects to when a run failed, and while it is narrow', async () => {
    const failed = makeRun({
      interactions: 0,
      header: {
        outcome: 'failed',
        error: { code: 'auth', message: 'The tenant refused the client secret.' },
      },
      overview: { audit: null, compliance: 'REVIEW_REQUIRED', retrieval: null },
    });
    panel = await openPanel({ answer: hostOf(failed), theme: 'dark', width: 480 });
    await panel.page.locator('.banner').waitFor();
    expect(await violations(panel)).toEqual([]);
    await panel.screenshot('dark-failed-narrow');
    await panel.page.getByRole('tab', { name: 'Table' }).click();
    await panel.page.locator('.state:visible').first().waitFor();
    expect(await violations(panel)).toEqual([]);
  });

  it('has nothing that axe objects to where a step has long values', async () => {
    const run = makeRun({ interactions: 2 });
    const first = run.interactions[0]?.steps[0];
    if (first === undefined) throw new Error('made run without steps');
    const long = JSON.stringify('lorem ipsum '.repeat(400));
    Object.assign(first, {
      raw: long.repeat(4),
      variables: [{ path: `/${'name/'.repeat(200)}`, kind: 'changed', before: long, after: long }],
    });
    panel = await openPanel({ answer: hostOf(run), theme: 'light', width: 1100 });
    const { page } = panel;
    await page.getByRole('tab', { name: 'Table' }).click();
    await page.locator('.table-view .row .c-nodeName').first().click();
    await page.getByText('Record as JSON').click();
    expect(await violations(panel)).toEqual([]);
    expect(await page.locator('.diff tbody').evaluate((body) => body.clientHeight)).toBeLessThan(300);
  });

  it('moves between tabs by arrows, Home, End, Enter and Space, and names their panels', async () => {
    panel = await openPanel({ answer: hostOf(makeRun()) });
    const { page } = panel;
    await page.locator('.headline').waitFor();
    const selected = () => page.locator('[role=tab][aria-selected=true]').textContent();
    await page.getByRole('tab', { name: 'Overview' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect.poll(selected).toMatch(/^Timeline/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press(' ');
    await expect.poll(selected).toMatch(/^Flow/);
    await page.keyboard.press('Home');
    await expect.poll(selected).toBe('Overview');
    await page.keyboard.press('End');
    await expect.poll(selected).toMatch(/^Compare/);
    const panels = page.locator('[role=tabpanel]:visible');
    expect(await panels.count()).toBe(1);
    const labelled = await panels.getAttribute('aria-labelledby');
    expect(await page.locator(`#${labelled}`).getAttribute('role')).toBe('tab');
  });

  it('says the results aloud, and rows by their place', async () => {
    const run = makeRun({ interactions: 300 });
    panel = await openPanel({ answer: hostOf(run) });
    const { page } = panel;
    await expect
      .poll(() => page.locator('[role=status][aria-live=polite]').textContent())
      .toBe(`Results: ${run.overview.headline}`);
    await page.getByRole('tab', { name: 'Timeline' }).click();
    const grid = page.getByRole('grid', { name: /Interactions/ });
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('300');
    await page.getByRole('tab', { name: 'Table' }).click();
    const steps = run.interactions.flatMap((interaction) => interaction.steps).length;
    await expect
      .poll(() => page.getByRole('grid', { name: 'Steps' }).getAttribute('aria-rowcount'))
      .toBe(String(steps + 1));
  });

  it('keeps still where reduced motion is asked for, and shows focus', async () => {
    panel = await openPanel({ answer: () => undefined, reducedMotion: true });
    const { page } = panel;
    const spinner = page.locator('.state .codicon-modifier-spin');
    await spinner.first().waitFor();
    expect(await spinner.first().evaluate((icon) => getComputedStyle(icon).animationName)).toBe('none');
    await page.keyboard.press('Tab');
    const outlined = await page.evaluate(() => {
      const tab = document.activeElement;
      const inner = tab?.shadowRoot?.querySelector('.wrapper');
      return inner === null || inner === undefined ? '' : getComputedStyle(inner).outlineStyle;
    });
    expect(outlined).toBe('solid');
  });
});
