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

/** Index of the last of the line comments that follow one of some comments, itself where none does. */
export function runFrom(
  text: string,
  comments: readonly Comment[],
  index: number,
  takes: (comment: Comment) => boolean = () => true,
): number {
  let at = index;
  for (;;) {
    const [above, below] = [comments[at], comments[at + 1]];
    if (above === undefined || below === undefined) return at;
    if (!follows(text, above, below) || !takes(below)) return at;
    at++;
  }
}

/** The line comments directly above and below one of some comments, with it. */
export function runAbout(text: string, comments: readonly Comment[], index: number): Span | undefined {
  let first = index;
  for (;;) {
    const [above, below] = [comments[first - 1], comments[first]];
    if (above === undefined || below === undefined || !follows(text, above, below)) break;
    first--;
  }
  const [start, end] = [comments[first]?.start, comments[runFrom(text, comments, index)]?.end];
  return start === undefined || end === undefined ? undefined : { start, end };
}
