/** Items on their lines: the words of each with the comments between them. */
import { drained } from '../parse.ts';
import type { Parameter, Query } from '../tree.ts';
import type { Edits } from './edits.ts';
import { INDENT, layOut } from './layout.ts';
import type { Piece, Run } from './pieces.ts';
import { spell } from './spelling.ts';

/** Spells an item without syntax errors, and gives the indentation of each piece that begins a line. */
export function laidOut(item: Parameter | Query, pieces: readonly Piece[]): readonly (number | undefined)[] {
  spell(item, pieces);
  return layOut(item, pieces);
}

/** Prints an item that has no syntax errors. */
export function printItem(edits: Edits, item: Parameter | Query, pieces: readonly Piece[]): void {
  drained(printSteps(edits, item, pieces));
}

/** So many words are printed in a step. */
const A_STEP = 2_000;

/** As `printItem`, in steps where it is a long one. */
export function* printSteps(
  edits: Edits,
  item: Parameter | Query,
  pieces: readonly Piece[],
): Generator<undefined, void> {
  const isLong = pieces.length > A_STEP;
  if (isLong) yield;
  spell(item, pieces);
  if (isLong) yield;
  const breaks = layOut(item, pieces);
  // Where a comment ends a line that would go on, the rest is indented further than what it belongs to.
  let base = 0;
  for (const [index, piece] of pieces.entries()) {
    if (isLong && index % A_STEP === 0) yield;
    const indent = breaks[index];
    base = indent ?? base;
    printPiece(edits, piece, { isFirst: index === 0, indent, continued: base + INDENT });
  }
}

interface Place {
  /** The item begins with it. */
  readonly isFirst: boolean;
  /** Of its line, where it begins one. */
  readonly indent: number | undefined;
  /** Of the rest of a line that a comment has ended. */
  readonly continued: number;
}

/** Prints a token with the comments before it. */
function printPiece(edits: Edits, piece: Piece, { isFirst, indent, continued }: Place): void {
  const line = `\n${' '.repeat(indent ?? continued)}`;
  const isCloser = piece.text === ')' || piece.text === ']';
  // What stands before the end of a list is about its elements.
  const commentLine = isCloser && indent !== undefined ? `${line}${' '.repeat(INDENT)}` : line;
  let beginsLine = indent !== undefined;
  let isGlued = false;
  for (const [index, run] of piece.runs.entries()) {
    const isTrailing = !run.first && (run.last || indent !== undefined);
    const isAlone = run.first && (run.last || beginsLine);
    if (isAlone) {
      if (run.blank && (index > 0 || indent === 0)) edits.gap('\n');
      edits.gap(commentLine);
    } else edits.gap(' ');
    beginsLine ||= isTrailing || isAlone;
    isGlued = !isTrailing && !run.last;
    printRun(edits, run);
  }
  if (beginsLine && !isGlued) edits.gap(line);
  else if (!isFirst && !piece.tight) edits.gap(' ');
  edits.piece(piece, piece.text);
}

export function printRun(edits: Edits, run: Run): void {
  for (const [index, comment] of run.texts.entries()) {
    if (index > 0) edits.gap(' ');
    edits.piece(comment, comment.text);
  }
}
