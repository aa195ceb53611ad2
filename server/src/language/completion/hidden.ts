/** Which variables are masked. */

/**
 * Whether a pattern names a variable or anything that it lies in. `*` stands for any characters; a pattern with a dot
 * is of the path. Rather too much is hidden here than too little: case does not count.
 */
export function isHidden(path: readonly string[], patterns: readonly string[]): boolean {
  if (patterns.length === 0) return false;
  const parts = path.map((part) => part.toLowerCase());
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join('.'));
  return patterns.some((pattern) => {
    const wanted = pattern.toLowerCase().replace(/^(?:variables)?(?:before|after)\./, '');
    return [...parts, ...paths].some((text) => matches(wanted, text));
  });
}

/** Linear in time for any pattern, unlike a regular expression. */
function matches(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  const [first = '', ...rest] = pieces;
  if (rest.length === 0) return text === pattern;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= text.length - last.length;
}
