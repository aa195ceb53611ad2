/** Tables on a terminal. */
import Table from 'cli-table3';
import type { Io } from './io.ts';

/** `61 %`, `0.4 %`; never rounded up to a hundred: an accuracy of 99.97 % is none of 100 %. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 99.9 && value < 100) return '>99.9 %';
  return `${value.toFixed(value < 10 || (value > 99 && value < 100) ? 1 : 0)} %`;
}

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
