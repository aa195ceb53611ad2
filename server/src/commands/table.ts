/** Tables on a terminal. */
import Table from 'cli-table3';
import type { Io } from './io.ts';

/** `61 %`, `0.4 %`. */
export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

const BORDERLESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '  ',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A table without borders; the named columns are right-aligned. Cells are data: control characters are shown. */
export function table(
  io: Io,
  head: readonly string[],
  right: readonly number[],
  rows: readonly string[][],
): string {
  const made = new Table({
    head: head.map((text) => io.colour.dim(text)),
    chars: BORDERLESS,
    colAligns: head.map((_, index) => (right.includes(index) ? 'right' : 'left')),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  made.push(...rows);
  return `${made.toString()}\n`;
}
