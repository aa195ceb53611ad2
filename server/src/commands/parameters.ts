/** `--param name=value`. */
import {
  type ParameterValue,
  type ParsedDocument,
  parametersOf,
  parseParameterValue,
} from '../language/index.ts';
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

/** Values for the parameters that a text declares. */
export function readParameters(
  document: ParsedDocument,
  given: Readonly<Record<string, string>>,
): ReadonlyMap<string, ParameterValue> {
  const declared = parametersOf(document);
  const values = new Map<string, ParameterValue>();
  for (const [name, text] of Object.entries(given)) {
    const parameter = declared.get(name);
    if (parameter === undefined) {
      const known = [...declared.keys()].join(', ');
      throw new CommandError(
        EXIT.usage,
        `The file declares no parameter ${name}; ${known === '' ? 'it declares none' : `it declares ${known}`}.`,
      );
    }
    const read = parseParameterValue(parameter, text);
    if (!read.ok) throw new CommandError(EXIT.usage, read.message);
    values.set(name, read.value);
  }
  return values;
}
