import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPanel, type Panel } from './harness.ts';

describe('the page of the results panel', () => {
  let panel: Panel;

  beforeAll(async () => {
    panel = await openPanel();
  });
  afterAll(async () => {
    await panel?.close();
  });

  it('runs its script and loads its styles within its policy', async () => {
    await expect.poll(() => panel.page.locator('body').textContent()).not.toBe('');
    expect(panel.problems).toEqual([]);
  });

  it('runs no script that comes in as markup, and reaches no other address', async () => {
    const reached = await panel.page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.intruder = true';
      document.body.append(script);
      const answer = await fetch('http://127.0.0.1:9/').then(
        () => 'fetched',
        (error: unknown) => String(error),
      );
      return { intruder: Reflect.get(globalThis, 'intruder') === true, answer };
    });
    expect(reached.intruder).toBe(false);
    expect(reached.answer).toMatch(/TypeError/);
    await expect
      .poll(() => panel.problems.filter((line) => line.startsWith('policy: connect-src')))
      .toHaveLength(1);
    expect(panel.problems.filter((line) => line.startsWith('policy: script-src-elem'))).toHaveLength(1);
  });
});
