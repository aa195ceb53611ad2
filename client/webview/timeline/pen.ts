/** Writes on a canvas, one font after the other: to change the font for every word takes longer than the words. */
import type { Inks } from './inks.ts';

const FONTS = { plain: 'font', bold: 'boldFont', icon: 'iconFont' } as const;
export type Font = keyof typeof FONTS;
const NAMES = ['plain', 'bold', 'icon'] as const satisfies readonly Font[];

interface Word {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly ink: string;
  readonly alpha: number;
}

export interface Pen {
  /** Of a text, in pixels. */
  width(font: Font, text: string): number;
  /** The text as far as it fits, or nothing where that says nothing. */
  fitting(font: Font, text: string, room: number): string;
  /** Keeps a word whose middle is at `y`, to be written by `flush`. */
  write(font: Font, word: Word): void;
  flush(): void;
}

const LEAST = 3;
const KNOWN = 5_000;
const widths = new Map<string, Map<string, number>>();
let ruler: CanvasRenderingContext2D | null = null;

function widthOf(font: string, text: string): number {
  let known = widths.get(font);
  if (known === undefined || known.size > KNOWN) {
    known = new Map();
    widths.set(font, known);
  }
  const before = known.get(text);
  if (before !== undefined) return before;
  ruler ??= document.createElement('canvas').getContext('2d');
  if (ruler === null) return 0;
  ruler.font = font;
  const { width } = ruler.measureText(text);
  known.set(text, width);
  return width;
}

export function createPen(context: CanvasRenderingContext2D, inks: Inks): Pen {
  const words: Record<Font, Word[]> = { plain: [], bold: [], icon: [] };
  const width = (font: Font, text: string): number => widthOf(inks[FONTS[font]], text);
  return {
    width,
    fitting(font, text, room) {
      const whole = width(font, text);
      if (whole <= room) return text;
      const characters = Array.from(text);
      const keep = Math.floor(((room - 8) / whole) * characters.length);
      return keep < LEAST ? '' : `${characters.slice(0, keep).join('').trimEnd()}…`;
    },
    write(font, word) {
      words[font].push(word);
    },
    flush() {
      context.textBaseline = 'middle';
      for (const font of NAMES) {
        const waiting = words[font];
        if (waiting.length === 0) continue;
        context.font = inks[FONTS[font]];
        for (const { text, x, y, ink, alpha } of waiting) {
          context.globalAlpha = alpha;
          context.fillStyle = ink;
          context.fillText(text, x, y);
        }
        words[font] = [];
      }
      context.globalAlpha = 1;
    },
  };
}
