/** `--param name=value`. */
import { CommandError, EXIT } from './io.ts';

/** `name=value` pairs; the last of one name counts. */
export function parseAssignments(texts: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) throw new CommandError(EXIT.usage, `--param takes name=value; ${text} has no name or no =.`);
    values[text.slice(0, at).replace(/^\$/, '')] = text.slice(at + 1);
  }
  return values;
}
