/** Pieces of text on a terminal that several sections are made of. */
import { visibleText } from '../output/index.ts';
import type { Io } from './io.ts';
import { wrap } from './layout.ts';

export function title(io: Io, text: string): string {
  return `\n${io.colour.bold(visibleText(text))}\n`;
}

/** A sentence over as many lines as it needs, the later ones under the first. `start` takes four columns. */
export function sentence(
  io: Io,
  text: string,
  start: string,
  paint = (line: string): string => line,
): string {
  return wrap(visibleText(text), io.columns - 4)
    .map((line, index) => `${index === 0 ? start : '    '}${paint(line)}\n`)
    .join('');
}
