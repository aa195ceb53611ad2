/** What a word means where it stands: for the person who points at it. */
import type { IToken } from 'chevrotain';
import type { CheckContext } from './context.ts';
import {
  defaultLimitBlocks,
  instantFacts,
  parameterBlocks,
  previousBlocks,
  profileBlocks,
  queryBlocks,
  referencedBlocks,
  surroundings,
  windowBlocks,
} from './hover-query.ts';
import {
  analysisBlocks,
  clauseBlocks,
  fieldBlocks,
  formatBlocks,
  functionBlocks,
  metricBlocks,
  optionBlocks,
  orderFieldBlocks,
  pathBlocks,
  patternBlocks,
  typeBlocks,
  variableBlocks,
  variableFieldBlocks,
  wordBlocks,
} from './hover-tables.ts';
import type { ParsedDocument } from './parse.ts';
import { partAt } from './part.ts';
import { unticked } from './recovery.ts';
import { durationOf, instantOf } from './resolve.ts';
import { type Block, code, facts, text } from './rich.ts';
import { type Role, rolesOf } from './roles.ts';
import { holds, tokenAt, tokenIndex } from './token-at.ts';
import { endOf, LeftParenthesis, ParameterToken } from './tokens.ts';
import type { Clause, Condition, Parameter, Query, Span } from './tree.ts';
import { durationWords } from './when.ts';

/** Blocks to show, and the token or node that they are about. */
export interface Hover extends Span {
  readonly blocks: readonly Block[];
}

interface Found extends Span {
  readonly role: Role;
}

/** What is to be said about an offset; undefined on blanks, comments and what has no meaning of its own. */
export function hover(document: ParsedDocument, offset: number, context: CheckContext): Hover | undefined {
  const part = partAt(document, offset);
  const token = tokenAt(part.tokens, offset);
  if (token === undefined) return undefined;
  const at: Span = { start: token.startOffset, end: endOf(token) };
  const item = part.items.find((one) => holds(one, at));
  const found: Found[] = [];
  if (item !== undefined) {
    rolesOf(item, (span, role) => {
      if (holds(span, at)) found.push({ start: span.start, end: span.end, role });
    });
  }
  // The narrowest first; of two as narrow the later, which is the more particular.
  found.reverse().sort((a, b) => a.end - a.start - (b.end - b.start));
  const inPlace: Place = { document, item, context };
  return roleHover(at, found, inPlace) ?? tokenHover(token, at, found, part.tokens, inPlace);
}

interface Place {
  readonly document: ParsedDocument;
  readonly item: Parameter | Query | undefined;
  readonly context: CheckContext;
}

/** The main thing that a token is, with what it comes to: an instant, a length. */
function roleHover(at: Span, found: readonly Found[], place: Place): Hover | undefined {
  const punctuation = /^[^\w'"`$*=<>!+-]/.test(place.document.text.charAt(at.start));
  for (const one of found) {
    if (punctuation && one.role.kind !== 'field') continue;
    const blocks = roleBlocks(one.role, place);
    if (blocks === undefined) continue;
    const whole = one.role.kind === 'betweenAnd' || one.role.kind === 'instant' ? at : one;
    const same = found.filter((other) => other !== one && holds(other, one) && isValue(other.role));
    return {
      start: whole.start,
      end: whole.end,
      blocks: [...blocks, ...same.flatMap((other) => valueBlocks(other, place))],
    };
  }
  return undefined;
}

/** Roles that add a value to whatever the token is. */
function isValue(role: Role): boolean {
  return role.kind === 'instant' || role.kind === 'lastAmount' || role.kind === 'optionValue';
}

/** What a constant comes to. */
function valueBlocks({ role, start, end }: Found, { document, item, context }: Place): Block[] {
  const { environment, profile } = surroundings(document, item, context);
  if (role.kind === 'optionValue') return optionBlocks(role.option.name.text, profile) ?? [];
  if (role.kind === 'lastAmount') {
    const amount = durationOf(role.operand, environment);
    return amount === undefined ? [] : facts(instantFacts('From', context.now - amount, environment));
  }
  if (role.kind !== 'instant') return [];
  const micros = instantOf(role.operand, environment, role.use.edge);
  if (micros === undefined) return [];
  const sum = role.operand.kind === 'sum' ? [text(code(document.text.slice(start, end)), ' is')] : [];
  return [...sum, ...facts(instantFacts('Instant', micros, environment))];
}

function roleBlocks(role: Role, place: Place): Block[] | undefined {
  const { document, context, item } = place;
  switch (role.kind) {
    case 'header':
    case 'queryName':
      return queryBlocks(document, role.query, context);
    case 'parameterName':
      return role.parameter.name === null
        ? undefined
        : parameterBlocks(document, role.parameter.name.text, context);
    case 'parameterWord':
      return clauseBlocks('PARAM');
    case 'type':
      return typeBlocks(role.name.text);
    case 'reference':
      return parameterBlocks(document, role.reference.name, context);
    case 'clause':
      return clauseHover(role.clause, role.query, place);
    case 'queryReference':
      return referencedBlocks(document, role.name.text, context);
    case 'previous':
      return [...(wordBlocks('PREVIOUS') ?? []), ...previousBlocks(document, role.query, context)];
    case 'profile':
      return profileBlocks(role.id, context);
    case 'field':
      return variableFieldBlocks(role.field) ?? fieldBlocks(role.field.name.text);
    case 'fieldName':
      return role.place === 'order' ? orderFieldBlocks(role.name.text) : fieldBlocks(role.name.text);
    case 'variable':
      return variableBlocks(role.path);
    case 'pattern':
      return patternBlocks(role.pattern.text);
    case 'function':
      return functionBlocks(role.call.name.text);
    case 'operator':
      return wordBlocks(operatorWord(role.condition));
    case 'betweenAnd':
      return wordBlocks('BETWEEN');
    case 'like':
      return wordBlocks('LIKE');
    case 'regexp':
      return wordBlocks('MATCHES');
    case 'duration':
      return role.literal.micros === null ? undefined : [text(`${durationWords(role.literal.micros)}.`)];
    case 'option':
      return optionBlocks(role.option.name.text, surroundings(document, item, context).profile);
    case 'analysis':
      return analysisBlocks(role.analysis.name.text);
    case 'metric':
      return metricBlocks(role.expectation.metric);
    case 'format':
      return formatBlocks(role.name.text);
    case 'path':
      return role.clause.path === null
        ? undefined
        : pathBlocks(role.clause.path.value, role.clause.format?.text);
    case 'address':
      return clauseBlocks('NOTIFY');
    case 'nodeType':
      return [text('A node type: only steps of such nodes are looked at.')];
    default:
      return undefined;
  }
}

function operatorWord(condition: Condition): string {
  switch (condition.kind) {
    case 'comparison':
      return condition.operator;
    case 'isNull':
      return 'IS';
    default:
      return condition.kind;
  }
}

function clauseHover(clause: Clause, query: Query, { document, context }: Place): Block[] | undefined {
  const written = document.text.slice(clause.keyword.start, clause.keyword.end);
  const blocks = clauseBlocks(/^\w+/.exec(written)?.[0] ?? '');
  if (blocks === undefined) return undefined;
  if (clause.kind === 'last' || clause.kind === 'since')
    return [...blocks, ...windowBlocks(document, query, context)];
  return clause.kind === 'limit' ? [...blocks, ...defaultLimitBlocks(context)] : blocks;
}

/** Roles of words and signs, and of whole operands: not of a name. */
const WORDLESS: ReadonlySet<Role['kind']> = new Set([
  'part',
  'bucket',
  'instant',
  'lastAmount',
  'optionValue',
  'clause',
  'operator',
  'betweenAnd',
]);

/** Words and signs that the tree does not keep, and what stands in the ruins of a broken query. */
function tokenHover(
  token: IToken,
  at: Span,
  found: readonly Found[],
  tokens: readonly IToken[],
  place: Place,
): Hover | undefined {
  const values = found.filter(({ role }) => role.kind === 'instant');
  // A name of which nothing is known is no keyword that looks like it.
  const named = found.some(({ role }) => !WORDLESS.has(role.kind));
  const blocks = named ? undefined : tokenBlocks(token, tokens, place);
  if (blocks !== undefined)
    return { ...at, blocks: [...blocks, ...values.slice(0, 1).flatMap((one) => valueBlocks(one, place))] };
  const [first] = values;
  if (first === undefined || /^[()[\],]$/.test(token.image)) return undefined;
  const value = valueBlocks(first, place);
  return value.length === 0 ? undefined : { ...at, blocks: value };
}

function tokenBlocks(token: IToken, tokens: readonly IToken[], place: Place): Block[] | undefined {
  const { image } = token;
  if (token.tokenType === ParameterToken)
    return parameterBlocks(place.document, unticked(image.slice(1)), place.context);
  if (!/^[A-Za-z_=<>!+-]/.test(image)) return undefined;
  const known = wordBlocks(image) ?? clauseBlocks(image);
  if (known !== undefined) return known;
  const next = tokens[tokenIndex(tokens, token.startOffset) + 1];
  return next?.tokenType === LeftParenthesis ? functionBlocks(image) : fieldBlocks(image);
}
