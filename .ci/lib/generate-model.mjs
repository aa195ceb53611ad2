/**
 * The parser's own grammar, made readable: rules that only help the parser are put where they are used, `x { , x }` is
 * one repetition with its separator, and choices of brackets that belong together are paired.
 *
 * A part is { kind: 'word' | 'token' | 'rule', text } or { kind: 'sequence' | 'choice' | 'optional', items } or
 * { kind: 'many', item, separator, least }.
 */
const { grammarRules } = await import('../../server/src/language/parser.ts');

/** Rules that are no words of the reference. */
const INLINED = new Set([
  'setCondition',
  'set',
  'text',
  'amount',
  'callArguments',
  'path',
  'string',
  'number',
  'duration',
  'parameterReference',
  'name',
  'word',
  'patterns',
  'analysisPart',
  'items',
  'clauseThenJunk',
]);

/** What the reference calls a rule, where the parser has another word. */
const RULE_NAMES = {
  lastClause: 'last',
  withClause: 'with',
  exportClause: 'export',
  compareOperator: 'compareOp',
  withOption: 'option',
};

/** What the reference calls a token that is no fixed text. */
const TOKEN_NAMES = {
  Identifier: 'name',
  Word: 'name or reserved word',
  StringToken: 'string',
  NumberToken: 'number',
  DurationToken: 'duration',
  ParameterToken: '$parameter',
  PatternToken: 'pattern with *',
};

const ruleName = (name) => RULE_NAMES[name] ?? name;

function tokenPart({ name, pattern }) {
  const shown = TOKEN_NAMES[name];
  if (shown !== undefined) return { kind: 'token', text: shown };
  if (typeof pattern !== 'string') throw new Error(`The token ${name} has no name for the reference.`);
  // A keyword is a pattern of its own letters.
  return { kind: 'word', text: pattern };
}

function sequence(items) {
  const flat = items.flatMap((item) => (item.kind === 'sequence' ? item.items : [item]));
  return flat.length === 1 ? flat[0] : { kind: 'sequence', items: paired(repeated(flat)) };
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** `x`, `{ , x }` as `x` with a separator. */
function repeated(items) {
  const result = [];
  for (const item of items) {
    const inner = item.kind === 'many' && item.least === 0 ? item.item : undefined;
    const parts = inner?.kind === 'sequence' ? inner.items : [];
    const before = result.at(-1);
    if (parts.length === 2 && before !== undefined && same(parts[1], before)) {
      result[result.length - 1] = { kind: 'many', item: before, separator: parts[0], least: 1 };
    } else result.push(item);
  }
  return result;
}

const CLOSERS = { '(': ')', '[': ']' };

/** `( "[" | "(" ) x ( "]" | ")" )` as the two ways that there are. */
function paired(items) {
  const first = items[0];
  const last = items.at(-1);
  if (first?.kind !== 'choice' || last?.kind !== 'choice') return items;
  const matches =
    first.items.length === last.items.length &&
    first.items.every((open, index) => CLOSERS[open.text] === last.items[index].text && open.kind === 'word');
  if (!matches) return items;
  const middle = items.slice(1, -1);
  const ways = first.items.map((open, index) => ({
    kind: 'sequence',
    items: [open, ...middle, last.items[index]],
  }));
  return [{ kind: 'choice', items: ways }];
}

/** One choice for choices inside one another; `x` beside nothing is optional. */
function choice(items) {
  const flat = items.flatMap((item) => (item.kind === 'choice' ? item.items : [item]));
  const empty = (item) => item.kind === 'sequence' && item.items.length === 0;
  const full = flat.filter((item) => !empty(item));
  const inner = full.length === 1 ? full[0] : { kind: 'choice', items: full };
  return full.length < flat.length ? { kind: 'optional', item: inner } : inner;
}

/** Rules by the name that the reference gives them, in the order of the grammar. */
export function grammarModel() {
  const rules = new Map(grammarRules().map((rule) => [rule.name, rule]));
  for (const name of [...INLINED, ...Object.keys(RULE_NAMES)]) {
    if (!rules.has(name)) throw new Error(`The grammar has no rule ${name} any more.`);
  }
  const part = (node) => {
    const inside = () => sequence(node.definition.map(part));
    switch (node.type) {
      case 'Terminal':
        return tokenPart(node);
      case 'NonTerminal': {
        if (!INLINED.has(node.name)) return { kind: 'rule', text: ruleName(node.name) };
        return sequence(rules.get(node.name).definition.map(part));
      }
      case 'Alternation':
        return choice(node.definition.map(part));
      case 'Alternative':
        return inside();
      case 'Option':
        return { kind: 'optional', item: inside() };
      case 'Repetition':
        return { kind: 'many', item: inside(), separator: null, least: 0 };
      case 'RepetitionMandatory':
        return { kind: 'many', item: inside(), separator: null, least: 1 };
      default:
        throw new Error(`The grammar has a ${node.type}, which the reference cannot show yet.`);
    }
  };
  const shown = [...rules.values()].filter(({ name }) => !INLINED.has(name));
  return new Map(shown.map(({ name, definition }) => [ruleName(name), sequence(definition.map(part))]));
}

/** A part in the notation of ISO 14977, as the reference has it below its diagrams and in their descriptions. */
export function ebnf(part, inside = false) {
  const group = (text) => (inside ? `( ${text} )` : text);
  switch (part.kind) {
    case 'word':
      return `"${part.text}"`;
    case 'token':
    case 'rule':
      return part.text.replaceAll(' ', '-');
    case 'sequence':
      return part.items.map((item) => ebnf(item, true)).join(' ');
    case 'choice':
      return group(part.items.map((item) => ebnf(item, false)).join(' | '));
    case 'optional':
      return `[ ${ebnf(part.item)} ]`;
    case 'many': {
      const item = ebnf(part.item, true);
      if (part.separator !== null) return `${item} { ${ebnf(part.separator, true)} ${item} }`;
      return part.least === 0 ? `{ ${ebnf(part.item)} }` : `${item} { ${ebnf(part.item)} }`;
    }
    default:
      throw new Error(`No notation for ${part.kind}.`);
  }
}
