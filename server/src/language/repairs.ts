/** Syntax errors in words: what was expected, what stands there, and what would repair it. */
import type { IToken } from 'chevrotain';
import { type Diagnostic, diagnostic, type QuickFix, replace, sure } from './diagnostics.ts';
import { fieldNamed } from './fields.ts';
import { formatNamed } from './formats.ts';
import { functionNamed } from './functions.ts';
import { parseDuration, quote, repairDuration } from './literals.ts';
import { nearest } from './nearest.ts';
import { nameText } from './print.ts';
import { CONNECTIVES, type Expected, type SyntaxFailure, wanted } from './syntax.ts';
import { endOf, RESERVED, type Reserved } from './tokens.ts';
import type { Span } from './tree.ts';

function isPlainWord(token: IToken): boolean {
  return /^[A-Za-z_]/.test(token.image);
}

function reservedWord(token: IToken): Reserved | undefined {
  const upper = token.image.toUpperCase();
  return RESERVED.find((word) => word === upper);
}

/** A word that means something as it is. */
function isKnownWord(token: IToken): boolean {
  const { image } = token;
  return (
    reservedWord(token) !== undefined || fieldNamed(image) !== undefined || functionNamed(image) !== undefined
  );
}

function spanOf(token: IToken): Span {
  return { start: token.startOffset, end: endOf(token) };
}

/** A keyword and what belongs to it with the blank between them: `LAST2h`, `ORDERBY`. */
export function parted(image: string, keywords: readonly string[]): string | undefined {
  const upper = image.toUpperCase();
  for (const keyword of keywords) {
    const rest = image.slice(keyword.length);
    if (!upper.startsWith(keyword) || !/^(?:\d.*|BY|TO)$/i.test(rest)) continue;
    return `${keyword} ${/^\d/.test(rest) ? rest : rest.toUpperCase()}`;
  }
  return undefined;
}

interface Misspelt {
  readonly token: IToken;
  readonly keyword: string;
  /** What was meant by it: the keyword, and what belongs to it. */
  readonly meant: string;
}

/** A misspelt keyword at the offending token, or just before it where that one was read as a lone field. */
export function misspelt(failure: SyntaxFailure): Misspelt | undefined {
  const { expected, offending, previous } = failure;
  const keywords = expected.keywords;
  if (keywords === undefined) return undefined;
  const candidates = expected.removable === true ? [offending, previous] : [offending];
  for (const token of candidates) {
    if (token === undefined || !isPlainWord(token) || isKnownWord(token)) continue;
    const whole = parted(token.image, keywords);
    const keyword = whole?.slice(0, whole.indexOf(' ')) ?? nearest(token.image, keywords);
    if (keyword !== undefined && keyword !== token.image.toUpperCase())
      return { token, keyword, meant: whole ?? keyword };
  }
  return undefined;
}

/**
 * The diagnostic of a syntax failure; at the end of the file it stands at the last token. `text` is what the tokens
 * were cut from.
 */
export function syntaxDiagnostic(failure: SyntaxFailure, text: string): Diagnostic {
  const { expected, offending, previous } = failure;
  const duration = spacedDuration(failure);
  if (duration !== undefined) {
    const message = `A duration stands in one word: ${duration.written}.`;
    const fixes = [sure(`Change to ${duration.written}`, duration, duration.written)];
    return diagnostic('CXQ1003', duration, message, { fixes });
  }
  const bare = bareText(failure, text);
  if (bare !== undefined) {
    const word = text.slice(bare.start, bare.end);
    const message = `Expected ${expected.words}, found \`${shorten(word)}\`.`;
    const fixes = [replace('Put it in quotes', bare, quote(word), true)];
    return diagnostic('CXQ1003', bare, message, { fixes });
  }
  const joined = joinedWord(failure, text);
  if (joined !== undefined) {
    const { start, end } = joined.span;
    const message = `\`${text.slice(start, end)}\` is not one word: a name with - in it stands in backticks, a text in quotes.`;
    return diagnostic('CXQ1003', joined.span, message, { fixes: [joined.fix] });
  }
  const date = bareDate(failure, text);
  if (date !== undefined) {
    const written = quote(text.slice(date.start, date.end));
    const message = `A date stands in quotes: ${written}.`;
    return diagnostic('CXQ1003', date, message, { fixes: [sure('Put it in quotes', date, written)] });
  }
  const at = offending ?? previous;
  const span = at === undefined ? { start: 0, end: 0 } : spanOf(at);
  const near = failure.reserved ? undefined : misspelt(failure);
  if (near !== undefined) {
    const { meant } = near;
    const message = `Expected ${expected.words}, found \`${near.token.image}\`. Did you mean ${meant}?`;
    const fix = replace(`Change to ${meant}`, spanOf(near.token), meant, true);
    return diagnostic('CXQ1003', spanOf(near.token), message, { fixes: [fix] });
  }
  const fixes = repairs(failure, text);
  if (offending === undefined)
    return diagnostic('CXQ1003', span, `Expected ${expected.words}, but the file ends here.`, { fixes });
  const reserved = expected.name === true ? reservedWord(offending) : undefined;
  const hint =
    reserved !== undefined
      ? ` ${reserved} is a reserved word; in backticks it is a name.`
      : (HINTS[offending.image.toUpperCase()] ?? '');
  const message = `Expected ${expected.words}, found \`${shorten(offending.image)}\`.${hint}`;
  return diagnostic('CXQ1003', span, message, { fixes });
}

/** Words that stand where they are no use, as other languages have them. */
const HINTS: Readonly<Record<string, string>> = {
  UNTIL: " UNTIL stands after SINCE: SINCE '2026-11-20' UNTIL '2026-11-21'.",
  GROUP: ' Groups are made by an analysis: ANALYZE NODES BY nodeType.',
};

const COMPARISON = /^(?:[=<>]|!=|<>|<=|>=)$/;
const CLOSER = /^[)\]]$/;

/** Quick fixes, the likeliest first. */
function repairs(failure: SyntaxFailure, text: string): QuickFix[] {
  const { expected, offending, previous, reserved } = failure;
  if (offending === undefined) return atEnd(expected, previous);
  const span = spanOf(offending);
  if (reserved) return [sure('Put it in backticks', span, `\`${offending.image}\``)];
  const whole = rewritten(failure, offending, text);
  if (whole !== undefined) return [whole];
  const { image } = offending;
  const before = previous?.image ?? '';
  const connective = expected.words === wanted.condition.words && /^(?:AND|OR)$/i.test(before);
  if (previous !== undefined && before === ',' && /^[)\];]$/.test(image)) {
    return [sure('Remove the comma', spanOf(previous), '')];
  }
  const lists: readonly string[] = [wanted.option.words, wanted.metric.words, wanted.analysis.words];
  if (
    previous !== undefined &&
    before === ',' &&
    reservedWord(offending) !== undefined &&
    lists.includes(expected.words)
  ) {
    return [sure('Remove the comma', spanOf(previous), '')];
  }
  if (before === ',' && image === ',') return [sure('Remove the comma', span, '')];
  if (COMPARISON.test(before) && COMPARISON.test(image)) return [without(previous, offending)];
  if (connective && /^(?:AND|OR)$/i.test(image)) return [without(previous, offending)];
  if (connective && previous !== undefined && reservedWord(offending) !== undefined && !isValueWord(image)) {
    return [
      replace(`Remove ${before}`, { start: previous.startOffset, end: offending.startOffset }, '', true),
    ];
  }
  const joining = joints(failure);
  const fixes =
    joining.length > 0 ? joining : [...converted(failure, offending), ...insertion(failure, offending)];
  if (expected.removable === true) {
    const end = Math.max(failure.end ?? span.end, span.end);
    const title = end > span.end ? `Remove \`${shorten(image)}\` and what follows it` : `Remove \`${image}\``;
    fixes.push(replace(title, { start: span.start, end }, ''));
  }
  return fixes;
}

/** At the end of the file only what closes something can be put; anything else wants more than one word. */
function atEnd(expected: Expected, previous: IToken | undefined): QuickFix[] {
  if (previous === undefined || !CLOSER.test(expected.insert ?? '')) return [];
  const end = endOf(previous);
  return [replace(`Insert ${expected.insert}`, { start: end, end }, expected.insert ?? '', true)];
}

/** Removes a token with the blanks before it: surely where the same stands there already. */
function without(previous: IToken | undefined, offending: IToken): QuickFix {
  const start = previous === undefined ? offending.startOffset : endOf(previous);
  const isTwice = previous?.image.toUpperCase() === offending.image.toUpperCase();
  const change = isTwice ? sure : replace;
  return change(`Remove \`${offending.image}\``, { start, end: endOf(offending) }, '', true);
}

/** `10 s` or `24 hours`, where the number was read and the unit was not, or neither. */
function spacedDuration(failure: SyntaxFailure): (Span & { readonly written: string }) | undefined {
  const { expected, offending, previous, following } = failure;
  const wants = expected.words === wanted.duration.words;
  const [count, unit] = wants ? [offending, following] : [previous, offending];
  if (count === undefined || unit === undefined) return undefined;
  if (!/^\d+(?:\.\d+)?$/.test(count.image) || !isPlainWord(unit)) return undefined;
  const written = repairDuration(count.image + unit.image);
  return written === undefined ? undefined : { start: count.startOffset, end: endOf(unit), written };
}

/** `2026-11-20` without its quotes, where the number that it begins with was read and the rest was not. */
function bareDate(failure: SyntaxFailure, text: string): Span | undefined {
  const { offending, previous } = failure;
  if (offending === undefined || previous === undefined || !/^-\d\d?$/.test(offending.image))
    return undefined;
  if (!/^\d{4}$/.test(previous.image) || endOf(previous) !== offending.startOffset) return undefined;
  const found = DATE.exec(text.slice(previous.startOffset, previous.startOffset + 64));
  return found === null
    ? undefined
    : { start: previous.startOffset, end: previous.startOffset + found[0].length };
}

const DATE = /^\d{4}-\d\d?-\d\d?(?:[Tt]\d[\d:.]*(?:[Zz]|[+-]\d\d:?\d\d)?)?(?![\w-])/;

/** `report.json` or `https://a.example` without its quotes where a string belongs. */
function bareText(failure: SyntaxFailure, text: string): Span | undefined {
  const { expected, offending } = failure;
  if (offending === undefined || !/^\w/.test(offending.image) || offending.image.startsWith('$'))
    return undefined;
  const start = offending.startOffset;
  const rest = text.slice(start, start + 1024);
  const { words } = expected;
  const place = words === wanted.path.words || words === wanted.address.words;
  const word = place
    ? /^[^\s;'"]+/.exec(rest)?.[0]
    : words === wanted.text.words
      ? /^[A-Za-z_]\w*(?:[-.%]\w*)*/.exec(rest)?.[0]
      : undefined;
  if (word === undefined || reservedWord(offending) !== undefined) return undefined;
  return { start, end: start + word.length };
}

/** `my-profile` or `menu-main` where a name or a text belongs: read as a name and something taken away from it. */
function joinedWord(
  failure: SyntaxFailure,
  text: string,
): { readonly span: Span; readonly fix: QuickFix } | undefined {
  const { offending, previous } = failure;
  if (offending === undefined || previous === undefined || endOf(previous) !== offending.startOffset)
    return undefined;
  const from = Math.max(0, offending.startOffset - 64);
  const begun = /[A-Za-z_]\w*(?:[-.]\w*)*$/.exec(text.slice(from, endOf(offending)));
  if (begun === null) return undefined;
  const start = from + begun.index;
  const word = /^\w+(?:[-.]\w+)+/.exec(text.slice(start, start + 128))?.[0];
  if (word?.includes('-') !== true || fieldNamed(word.split(/[-.]/)[0] ?? '') !== undefined) return undefined;
  const span = { start, end: start + word.length };
  const before = text.slice(Math.max(0, start - 64), start);
  if (/(?:^|[\s;])(?:QUERY|USING|PARAM|TO)\s+$/i.test(before))
    return { span, fix: replace('Put it in backticks', span, `\`${word}\``, true) };
  if (!/(?:[=<>,([]|\b(?:LIKE|MATCHES|IN|AND|BETWEEN))\s*$/i.test(before)) return undefined;
  return { span, fix: replace('Put it in quotes', span, quote(word), true) };
}

/** What is written otherwise here, where more than the offending token has to change. */
function rewritten(failure: SyntaxFailure, offending: IToken, text: string): QuickFix | undefined {
  const { expected, previous } = failure;
  const { image } = offending;
  const span = spanOf(offending);
  if (expected.words === wanted.openParenthesis.words) {
    // `MASK ssn, card*`
    const items = text.slice(span.start, failure.end ?? span.end);
    if (!/^[\w*'`.]+(?:\s*,\s*[\w*'`.]+)*$/.test(items)) return undefined;
    const whole = { start: span.start, end: span.start + items.length };
    return replace('Put it in parentheses', whole, `(${items})`, true);
  }
  if (previous === undefined) return undefined;
  // `nodeType ['a', 'b']`
  if (expected.words === wanted.closeBracket.words && image === ',') {
    const listed = /(\w+)(\s*)\[\s*$/.exec(
      text.slice(Math.max(0, previous.startOffset - 64), previous.startOffset),
    );
    if (listed === null || fieldNamed(listed[1] ?? '')?.variables !== false) return undefined;
    const at = previous.startOffset - listed[0].length + (listed[1] + (listed[2] ?? '')).length;
    return replace('Insert IN', { start: at, end: at }, listed[2] === '' ? ' IN ' : 'IN ', true);
  }
  const both = { start: previous.startOffset, end: span.end };
  const sign = previous.image;
  // `= ['a', 'b']`
  if (expected.words === wanted.value.words && /^[[(]$/.test(image) && /^(?:=|!=|<>)$/.test(sign)) {
    const operator = sign === '=' ? 'IN' : 'NOT IN';
    const start = previous.startOffset;
    const gap = /\s/.test(text.charAt(start - 1)) ? '' : ' ';
    const blank = endOf(previous) === span.start ? ' ' : '';
    return replace(`Change to ${operator}`, spanOf(previous), gap + operator + blank, true);
  }
  // `=>`, `=<`
  if (sign === '=' && /^[<>]$/.test(image) && endOf(previous) === span.start)
    return replace(`Change to ${image}=`, both, `${image}=`, true);
  if (!/^NOT$/i.test(sign)) return undefined;
  // `NOT = 'a'`
  if (expected.words === wanted.afterNot.words && image === '=')
    return replace('Change to !=', both, '!=', true);
  // `IS NOT 'a'`
  const is = /\bIS\s+$/i.exec(text.slice(Math.max(0, both.start - 64), both.start));
  if (expected.insert !== wanted.nullWord.insert || is === null || !/^['"$\d]/.test(image)) return undefined;
  return replace('Change to !=', { start: both.start - is[0].length, end: endOf(previous) }, '!=', true);
}

function isValueWord(image: string): boolean {
  return /^(?:NOT|NULL|TRUE|FALSE)$/i.test(image);
}

/** The offending token written as what was wanted. */
function converted(failure: SyntaxFailure, offending: IToken): QuickFix[] {
  const { expected, previous } = failure;
  const { image } = offending;
  const span = spanOf(offending);
  const change = (newText: string) => [replace(`Change to ${newText}`, span, newText, true)];
  // A name in quotes, or with the sign of a parameter.
  const inner = /^(?:\$(\w+)|'([^'\r\n]+)'|"([^"\r\n]+)")$/.exec(image);
  const name = inner?.[1] ?? inner?.[2] ?? inner?.[3];
  if (expected.name === true && name !== undefined && !name.includes('`'))
    return change(nameText({ text: name }));
  if (expected.words === wanted.equals.words && image === ':') return [sure('Change to =', span, ' =')];
  const digits = /^'(\d+)'$/.exec(image)?.[1];
  const counts: readonly string[] = [wanted.limit.words, wanted.integer.words];
  if (digits !== undefined && counts.includes(expected.words)) return change(digits);
  if (expected.keywords?.includes('AS') === true && formatNamed(image) !== undefined)
    return change(`AS ${image}`);
  if (expected.text === true && isPlainWord(offending) && reservedWord(offending) === undefined) {
    return [replace('Put it in quotes', span, quote(image), true)];
  }
  if (expected.words === wanted.set.words && /^['"\d-]/.test(image)) return change(`[${image}]`);
  if (expected.words === wanted.duration.words) {
    // A bare number after LAST is of hours, as it is read aloud; elsewhere of seconds.
    if (/^\d+$/.test(image)) return change(`${image}${/^LAST$/i.test(previous?.image ?? '') ? 'h' : 's'}`);
    const inside = /^'(.*)'$/.exec(image)?.[1];
    return inside !== undefined && parseDuration(inside) !== undefined ? change(inside) : [];
  }
  // `nodeId IS 'a'`.
  if (expected.insert === wanted.nullWord.insert && previous !== undefined && /^['"$\d]/.test(image)) {
    return /^IS$/i.test(previous.image) ? [replace('Change IS to =', spanOf(previous), '=', true)] : [];
  }
  // `IN ('a', 'b']`.
  const { insert = '' } = expected;
  if (CLOSER.test(image) && CLOSER.test(insert)) return change(insert);
  return image === ',' && insert === wanted.and.insert ? [replace('Change to AND', span, ' AND', true)] : [];
}

/** What joins two conditions that stand side by side: `(dwell > 1s open)`. */
function joints({ expected, offending, following }: SyntaxFailure): QuickFix[] {
  const { keywords, insert } = expected;
  if (offending === undefined || keywords?.includes('AND') !== true || insert === wanted.and.insert)
    return [];
  const isName = isPlainWord(offending) && reservedWord(offending) === undefined;
  const begins = isName && (isKnownWord(offending) || COMPARISON.test(following?.image ?? ''));
  if (!begins && offending.image !== '(') return [];
  const { startOffset: start } = offending;
  return CONNECTIVES.map((word) =>
    replace(`Insert ${word}`, { start, end: start }, `${word} `, word === 'AND'),
  );
}

/** What is missing, put where it belongs: a closing bracket or comma just after the last token, a word before the next. */
function insertion(failure: SyntaxFailure, offending: IToken): QuickFix[] {
  const { expected, previous } = failure;
  const { image } = offending;
  const reserved = reservedWord(offending) !== undefined;
  const after = previous === undefined ? offending.startOffset : endOf(previous);
  const element = /^['"$\d\w`]/.test(image) && (!reserved || /^(?:NULL|TRUE|FALSE)$/i.test(image));
  const comma = replace('Insert a comma', { start: after, end: after }, ',', true);
  if (expected.comma === true) return isPlainWord(offending) && !reserved ? [comma] : [];
  const { insert } = expected;
  if (insert === undefined) return [];
  if (CLOSER.test(insert)) {
    // `['a' 'b'`: two elements want a comma between them.
    if (expected.words.startsWith('a comma') && element) {
      // `ANY(nodeId 'menu')`
      const compared = expected.conditions === true && previous !== undefined && isPlainWord(previous);
      const { startOffset: at } = offending;
      return compared
        ? [replace('Insert =', { start: at, end: at }, at === after ? ' = ' : '= ', true)]
        : [comma];
    }
    // What closes stands further on: `changed(a = 1)`.
    if (expected.words.startsWith('a comma') && COMPARISON.test(image)) return [];
    return CLOSER.test(image)
      ? []
      : [replace(`Insert ${insert}`, { start: after, end: after }, insert, true)];
  }
  const start = offending.startOffset;
  const gap = start === after ? ' ' : '';
  const word = replace(`Insert ${insert.trim()}`, { start, end: start }, gap + insert, true);
  if (insert === wanted.nullWord.insert) return element ? [] : [word];
  // What the word would lead to has to be there.
  return element || image === '(' || isValueWord(image) ? [word] : [];
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
