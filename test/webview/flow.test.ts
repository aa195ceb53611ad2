import { AxeBuilder } from '@axe-core/playwright';
import { afterEach, describe, expect, it } from 'vitest';
import { type PanelAction, panelActionSchema } from '../../server/src/protocol/panel.ts';
import { openPanel, type Panel, type PanelOptions } from './harness.ts';
import { CENTRE, flowHost, largeFlow } from './made-flow.ts';
import { makeRun } from './run.ts';
import { THEMES } from './themes.ts';

interface Sent {
  readonly type: string;
  readonly body?: { readonly kind: string; readonly filter: unknown[]; readonly hidden: number };
  readonly action?: unknown;
}

/** A machine that does much else takes its time. */
const until = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

describe('the flow', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const open = async (
    answer: Parameters<typeof flowHost>[1] = () => CENTRE,
    options: PanelOptions = {},
    state: object = {},
  ) => {
    panel = await openPanel({ answer: flowHost(makeRun(), answer, state), height: 1_000, ...options });
    const { page } = panel;
    await page.locator('.flow-map').waitFor({ state: 'visible' });
    return { page, opened: panel, map: page.locator('.flow-map') };
  };
  const drawn = async (...args: Parameters<typeof open>) => {
    const opened = await open(...args);
    await opened.map.locator('.node').first().waitFor();
    return opened;
  };
  const asked = (opened: Panel) =>
    opened.sent.map((message) => message as Sent).filter(({ body }) => body?.kind === 'flow');
  const acts = (opened: Panel): PanelAction[] =>
    opened.sent
      .map((message) => message as Sent)
      .filter(({ type }) => type === 'action')
      .map(({ action }) => panelActionSchema.parse(action));
  const kept = (opened: Panel) =>
    opened.page.evaluate(() => {
      const state: {
        filter: unknown[];
        flow: { measure: string; hidden: number; view?: { scale: number } };
      } = JSON.parse(sessionStorage.getItem('cxq-state') ?? '{}');
      return state;
    });
  const said = (opened: Panel) => opened.page.locator('[role=status][aria-live=polite]').textContent();
  const node = (opened: Panel, name: string) => opened.page.locator(`.flow-map .node[aria-label^="${name}"]`);
  /** The words and badges of a box. */
  const words = async (opened: Panel, name: string) =>
    opened.page.locator(`[data-words="${await node(opened, name).getAttribute('data-node')}"]`);
  const focused = (opened: Panel) =>
    opened.page.evaluate(() => (document.activeElement?.getAttribute('aria-label') ?? '').split(/[,:]/)[0]);

  it.each(THEMES)('has nothing that axe objects to in %s, wide and narrow', async (theme) => {
    const { page, opened, map } = await drawn(() => CENTRE, { theme, height: 760 });
    const check = async () => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      return violations.flatMap((found) =>
        found.nodes.map(({ target }) => `${found.id}: ${target.join(' ')}`),
      );
    };
    expect(await check()).toEqual([]);
    await opened.screenshot(`${theme}-flow`);
    await page.getByRole('button', { name: 'Flow as a list' }).click();
    await map.locator('.node.slow').first().click({ button: 'right' });
    await page.getByRole('menu').waitFor();
    expect(await check()).toEqual([]);
    await opened.screenshot(`${theme}-flow-list`);
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 420, height: 700 });
    expect(await check()).toEqual([]);
    await opened.screenshot(`${theme}-flow-narrow`);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(420);
  });

  it('prints the measure in each box, with its scale, and remembers which', async () => {
    const { page, opened, map } = await drawn();
    const told = async () => (await words(opened, 'Billing')).locator('text').allTextContents();
    expect(await told()).toEqual(['Billing queue', '46 s']);
    expect(await page.locator('.flow-view .scale').textContent()).toMatch(/Dwell, p95\s+0 s\s+3 min 10 s/);
    await page.locator('.flow-view vscode-single-select').evaluate((select) => {
      Object.assign(select, { value: 'frequency' });
      select.dispatchEvent(new Event('change'));
    });
    await until(told).toEqual(['Billing queue', '498 visits']);
    expect(await said(opened)).toBe('Coloured by Visits.');
    expect((await kept(opened)).flow.measure).toBe('frequency');
    const fills = await map
      .locator('.node .box')
      .evaluateAll((boxes) => boxes.map((box) => box.getAttribute('fill')));
    expect(new Set(fills).size).toBeGreaterThan(6);
  });

  it('marks bottlenecks and errors with their counts, what has no value, and start and end by shape', async () => {
    const { map, opened } = await drawn();
    expect(await map.locator('.node.slow').count()).toBe(2);
    expect(await (await words(opened, 'Priority')).locator('.badge.bottleneck text').textContent()).toBe(
      '212',
    );
    expect(await (await words(opened, 'Identify')).locator('.badge.error text').textContent()).toBe('84');
    expect(await map.locator('.node.unknown.node .box').count()).toBe(1);
    expect(await map.locator('.node.start circle').count()).toBe(1);
    expect(await map.locator('.node.end circle').count()).toBe(2);
    expect(await node(opened, 'Priority').getAttribute('aria-label')).toMatch(
      /^Priority routing, ROUTING: Visits 702.*Bottlenecks 212\. Leads to Agent conversation.* 676\. Comes from Customer tier\? 702$/,
    );
  });

  it('narrows by a box and by a line, shows what is in force, and widens at the second click', async () => {
    const { page, opened, map } = await drawn();
    await node(opened, 'Billing').click();
    await until(() => node(opened, 'Billing').getAttribute('aria-pressed')).toBe('true');
    expect((await kept(opened)).filter).toEqual([{ kind: 'node', nodeId: 'n-queue' }]);
    await until(() => asked(opened).at(-1)?.body?.filter).toEqual([{ kind: 'node', nodeId: 'n-queue' }]);
    await until(() => map.getAttribute('aria-busy')).toBe('false');
    expect(await map.locator('[aria-pressed=true] .ring.pressed').count()).toBe(1);
    await node(opened, 'Billing').click();
    await until(async () => (await kept(opened)).filter).toEqual([]);
    await until(() => map.getAttribute('aria-busy')).toBe('false');

    // The first edge leads from the start: of those who begin there.
    const at = await map.locator('.edge').evaluateAll((edges) => {
      for (const edge of edges) {
        const hit = edge.querySelector<SVGPathElement>('.hit');
        const place = hit?.getPointAtLength(hit.getTotalLength() * 0.4);
        const frame = hit?.getScreenCTM();
        if (place === undefined || frame === null || frame === undefined) continue;
        const { x, y } = place.matrixTransform(frame);
        if (document.elementFromPoint(x, y) === hit) return { x, y, line: edge.getAttribute('data-line') };
      }
      throw new Error('no edge can be clicked');
    });
    await page.mouse.click(at.x, at.y);
    await until(async () => (await kept(opened)).filter.length).toBe(1);
    await until(() => map.locator('.edge.pressed').count()).toBe(1);
    await page.mouse.click(at.x, at.y);
    await until(async () => (await kept(opened)).filter).toEqual([]);
  });

  it('has the same as a table, which narrows too, from and to the ends as well', async () => {
    const { page, opened } = await drawn();
    const fold = page.getByRole('button', { name: /Flow as a list/ });
    expect(await fold.getAttribute('aria-expanded')).toBe('false');
    await fold.click();
    const table = page.getByRole('table');
    const rows = await table
      .locator('tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent?.trim())));
    expect(rows.length).toBe(CENTRE.edges.length);
    expect(rows[0]).toEqual(['Inbound voice → Language menu', '1,204', '1,204', '100 %', '200 ms', '600 ms']);
    expect(await table.getAttribute('aria-rowcount')).toBe('18');
    const first = page.getByRole('button', { name: 'Start → Inbound voice' });
    await first.focus();
    await page.keyboard.press('Enter');
    await until(() => first.getAttribute('aria-pressed')).toBe('true');
    expect((await kept(opened)).filter).toEqual([{ kind: 'edge', from: null, to: 'n-entry' }]);
    await page.getByRole('button', { name: 'Survey → End' }).click();
    await until(async () => (await kept(opened)).filter).toEqual([
      { kind: 'edge', from: 'n-survey', to: null },
    ]);
  });

  it('lists a thousand edges a part at a time', async () => {
    const { page } = await drawn(() => largeFlow());
    await page.getByRole('button', { name: /Flow as a list/ }).click();
    await expect.poll(() => page.locator('.edges tbody tr').count()).toBe(100);
    await page.getByText('Show 100 more of 1,200').click();
    await until(() => page.locator('.edges tbody tr').count()).toBe(200);
  });

  it('is walked by keys: along lines, to start and end, through all, and into its actions', async () => {
    const { page, opened, map } = await drawn();
    await page.getByRole('button', { name: 'Save the map as PNG' }).focus();
    await page.keyboard.press('Tab');
    await expect.poll(() => focused(opened)).toBe('Start');
    const walked: (string | undefined)[] = [];
    for (const key of [
      'ArrowDown',
      'ArrowDown',
      'ArrowDown',
      'ArrowRight',
      'ArrowDown',
      'End',
      'ArrowUp',
      'Home',
    ]) {
      const before = await focused(opened);
      await page.keyboard.press(key);
      await until(() => focused(opened)).not.toBe(before);
      walked.push(await focused(opened));
    }
    expect(walked).toEqual([
      ...['Inbound voice', 'Language menu', 'Identify customer', 'Fraud check', 'Customer tier?'],
      ...['End', 'Survey', 'Start'],
    ]);
    const seen = new Set<string | undefined>();
    for (let at = 0; at < CENTRE.nodes.length; at += 1) {
      const name = await focused(opened);
      seen.add(name);
      await page.keyboard.press('PageDown');
      if (at < CENTRE.nodes.length - 1) await until(() => focused(opened)).not.toBe(name);
    }
    expect(seen.size).toBe(CENTRE.nodes.length);
    expect(await map.locator('.node[tabindex="0"]').count()).toBe(1);

    await page.keyboard.press('ArrowUp');
    await until(() => focused(opened)).toBe('Survey');
    await page.keyboard.press('Shift+F10');
    const item = () => page.evaluate(() => document.activeElement?.textContent?.trim());
    const items = [await item()];
    for (let at = 0; at < 4; at += 1) {
      await page.keyboard.press('ArrowDown');
      items.push(await item());
    }
    expect(items).toEqual([
      'Show in timeline',
      'Show steps in table',
      'Query about it',
      'Filter',
      'Show in timeline',
    ]);
    await page.keyboard.press('Escape');
    await until(() => focused(opened)).toBe('Survey');
    expect(await page.getByRole('menu').count()).toBe(0);

    await page.keyboard.press('Enter');
    await until(() => node(opened, 'Survey').getAttribute('aria-pressed')).toBe('true');
    await until(() => map.getAttribute('aria-busy')).toBe('false');
    expect(await focused(opened)).toBe('Survey');
    await page.keyboard.press('Space');
    await until(async () => (await kept(opened)).filter).toEqual([]);
  });

  it('leads from a box to the other views, and to a query about it', async () => {
    const state = {
      filter: [
        { kind: 'mark', mark: 'error' },
        { kind: 'node', nodeId: 'n-menu' },
      ],
    };
    const { page, opened } = await drawn(() => CENTRE, {}, state);
    await node(opened, 'Billing').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Query about it' }).click();
    await until(() => acts(opened)).toEqual([
      { kind: 'openQuery', filter: [state.filter[0], { kind: 'node', nodeId: 'n-queue' }] },
    ]);
    await node(opened, 'Billing').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Show steps in table' }).click();
    await until(() => page.locator('[role=tab][aria-selected=true]').textContent()).toMatch(/^Table/);
    expect((await kept(opened)).filter).toEqual([state.filter[0], { kind: 'node', nodeId: 'n-queue' }]);
  });

  it('hides rare edges once the slider rests, and says how many', async () => {
    const { page, opened } = await drawn(({ hidden }) => ({
      ...CENTRE,
      edges: hidden > 0 ? CENTRE.edges.slice(0, 3) : CENTRE.edges,
      ...(hidden > 0 ? { hidden, hiddenEdges: 14, hiddenNodes: 2 } : {}),
    }));
    await page.locator('.rare input').focus();
    for (let at = 0; at < 4; at += 1) await page.keyboard.press('ArrowRight');
    await until(() => page.locator('.rare input').getAttribute('aria-valuetext')).toBe(
      'The rarest 20 % hidden',
    );
    const amount = page.locator('.flow-view .toolbar .amount');
    await until(() => amount.textContent()).toBe('rarest 20\u00a0% hidden: 14 edges, 2 nodes');
    expect(asked(opened).map(({ body }) => body?.hidden)).toEqual([0, 0.2]);
    expect(await said(opened)).toBe(
      'rarest 20 % hidden: 14 edges, 2 nodes. 10 nodes and 3 edges on the map.',
    );
    expect((await kept(opened)).flow.hidden).toBe(0.2);
    expect(await page.locator('.edge').count()).toBe(3);
  });

  it('zooms around the pointer, moves by wheel, drag and keys, and fits', async () => {
    const { page, opened, map } = await drawn(() => CENTRE, { width: 1_000, height: 700 });
    const view = async () => {
      const matrix = await map.locator('.picture').evaluate((svg) => {
        const { a, e, f } = new DOMMatrix(getComputedStyle(svg).transform);
        return { scale: a, x: e, y: f };
      });
      return matrix;
    };
    const fit = await view();
    const box = await map.boundingBox();
    if (box === null) throw new Error('no map');
    const at = { x: 400, y: 120 };
    await page.mouse.move(box.x + at.x, box.y + at.y);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    await until(async () => (await view()).scale).toBeGreaterThan(fit.scale * 1.1);
    const near = await view();
    expect(Math.abs((at.x - near.x) / near.scale - (at.x - fit.x) / fit.scale)).toBeLessThan(4);
    expect(Math.abs((at.y - near.y) / near.scale - (at.y - fit.y) / fit.scale)).toBeLessThan(4);

    await page.mouse.wheel(30, 40);
    await until(async () => (await view()).y).toBe(near.y - 40);
    await page.mouse.down();
    await page.mouse.move(box.x + at.x + 50, box.y + at.y + 25, { steps: 5 });
    await page.mouse.up();
    await until(async () => (await view()).x).toBe(near.x - 30 + 50);
    // A drag that ends on a box is no click.
    expect((await kept(opened)).filter).toEqual([]);

    await node(opened, 'Language').focus();
    const { x, scale } = await view();
    await page.keyboard.press('Shift+ArrowRight');
    await until(async () => (await view()).x).toBe(x - 60);
    await page.keyboard.press('+');
    await until(async () => (await view()).scale).toBeCloseTo(scale * 1.25, 1);
    await until(async () => (await kept(opened)).flow.view?.scale).toBeCloseTo(scale * 1.25, 1);
    expect(await said(opened)).toMatch(/^Zoom \d+ %$/);
    await page.keyboard.press('-');
    await until(async () => (await view()).scale).toBeCloseTo(scale, 1);
    await page.keyboard.press('0');
    await until(view).toEqual(fit);
    expect((await kept(opened)).flow.view).toBeUndefined();
  });

  it('keeps words readable and moves without drawing anew', async () => {
    const { page, map } = await drawn(() => largeFlow(), { width: 1_200, height: 800 });
    const sizes = () =>
      map.locator('.picture').evaluate((svg) => {
        const { a } = new DOMMatrix(getComputedStyle(svg).transform);
        return [...svg.querySelectorAll('text')].map((text) => Number(text.getAttribute('font-size')) * a);
      });
    await until(() => map.locator('.edge').count()).toBe(1_200);
    const far = await sizes();
    expect(far.length).toBeGreaterThan(5);
    expect(Math.min(...far)).toBeGreaterThanOrEqual(8.99);
    await map.locator('[data-node="210"]').focus();
    await page.keyboard.press('1');
    await until(() => map.locator('.edge-words').count()).toBeGreaterThan(5);
    expect(Math.min(...(await sizes()))).toBeGreaterThanOrEqual(8.99);
    const box = await map.boundingBox();
    if (box === null) throw new Error('no map');
    await page.evaluate(() => {
      const counts = { changes: 0 };
      Reflect.set(globalThis, 'counts', counts);
      new MutationObserver((changes) => {
        counts.changes += changes.length;
      }).observe(document.querySelector('.picture g') ?? document, {
        subtree: true,
        childList: true,
        attributes: true,
      });
    });
    await page.mouse.move(box.x + 500, box.y + 300);
    await page.mouse.down();
    const before = await page.evaluate((): unknown => Reflect.get(globalThis, 'counts'));
    for (let at = 1; at <= 40; at += 1) await page.mouse.move(box.x + 500 - at * 4, box.y + 300 - at * 2);
    expect(await page.evaluate((): unknown => Reflect.get(globalThis, 'counts'))).toEqual(before);
    await page.mouse.up();
  });

  it('tells all measures beside the pointer and the keyboard, until Escape', async () => {
    const { page, opened, map } = await drawn();
    const tip = map.locator('.flow-tip');
    await node(opened, 'Priority').hover();
    await until(() => tip.isVisible()).toBe(true);
    const facts = await tip.locator('dt').allTextContents();
    expect(facts).toEqual([
      'Visits',
      'Dwell, p50',
      'Dwell, p95',
      'Dwell, total',
      'Share of dwell',
      'Errors',
      'Bottlenecks',
    ]);
    expect(await tip.locator('.faint').textContent()).toBe('ROUTING · n-prio');
    await page.mouse.move(5, 5);
    await until(() => tip.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Save the map as PNG' }).focus();
    await page.keyboard.press('Tab');
    await until(() => tip.isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await until(() => tip.isVisible()).toBe(false);
  });

  it('comes back as it was left, and stays where it is while more of a run comes', async () => {
    const state = { flow: { measure: 'total', hidden: 0.1, view: { x: -120, y: 30, scale: 1.4 } } };
    const run = makeRun({ header: { outcome: 'running' } });
    panel = await openPanel({ answer: flowHost(run, () => CENTRE, state) });
    const { page } = panel;
    const transform = () => page.locator('.picture').evaluate((svg) => getComputedStyle(svg).transform);
    await page.locator('.flow-map .node').first().waitFor();
    expect(await transform()).toBe('matrix(1.4, 0, 0, 1.4, -120, 30)');
    expect(asked(panel).map(({ body }) => body?.hidden)).toEqual([0.1]);
    expect(await page.locator('.flow-view .scale .name').textContent()).toBe('Dwell, total');
    await panel.post({ type: 'snapshot', overview: run.overview });
    const opened = panel;
    await until(() => asked(opened).length).toBe(2);
    expect(await transform()).toBe('matrix(1.4, 0, 0, 1.4, -120, 30)');
    await page.reload();
    await page.locator('.flow-map .node').first().waitFor();
    expect(await transform()).toBe('matrix(1.4, 0, 0, 1.4, -120, 30)');
  });

  it('says what is wrong or missing', async () => {
    let times = 0;
    const { page, map, opened } = await open(({ filter }) => {
      times += 1;
      if (times === 1) return new Error('The run is not kept any more.');
      return filter.length > 0 ? { ...CENTRE, nodes: [], edges: [] } : CENTRE;
    });
    await page.getByText('The run is not kept any more.').waitFor();
    await page.getByText('Try again').click();
    await map.locator('.node').first().waitFor();
    await node(opened, 'Billing').click();
    await page.getByText('Nothing left by this filter').waitFor();
    await page.getByText('Clear the filter').click();
    await until(() => map.locator('.node').count()).toBe(CENTRE.nodes.length);
  });

  it('asks for nothing behind another tab, and only for the last filter', async () => {
    const { page, opened, map } = await drawn();
    await page.getByRole('tab', { name: 'Paths' }).click();
    const before = asked(opened).length;
    const reveal = { type: 'reveal', tab: 'paths', filter: [{ kind: 'node', nodeId: 'n-queue' }] };
    await opened.post(reveal);
    await until(async () => (await kept(opened)).filter.length).toBe(1);
    expect(asked(opened).length).toBe(before);
    await page.getByRole('tab', { name: 'Flow' }).click();
    await until(() => asked(opened).length).toBe(before + 1);
    await until(() => map.locator('[aria-pressed=true]').count()).toBe(1);
  });

  it('follows the theme, and stands still where reduced motion is asked for', async () => {
    const { page, map } = await drawn(() => CENTRE, { reducedMotion: true });
    const fill = () => map.locator('.node .box').first().getAttribute('fill');
    const light = await fill();
    await page.evaluate(() => {
      document.documentElement.style.setProperty('--vscode-editor-background', '#101010');
      document.documentElement.style.setProperty('--vscode-foreground', '#eeeeee');
    });
    await until(fill).not.toBe(light);
    const moving = await map.evaluate(
      (element) =>
        [element, ...element.querySelectorAll('*')].filter((one) => {
          const { animationName, transitionDuration } = getComputedStyle(one);
          return animationName !== 'none' || transitionDuration !== '0s';
        }).length,
    );
    expect(moving).toBe(0);
  });

  it('is told apart without colours where the system forces its own', async () => {
    const { page, map } = await drawn();
    await page.emulateMedia({ forcedColors: 'active' });
    const styles = await map
      .locator('.node .box')
      .evaluateAll((boxes) =>
        boxes.map((box) => `${getComputedStyle(box).fill} ${getComputedStyle(box).stroke}`),
      );
    expect(new Set(styles.map((style) => style.split(') ')[0])).size).toBe(1);
    expect(await map.locator('.badge').count()).toBeGreaterThan(2);
  });
});
