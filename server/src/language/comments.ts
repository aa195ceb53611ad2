/** Comments as people write them: alone on their lines, one below the other. */
import type { Comment, Span } from './tree.ts';

/** Whether nothing but blanks stands before a place on its line. */
export function beginsLine(text: string, at: number): boolean {
  let start = at;
  while (start > 0 && /[ \t\uFEFF]/.test(text.charAt(start - 1))) start--;
  return start === 0 || /[\r\n]/.test(text.charAt(start - 1));
}

/** Whether what lies between two things is the end of a line and what indents the next one. */
export function isNextLine(gap: string): boolean {
  return /^[ \t]*(?:\r\n|\r|\n)[ \t]*$/.test(gap);
}

/** Whether a comment follows another on the next line, so that they are read as one. */
function follows(text: string, above: Comment, below: Comment): boolean {
  return (
    !text.startsWith('/*', above.start) &&
    !text.startsWith('/*', below.start) &&
    isNextLine(text.slice(above.end, below.start)) &&
    beginsLine(text, above.start)
  );
}

/** The line comments directly above and below one of some comments, with it. */
export function runAbout(text: string, comments: readonly Comment[], index: number): Span | undefined {
  const [first, last] = [grow(text, comments, index, -1), grow(text, comments, index, 1)];
  return first === undefined || last === undefined ? undefined : { start: first.start, end: last.end };
}

function grow(text: string, comments: readonly Comment[], index: number, step: 1 | -1): Comment | undefined {
  let at = comments[index];
  for (let next = index + step; at !== undefined; next += step) {
    const beside = comments[next];
    if (beside === undefined) break;
    if (!(step > 0 ? follows(text, at, beside) : follows(text, beside, at))) break;
    at = beside;
  }
  return at;
}
