/** The table on real answers: sort, columns, keyboard, copying, narrowing, the step's pane, and a million rows. */
import { afterEach, describe, expect, it } from 'vitest';
import { fromWebviewSchema } from '../../server/src/protocol/panel.ts';
import { MAX_ROWS, type PanelRequest, type RequestOf } from '../../server/src/protocol/panel-requests.ts';
import type { TableRow } from '../../server/src/protocol/panel-views.ts';
import { openPanel, type Panel } from './harness.ts';
import { type RealOptions, type RealRun, realHost, realRun } from './real.ts';

const REQUEST: RequestOf<'table'> = { kind: 'table', filter: [], offset: 0, count: MAX_ROWS, sort: null };

async function rowsOf(run: RealRun, more: Partial<RequestOf<'table'>> = {}): Promise<readonly TableRow[]> {
  const answer = await run.answer({ ...REQUEST, ...more });
  return answer.kind === 'table' ? answer.rows : [];
}

describe('the table', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    expect(panel?.problems).toEqual([]);
    await panel?.close();
    panel = undefined;
  });

  const small = realRun({ interactions: 40 });

  const open = async (
    options: RealOptions | RealRun = small,
    more: { readonly width?: number; readonly delay?: (request: PanelRequest) => number } = {},
  ) => {
    const run = 'answer' in options ? options : realRun(options);
    const { width = 1300, ...host } = more;
    panel = await openPanel({ answer: realHost(run, { state: { tab: 'table' }, ...host }), width });
    const opened = panel;
    const { page } = opened;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const cell = (row: number, column: string) =>
      page.locator(`.table-view .row[aria-rowindex="${row + 1}"] .c-${column}`);
    await cell(1, 'nodeName').waitFor();
    const asked = () =>
      opened.sent.flatMap((message) => {
        const parsed = fromWebviewSchema.parse(message);
        return parsed.type === 'request' && parsed.body.kind === 'table' ? [parsed.body] : [];
      });
    const actions = () =>
      opened.sent.flatMap((message) => {
        const parsed = fromWebviewSchema.parse(message);
        return parsed.type === 'action' ? [parsed.action] : [];
      });
    const kept = () => page.evaluate(() => JSON.parse(sessionStorage.getItem('cxq-state') ?? 'null'));
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    const said = () => page.locator('[role=status][aria-live=polite]').textContent();
    const heads = () => page.locator('.table-view .head .cell').allTextContents();
    return { run, page, cell, asked, actions, kept, clipboard, said, heads };
  };
  const label = (row: TableRow | undefined) => row?.nodeName ?? row?.nodeId ?? '';

  it('marks bottlenecks and what matches in words, icon and tint', async () => {
    const { page } = await open();
    await page.getByRole('columnheader', { name: 'Bottleneck' }).click();
    const row = page.locator('.table-view .row.bottleneck').first();
    await row.waitFor();
    expect(await row.locator('.c-bottleneck').textContent()).toBe('bottleneck');
    expect(await row.locator('.c-bottleneck .codicon-flame').count()).toBe(1);
    const paper = (target: typeof row) => target.evaluate((line) => getComputedStyle(line).backgroundColor);
    const tinted = await paper(row);
    await page.getByRole('columnheader', { name: 'Step' }).click();
    const plain = page.locator('.table-view .row.odd:not(.bottleneck)').first();
    await plain.waitFor();
    expect(await paper(plain)).not.toBe(tinted);
  });

  it('sorts by a column, the other way, and back to the order of the run', async () => {
    const { page, run, cell, said } = await open();
    const header = page.getByRole('columnheader', { name: 'Dwell' });
    const [longest] = await rowsOf(run, { sort: { column: 'dwell', descending: true } });
    const [shortest] = await rowsOf(run, { sort: { column: 'dwell', descending: false } });
    const [first] = await rowsOf(run);
    await header.click();
    await expect.poll(() => header.getAttribute('aria-sort')).toBe('descending');
    await expect.poll(() => cell(1, 'nodeName').textContent()).toBe(label(longest));
    await expect.poll(said).toContain('sorted by Dwell, descending');
    await header.click();
    await expect.poll(() => header.getAttribute('aria-sort')).toBe('ascending');
    await expect.poll(() => cell(1, 'interactionId').textContent()).toBe(shortest?.interactionId);
    await header.click();
    await expect.poll(() => header.getAttribute('aria-sort')).toBe('none');
    await expect.poll(() => cell(1, 'interactionId').textContent()).toBe(first?.interactionId);
  });

  it('is walked through and sorted by keyboard alone', async () => {
    const { page, run, cell } = await open();
    const total = (await rowsOf(run)).length;
    await page.locator('.table-view [tabindex="0"].cell').focus();
    await page.keyboard.press('ArrowUp');
    for (let at = 0; at < 6; at += 1) await page.keyboard.press('ArrowRight');
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
    await expect.poll(focused).toBe('Dwell');
    await page.keyboard.press('Enter');
    const [longest] = await rowsOf(run, { sort: { column: 'dwell', descending: true } });
    await expect.poll(() => cell(1, 'nodeName').textContent()).toBe(label(longest));
    await expect.poll(focused).toBe('Dwell');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.detail h2').textContent()).toBe(label(longest));
    expect(await page.locator('.table-view .row.selected').getAttribute('aria-rowindex')).toBe('2');
    await page.keyboard.press('PageDown');
    await page.keyboard.press('Control+End');
    const row = () =>
      page.evaluate(() => document.activeElement?.closest('.row')?.getAttribute('aria-rowindex'));
    await expect.poll(row).toBe(String(total + 1));
    expect(await page.locator('.table-view .cell[tabindex="0"]').count()).toBe(1);
  });

  it('shows the columns that fit, and those that are chosen, in the order chosen, also after a reload', async () => {
    const { page, heads, kept } = await open(small, { width: 560 });
    const text = async () => (await heads()).map((head) => head.trim());
    const atFirst = ['Bottleneck', 'Error', 'Matches the query', 'Interaction', 'Step', 'Node', 'Dwell'];
    expect(await text()).toEqual(atFirst);
    await page.getByRole('button', { name: 'Columns' }).click();
    const dialog = page.getByRole('dialog', { name: 'Columns' });
    await dialog.getByRole('checkbox', { name: 'Workflow' }).check();
    await dialog.getByRole('checkbox', { name: 'Error' }).uncheck();
    await dialog.getByRole('checkbox', { name: 'End' }).focus();
    await page.keyboard.press('Space');
    for (let at = 0; at < 12; at += 1) await page.keyboard.press('Alt+ArrowUp');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
    const chosen = [
      'Bottleneck',
      'End',
      'Matches the query',
      'Interaction',
      'Step',
      'Node',
      'Dwell',
      'Workflow',
    ];
    const sorted = (names: readonly string[]) => [...names].sort();
    expect(sorted(await text())).toEqual(sorted(chosen));
    const order = await text();
    expect(order.indexOf('End')).toBeLessThan(2);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Columns');
    expect((await kept()).table.columns).toContain('workflowName');
    expect(await page.locator('.table-view .row .c-workflowName').first().textContent()).not.toBe('—');

    await page.reload();
    await page.locator('.table-view .row .c-workflowName').first().waitFor();
    expect(await text()).toEqual(order);
    await page.getByRole('button', { name: 'Columns' }).click();
    await dialog.getByRole('button', { name: 'Reset' }).click();
    await page.keyboard.press('Escape');
    await expect.poll(() => text()).toEqual(atFirst);
    expect((await kept()).table.columns).toBeNull();
  });

  it('does not let the last column go', async () => {
    const { page, heads } = await open();
    await page.getByRole('button', { name: 'Columns' }).click();
    const boxes = page.getByRole('dialog').getByRole('checkbox');
    const count = await boxes.count();
    for (let at = 0; at < count; at += 1) {
      const box = boxes.nth(at);
      if ((await box.isChecked()) && (await box.isEnabled())) await box.uncheck();
    }
    expect(await heads()).toHaveLength(1);
    expect(await page.getByRole('dialog').getByRole('checkbox', { checked: true }).isDisabled()).toBe(true);
  });

  it('copies a row tab separated, with nothing that a spreadsheet would run', async () => {
    const { page, run } = await open({
      interactions: 3,
      change: (record, index) =>
        index === 0 ? { ...record, interactionId: '=HYPERLINK("http://127.0.0.1:9")' } : record,
    });
    const [first] = await rowsOf(run);
    await page.locator('.table-view [tabindex="0"].cell').focus();
    const copied = await page.evaluate(() => {
      const data = new DataTransfer();
      const event = new ClipboardEvent('copy', { clipboardData: data, bubbles: true, cancelable: true });
      document.activeElement?.dispatchEvent(event);
      return data.getData('text/plain');
    });
    const cells = copied.split('\t');
    expect(cells).toHaveLength(11);
    expect(cells[3]).toBe(`'=HYPERLINK("http://127.0.0.1:9")`);
    expect(cells[4]).toBe('1');
    expect(cells[5]).toBe(first?.nodeName);
    expect(Number(cells[6])).toBe(first?.dwell);
    expect(cells[10]).toBe(first?.startTime);
  });

  it('copies the rows chosen with Shift and the arrows, and those that are not loaded', async () => {
    const { page, clipboard, said, run } = await open({ interactions: 60 });
    await page.locator('.table-view .row[aria-rowindex="3"] .c-nodeName').click();
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    await expect.poll(() => page.locator('.table-view .row.ranged').count()).toBe(3);
    await expect.poll(said).toBe('3 rows chosen');
    await page.keyboard.press('Control+c');
    await expect.poll(said).toBe('3 rows copied');
    const rows = await rowsOf(run);
    const lines = (await clipboard()).split('\n');
    expect(lines.map((line) => line.split('\t')[5])).toEqual(rows.slice(1, 4).map((row) => row.nodeName));
    await page.keyboard.press('Control+Shift+End');
    await page.getByRole('button', { name: /^Copy \d+ rows$/ }).click();
    await expect.poll(said).toMatch(/^\d+ rows copied$/);
    expect((await clipboard()).split('\n').length).toBeGreaterThan(300);
    await page.locator('.table-view .row.ranged .c-nodeName').last().focus();
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => page.locator('.table-view .row.ranged').count()).toBe(0);
  });

  it('copies all rows with headings up to a limit that it says', async () => {
    const { page, clipboard, said } = await open({ steps: 12_000 });
    await page.getByRole('button', { name: 'Copy the first 10,000 rows' }).click();
    await expect.poll(said, { timeout: 30_000 }).toMatch(/^The first 10,000 of 12,\d+ rows copied: export/);
    const lines = (await clipboard()).split('\n');
    expect(lines).toHaveLength(10_001);
    expect(lines[0]).toBe(
      'Bottleneck\tError\tMatches the query\tInteraction\tStep\tNode\tDwell\tWait\tOutcome\tType\tStart',
    );
  });

  it('narrows to a cell’s node, outcome and interaction by keys and by its menu, and takes that back', async () => {
    const { page, run, kept } = await open();
    const [first, second] = await rowsOf(run);
    await page.locator('.table-view .row[aria-rowindex="3"] .c-nodeName').focus();
    await page.keyboard.press('n');
    await expect.poll(async () => (await kept()).filter).toEqual([{ kind: 'node', nodeId: second?.nodeId }]);
    const names = page.locator('.table-view .row .c-nodeName');
    await expect.poll(async () => new Set(await names.allTextContents()).size).toBe(1);
    await page.locator('.table-view .row[aria-rowindex="2"] .c-nodeName').focus();
    await page.keyboard.press('n');
    await expect.poll(async () => (await kept()).filter).toEqual([]);
    await expect.poll(() => names.first().textContent()).toBe(first?.nodeName);

    await page.locator('.table-view .row[aria-rowindex="2"] .c-nodeName').focus();
    await page.keyboard.press('Shift+F10');
    const menu = page.getByRole('menu', { name: 'Step' });
    await menu.waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect
      .poll(async () => (await kept()).filter)
      .toMatchObject([{ kind: 'interactions', ids: [first?.interactionId] }]);
    await page.locator('.table-view .row[aria-rowindex="2"] .c-nodeName').click({ button: 'right' });
    await menu.getByRole('menuitem', { name: 'Not only this interaction' }).click();
    await expect.poll(async () => (await kept()).filter).toEqual([]);
  });

  it('opens the menu by keys that are faster than frames, at a row that they scroll to', async () => {
    const { page } = await open();
    const row = page.locator('.table-view .row[aria-rowindex="2"] .c-nodeName');
    await row.focus();
    const scroller = page.locator('.table-view .scroller');
    const scrolled = () => scroller.evaluate((box) => box.scrollTop);
    await row.evaluate((cell) => {
      const press = (init: KeyboardEventInit) =>
        cell.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }));
      press({ key: 'PageDown' });
      press({ key: 'PageDown' });
      press({ key: 'F10', shiftKey: true });
    });
    expect(await scrolled()).toBeGreaterThan(100);
    await page.waitForTimeout(200);
    const menu = page.getByRole('menu', { name: 'Step' });
    expect(await menu.isVisible()).toBe(true);
    expect(
      await menu
        .getByRole('menuitem')
        .first()
        .evaluate((item) => item.matches(':focus')),
    ).toBe(true);
    // What the menu is at is scrolled away from under it.
    await scroller.evaluate((box) => {
      box.scrollTop = 0;
    });
    await menu.waitFor({ state: 'hidden' });
  });

  it('says what is left by a filter that leaves nothing, and clears it', async () => {
    const { page, kept } = await open();
    await page.locator('.filter-bar input').fill('no such thing anywhere');
    await expect.poll(() => page.locator('.state .title:visible').textContent()).toBe('Nothing found');
    await panel?.screenshot('table-nothing-found');
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.locator('.table-view .row .c-nodeName').first().waitFor();
    expect((await kept()).filter).toEqual([]);
  });

  it('opens the record of a row by o, and a query about it from its menu', async () => {
    const { page, run, actions } = await open();
    const [first] = await rowsOf(run);
    await page.locator('.table-view .row[aria-rowindex="2"] .c-nodeName').focus();
    await page.keyboard.press('o');
    const step = { interactionId: first?.interactionId, sequence: 0 };
    await expect.poll(actions).toEqual([{ kind: 'openRaw', step }]);
    await page.keyboard.press('ContextMenu');
    await page.getByRole('menuitem', { name: 'Query about it' }).click();
    await expect
      .poll(() => actions().at(-1))
      .toMatchObject({ kind: 'openQuery', filter: [{ kind: 'interactions' }, { kind: 'node' }] });
  });

  it('walks through the steps of an interaction in the pane, by buttons and keys', async () => {
    const { page, run, actions } = await open();
    const rows = await rowsOf(run);
    const steps = rows.filter(({ interactionId }) => interactionId === rows[0]?.interactionId);
    await page.locator('.table-view .row[aria-rowindex="2"] .c-nodeName').click();
    const place = page.locator('.detail-tools .amount');
    await expect.poll(() => place.textContent()).toBe(`step 1 of ${steps.length}`);
    const previous = page.getByRole('button', { name: 'Previous step' });
    expect(await previous.getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('button', { name: 'Next step' }).click();
    await expect.poll(() => page.locator('.detail h2').textContent()).toBe(label(steps[1]));
    for (let at = 2; at < steps.length; at += 1) {
      await page.keyboard.press('j');
      await expect.poll(() => place.textContent()).toBe(`step ${at + 1} of ${steps.length}`);
    }
    await page.keyboard.press('j');
    await expect
      .poll(() => page.locator('[role=status][aria-live=polite]').textContent())
      .toBe('This is the last step');
    await page.keyboard.press('k');
    await expect.poll(() => place.textContent()).toBe(`step ${steps.length - 1} of ${steps.length}`);
    await expect
      .poll(() => page.locator('.table-view .row.selected').getAttribute('aria-rowindex'))
      .toBe(String(steps.length));
    const only = page.locator('.detail').getByRole('button', { name: /^Only node/ });
    await only.click();
    await expect
      .poll(() =>
        page
          .locator('.detail')
          .getByRole('button', { name: /^Not only node/ })
          .getAttribute('aria-pressed'),
      )
      .toBe('true');
    await page.locator('.detail').getByRole('button', { name: 'Open record' }).click();
    await page.locator('.detail').getByRole('button', { name: 'Query about it' }).click();
    await expect.poll(() => actions().map(({ kind }) => kind)).toEqual(['openRaw', 'openQuery']);
  });

  it('is where it was left after a reload: sort, place, selection', async () => {
    const { page, kept } = await open({ interactions: 600 });
    await page.getByRole('columnheader', { name: 'Dwell' }).click();
    await page.locator('.table-view .row .c-nodeName').first().click();
    await page.locator('.table-view .scroller').evaluate((element) => {
      element.scrollTop = 24 * 3_000;
    });
    await expect.poll(async () => (await kept()).table.top).toBe(3_000);
    const first = page.locator('.table-view .row[aria-rowindex="3002"]');
    await expect.poll(() => first.getAttribute('aria-busy')).toBeNull();
    const before = await first.textContent();
    await page.reload();
    await expect.poll(() => first.textContent()).toBe(before);
    await page.waitForTimeout(300);
    const top = () => page.locator('.table-view .scroller').evaluate((element) => element.scrollTop / 24);
    expect(await top()).toBe(3_000);
    await page.getByRole('tab', { name: 'Flow' }).click();
    await page.getByRole('tab', { name: 'Table' }).click();
    await expect.poll(top).toBe(3_000);
  });

  it('asks for small slices, only where it looks, and reaches every row of a million', async () => {
    const run = realRun({ steps: 1_000_000 });
    const total = run.data.matching.length;
    const { page, asked, cell } = await open(run);
    const scroller = page.locator('.table-view .scroller');
    await scroller.evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    await cell(total, 'nodeName').waitFor();
    const [last] = await rowsOf(run, { offset: total - 1, count: 1 });
    expect(await cell(total, 'nodeName').textContent()).toBe(label(last));
    await scroller.evaluate((element) => {
      element.scrollTop = element.scrollHeight / 2;
    });
    await expect.poll(() => page.locator('.table-view .row:not(.ghost)').count()).toBeGreaterThan(10);
    await page.locator('.table-view .row:not(.ghost) .c-nodeName').nth(8).click();
    await page.keyboard.press('Control+End');
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest('.row')?.getAttribute('aria-rowindex')))
      .toBe(String(total + 1));
    expect(await page.locator('.table-view .row').count()).toBeLessThan(80);
    expect(asked().every((request) => request.count <= MAX_ROWS)).toBe(true);
    expect(asked().reduce((sum, request) => sum + request.count, 0)).toBeLessThan(2_000);
  });

  it('ignores an answer that comes after the question changed', async () => {
    const { page, cell, asked } = await open(small, {
      delay: (request) => (request.kind === 'table' && request.sort?.column === 'wait' ? 900 : 0),
    });
    const [longest] = await rowsOf(small, { sort: { column: 'dwell', descending: true } });
    await page.getByRole('columnheader', { name: 'Wait' }).click();
    await expect.poll(() => asked().some(({ sort }) => sort?.column === 'wait')).toBe(true);
    await page.getByRole('columnheader', { name: 'Dwell' }).click();
    await expect.poll(() => cell(1, 'nodeName').textContent()).toBe(label(longest));
    await page.waitForTimeout(1_200);
    expect(await cell(1, 'interactionId').textContent()).toBe(longest?.interactionId);
  });

  it('says so where there are no steps, and where they cannot be read, with another try', async () => {
    let broken = true;
    const run = realRun({ interactions: 0 });
    panel = await openPanel({
      answer: (message) => {
        const { id, body } = message as { id: number; body?: PanelRequest };
        return broken && body?.kind === 'table'
          ? { type: 'failed', id, message: 'The run’s folder is gone.' }
          : realHost(run, { state: { tab: 'table' } })(message);
      },
    });
    const { page } = panel;
    await expect.poll(() => page.locator('.state.failed:visible').textContent()).toContain('folder is gone');
    broken = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => page.locator('.state .title:visible').textContent()).toBe('No steps');
  });
});
