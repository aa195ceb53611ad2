/** Pieces of text on a terminal that several sections are made of. */
import { visibleText } from '../output/index.ts';
import type { Io } from './io.ts';
import { wrap } from './layout.ts';

export function title(io: Io, text: string): string {
  return `\n${io.colour.bold(visibleText(text))}\n`;
}

/** Between a number and its unit. */
const UNIT_BLANK = /(?<=\d) (?=%|(?:ms|s|min|h|d)\b)/g;
/** Stands for one that is not to be broken at: in no text, for control characters are written out before. */
const NO_BREAK = '\u0000';

/** A sentence over as many lines as it needs, the later ones under the first. `start` takes four columns. */
export function sentence(
  io: Io,
  text: string,
  start: string,
  paint = (line: string): string => line,
): string {
  const whole = visibleText(text).replaceAll(UNIT_BLANK, NO_BREAK);
  return wrap(whole, io.columns - 4)
    .map((line, index) => `${index === 0 ? start : '    '}${paint(line.replaceAll(NO_BREAK, ' '))}\n`)
    .join('');
}
