/** Decisions: outcomes with their intervals, what goes with them, the rule and its exceptions. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import type { FromWebview } from '../../server/src/protocol/panel.ts';
import type { Overview } from '../../server/src/protocol/panel-overview.ts';
import type { PanelRequest } from '../../server/src/protocol/panel-requests.ts';
import { openPanel, type Panel } from './harness.ts';
import { HOSTILE, type Made, viewsHost } from './made-views.ts';
import { THEMES, type Theme } from './themes.ts';

/** All of the one in front is there. */
const TOLD = 'section[aria-busy=false]';

describe('decisions', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (made: Made = {}, theme: Theme = 'light', width = 1000, ready = TOLD) => {
    panel = await openPanel({ answer: viewsHost(made), theme, width });
    const { page } = panel;
    await page.locator('.filter-bar .left').waitFor();
    await page.getByRole('tab', { name: 'Decisions' }).click();
    await page.locator(`.decisions-view ${ready}`).first().waitFor();
    return page;
  };
  const asked = () =>
    (panel?.sent ?? []).flatMap((message) => {
      const { body } = message as { body?: PanelRequest };
      return body?.kind === 'decisions' ? [body] : [];
    });
  /** Whose drivers were asked for, and which of these requests nobody waits for any more. */
  const driversAsked = () => {
    const sent = (panel?.sent ?? []) as FromWebview[];
    const dropped = new Set(sent.flatMap((message) => (message.type === 'cancel' ? [message.id] : [])));
    return sent.flatMap((message) =>
      message.type === 'request' && message.body.kind === 'drivers'
        ? [`${message.body.nodeId}${dropped.has(message.id) ? ', dropped' : ''}`]
        : [],
    );
  };

  it('lists the decisions, the chosen one with its outcomes and their intervals', async () => {
    const page = await open();
    const options = page.getByRole('listbox', { name: 'Decisions' }).getByRole('option');
    expect(await options.count()).toBe(3);
    expect(await options.first().textContent()).toMatch(
      /Customer tier\?\s*1,204 visits, mixed, one way more often/,
    );
    const standard = page.getByRole('row', { name: /standard/ }).first();
    expect(await standard.textContent()).toMatch(/71 %\s*\(69–74 %\)/);
    const [bar, fill, whisker] = await Promise.all(
      ['.whisker-bar', '.whisker-fill', '.whisker'].map((part) => standard.locator(part).boundingBox()),
    );
    const share = (x: number) => (x - (bar?.x ?? 0)) / (bar?.width ?? 1);
    expect(share((fill?.x ?? 0) + (fill?.width ?? 0))).toBeCloseTo(0.714, 1);
    expect(share(whisker?.x ?? 0)).toBeCloseTo(0.688, 1);
    expect(share((whisker?.x ?? 0) + (whisker?.width ?? 0))).toBeCloseTo(0.739, 1);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('.outcomes').textContent()).toContain(HOSTILE.markup);
  });

  it('says what goes with it, how likely that is chance, and what the rule is worth', async () => {
    const page = await open();
    const drivers = page.getByRole('table', { name: 'What goes with it' });
    expect(await drivers.textContent()).toMatch(
      /customer\/tier\s*category.*71 %.*0\.61 of 0\.86 bits.*no chance \(q < 0\.001\)/s,
    );
    expect(await drivers.textContent()).toMatch(
      /gold: before\.customer\.tier = 'gold' in\s+91 % of its visits, 3 % of all others/,
    );
    expect(await drivers.textContent()).toMatch(/number, split at 60\.5/);
    expect(await page.locator('pre code').textContent()).toContain(
      "if before.customer.tier = 'gold'\n  gold",
    );
    expect(await page.locator('.worth').textContent()).toMatch(/This rule\s*94 %\s*Commonest outcome\s*71 %/);
    expect(await page.locator('.decisions-view').textContent()).toContain('sample of 20,000 visits');
  });

  it('shows the outcomes at once, and what goes with them when it is worked out', async () => {
    const page = await open(
      { delay: ({ kind }) => (kind === 'drivers' ? 700 : 0) },
      'light',
      1000,
      '.outcomes',
    );
    const [drivers, rule] = [
      page.getByRole('region', { name: 'What goes with it' }),
      page.getByRole('region', { name: 'Rule' }),
    ];
    expect(await drivers.getByRole('status').textContent()).toMatch(/Working out what goes with it…/);
    expect(await rule.textContent()).toContain('Working out the rule…');
    expect([await drivers.getAttribute('aria-busy'), await rule.getAttribute('aria-busy')]).toEqual([
      'true',
      'true',
    ]);
    await panel?.screenshot('light-1000-decisions-busy');
    await page.getByRole('table', { name: 'What goes with it' }).waitFor();
    expect([await drivers.getAttribute('aria-busy'), await rule.getAttribute('aria-busy')]).toEqual([
      'false',
      'false',
    ]);
    expect(await drivers.getByRole('status').count()).toBe(0);
    expect(driversAsked()).toEqual(['n-tier']);
    expect(asked()).toHaveLength(1);
  });

  it('waits only for what goes with the one in front', async () => {
    let wait = 1_500;
    const page = await open(
      { delay: (one) => (one.kind === 'drivers' && one.nodeId === 'n-tier' ? wait : 0) },
      ...(['light', 1000, '.outcomes'] as const),
    );
    await expect.poll(driversAsked).toEqual(['n-tier']);
    wait = 0;
    await page.getByRole('option').nth(1).click();
    await page.getByText('No rule:').waitFor();
    await expect.poll(driversAsked).toEqual(['n-tier, dropped', 'n-prio']);
    // What comes late is of another node.
    await page.waitForTimeout(1_700);
    expect(await page.locator('.master-head h2').textContent()).toBe('Priority routing');
    expect(await page.getByRole('table', { name: 'What goes with it' }).count()).toBe(0);
    await page.getByRole('option').first().click();
    await page.getByRole('table', { name: 'What goes with it' }).waitFor();
    expect(driversAsked()).toEqual(['n-tier, dropped', 'n-prio', 'n-tier']);
    expect(asked()).toHaveLength(1);
  });

  it('says where what goes with it could not be worked out, and tries again', async () => {
    let fails = true;
    const page = await open(
      { fails: ({ kind }) => kind === 'drivers' && fails },
      ...(['light', 1000, '.outcomes'] as const),
    );
    const alert = page.getByRole('region', { name: 'What goes with it' }).getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('The run folder could not be read');
    expect(await page.getByRole('row', { name: /standard/ }).count()).toBe(1);
    expect(await page.getByRole('region', { name: 'Rule' }).count()).toBe(0);
    await panel?.screenshot('light-1000-decisions-failed');
    fails = false;
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('table', { name: 'What goes with it' }).waitFor();
    expect(await page.locator('pre code').textContent()).toContain('gold');
    expect(asked()).toHaveLength(1);
  });

  it('keeps what goes with it while more comes of a run that goes on', async () => {
    let wait = 0;
    const made = viewsHost({ delay: ({ kind }) => (kind === 'drivers' ? wait : 0) });
    let overview: Overview | undefined;
    panel = await openPanel({
      async answer(message) {
        const answer = (await made(message)) as { body?: { kind: string } } | undefined;
        if (answer?.body?.kind !== 'overview') return answer;
        const one = answer.body as Overview;
        overview = { ...one, header: { ...one.header, runId: 'run-1', outcome: 'running', endedAt: null } };
        return { ...answer, body: overview };
      },
    });
    const { page } = panel;
    await page.locator('.filter-bar .left').waitFor();
    await page.getByRole('tab', { name: 'Decisions' }).click();
    const table = page.getByRole('table', { name: 'What goes with it' });
    await table.waitFor();
    wait = 600;
    for (let count = 2; count <= 4; count += 1) {
      await panel.post({ type: 'snapshot', overview });
      await expect.poll(() => asked().length).toBe(count);
      await page.waitForTimeout(100);
      expect(await table.count()).toBe(1);
    }
    // One that is under way when yet more comes is waited for: it would never end otherwise.
    expect(driversAsked()).toEqual(['n-tier', 'n-tier']);
    await page.waitForTimeout(800);
    await panel.post({ type: 'snapshot', overview });
    await expect.poll(driversAsked).toEqual(['n-tier', 'n-tier', 'n-tier']);
  });

  it('leads from an exception to its step, and to the interactions of all of them', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Only these' }).click();
    await expect
      .poll(() => asked().at(-1)?.filter)
      .toEqual([
        {
          kind: 'interactions',
          ids: Array.from({ length: 10 }, (_, at) => `int-${100_000 + at}`),
          label: 'exceptions to the rule of Customer tier?',
        },
      ]);
    await expect
      .poll(() => page.getByRole('button', { name: 'Only these' }).getAttribute('aria-pressed'))
      .toBe('true');
    await page.getByRole('button', { name: /int-100003/ }).click();
    await expect.poll(() => page.locator('[role=tab][aria-selected=true]').textContent()).toMatch(/Timeline/);
    const step = panel?.sent.find((message) => (message as { body?: PanelRequest }).body?.kind === 'step');
    expect(step).toMatchObject({ body: { interactionId: 'int-100003', sequence: 3 } });
  });

  it('narrows by an outcome and by the node, and widens by a second press', async () => {
    const page = await open();
    const gold = page.getByRole('rowheader').getByRole('button', { name: 'gold' });
    await gold.click();
    await expect
      .poll(() => asked().at(-1)?.filter)
      .toEqual([{ kind: 'outcome', nodeId: 'n-tier', outcome: 'gold' }]);
    await expect.poll(() => gold.getAttribute('aria-pressed')).toBe('true');
    await gold.press('Enter');
    await expect.poll(() => asked().at(-1)?.filter).toEqual([]);
    await page.getByRole('button', { name: 'Only visits of this node' }).click();
    await expect.poll(() => asked().at(-1)?.filter).toEqual([{ kind: 'node', nodeId: 'n-tier' }]);
  });

  it('chooses by arrows, warns of few visits, names outcomes that are nodes, and keeps the choice', async () => {
    const page = await open();
    await page.getByRole('option').first().focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.locator('.master-head h2').textContent()).toBe('Priority routing');
    expect(await page.evaluate(() => document.activeElement?.ariaSelected)).toBe('true');
    expect(await page.getByRole('note').textContent()).toMatch(/Only 12 visits/);
    expect(await page.locator('.outcomes').textContent()).toContain('Billing queue (n-queue)');
    expect(await page.locator('.outcomes .few').count()).toBe(4);
    await page.getByText('No rule:').waitFor();
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('.master-head h2').textContent()).toBe(HOSTILE.markup);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.locator('.master-head h2').textContent()).toBe('Priority routing');
    await page.reload();
    await page.locator(`.decisions-view ${TOLD}`).first().waitFor();
    expect(await page.locator('.master-head h2').textContent()).toBe('Priority routing');
    expect(driversAsked().slice(-2)).toEqual(['n-prio', 'n-prio']);
  });

  it('says that it reads, that nothing is there, that nothing is left, and what failed', async () => {
    let fails = true;
    const made = { fails: ({ kind }: PanelRequest) => kind === 'decisions' && fails, delay: () => 60 };
    const page = await open(made, 'light', 1000, '.state');
    await page.locator('.decisions-view .state.failed').waitFor();
    fails = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.outcomes').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('none');
    await page.getByText('No decision is left by the filter').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.locator('.outcomes').waitFor();
    await panel?.close();
    const none = await open({ decisions: [] }, 'light', 1000, '.state .title');
    expect(await none.locator('.decisions-view .state').textContent()).toContain('No decisions');
  });

  it.each([...THEMES.map((theme) => [theme, 1000] as const), ['light', 420] as const])(
    'has nothing that axe objects to in %s at %d pixels',
    async (theme, width) => {
      const page = await open({}, theme, width);
      await page.getByRole('rowheader').getByRole('button', { name: 'gold' }).click();
      await page.locator('.tr.selected').waitFor();
      const { violations } = await new AxeBuilder({ page }).include('.decisions-view').analyze();
      expect(
        violations.flatMap(({ id, nodes }) =>
          nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
        ),
      ).toEqual([]);
      const detail = page.locator('.decisions-view .master-detail');
      expect(await detail.evaluate((one) => one.scrollWidth - one.clientWidth)).toBeLessThanOrEqual(0);
      await panel?.screenshot(`${theme}-${width}-decisions`);
    },
  );
});
