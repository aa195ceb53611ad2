/** Cells that a spreadsheet would run. */

/**
 * What a spreadsheet would run: a text that begins, after blanks, with `=`, `+`, `-`, `@` (or their full-width
 * forms) or with a tab or line end. Apostrophes before it count too, so that taking one away is always right.
 */
const FORMULA = /^'*(?:\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/;

/** An apostrophe in front keeps a spreadsheet from running a text as a formula. */
export function neutralise(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** The text that `neutralise` was given. */
export function denature(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
