/** What the offers of one place are made of: the cursor, the grammar there, the file, and what is known from outside. */
import { type TokenType, tokenMatcher } from 'chevrotain';
import { quote, unquote } from '../literals.ts';
import { parametersOf } from '../parameters.ts';
import { partAt } from '../part.ts';
import { nameText } from '../print.ts';
import { firstFrom } from '../shortened.ts';
import * as t from '../tokens.ts';
import type { Cursor } from './cursor.ts';
import { Grammar, isOnLine } from './grammar.ts';
import { isHidden } from './hidden.ts';
import type { CompletionContext, KnownProfile, KnownValues, KnownVariable, Offer } from './offer.ts';
import type { Parameters } from './wanted.ts';

/** Node types that the analyses know by name. */
const NODE_TYPES: readonly string[] = ['DECISION', 'ROUTING', 'CONDITION'];

const MOST_LISTED = 2_000;

/** A value, with a few words on how it is known. */
export interface Seen<V extends string | number | boolean = string> {
  readonly value: V;
  readonly detail: string;
}

/** Values of several places, each once. */
function seenIn<V extends string | number | boolean>(
  places: readonly { readonly detail: string; readonly values: readonly V[] }[],
): readonly Seen<V>[] {
  const found = new Map<V, Seen<V>>();
  for (const { detail, values } of places) {
    for (const value of values) if (!found.has(value)) found.set(value, { value, detail });
  }
  return [...found.values()];
}

function seen(origin: string): string {
  return `seen in ${origin}`;
}

interface KnownQuery {
  readonly name: string;
  readonly title: string | undefined;
}

/** Each name once. A long file's sections are looked at as they were read, without their places in the file. */
function otherQueries({ document, query: own }: Cursor): Iterable<KnownQuery> {
  const found = new Map<string, KnownQuery>();
  for (const [index, { reading }] of document.sections.entries()) {
    for (const item of reading.items) {
      if (item.kind !== 'query' || item.name === null || found.has(item.name.text)) continue;
      if ((document.starts[index] ?? 0) + item.start === own?.start) continue;
      found.set(item.name.text, { name: item.name.text, title: item.title?.value });
    }
  }
  return found.values();
}

export class Asking {
  readonly cursor: Cursor;
  readonly grammar: Grammar;
  readonly context: CompletionContext;
  readonly known: readonly KnownValues[];
  readonly profiles: readonly KnownProfile[];
  #parameters: Parameters | undefined;
  #queries: readonly KnownQuery[] | undefined;

  constructor(cursor: Cursor, context: CompletionContext) {
    this.cursor = cursor;
    this.grammar = new Grammar(cursor.before, cursor.start);
    this.context = context;
    this.known = context.known ?? [];
    this.profiles = context.profiles ?? [];
  }

  readonly parameters = (): Parameters => {
    this.#parameters ??= parametersOf(this.cursor.document);
    return this.#parameters;
  };

  /** The other queries of the file. */
  queries(): readonly KnownQuery[] {
    this.#queries ??= [...otherQueries(this.cursor)];
    return this.#queries;
  }

  /** Texts that stand before the cursor in the list that it is in; of a long one the last. */
  listed(): ReadonlySet<string> {
    const { document, start } = this.cursor;
    const { tokens } = partAt(document, start);
    const found = new Set<string>();
    let at = firstFrom(tokens, start) - 1;
    for (let count = 0; count < MOST_LISTED; count++, at--) {
      const token = tokens[at];
      if (token === undefined || token.tokenType === t.LeftBracket || token.tokenType === t.LeftParenthesis)
        break;
      if (tokenMatcher(token, t.StringToken)) found.add(unquote(token.image).value);
    }
    return found;
  }

  /** Whether a token of a type follows on the line: just after the word for what belongs to it. */
  isFollowedBy(type: TokenType): boolean {
    const { next, end, document } = this.cursor;
    if (next?.tokenType !== type) return false;
    return type === t.Dot || type === t.LeftBracket
      ? next.startOffset === end
      : isOnLine(document.text, end, next);
  }

  /** Texts of a field that were seen; of the node types those that the analyses know as well. */
  valuesOf(field: string): readonly Seen[] {
    const known = this.known.map(({ origin, fields }) => ({
      detail: seen(origin),
      values: fields.get(field) ?? [],
    }));
    const built = { detail: 'node type', values: NODE_TYPES };
    return seenIn(field === 'nodeType' ? [...known, built] : known);
  }

  /** Values of a variable that are not hidden here. */
  valuesOfVariable(path: readonly string[]): readonly Seen<string | number | boolean>[] {
    const hiding = [
      ...(this.context.profile?.redaction ?? []),
      ...(this.cursor.query?.clauses.flatMap((clause) =>
        clause.kind === 'mask' ? clause.patterns.map((pattern) => pattern.text) : [],
      ) ?? []),
    ];
    if (isHidden(path, hiding)) return [];
    const isIt = (one: KnownVariable): boolean =>
      one.path.length === path.length && one.path.every((part, index) => part === path[index]);
    return seenIn(
      this.known.map(({ origin, variables }) => ({
        detail: seen(origin),
        values: variables.find(isIt)?.values ?? [],
      })),
    );
  }

  /** A name as it has to be written here; undefined where it cannot be. */
  name(text: string, reservedToo = false): string | undefined {
    if (text === '' || /[\r\n]/.test(text)) return undefined;
    if (!text.includes('`')) {
      return this.cursor.mode === 'ticked' ? `\`${text}\`` : written(text, reservedToo);
    }
    return this.cursor.mode !== 'ticked' && this.grammar.takesSample('string') ? quote(text) : undefined;
  }

  /** An offer of a name, if it can be written here. */
  named(name: string, reservedToo: boolean, offer: Omit<Offer, 'label' | 'text'>): Offer[] {
    const text = this.name(name, reservedToo);
    return text === undefined ? [] : [{ ...offer, label: name, text }];
  }
}

/** A name as it has to be written; where reserved words are names, those too. */
function written(name: string, reservedToo: boolean): string {
  return reservedToo && /^[A-Za-z_]\w*$/.test(name) ? name : nameText({ text: name });
}
