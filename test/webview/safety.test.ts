import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { panelHtml } from '../../client/src/results/html.ts';
import { fromWebviewSchema } from '../../server/src/protocol/panel.ts';
import { openPanel, type Panel } from './harness.ts';
import { type RealRun, realHost, realRun } from './real.ts';
import { hostOf, makeRun } from './run.ts';

const HOSTILE = [
  '<img src=x onerror="globalThis.intruder=1">',
  '</script><script>globalThis.intruder=1</script>',
  '"><svg onload=globalThis.intruder=1>',
  '\u202Egnp.exe\u202C and \u0000\u001B[31mred',
  'x'.repeat(20_000),
  'javascript:globalThis.intruder=1{{7*7}}',
  'https://127.0.0.1:9/ [a](command:workbench.action.quit)',
] as const;
const TABS = ['Overview', 'Timeline', 'Flow', 'Paths', 'Decisions', 'Variables', 'Compare', 'Table'];
const at = (index: number): string => HOSTILE[index % HOSTILE.length] ?? '';

/** A history with hostile text wherever a record has free text, and that as the run's own words. */
const hostile = (): RealRun =>
  realRun({
    interactions: 3 * HOSTILE.length,
    change(record, row) {
      const steps = Array.isArray(record['steps']) ? record['steps'] : [];
      return {
        ...record,
        interactionId: `${at(row)} ${row}`,
        workflowName: at(row + 1),
        steps: steps.map((step, column) => ({
          ...(typeof step === 'object' && step !== null && !Array.isArray(step) ? step : {}),
          nodeId: at(column),
          nodeName: at(row + column),
          ...(column % 3 === 0 ? {} : { nodeType: at(column + 1) }),
          outcome: at(column + 2),
          variablesBefore: Object.fromEntries(HOSTILE.map((text) => [text, at(column)])),
          variablesAfter: Object.fromEntries(HOSTILE.map((text) => [text, at(column + 1)])),
        })),
      };
    },
    manifest: {
      ...{ query: at(3), title: at(0), text: HOSTILE.join('\n'), tenant: at(1), connection: at(2) },
      ...{ timeZone: 'Mars/Olympus', filter: at(3), outcome: 'partial' },
      error: { code: 'http', message: at(0) },
    },
  });

const PARTS = [
  'tab',
  'selection',
  'filter',
  'past',
  'overview',
  'timeline',
  'flow',
  'paths',
  'table',
  'compare',
  'split',
];
const step = { interactionId: 'i', sequence: 0 };
/** A good message of each kind. */
const FROM: readonly Readonly<Record<string, unknown>>[] = [
  { type: 'cancel', id: 1 },
  { type: 'request', id: 1, body: { kind: 'overview', filter: [] } },
  { type: 'request', id: 1, body: { kind: 'drivers', filter: [], nodeId: 'n' } },
  { type: 'request', id: 1, body: { kind: 'table', filter: [], offset: 0, count: 1, sort: null, at: step } },
  { type: 'action', action: { kind: 'openRaw', step } },
  { type: 'action', action: { kind: 'openQuery', filter: [{ kind: 'node', nodeId: 'n' }] } },
  { type: 'action', action: { kind: 'showClause', clause: 'where' } },
  { type: 'action', action: { kind: 'savePicture', format: 'svg', name: 'flow', data: '<svg/>' } },
];

describe('safety of the panel', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    await panel?.close();
    panel = undefined;
  });

  it('shows hostile names and values as text, in every tab, and asks for nothing beyond its own files', async () => {
    panel = await openPanel({ answer: realHost(hostile()), width: 1200 });
    const { page } = panel;
    await page.locator('.headline').waitFor();
    for (const tab of TABS) {
      await page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
      const loading = page.locator(`.${tab.toLowerCase()}-view :is(.state, .hint) .codicon-loading`);
      await loading.first().waitFor({ state: 'hidden' });
      await page.waitForTimeout(200);
      await panel.screenshot(`hostile-${tab.toLowerCase()}`);
      if (tab !== 'Table') continue;
      await page.locator('.table-view .row .c-nodeName').first().click();
      await page.locator('.detail .diff').first().waitFor();
      await page.getByText('Record as JSON').click();
      await page.locator('.table-view .row .c-nodeName').nth(1).click({ button: 'right' });
      await panel.screenshot('hostile-step');
      await page.keyboard.press('n');
      await page.keyboard.press('Escape');
      await page.locator('.detail .actions button').first().click();
      await page.locator('.filter-bar .chip').first().waitFor();
    }
    await page.locator('.filter-bar input').fill(at(1).slice(0, 40));
    await page.waitForTimeout(300);
    expect(await page.evaluate(() => Reflect.get(globalThis, 'intruder'))).toBeUndefined();
    // Pictures that the panel draws itself are svg; none comes from where data is text.
    const markup =
      '#app :is(img, script, iframe, a, style, [onerror], [onload], :is(bdi, .row, .detail, .chip) svg)';
    expect(await page.evaluate((selector) => document.querySelectorAll(selector).length, markup)).toBe(0);
    // Direction and control characters are made visible, so that no name can pass for another.
    const shown = (await page.locator('body').textContent()) ?? '';
    for (const hidden of ['\u202E', '\u202C', '\u0000', '\u001B']) expect(shown.includes(hidden)).toBe(false);
    expect(shown).toContain('⟨U+202E⟩gnp.exe');
    expect(panel.problems).toEqual([]);
    const origin = new URL(page.url()).origin;
    expect(panel.reached.map((url) => url.replace(origin, '').replace(/\?.*/, '')).sort()).toEqual([
      '/',
      '/codicon.ttf',
      '/panel.css',
      '/panel.js',
    ]);
    // A very long name does not push the page apart.
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  });

  it('has a policy in force that lets no injected script, style, image or request through', async () => {
    panel = await openPanel({ answer: hostOf(makeRun()) });
    const { page } = panel;
    await page.locator('.headline').waitFor();
    const before = panel.reached.length;
    const outcome = await page.evaluate(async () => {
      const app = document.getElementById('app');
      const holder = document.createElement('div');
      holder.innerHTML =
        '<img src="http://127.0.0.1:9/a.png" onerror="globalThis.intruder=1"><p style="position:fixed">styled</p><iframe src="http://127.0.0.1:9/"></iframe>';
      app?.append(holder);
      const inline = document.createElement('script');
      inline.textContent = 'globalThis.intruder = 2';
      app?.append(inline);
      const remote = document.createElement('script');
      remote.src = 'http://127.0.0.1:9/x.js';
      app?.append(remote);
      // In a task of its own: the debugger's own evaluation is exempt from the policy.
      const evaluated = await new Promise((resolve) => {
        setTimeout(() => {
          try {
            resolve(Reflect.construct(Function, ['return 1'])());
          } catch (error) {
            resolve(error instanceof EvalError ? 'refused' : String(error));
          }
        });
      });
      const fetched = await fetch('/panel.js').then(
        () => 'fetched',
        () => 'refused',
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      const styled = holder.querySelector('p');
      return {
        evaluated,
        fetched,
        intruder: Reflect.get(globalThis, 'intruder'),
        position: styled === null ? '' : getComputedStyle(styled).position,
      };
    });
    expect(outcome).toEqual({
      evaluated: 'refused',
      fetched: 'refused',
      intruder: undefined,
      position: 'static',
    });
    const kinds = new Set(
      panel.problems.filter((line) => line.startsWith('policy: ')).map((line) => line.split(' ')[1]),
    );
    for (const kind of ['img-src', 'script-src-elem', 'style-src-attr', 'connect-src', 'frame-src']) {
      expect([...kinds]).toContain(kind);
    }
    const left = panel.reached.slice(before).filter((url) => new URL(url).pathname !== '/codicon.ttf');
    expect(left.filter((url) => !panel?.problems.some((line) => line.includes(new URL(url).origin)))).toEqual(
      [],
    );
  });

  it('ignores messages that are none, and ends the wait for an answer that cannot be read', async () => {
    const answer = hostOf(makeRun());
    panel = await openPanel({
      answer: (message) => {
        const { type, id, body } = message as { type: string; id: number; body?: { kind: string } };
        if (body?.kind === 'timeline')
          return { type: 'response', id, body: { kind: 'timeline', rows: 'all' } };
        if (body?.kind === 'table') return { type: 'response', id, body: { kind: 'overview' } };
        return type === 'ready'
          ? [null, 7, 'x', { type: 'show' }, { type: 'eval', code: '1' }, answer(message)]
          : answer(message);
      },
    });
    const { page } = panel;
    await panel.post({ type: 'response', id: 9_999, body: null });
    await panel.post({ type: 'show', state: { runId: 'run-1', tab: 'overview', selection: null } });
    await page.locator('.headline').waitFor();
    for (const tab of ['Timeline', 'Table']) {
      await page.getByRole('tab', { name: tab }).click();
      await expect
        .poll(() => page.locator('.state.failed:visible').textContent())
        .toContain('The editor’s answer could not be read.');
    }
    for (const message of panel.sent) expect(fromWebviewSchema.safeParse(message).success).toBe(true);
    expect(panel.problems).toEqual([]);
  });

  it('holds whatever the editor sends: every message is one of the contract, or is not heard', async () => {
    const run = realRun({ interactions: 5 });
    panel = await openPanel({ answer: realHost(run) });
    const { page } = panel;
    await page.locator('.headline').waitFor();
    const headline = await page.locator('.headline').textContent();
    const { runId } = run.facts.manifest;
    const overview = await run.answer({ kind: 'overview', filter: [] });
    const messages: readonly unknown[] = [
      ...[null, 7, '', [], { type: 'show' }, { type: 'show', state: { runId: 7 } }],
      { type: 'reveal', tab: 'nowhere' },
      { type: 'reveal', tab: 'table', filter: [{ kind: 'node' }] },
      { type: 'reveal', tab: 'table', selection: { interactionId: 'x', sequence: -1 } },
      { type: 'snapshot', overview: { ...overview, interactions: 'many' } },
      { type: 'snapshot', overview },
      { type: 'response', id: 1, body: overview },
      { type: 'failed', id: 99 },
      { type: 'eval', code: 'globalThis.intruder = 1' },
    ];
    for (const message of messages) await panel.post(message);
    const random = fc.sample(fc.jsonValue({ maxDepth: 4 }), { numRuns: 200, seed: 6 });
    const kinds = ['show', 'reveal', 'snapshot', 'response', 'failed', '__proto__'];
    for (const [index, value] of random.entries()) {
      const body = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { value };
      await panel.post({ ...body, type: kinds[index % kinds.length] });
    }
    expect(await page.locator('.headline').textContent()).toBe(headline);
    expect(await page.evaluate(() => Reflect.get(globalThis, 'intruder'))).toBeUndefined();
    // It still does as it is told by what is of the contract.
    await panel.post({
      ...{ type: 'reveal', tab: 'table', filter: [{ kind: 'mark', mark: 'open' }] },
    });
    await expect.poll(() => page.locator('[role=tab][aria-selected=true]').textContent()).toMatch(/^Table/);
    await panel.post({ type: 'show', state: { runId, tab: 'flow' } });
    expect(panel.problems).toEqual([]);
    for (const message of panel.sent) expect(fromWebviewSchema.safeParse(message).success).toBe(true);
  });

  it('sends nothing but what the contract has, whatever state was kept', async () => {
    const run = realRun({ interactions: 5 });
    const { runId } = run.facts.manifest;
    const states = fc.sample(fc.dictionary(fc.constantFrom(...PARTS), fc.jsonValue({ maxDepth: 3 })), {
      ...{ numRuns: 12, seed: 6 },
    });
    for (const state of states) {
      const open = await openPanel({ answer: realHost(run) });
      await open.page.locator('.headline').waitFor();
      await open.page.evaluate(
        (kept) => sessionStorage.setItem('cxq-state', kept),
        JSON.stringify({ ...state, runId }),
      );
      await open.page.reload();
      await open.page.locator('[role=tab][aria-selected=true]').waitFor();
      await open.page.getByRole('tab', { name: /^Table/ }).click();
      await open.page.locator('.table-view :is(.row, .state)').first().waitFor();
      for (const message of open.sent) expect(fromWebviewSchema.safeParse(message).success).toBe(true);
      expect(open.problems).toEqual([]);
      await open.close();
    }
  });

  it('takes no message of the panel that is not of the contract', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FROM), fc.jsonValue({ maxDepth: 4 }), (message, value) => {
        // One part of a good message that is of another kind.
        const [part] = Object.keys(message)
          .filter((key) => key !== 'type')
          .slice(-1);
        if (part === undefined || typeof value === 'object') return;
        expect(fromWebviewSchema.safeParse({ ...message, [part]: value === 1 ? 'x' : value }).success).toBe(
          part === 'id' && typeof value === 'number' && Number.isSafeInteger(value),
        );
        expect(fromWebviewSchema.safeParse({ ...message, more: value }).success).toBe(false);
      }),
      { numRuns: 300 },
    );
    for (const message of FROM) expect(fromWebviewSchema.safeParse(message).success).toBe(true);
  });

  it('makes a page with a strict policy, whatever the addresses hold', () => {
    const page = {
      nonce: 'dGVzdC1ub25jZS1vZi0xMjgtYml0',
      cspSource: "'self' https://*.vscode-cdn.net",
      scriptUri: 'https://file%2B.vscode-resource.vscode-cdn.net/a"b<c>/panel.js',
      styleUri: 'https://file%2B.vscode-resource.vscode-cdn.net/panel.css',
      lang: 'de"><script>',
    };
    const html = panelHtml(page);
    expect(html).toContain(
      'content="default-src &#39;none&#39;; script-src &#39;nonce-dGVzdC1ub25jZS1vZi0xMjgtYml0&#39;; style-src &#39;self&#39; https://*.vscode-cdn.net; font-src &#39;self&#39; https://*.vscode-cdn.net; img-src &#39;none&#39;; connect-src &#39;none&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"',
    );
    expect(html).not.toContain('unsafe');
    expect(html).toContain('lang="de&quot;&gt;&lt;script&gt;"');
    expect(html.match(/<script/g)).toHaveLength(1);
    for (const wrong of [
      { nonce: "x' 'unsafe-inline" },
      { nonce: '' },
      { cspSource: "*; script-src 'unsafe-eval'" },
    ]) {
      expect(() => panelHtml({ ...page, ...wrong })).toThrow(RangeError);
    }
  });
});
