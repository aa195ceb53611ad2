/** Predicates as canonical CXQ: keywords in capitals, canonical names, only the parentheses that are needed. */
import { fieldNamed } from './fields.ts';
import { functionNamed } from './functions.ts';
import { quote } from './literals.ts';
import { RESERVED } from './tokens.ts';
import type { Name, Operand, PathPart, Predicate } from './tree.ts';

const LEVEL = { or: 1, and: 2, not: 3, condition: 4 } as const;

/** A predicate on one line. `level` is how tightly what stands around it binds. */
export function predicateText(predicate: Predicate, level: number = LEVEL.or): string {
  switch (predicate.kind) {
    case 'group':
      return predicateText(predicate.inner, level);
    case 'or':
      return wrap(
        predicate.operands.map((part) => predicateText(part, LEVEL.and)).join(' OR '),
        level > LEVEL.or,
      );
    case 'and':
      return wrap(
        predicate.operands.map((part) => predicateText(part, LEVEL.not)).join(' AND '),
        level > LEVEL.and,
      );
    case 'not':
      return `NOT ${predicateText(predicate.operand, LEVEL.not)}`;
    case 'comparison':
      return `${operandText(predicate.left)} ${predicate.operator} ${operandText(predicate.right)}`;
    case 'in': {
      const { set } = predicate;
      const members =
        set.kind === 'list'
          ? `[${set.items.map(operandText).join(', ')}]`
          : set.kind === 'name'
            ? nameText(set)
            : operandText(set);
      return `${operandText(predicate.operand)} ${predicate.negated ? 'NOT IN' : 'IN'} ${members}`;
    }
    case 'between': {
      const word = predicate.negated ? 'NOT BETWEEN' : 'BETWEEN';
      return `${operandText(predicate.operand)} ${word} ${operandText(predicate.low)} AND ${operandText(predicate.high)}`;
    }
    case 'like':
    case 'matches': {
      const word = `${predicate.negated ? 'NOT ' : ''}${predicate.kind.toUpperCase()}`;
      return `${operandText(predicate.operand)} ${word} ${operandText(predicate.pattern)}`;
    }
    case 'isNull':
      return `${operandText(predicate.operand)} IS ${predicate.negated ? 'NOT ' : ''}NULL`;
    case 'test':
      return operandText(predicate.operand);
    case 'missing':
      return '';
  }
}

function wrap(text: string, needed: boolean): string {
  return needed ? `(${text})` : text;
}

/** An operand on one line. */
export function operandText(operand: Operand): string {
  switch (operand.kind) {
    case 'string':
      return quote(operand.value);
    case 'number':
      return decimal(operand.value);
    case 'duration':
      return operand.text.toLowerCase();
    case 'boolean':
      return String(operand.value);
    case 'null':
      return 'null';
    case 'parameterReference':
      return `$${bareOrTicked(operand.name, true)}`;
    case 'field':
      return nameOrCanonical(operand.name) + operand.path.map(partText).join('');
    case 'call': {
      const spec = functionNamed(operand.name.text);
      const args = operand.args.map((argument) =>
        spec?.takes === 'variable' ? variableText(argument) : predicateText(argument),
      );
      return `${spec?.name ?? nameText(operand.name)}(${args.join(', ')})`;
    }
    case 'sum':
      return (
        operandText(operand.base) +
        operand.terms.map((term) => ` ${term.sign > 0 ? '+' : '-'} ${operandText(term.amount)}`).join('')
      );
    case 'missing':
      return '';
  }
}

/** A number as the language writes it: it has no exponents. */
function decimal(value: number): string {
  const text = String(Number.isFinite(value) ? value : Math.sign(value) * Number.MAX_VALUE);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', first = '', rest = '', power = '0'] = match;
  const digits = first + rest;
  const exponent = Number(power);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return sign + digits.padEnd(exponent + 1, '0');
}

function variableText(argument: Predicate): string {
  if (argument.kind !== 'test' || argument.operand.kind !== 'field') return predicateText(argument);
  const { name, path } = argument.operand;
  return bareOrTicked(name.text, true) + path.map(partText).join('');
}

function nameOrCanonical(name: Name): string {
  return fieldNamed(name.text)?.name ?? nameText(name);
}

/** A name as it has to be written where reserved words are none. */
export function nameText(name: { readonly text: string }): string {
  return bareOrTicked(name.text, false);
}

function partText(part: PathPart): string {
  return /^[A-Za-z_]\w*$/.test(part.text) ? `.${part.text}` : `[${quote(part.text)}]`;
}

function bareOrTicked(text: string, reservedToo: boolean): string {
  const plain = /^[A-Za-z_]\w*$/.test(text);
  const reserved = RESERVED.some((word) => word === text.toUpperCase());
  return plain && (reservedToo || !reserved) ? text : `\`${text}\``;
}
