/** How wide texts are in the fonts of the page, measured once each. */
import type { Ruler } from './labels.ts';

export interface TextRuler {
  readonly width: Ruler;
  /** The fonts are other ones. */
  forget(): void;
}

/** Widths that are remembered, at most. */
const KEPT = 20_000;
/** Pixels of the font that is measured with: other sizes are in proportion. */
const SIZE = 100;
/** Of a character's height, where nothing can be measured. */
const USUAL = 0.6;

export function createRuler(fonts: () => string): TextRuler {
  const pen = document.createElement('canvas').getContext('2d');
  const widths = new Map<string, number>();
  return {
    width(text, size, bold) {
      if (pen === null) return text.length * size * USUAL;
      const key = bold ? `b${text}` : `n${text}`;
      let width = widths.get(key);
      if (width === undefined) {
        if (widths.size > KEPT) widths.clear();
        pen.font = `${bold ? 600 : 400} ${SIZE}px ${fonts()}`;
        width = pen.measureText(text).width / SIZE;
        widths.set(key, width);
      }
      return width * size;
    },
    forget: () => widths.clear(),
  };
}
