/** Parameters of a document, and values given to them from outside. */
import { movedFacts, type ParameterFacts, type ParameterValue, typeOfValue } from './declared.ts';
import { readInstant } from './literals.ts';
import { type ParsedDocument, parse } from './parse.ts';
import type { ParameterType } from './types.ts';

export { type ParameterFacts, type ParameterValue, parameterTypeNamed } from './declared.ts';

/** The parameters of a document by name; of two with one name the first counts. */
export function parametersOf(document: ParsedDocument): ReadonlyMap<string, ParameterFacts> {
  return new Map(
    [...document.declared].map(([name, { section, facts }]) => [
      name,
      movedFacts(facts, document.starts[section] ?? 0),
    ]),
  );
}

const LITERAL_HINT: Readonly<Record<ParameterType, string>> = {
  STRING: "text, or a string such as 'billing'",
  NUMBER: 'a number such as 12',
  DURATION: 'a duration such as 2h',
  TIMESTAMP: "a timestamp such as '2026-11-20T08:00:00Z'",
  BOOLEAN: 'true or false',
  LIST: "a list such as ['a', 'b']",
};

/**
 * Reads a value given for a parameter: a CXQ literal, or plain text where a STRING or TIMESTAMP is wanted.
 * The value's ranges mean nothing. `message` is a sentence.
 */
export function parseParameterValue(
  parameter: { readonly name: string; readonly type: ParameterType | undefined },
  text: string,
): { readonly ok: true; readonly value: ParameterValue } | { readonly ok: false; readonly message: string } {
  const { name, type } = parameter;
  const parsed = parse(`PARAM value = ${text}`);
  const declared = parsed.parameters[0]?.value ?? null;
  const clean = parsed.items.length === 1 && parsed.syntax.every((found) => found.severity !== 'error');
  const literal = clean && declared !== null && declared.kind !== 'parameterReference' ? declared : undefined;
  const plain: ParameterValue = {
    kind: 'string',
    start: 0,
    end: text.length,
    value: text,
    quote: "'",
    closed: true,
  };
  const refuse = () => ({
    ok: false as const,
    message: `$${name} takes ${LITERAL_HINT[type ?? 'STRING']}, not ${text === '' ? 'nothing' : text}.`,
  });
  switch (type) {
    case undefined:
      return { ok: true, value: literal ?? plain };
    case 'STRING':
      return { ok: true, value: literal?.kind === 'string' ? literal : plain };
    case 'TIMESTAMP': {
      const value = literal?.kind === 'string' ? literal : plain;
      return readInstant(value.kind === 'string' ? value.value : '', 'UTC', 'start').ok
        ? { ok: true, value }
        : refuse();
    }
    case 'LIST':
      return literal?.kind === 'list' ? { ok: true, value: literal } : refuse();
    default:
      return literal !== undefined && typeOfValue(literal) === type ? { ok: true, value: literal } : refuse();
  }
}
