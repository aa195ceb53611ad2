/** Reserved words and signs that the grammar takes, as far as they fit what stands there. */
import type { TokenType } from 'chevrotain';
import { analysisNamed } from '../analyses.ts';
import { type ClauseSpec, clauseNamed } from '../clauses.ts';
import { metricNamed } from '../metrics.ts';
import type { Place } from '../place.ts';
import { TEMPLATES } from '../templates.ts';
import * as t from '../tokens.ts';
import type { ClauseKind, Operand } from '../tree.ts';
import { operatorsOf } from '../types.ts';
import type { Asking } from './asking.ts';
import { isOnLine } from './grammar.ts';
import { names } from './names.ts';
import type { Offer, Tier } from './offer.ts';
import { LITERALS } from './values.ts';
import { typeOf, type Wanted } from './wanted.ts';

const k = t.keywords;

/** Values that have an order are asked for more or less of, others whether they are the same. */
const SIGNS: readonly (readonly [text: string, type: TokenType, ordered: Tier, other: Tier])[] = [
  ['>', t.Greater, 'value', 'value'],
  ['>=', t.GreaterEqual, 'value', 'value'],
  ['<', t.Less, 'value', 'value'],
  ['<=', t.LessEqual, 'value', 'value'],
  ['=', t.Equal, 'name', 'best'],
  ['!=', t.NotEqual, 'name', 'best'],
  ['<>', t.NotEqualSql, 'other', 'other'],
];

/** What the words and signs at a place depend on. */
interface Setting {
  readonly asking: Asking;
  /** The operand before the cursor, where a comparison can follow, and the operators that fit it. */
  readonly operand: Operand | undefined;
  /** What could be compared is the query's title: nobody goes on with it. */
  readonly titled: boolean;
  readonly type: Wanted | undefined;
  readonly fitting: readonly string[] | undefined;
  /** A condition that is none yet: nothing but an operator makes one of it. */
  readonly unfinished: boolean;
  /** The analysis that goes on, with the parts that it takes and does not have. */
  readonly analysis: Extract<Place, { kind: 'part' }> | undefined;
  readonly metric: Extract<Place, { kind: 'metricOperator' }> | undefined;
}

function settingOf(asking: Asking): Setting {
  const { grammar } = asking;
  const comparing = grammar.placeOf(t.Equal, '=');
  // After NOT there is no sign any more.
  const place = comparing ?? grammar.placeOf(k.IN, 'IN');
  const compared = place?.kind === 'operator' ? place.operand : undefined;
  const titled = compared !== undefined && grammar.takesSample('name');
  const operand = titled ? undefined : compared;
  const type = operand === undefined ? undefined : typeOf(operand, asking.parameters);
  const part = grammar.placeOf(t.Top, 'TOP');
  return {
    asking,
    operand,
    titled,
    type,
    fitting: type === undefined ? undefined : operatorsFor(type),
    unfinished: operand !== undefined && type !== undefined && type !== 'BOOLEAN' && type !== 'ANY',
    analysis: part?.kind === 'part' ? part : undefined,
    metric: comparing?.kind === 'metricOperator' ? comparing : undefined,
  };
}

/** A string at the left may be compared with a text or with an instant. */
function operatorsFor(type: Wanted): readonly string[] {
  if (type === 'LIST') return [];
  return operatorsOf(type === 'TEXT' ? 'ANY' : type);
}

/** Signs and words that the grammar takes here. */
export function words(asking: Asking): Offer[] {
  const setting = settingOf(asking);
  return [...signs(setting), ...reserved(setting), ...partWords(setting), ...templates(setting)];
}

function signs({ asking, fitting, operand, type, titled, metric, unfinished }: Setting): Offer[] {
  const { grammar } = asking;
  if (metric !== undefined && isBareStatistic(metric)) {
    return ['dwell', 'wait', 'duration'].map((name): Offer => {
      const text = `(${name})`;
      return {
        label: text,
        kind: 'field',
        tier: 'best',
        detail: 'of the steps or interactions',
        text,
        about: name,
      };
    });
  }
  const comparing = SIGNS.filter(
    ([text, sign]) =>
      !titled && fitting?.includes(text === '<>' ? '!=' : text) !== false && grammar.takes(sign, text),
  );
  const summing = (['-', '+'] as const).filter((text) => {
    const place = grammar.placeOf(text === '-' ? t.Minus : t.Plus, text);
    if (titled || place?.kind !== 'sign') return false;
    const base = typeOf(place.operand, asking.parameters);
    // A date beside a text is a text as well.
    if (place.beside !== undefined && typeOf(place.beside, asking.parameters) === 'STRING') return false;
    return base === 'TIMESTAMP' || base === 'DURATION' || (base === 'TEXT' && operand === undefined);
  });
  const typed: Offer[] = grammar.takes(t.Colon, ':')
    ? [
        {
          label: ':',
          kind: 'operator',
          tier: 'value',
          detail: 'its type',
          text: ':',
          template: ': ‹DURATION›',
        },
      ]
    : [];
  return [
    ...typed,
    ...comparing.map(([text, , ordered, other]): Offer => {
      const only = comparing.length === 1 && operand === undefined && metric === undefined;
      const tier = type === 'NUMBER' || type === 'DURATION' || type === 'TIMESTAMP' ? ordered : other;
      return { label: text, kind: 'operator', tier: only ? 'best' : tier, text };
    }),
    ...summing.map(
      (text): Offer => ({
        label: text,
        kind: 'operator',
        tier: unfinished ? 'other' : 'joint',
        detail: text === '-' ? 'less a duration' : 'and a duration',
        text,
        template: `${text} ‹2h›`,
      }),
    ),
  ];
}

/** `P95` without what it is of. */
function isBareStatistic({ metric }: Extract<Place, { kind: 'metricOperator' }>): boolean {
  return metricNamed(metric.name.text)?.ofField === true && metric.argument === null;
}

/** Clauses that the query has already; LAST and SINCE exclude each other, EXPORT and NOTIFY may repeat. */
function usedClauses(asking: Asking): ReadonlySet<string> {
  const { query, start } = asking.cursor;
  const used = new Set<ClauseKind>(
    query?.clauses.flatMap((clause) => (clause.start === start ? [] : [clause.kind])),
  );
  used.delete('export');
  used.delete('notify');
  if (used.has('last')) used.add('since');
  if (used.has('since')) used.add('last');
  return used;
}

const OPERATOR_WORDS: readonly t.Reserved[] = ['IN', 'BETWEEN', 'LIKE', 'MATCHES'];
const TRUTH: readonly t.Reserved[] = ['TRUE', 'FALSE', 'NULL'];

/** Whether reserved words are names here, or one is made up: none is offered as a word then. */
function isForNames({ grammar }: Asking): boolean {
  const kind = grammar.sample('name')?.kind;
  return kind === 'variable' || kind === 'item' || kind === 'declaration';
}

/** The words of conditions: nothing else of what is reserved stands in parentheses or brackets. */
const CONDITION_WORDS: readonly t.Reserved[] = ['AND', 'OR', 'NOT', 'IS', ...OPERATOR_WORDS, ...TRUTH];
const OPENING = new Set<TokenType>([t.LeftParenthesis, t.LeftBracket]);
const CLOSING = new Set<TokenType>([t.RightParenthesis, t.RightBracket]);
/** No bracket reaches over these. */
const BORDERS = new Set<TokenType>([t.Semicolon, ...t.CLAUSE_WORDS.map((word) => k[word])]);

/** Whether a bracket is open at the cursor: in the argument of `changed` the grammar takes any word for a name. */
function isBracketed({ cursor: { before } }: Asking): boolean {
  let closed = 0;
  for (const { tokenType } of before.toReversed()) {
    if (BORDERS.has(tokenType)) return false;
    if (CLOSING.has(tokenType)) closed++;
    else if (OPENING.has(tokenType) && closed-- === 0) return true;
  }
  return false;
}

function reserved(setting: Setting): Offer[] {
  const { asking, operand, analysis } = setting;
  const { grammar, cursor } = asking;
  if (isForNames(asking)) return [];
  const isValue = grammar.takesSample('string') || grammar.takesSample('parameter');
  const allowed = isBracketed(asking) ? CONDITION_WORDS : t.RESERVED;
  const used = usedClauses(asking);
  const afterNot = operand !== undefined && !grammar.takes(t.Equal, '=');
  return allowed.flatMap((word): Offer[] => {
    // Values have offers of their own, and nothing compares with null.
    if (isValue && TRUTH.includes(word)) return [];
    if (!grammar.takes(k[word], word)) return [];
    if (word === 'NOT' && operand === undefined && !beginsCondition(asking)) return [];
    if (operand !== undefined && (word === 'NOT' || word === 'IS' || OPERATOR_WORDS.includes(word))) {
      return operators(word, setting, afterNot);
    }
    if (setting.titled && (word === 'IS' || OPERATOR_WORDS.includes(word))) return [];
    if (setting.unfinished) return [];
    if (analysis !== undefined && word === 'BY') return part('by', 'BY', analysis);
    // What has no meaning without BY goes on with it.
    if (analysis !== undefined && lacksBy(analysis)) return [];
    if (setting.metric !== undefined) return [];
    const spec = clauseNamed(word);
    if (spec !== undefined) return used.has(spec.kind) ? [] : [clauseOffer(spec, asking)];
    return continuing(word, cursor.before.at(-1)?.tokenType);
  });
}

/** `ago(NOT` could be read, but means nothing. */
function beginsCondition({ grammar }: Asking): boolean {
  const place = grammar.sample('name');
  return place === undefined || place.kind === 'condition';
}

function operators(word: t.Reserved, { asking, operand, fitting }: Setting, afterNot: boolean): Offer[] {
  const fits = (phrase: string) => fitting?.includes(phrase) !== false;
  const type = operand === undefined ? undefined : typeOf(operand, asking.parameters);
  const offer = (phrase: string, tier: Tier, rest?: string): Offer => {
    const whole = rest === undefined || standsAlone(asking, [word]) ? {} : { template: `${phrase} ${rest}` };
    return { label: phrase, kind: 'operator', tier, text: phrase, ...whole };
  };
  if (word === 'IS') {
    return ['IS NULL', 'IS NOT NULL'].map((phrase) => offer(phrase, 'operator'));
  }
  if (word !== 'NOT') {
    return fits(afterNot ? `NOT ${word}` : word) ? [offer(word, 'operator', restOf(word, type))] : [];
  }
  return OPERATOR_WORDS.filter((one) => fits(`NOT ${one}`)).map((one) =>
    offer(`NOT ${one}`, 'part', restOf(one, type)),
  );
}

/** What an operator goes on with. */
function restOf(word: t.Reserved, type: Wanted | undefined): string | undefined {
  const literal = LITERALS[type ?? 'STRING'] ?? "'value'";
  const place = literal.startsWith("'") ? `'‹${literal.slice(1, -1)}›'` : `‹${literal}›`;
  switch (word) {
    case 'IN':
      return `[${place}]`;
    case 'BETWEEN':
      // A date lies between instants of the step.
      if (type === 'TEXT') return '‹startTime› AND ‹endTime›';
      return `${place} AND ${place}`;
    case 'LIKE':
      return "'‹%text%›'";
    case 'MATCHES':
      return "'‹^text›'";
    default:
      return undefined;
  }
}

/** The words of a phrase as tokens. */
function tokensOf(phrase: readonly t.Reserved[]): (readonly [TokenType, string])[] {
  return phrase.map((word) => [k[word], word]);
}

/** Whether what follows on the line goes on after the words alone, so that nothing is to be put between. */
function standsAlone(asking: Asking, phrase: readonly t.Reserved[]): boolean {
  const { next, end, document, start } = asking.cursor;
  if (next === undefined) return false;
  // The same word is there already, and with it what it needs.
  const same = document.text.slice(start, end).toUpperCase() === phrase[0];
  return (same || isOnLine(document.text, end, next)) && asking.grammar.goesOn(tokensOf(phrase), next);
}

/** `BY` and `TO` of the clauses of two words. */
function wordsOf(spec: ClauseSpec): t.Reserved[] {
  return spec.phrase.split(' ').flatMap((one) => t.RESERVED.find((word) => word === one) ?? []);
}

function clauseOffer(spec: ClauseSpec, asking: Asking): Offer {
  const tier: Tier = !isItem(spec) ? 'clause' : beginsItem(asking) ? 'best' : 'item';
  const phrase = wordsOf(spec);
  const offer = {
    label: spec.phrase,
    kind: 'clause',
    tier,
    detail: spec.signature,
    about: spec.word,
  } as const;
  if (phrase.length > 1 && standsAlone(asking, phrase.slice(0, 1))) return { ...offer, text: spec.word };
  if (standsAlone(asking, phrase)) return { ...offer, text: spec.phrase };
  return { ...offer, text: spec.phrase, template: ownTemplate(spec, asking) };
}

/** The clause's template, with names that are there, or that are not yet. */
function ownTemplate(spec: ClauseSpec, asking: Asking): string {
  if (spec.kind === 'using') {
    const [known] = names({ kind: 'profile' }, asking);
    return known === undefined || /[‹›]/.test(known.text) ? spec.snippet : `USING ‹${known.text}›`;
  }
  if (!isItem(spec)) return spec.snippet;
  const taken = new Set(
    spec.kind === 'query' ? asking.queries().map(({ name }) => name) : asking.parameters().keys(),
  );
  const own = asking.cursor.query?.name?.text;
  if (own !== undefined) taken.add(own);
  let free = 'name';
  for (let count = 2; taken.has(free); count++) free = `name${count}`;
  return spec.snippet.replace('‹name›', `‹${free}›`);
}

/** Nothing goes on here: a query or parameter begins. */
function beginsItem({ cursor: { before } }: Asking): boolean {
  return before.length === 0 || before.at(-1)?.tokenType === t.Semicolon;
}

function isItem({ kind }: ClauseSpec): boolean {
  return kind === 'query' || kind === 'parameter';
}

/** Words that go on with what stands before. */
function continuing(word: t.Reserved, before: TokenType | undefined): Offer[] {
  const offer = (label: string, tier: Tier, preselect = false): Offer => ({
    label,
    kind: 'keyword',
    tier,
    text: label,
    preselect,
  });
  if (word === 'NOT' && before === k.IS) return [offer('NOT NULL', 'name')];
  const tier: Tier = word === 'AND' || word === 'OR' ? 'joint' : word === 'NOT' ? 'joint' : 'part';
  return [offer(word, tier)];
}

const PART_TOKENS: readonly (readonly [kind: string, word: string, type: TokenType, rest: string])[] = [
  ['over', 'OVER', t.Over, '‹15s›'],
  ['on', 'ON', t.On, '(‹name›)'],
  ['top', 'TOP', t.Top, '‹10›'],
];

function partWords({ asking, analysis }: Setting): Offer[] {
  const { grammar } = asking;
  // They are names too: only where an analysis goes on are they anything else.
  if (analysis === undefined || grammar.takesSample('name')) return [];
  const offers = PART_TOKENS.flatMap(([kind, word, type, rest]): Offer[] => {
    if (!grammar.takes(type, word)) return [];
    const { next, end, document } = asking.cursor;
    const alone =
      next !== undefined && isOnLine(document.text, end, next) && grammar.goesOn([[type, word]], next);
    return part(kind, word, analysis).map((offer) =>
      alone ? offer : { ...offer, template: `${word} ${rest}` },
    );
  });
  const patterns = grammar.takes(t.LeftParenthesis, '(') ? part('patterns', '(…)', analysis) : [];
  return [
    ...offers,
    ...patterns.map((offer) => ({ ...offer, text: '(', template: '(‹name›)', filter: '(' })),
  ];
}

/** A part that the analysis takes and does not have. */
function part(kind: string, word: string, place: Extract<Place, { kind: 'part' }>): Offer[] {
  const spec = analysisNamed(place.analysis);
  const takes = spec === undefined || spec.parts.some((one) => one === kind);
  if (!takes || place.taken.includes(kind)) return [];
  const preselect = kind === 'by' && lacksBy(place);
  return [{ label: word, kind: 'keyword', tier: preselect ? 'best' : 'operator', text: word, preselect }];
}

function lacksBy(place: Extract<Place, { kind: 'part' }>): boolean {
  return analysisNamed(place.analysis)?.needsBy === true && !place.taken.includes('by');
}

/** Whole queries, where one can begin on a line of its own. */
function templates({ asking, unfinished }: Setting): Offer[] {
  const { cursor, grammar } = asking;
  const { text } = cursor.document;
  const line = text.slice(Math.max(text.lastIndexOf('\n', cursor.start - 1) + 1, 0), cursor.start);
  if (
    asking.context.ownTemplates === true ||
    unfinished ||
    line.trim() !== '' ||
    !grammar.takes(k.QUERY, 'QUERY') ||
    isForNames(asking) ||
    isBracketed(asking)
  )
    return [];
  // A clause that goes on below belongs to the query that stands here.
  if (cursor.next !== undefined && cursor.query !== undefined && cursor.next.startOffset < cursor.query.end)
    return [];
  return TEMPLATES.flatMap(({ prefix, name, text: about, template }): Offer[] => {
    const headed = /^(?:QUERY|PARAM)\b/.test(template);
    // One without a header is read as what goes on with the query before.
    if (!headed && !beginsItem(asking)) return [];
    const filled = template.replaceAll(/[‹›]/g, '');
    return [
      {
        label: `${prefix}: ${name}`,
        kind: 'template',
        tier: beginsItem(asking) ? 'value' : 'other',
        detail: about,
        text: filled,
        template,
        filter: `${prefix} ${name}`,
        about: prefix,
      },
    ];
  });
}
