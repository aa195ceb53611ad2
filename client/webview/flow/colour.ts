/** Colours as numbers: read from what a browser computes, mixed, and set against each other by contrast. */

/** Red, green, blue from 0 to 255, alpha from 0 to 1. */
export type Colour = readonly [number, number, number, number];

export const BLACK: Colour = [0, 0, 0, 1];
export const WHITE: Colour = [255, 255, 255, 1];

/** Of text on what it stands on, as WCAG asks for at AA; a little more, for what rounding takes. */
const READABLE = 4.6;
/** The scale ends with this much of its ink at least, whatever the theme's contrast. */
const LEAST = 0.3;
/** How much of the ink the lowest value has: never as empty as a box without a value. */
const LOWEST = 0.05;

/** Of `rgb()`, `rgba()` and `color(srgb …)`, as browsers write computed colours; undefined for others. */
export function parseColour(text: string): Colour | undefined {
  const found = /^\s*(rgba?|color)\(\s*(srgb\s)?([^)]*)\)\s*$/.exec(text);
  if (found === null) return undefined;
  const isShare = found[1] === 'color';
  if (isShare && found[2] === undefined) return undefined;
  const [r, g, b, a = 1] = (found[3] ?? '')
    .split(/[\s,/]+/)
    .filter((part) => part !== '')
    .map((part) => (part.endsWith('%') ? Number.parseFloat(part) / 100 : Number(part)));
  if (r === undefined || g === undefined || b === undefined) return undefined;
  const unit = isShare ? 255 : 1;
  const colour: Colour = [r * unit, g * unit, b * unit, a];
  return colour.every(Number.isFinite) ? colour : undefined;
}

/** So much of `over`, the rest of `under`; both are opaque. */
export function mix(under: Colour, over: Colour, share: number): Colour {
  const part = (at: 0 | 1 | 2): number => under[at] + (over[at] - under[at]) * share;
  return [part(0), part(1), part(2), 1];
}

/** What is seen where a colour lies on an opaque one. */
export function onto(paper: Colour, colour: Colour): Colour {
  return mix(paper, colour, colour[3]);
}

export function hex([r, g, b]: Colour): string {
  const byte = (value: number): string =>
    Math.max(0, Math.min(255, Math.round(value)))
      .toString(16)
      .padStart(2, '0');
  return `#${byte(r)}${byte(g)}${byte(b)}`;
}

function luminance(colour: Colour): number {
  const linear = (at: 0 | 1 | 2): number => {
    const value = colour[at] / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(0) + 0.7152 * linear(1) + 0.0722 * linear(2);
}

/** As WCAG defines it: 1 to 21. */
export function contrast(a: Colour, b: Colour): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((one, other) => other - one);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

export interface Ramp {
  /** Of a value's place on the scale, 0 to 1. */
  fill(place: number): string;
  /** Of text on it. */
  text(place: number): string;
}

/**
 * From the paper towards one ink, in one direction of lightness: it is told apart whatever colours an eye sees. It
 * ends where the theme's text could no longer be read on it; a text that cannot be read even so is black or white.
 */
export function rampOf(paper: Colour, ink: Colour, foreground: Colour): Ramp {
  let most = 1;
  while (most > LEAST && contrast(foreground, mix(paper, ink, most)) < READABLE) most -= 0.02;
  const at = (place: number): Colour =>
    mix(paper, ink, LOWEST + (most - LOWEST) * Math.max(0, Math.min(1, place)));
  return {
    fill: (place) => hex(at(place)),
    text(place) {
      const under = at(place);
      const best = contrast(BLACK, under) > contrast(WHITE, under) ? BLACK : WHITE;
      return hex(contrast(foreground, under) >= READABLE - 0.1 ? foreground : best);
    },
  };
}
