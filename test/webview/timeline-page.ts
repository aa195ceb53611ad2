/** The timeline in its page: opened, looked at and moved about as a person would. */
import type { Page } from 'playwright-core';
import { openPanel, type Panel, type PanelOptions } from './harness.ts';
import { hostOf, type MadeOptions, type MadeRun, makeRun } from './run.ts';

export interface OpenTimeline {
  readonly panel: Panel;
  readonly page: Page;
  readonly run: MadeRun;
  /** What the keyboard is on, as it is read out. */
  focused(): Promise<string>;
  /** Puts the keyboard where the view has it. */
  focus(): Promise<void>;
  /** Where the step is that the keyboard is on. */
  cell(): Promise<{
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }>;
  /** What was said to screen readers last. */
  said(): Promise<string>;
  /** How the timeline is kept. */
  kept(): Promise<Record<string, unknown>>;
  ticks(): Promise<readonly string[]>;
  press(...keys: readonly string[]): Promise<void>;
  button(name: string): ReturnType<Page['getByRole']>;
}

/** The same run with an hour before the sixth step of each interaction, and a day before the second half of them. */
export function withIdleTime(run: MadeRun): MadeRun {
  const late = (text: string | null, seconds: number): string | null =>
    text === null ? null : new Date(Date.parse(text) + seconds * 1000).toISOString();
  return {
    ...run,
    interactions: run.interactions.map(({ id, steps }, index) => ({
      id,
      steps: steps.map((step) => {
        const more = (step.sequence > 4 ? 3_600 : 0) + (index >= run.interactions.length / 2 ? 86_400 : 0);
        const wait = step.sequence === 5 ? (step.wait ?? 0) + 3_600 : step.wait;
        return { ...step, wait, startTime: late(step.startTime, more), endTime: late(step.endTime, more) };
      }),
    })),
  };
}

export async function openTimeline(
  made: MadeOptions | MadeRun = {},
  options: PanelOptions = {},
): Promise<OpenTimeline> {
  const run =
    'overview' in made && 'options' in made ? (made as MadeRun) : makeRun({ interactions: 40, ...made });
  const panel = await openPanel({ answer: hostOf(run), width: 1200, ...options });
  const { page } = panel;
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await page.locator('.timeline-view .label .id').first().waitFor();
  return {
    panel,
    page,
    run,
    focused: () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? ''),
    focus: () => page.locator('.timeline-view [role=grid] [tabindex="0"]').first().focus(),
    async cell() {
      const box = await page.locator('.timeline-view .step-cell').boundingBox();
      if (box === null) throw new Error('The keyboard is on no step.');
      return box;
    },
    said: async () => (await page.locator('#app > [role=status]').textContent()) ?? '',
    kept: () =>
      page.evaluate(
        () => JSON.parse(sessionStorage.getItem('cxq-state') ?? '{}').timeline as Record<string, unknown>,
      ),
    ticks: () => page.locator('.timeline-view .tick').allTextContents(),
    async press(...keys) {
      for (const key of keys) await page.keyboard.press(key);
    },
    button: (name) => page.locator('.timeline-view').getByRole('button', { name, exact: true }),
  };
}
