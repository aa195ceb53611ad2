/** The nodes of a tree about a place. */
import { type IToken, tokenMatcher } from 'chevrotain';
import type { Part } from './part.ts';
import { holds } from './token-at.ts';
import { endOf, ParameterToken, StringToken, Word } from './tokens.ts';
import type {
  AllLiteral,
  Analysis,
  AnalysisItem,
  AnalysisPart,
  Clause,
  Expectation,
  ListLiteral,
  Metric,
  Name,
  Operand,
  Parameter,
  PathPart,
  Pattern,
  Predicate,
  Query,
  Span,
  SumTerm,
  WithOption,
} from './tree.ts';
import { childrenOf } from './walk.ts';

/** Whatever of a tree has a place and a kind of its own. */
export type Node =
  | Parameter
  | Query
  | Clause
  | Predicate
  | Operand
  | SumTerm
  | ListLiteral
  | AllLiteral
  | Name
  | PathPart
  | WithOption
  | Pattern
  | Analysis
  | AnalysisPart
  | AnalysisItem
  | Metric
  | Expectation;

/** Nodes directly inside another, in no order; null where something is not there. */
function nodesIn(node: Node): readonly (Node | null)[] {
  switch (node.kind) {
    case 'parameter':
      return [node.name, node.type, node.value];
    case 'query':
      return [node.name, node.title, ...node.clauses];
    case 'using':
      return [node.profile];
    case 'where':
      return [node.predicate];
    case 'last':
    case 'over':
      return [node.amount];
    case 'since':
      return [node.since, node.until];
    case 'order':
      return [node.field];
    case 'limit':
    case 'offset':
    case 'top':
      return [node.count];
    case 'with':
      return node.options;
    case 'mask':
    case 'patterns':
      return node.patterns;
    case 'analyze':
      return node.analyses;
    case 'compare':
      return [node.target];
    case 'expect':
      return node.expectations;
    case 'export':
      return [node.path, node.format];
    case 'notify':
      return [node.url];
    case 'analysis':
      return [node.name, ...node.parts];
    case 'on':
      return node.items;
    case 'by':
      return [node.name];
    case 'option':
      return [node.name, node.value];
    case 'expectation':
      return [node.metric, node.value];
    case 'metric':
      return [node.name, node.argument];
    case 'list':
      return node.items;
    case 'field':
      return [node.name, ...node.path];
    case 'call':
      return [node.name, ...node.args];
    case 'sum':
      return [node.base, ...node.terms];
    case 'term':
      return [node.amount];
    case 'in':
      return [node.operand, node.set];
    case 'or':
    case 'and':
    case 'not':
    case 'group':
    case 'comparison':
    case 'between':
    case 'like':
    case 'matches':
    case 'isNull':
    case 'test': {
      const { predicates, operands } = childrenOf(node);
      return [...predicates, ...operands];
    }
    default:
      return [];
  }
}

/** What a node has many of at times, in the order of the text, and nothing beside that comes before. */
function rowOf(node: Node): readonly Node[] | undefined {
  switch (node.kind) {
    case 'field':
      return node.path;
    case 'list':
    case 'on':
      return node.items;
    case 'with':
      return node.options;
    case 'mask':
    case 'patterns':
      return node.patterns;
    default:
      return undefined;
  }
}

/** The node directly inside another that holds a range. */
function innerOf(node: Node, span: Span): Node | null | undefined {
  const holding = (inner: Node | null | undefined): boolean =>
    inner !== null && inner !== undefined && inner.end > inner.start && holds(inner, span);
  const row = rowOf(node);
  const one = row?.[firstEndingAt(row.length, (at) => row[at]?.end, span.end)];
  return holding(one) ? one : nodesIn(node).find(holding);
}

/** The nodes that hold a range, outermost first: an item, a clause, … Empty between items. */
export function pathTo(part: Pick<Part, 'items'>, span: Span): readonly Node[] {
  const path: Node[] = [];
  const { items } = part;
  let node: Node | null | undefined = items[firstEndingAt(items.length, (at) => items[at]?.end, span.end)];
  if (node !== undefined && !holds(node, span)) return path;
  while (node !== undefined && node !== null) {
    path.push(node);
    node = innerOf(node, span);
  }
  return path;
}

/** The first of ordered things that ends at an offset or after it. */
export function firstEndingAt(
  count: number,
  endAt: (index: number) => number | undefined,
  offset: number,
): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((endAt(middle) ?? offset) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first token that ends at an offset or after it. */
export function tokenIndex(tokens: readonly IToken[], offset: number): number {
  return firstEndingAt(
    tokens.length,
    (at) => {
      const token = tokens[at];
      return token === undefined ? undefined : endOf(token);
    },
    offset,
  );
}

/**
 * Index of the token that a cursor is on: the one it stands before or in, else the one just before it. Of two that
 * touch, a name, a parameter or a string is meant rather than a sign.
 */
export function touched(tokens: readonly IToken[], offset: number): number | undefined {
  const first = tokenIndex(tokens, offset);
  const touching = [first + 1, first].filter((at) => {
    const token = tokens[at];
    return token !== undefined && token.startOffset <= offset && endOf(token) >= offset;
  });
  return touching.find((at) => isWordLike(tokens[at])) ?? touching[0];
}

function isWordLike(token: IToken | undefined): boolean {
  if (token === undefined) return false;
  return token.tokenType === ParameterToken || [Word, StringToken].some((type) => tokenMatcher(token, type));
}
