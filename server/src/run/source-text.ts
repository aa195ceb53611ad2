/** The text that ran: a query with the parameters it depends on, as they were. */
import { hash } from 'node:crypto';
import {
  clauseOf,
  executionOrder,
  type ParsedDocument,
  parametersOf,
  type Query,
} from '../language/index.ts';

/** Names of the parameters that queries use. */
export function usedParameters(document: ParsedDocument, queries: Iterable<Query>): ReadonlySet<string> {
  const used = new Set<string>();
  // All tokens are looked at once: a file may have thousands of queries.
  const named = document.tokens.filter(({ image }) => image.startsWith('$'));
  for (const query of queries) {
    for (const { image, startOffset } of named) {
      if (startOffset >= query.start && startOffset < query.end) used.add(image.slice(1));
    }
  }
  return used;
}

/** A query and those whose ids it needs, in the order in which they run. */
export function withNeeded(document: ParsedDocument, query: Query): readonly Query[] {
  return executionOrder(document, query) ?? [query];
}

/** The query that another one is compared with, if it names one of the document. */
export function comparedQuery(document: ParsedDocument, query: Query): Query | undefined {
  const name = clauseOf(query, 'compare')?.target?.text;
  if (name === undefined || name.toUpperCase() === 'PREVIOUS') return undefined;
  return document.queries.find((one) => one.name?.text === name);
}

/** All that the result of a query depends on: those that it needs, and what it is compared with. */
function dependsOn(document: ParsedDocument, query: Query): readonly Query[] {
  const other = comparedQuery(document, query);
  return [...withNeeded(document, query), ...(other === undefined ? [] : withNeeded(document, other))];
}

/** The query's own text, as written: what the audit's hash is of. */
export function queryText(text: string, query: Query): string {
  return text.slice(query.start, query.end);
}

/** Stands for all of a text that says what a query asks: itself, the queries that it depends on, their parameters. */
export function queriesDigest(
  text: string,
  document: ParsedDocument,
  query: Query,
  given: Readonly<Record<string, string>>,
): string {
  const needed = dependsOn(document, query);
  const declared = parametersOf(document);
  const parameters = [...usedParameters(document, needed)].sort().map((name) => {
    const declaration = declared.get(name)?.declaration;
    const written = declaration === undefined ? null : text.slice(declaration.start, declaration.end);
    return [name, written, given[name] ?? null];
  });
  const texts = needed.map((one) => queryText(text, one));
  return hash('sha256', JSON.stringify([texts, parameters]));
}

/** The query after its parameters, each with the value that was given to it, else as declared. */
export function textAsItRan(
  text: string,
  document: ParsedDocument,
  query: Query,
  given: Readonly<Record<string, string>>,
): string {
  const lines: string[] = [];
  const declared = parametersOf(document);
  for (const name of usedParameters(document, dependsOn(document, query))) {
    const parameter = declared.get(name);
    if (parameter === undefined) continue;
    const { declaration } = parameter;
    const value = given[name];
    lines.push(
      value === undefined
        ? `${text.slice(declaration.start, declaration.end).replace(/;\s*$/, '').trim()};`
        : `PARAM ${name} = ${literal(value)};`,
    );
  }
  return [...lines, queryText(text, query)].join('\n');
}

/** A value given from outside, as a literal: plain text becomes a string. */
function literal(value: string): string {
  const isLiteral =
    /^\s*(?:'(?:[^']|'')*'|[[(].*[\])]|-?\d+(?:\.\d+)?|(?:\d+(?:ms|[smhdw]))+|true|false|null)\s*$/isu;
  return isLiteral.test(value) ? value.trim() : `'${value.replaceAll("'", "''")}'`;
}
