/** Text in the width of a terminal. */
import { visibleText } from '../output/index.ts';

/** Narrower than this, lines are no help. */
const NARROWEST = 40;

/** Breaks a text at blanks into lines of at most `width` characters; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > Math.max(NARROWEST, width)) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** At most `width` characters on one line, with an ellipsis for the rest; control characters are shown. */
export function shorten(text: string, width: number): string {
  const characters = Array.from(visibleText(text));
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`;
}

/** Ids that a shortened filter still names. */
const NAMED_IDS = 2;

/**
 * A tenant's filter for a person: of a long list of ids the first two and how many more, and what is still too long
 * cut at `width`. The whole text is in the JSON output and in the run's manifest.
 */
export function shortFilter(filter: string, width: number): string {
  const clean = visibleText(filter);
  if (clean.length <= width) return clean;
  const listed = clean.replace(/\[((?:'(?:[^'\\]|''|\\.)*'(?:, )?)+)\]/gu, (list: string, inside: string) => {
    const ids = inside.match(/'(?:[^'\\]|''|\\.)*'/gu) ?? [];
    if (ids.length <= NAMED_IDS + 1) return list;
    return `[${ids.slice(0, NAMED_IDS).join(', ')}, … ${ids.length - NAMED_IDS} more]`;
  });
  return shorten(listed, Math.max(NARROWEST, width));
}
