/** Draws the legend's samples with what draws the rows. */
import type { Inks } from './inks.ts';
import { type Brush, type Look, paintBar, paintBreak, paintWait, preparedCanvas } from './paint.ts';

const WIDTH = 28;
const HEIGHT = 24;
const MIDDLE = 13;
const NONE = { bottleneck: false, error: false, matching: false, open: false };
const PLAIN: Look = { shape: 'span', flags: NONE, found: undefined, steps: 1, even: false, name: '' };

const LOOKS: Readonly<Record<string, Look>> = {
  step: PLAIN,
  bottleneck: { ...PLAIN, flags: { ...NONE, bottleneck: true } },
  error: { ...PLAIN, flags: { ...NONE, error: true } },
  matching: { ...PLAIN, flags: { ...NONE, matching: true } },
  found: { ...PLAIN, found: true },
  open: { ...PLAIN, shape: 'open', flags: { ...NONE, open: true } },
  point: { ...PLAIN, shape: 'point' },
  untimed: { ...PLAIN, shape: 'untimed' },
  crowd: { ...PLAIN, steps: 7 },
};

const painted = new WeakMap<HTMLCanvasElement, string>();

/** Only what is not painted yet, or not in these inks. */
export function paintLegend(
  root: HTMLElement,
  brush: (context: CanvasRenderingContext2D) => Brush,
  inks: Inks,
): void {
  for (const canvas of root.querySelectorAll<HTMLCanvasElement>('.legend canvas')) {
    const key = canvas.dataset['key'] ?? '';
    const state = [
      key,
      window.devicePixelRatio,
      ...Object.values(inks.icons),
      inks.paper,
      inks.text,
      inks.step,
    ].join();
    if (painted.get(canvas) === state) continue;
    const context = preparedCanvas(canvas, WIDTH, HEIGHT);
    if (context === undefined) continue;
    painted.set(canvas, state);
    const tools = brush(context);
    const look = LOOKS[key];
    if (look !== undefined) {
      const isDiamond = look.shape === 'point' || look.shape === 'untimed';
      paintBar(tools, look, isDiamond ? 10 : 1, isDiamond ? 9 : WIDTH - 2, MIDDLE);
    } else if (key === 'wait') {
      paintBar(tools, PLAIN, -6, 14, MIDDLE);
      paintWait(tools, 8, 20, MIDDLE);
      paintBar(tools, PLAIN, 20, 14, MIDDLE);
    } else if (key === 'break') paintBreak(tools, WIDTH / 2, 3, HEIGHT - 6);
    tools.pen.flush();
  }
}
