/** The theme's colours as they are where the map stands: for its scale, and for pictures that leave the editor. */
import { BLACK, type Colour, hex, onto, parseColour, type Ramp, rampOf, WHITE } from './colour.ts';

const INKS = {
  foreground: '--vscode-foreground',
  faint: '--faint',
  step: '--ink-step',
  bottleneck: '--ink-bottleneck',
  error: '--ink-error',
  bottleneckText: '--text-bottleneck',
  errorText: '--text-error',
  pressed: '--vscode-focusBorder',
} as const;

export interface Palette extends Readonly<Record<keyof typeof INKS | 'paper' | 'edge' | 'outline', string>> {
  readonly ramp: Ramp;
  readonly fonts: string;
}

/** @param place element of the page whose theme counts; it is left as it was */
export function readPalette(place: HTMLElement): Palette {
  const probe = document.createElement('span');
  place.append(probe);
  const read = (name: string): Colour | undefined => {
    probe.style.color = `var(${name})`;
    return parseColour(getComputedStyle(probe).color);
  };
  const paper = onto(WHITE, read('--paper') ?? WHITE);
  const over = (name: string): Colour => onto(paper, read(name) ?? BLACK);
  const foreground = over(INKS.foreground);
  const palette: Palette = {
    paper: hex(paper),
    foreground: hex(foreground),
    faint: hex(over(INKS.faint)),
    step: hex(over(INKS.step)),
    bottleneck: hex(over(INKS.bottleneck)),
    error: hex(over(INKS.error)),
    bottleneckText: hex(over(INKS.bottleneckText)),
    errorText: hex(over(INKS.errorText)),
    pressed: hex(over(INKS.pressed)),
    edge: hex(onto(paper, [foreground[0], foreground[1], foreground[2], 0.58])),
    outline: hex(onto(paper, [foreground[0], foreground[1], foreground[2], 0.6])),
    ramp: rampOf(paper, over(INKS.step), foreground),
    fonts: getComputedStyle(place).fontFamily,
  };
  probe.remove();
  return palette;
}
