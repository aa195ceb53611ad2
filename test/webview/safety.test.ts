import { afterEach, describe, expect, it } from 'vitest';
import { panelHtml } from '../../client/src/results/html.ts';
import { fromWebviewSchema } from '../../server/src/protocol/panel.ts';
import { openPanel, type Panel } from './harness.ts';
import { hostOf, type MadeRun, makeRun } from './run.ts';

const HOSTILE = [
  '<img src=x onerror="globalThis.intruder=1">',
  '</script><script>globalThis.intruder=1</script>',
  '"><svg onload=globalThis.intruder=1>',
  '\u202Egnp.exe\u202C and \u0000\u001B[31mred',
  'x'.repeat(20_000),
  'javascript:globalThis.intruder=1{{7*7}}',
  'https://127.0.0.1:9/ [a](command:workbench.action.quit)',
] as const;
const at = (index: number): string => HOSTILE[index % HOSTILE.length] ?? '';

/** The same run with hostile text wherever the contract has free text. */
function hostileRun(): MadeRun {
  const run = makeRun({ interactions: HOSTILE.length });
  const interactions = run.interactions.map(({ steps }, row) => ({
    id: at(row),
    steps: steps.map((step, column) => ({
      ...step,
      interactionId: at(row),
      nodeId: at(column),
      nodeName: at(row + column),
      nodeType: at(column + 1),
      outcome: at(column + 2),
      raw: JSON.stringify({ name: at(row) }),
      variables: HOSTILE.map((text) => ({
        path: `/${text}`,
        kind: 'changed' as const,
        before: JSON.stringify(text),
        after: text,
      })),
    })),
  }));
  const { overview } = run;
  return {
    interactions,
    overview: {
      ...overview,
      headline: at(0),
      insights: HOSTILE.map((text, index) => ({
        ...{ rule: 'bottleneck' as const, text, stake: null, nodeId: text, numbers: {} },
        evidence: [{ interactionId: at(index), sequence: 0 }],
      })),
      changes: [...HOSTILE],
      findings: overview.findings.map((finding, index) => ({
        ...finding,
        nodeId: at(index),
        nodeName: at(index + 1),
        text: at(index),
        examples: [{ interactionId: at(0), sequence: 4, dwell: 20 }],
      })),
      slowest: overview.slowest.map((step, index) => ({
        ...step,
        interactionId: at(index),
        nodeName: at(index),
      })),
      errorsByNode: HOSTILE.map((text) => ({ nodeId: text, nodeName: text, errors: 1, errorRate: 1 })),
      nodes: overview.nodes.map((node, index) => ({ ...node, nodeName: at(index) })),
      notes: [...HOSTILE],
      expectations: HOSTILE.map((text) => ({ text, actual: null, ok: false })),
      audit: { file: at(1), sequence: 1, hash: at(2) },
      header: {
        ...overview.header,
        title: at(0),
        text: HOSTILE.join('\n'),
        tenant: at(1),
        connection: at(2),
        timeZone: 'Mars/Olympus',
        filter: at(3),
        outcome: 'partial',
        error: { code: 'x', message: at(0) },
      },
    },
  };
}

describe('safety of the panel', () => {
  let panel: Panel | undefined;
  afterEach(async () => {
    await panel?.close();
    panel = undefined;
  });

  it('shows hostile names and values as text, in every tab, and asks for nothing beyond its own files', async () => {
    panel = await openPanel({ answer: hostOf(hostileRun()), width: 1200 });
    const { page } = panel;
    await page.locator('.headline').waitFor();
    expect(await page.locator('.headline').textContent()).toBe(at(0));
    await panel.screenshot('hostile-overview');
    await page.locator('.finding .evidence button').first().click();
    await page.locator('.detail .diff').first().waitFor();
    await page.getByText('Record as JSON').click();
    await panel.screenshot('hostile-timeline');
    await page.getByRole('tab', { name: 'Table' }).click();
    await page.locator('.table-view .row').first().waitFor();
    await page.locator('.table-view input').fill(at(1).slice(0, 40));
    await panel.screenshot('hostile-table');
    await page.waitForTimeout(300);
    expect(await page.evaluate(() => Reflect.get(globalThis, 'intruder'))).toBeUndefined();
    // The controls' own shadow trees have svg icons; the panel's tree, where the data is, has none.
    const markup = '#app :is(img, svg, script, iframe, a, style, [onerror], [onload])';
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
