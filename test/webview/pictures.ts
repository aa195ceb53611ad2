/**
 * Pictures of the panel: every tab in every theme, to be looked at, and a few of them coarsely, to be compared. Letters
 * are drawn differently from machine to machine, so a comparison looks at the mean colour of small squares alone: it
 * sees what moved, went or changed its colour, and does not see how a letter is drawn.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { JsonValue } from '../../server/src/protocol/history.ts';
import { PANEL_TABS, type PanelState, type PanelTab } from '../../server/src/protocol/panel-state.ts';
import { openPage, openPanel, type Panel } from './pages.ts';
import { type RealRun, realHost, realRun } from './real.ts';
import { THEMES, type Theme } from './themes.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const REFERENCES = join(ROOT, 'test', 'webview', 'references');
const DOCUMENTATION = join(ROOT, 'docs', 'images');
const PICTURES = join(ROOT, 'test-artefacts', 'panel');
const SIZE = { width: 1200, height: 800 };
/** Pixels of a square's edge; a picture is 150 × 100 of them. */
const SQUARE = 8;
/** Of 255, by which the colour of a square may differ in any channel. */
const TOLERANCE = 24;
/** Of the squares, which may differ by more. */
export const MOST_DIFFERENT = 0.04;

export const COMPARED: readonly (readonly [Theme, PanelTab])[] = (['light', 'dark'] as const).flatMap(
  (theme) => (['overview', 'timeline', 'flow', 'table'] as const).map((tab) => [theme, tab] as const),
);

/** A week before, when nothing held up routing. */
const BEFORE = '20261026T090000Z-real00';
let made: RealRun | undefined;

/** Half as long at one node. */
function faster(steps: JsonValue | undefined): JsonValue {
  if (!Array.isArray(steps)) throw new Error('A record has steps.');
  return steps.map((step) => {
    if (typeof step !== 'object' || step === null || Array.isArray(step)) return step;
    const { nodeId, startTime, endTime } = step;
    if (nodeId !== 'priority-routing' || typeof endTime !== 'string') return step;
    const from = Date.parse(String(startTime));
    return { ...step, endTime: new Date((from + Date.parse(endTime)) / 2).toISOString() };
  });
}

function makeRun(): RealRun {
  const beside = realRun({
    ...{ interactions: 280, seed: 7 },
    change: (record) => ({ ...record, steps: faster(record['steps']) }),
    manifest: { runId: BEFORE, startedAt: '2026-10-26T09:00:00.000Z' },
  });
  return realRun({ interactions: 300, beside });
}

/** A tab of the sandbox's history; close it. */
export async function openTab(theme: Theme, tab: PanelTab, more: Partial<PanelState> = {}): Promise<Panel> {
  made ??= makeRun();
  const state = { tab, compare: { with: BEFORE, sure: true, top: 0 }, ...more };
  const panel = await openPanel({
    ...{ answer: realHost(made, { state }), theme, ...SIZE },
    reducedMotion: true,
  });
  const { page } = panel;
  await page.locator('header.run h1').waitFor();
  await page.locator(`.${tab}-view > .main > *`).first().waitFor();
  await page.locator('.codicon-loading:visible').first().waitFor({ state: 'hidden' });
  // What is drawn a frame later is drawn by then.
  await page.waitForTimeout(500);
  return panel;
}

/** A page without a policy, in which pictures are read. */
export async function openReader(): Promise<Awaited<ReturnType<typeof openPage>>> {
  return openPage('<!doctype html><html lang="en"><title>pictures</title></html>', {});
}

/** Those of the documentation: what is slow with a step of it open, the map, and what became worse. */
async function takeBest(): Promise<void> {
  made ??= makeRun();
  const filter: PanelState['filter'] = [{ kind: 'mark', mark: 'bottleneck' }];
  const slow = await made.answer({ kind: 'table', filter, sort: null, offset: 0, count: 2 });
  if (slow.kind !== 'table') throw new Error('The table did not answer.');
  const { interactionId, sequence } = slow.rows[1] ?? {};
  if (interactionId === undefined || sequence === undefined) throw new Error('There is no bottleneck.');
  const best: readonly (readonly [Theme, PanelTab, Partial<PanelState>])[] = [
    ['dark', 'timeline', { filter, selection: { interactionId, sequence } }],
    ['light', 'flow', {}],
    ['light', 'compare', {}],
  ];
  for (const [theme, tab, more] of best) {
    const panel = await openTab(theme, tab, more);
    await panel.page.screenshot({ path: join(DOCUMENTATION, `${tab}.png`) });
    await panel.close();
  }
}

/** A picture in squares: PNG in base64, and out. */
export function coarse(reader: Page, picture: Buffer): Promise<string> {
  return reader.evaluate(
    async ({ data, width, height }) => {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }), {
        resizeWidth: width,
        resizeHeight: height,
        resizeQuality: 'high',
      });
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext('2d')?.drawImage(image, 0, 0);
      const small = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
      return btoa(Array.from(small, (byte) => String.fromCharCode(byte)).join(''));
    },
    {
      data: picture.toString('base64'),
      width: SIZE.width / SQUARE,
      height: SIZE.height / SQUARE,
    },
  );
}

/** The share of squares, 0 to 1, that differ; 1 for pictures of other sizes. */
export function difference(reader: Page, one: string, other: string): Promise<number> {
  return reader.evaluate(
    async ({ pictures, tolerance }) => {
      const pixels = await Promise.all(
        pictures.map(async (data) => {
          const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
          const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
          context?.drawImage(image, 0, 0);
          return context?.getImageData(0, 0, image.width, image.height).data ?? new Uint8ClampedArray();
        }),
      );
      const [a = new Uint8ClampedArray(), b = new Uint8ClampedArray()] = pixels;
      if (a.length !== b.length || a.length === 0) return 1;
      let different = 0;
      for (let at = 0; at < a.length; at += 4) {
        const by = [0, 1, 2].map((channel) => Math.abs((a[at + channel] ?? 0) - (b[at + channel] ?? 0)));
        if (Math.max(...by) > tolerance) different += 1;
      }
      return different / (a.length / 4);
    },
    { pictures: [one, other], tolerance: TOLERANCE },
  );
}

function referenceOf(theme: Theme, tab: PanelTab): string {
  return join(REFERENCES, `${theme}-${tab}.png`);
}

export function reference(theme: Theme, tab: PanelTab): string {
  return readFileSync(referenceOf(theme, tab)).toString('base64');
}

/**
 * Every tab in every theme, as test-artefacts/panel/<theme>-<tab>.png, and those of the documentation; with `update`, the references anew. Close the
 * pages afterwards.
 */
export async function takePictures(update: boolean, say: (text: string) => void): Promise<void> {
  for (const folder of [PICTURES, REFERENCES]) mkdirSync(folder, { recursive: true });
  const reader = await openReader();
  for (const theme of THEMES) {
    for (const tab of PANEL_TABS) {
      const panel = await openTab(theme, tab);
      const picture = await panel.page.screenshot();
      writeFileSync(join(PICTURES, `${theme}-${tab}.png`), picture);
      const isCompared = COMPARED.some(([one, other]) => one === theme && other === tab);
      if (update && isCompared) {
        writeFileSync(referenceOf(theme, tab), Buffer.from(await coarse(reader.page, picture), 'base64'));
      }
      if (panel.problems.length > 0) say(`${theme}, ${tab}: ${panel.problems.join('; ')}\n`);
      await panel.close();
    }
    say(`test-artefacts/panel/${theme}-*.png\n`);
  }
  await reader.close();
  await takeBest();
  say('docs/images/{timeline,flow,compare}.png are new: look at them before you commit them.\n');
  if (update) say('test/webview/references/ is new: look at test-artefacts/panel/ before you commit it.\n');
}
