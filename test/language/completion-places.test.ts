/** At every word of every text without errors, what its author wrote is among what is offered there. */
import { type IToken, tokenMatcher } from 'chevrotain';
import { describe, expect, it } from 'vitest';
import { complete } from '../../server/src/language/editing.ts';
import { fieldNamed } from '../../server/src/language/fields.ts';
import { functionNamed } from '../../server/src/language/functions.ts';
import { type KnownValues, parse } from '../../server/src/language/index.ts';
import { placeAt } from '../../server/src/language/place.ts';
import * as t from '../../server/src/language/tokens.ts';
import { endOf } from '../../server/src/language/tokens.ts';
import { diagnose, facts, NOW } from './markers.ts';
import { validTexts } from './valid-texts.ts';

const KNOWN: KnownValues = {
  origin: 'earlier runs',
  fields: new Map([['nodeType', ['AGENT']]]),
  variables: [],
};
/** Each case is asked of the grammar some fifty times. */
const TIMEOUT = 60_000;
const CONTEXT = {
  now: NOW,
  known: [KNOWN],
  profiles: [
    { id: 'default', detail: '' },
    { id: 'prod', detail: '' },
  ],
};

const SIGNS = new Set(['=', '!=', '<>', '<', '<=', '>', '>=', '+', '-', ':']);
/** Places with names of their own. */
const NAMED = new Set([
  'orderField',
  'option',
  'analysis',
  'by',
  'metric',
  'metricField',
  'format',
  'compareTarget',
  'set',
  'profile',
  'type',
  'part',
]);

const BUCKETS = new Set(['HOUR', 'DAY', 'WEEKDAY']);

interface Expected {
  readonly at: number;
  readonly token: IToken;
  /** Whether an offer is what was written. */
  readonly is: (label: string) => boolean;
}

/** The words of a text that completion has to know, and how it would call them. */
function expectations(text: string): Expected[] {
  const document = parse(text);
  return t.tokenise(text).tokens.flatMap((token, index, tokens): Expected[] => {
    const at = token.startOffset;
    const upper = token.image.toUpperCase();
    const place = placeAt(document.items, at)?.kind;
    const expected = (is: Expected['is']) => [{ at, token, is }];
    const named = (name: string) => expected((label) => label.toUpperCase() === name);
    if (place === 'variable' || place === 'declaration' || place === 'item' || place === 'title') return [];
    // After a dot, and for a call's variable, names are the user's own.
    if (tokens[index - 1]?.tokenType === t.Dot) return [];
    // Just after a word it is the word that is completed.
    const touches = /[\w`]/.test(text.charAt(at - 1));
    if (SIGNS.has(token.image)) return touches ? [] : named(token.image);
    if (tokenMatcher(token, t.ParameterToken)) return document.parameters.length > 0 ? named(upper) : [];
    if (tokenMatcher(token, t.StringToken)) {
      return ["'DECISION'", "'ROUTING'", "'CONDITION'", "'AGENT'", "'stream'", "'page'"].includes(
        token.image,
      ) &&
        (place === 'value' || place === 'optionValue')
        ? expected((label) => label === token.image)
        : [];
    }
    if (token.tokenType === t.QuotedName) return [];
    if (tokenMatcher(token, t.Identifier)) {
      // A query that is declared further down, and a variable, are not known.
      if (place === 'set' && text.indexOf(`QUERY ${token.image}`) > at) return [];
      if (place === 'by' && fieldNamed(token.image) === undefined && !BUCKETS.has(upper)) return [];
      if (place !== undefined && NAMED.has(place)) return named(upper);
      const known = fieldNamed(token.image)?.name ?? functionNamed(token.image)?.name;
      return known === undefined ? [] : expected((label) => label === known || label === `${known}.`);
    }
    if (!t.RESERVED.some((word) => word === upper)) return [];
    // A constant alone is no condition that anybody is helped to.
    if (place === 'condition' && ['TRUE', 'FALSE', 'NULL'].includes(upper)) return [];
    return expected((label) => label.toUpperCase().split(' ')[0] === upper);
  });
}

function missing(text: string, offset: number, { is }: Expected): string[] {
  const found = complete(text, offset, CONTEXT);
  return found.some(({ label }) => is(label))
    ? []
    : [
        `${text.slice(Math.max(0, offset - 40), offset)}‸ not among ${found.map(({ label }) => label).join(' ')}`,
      ];
}

describe('the word that was written is offered', { timeout: TIMEOUT }, () => {
  const texts = validTexts();
  const cases = texts.flatMap((text) => expectations(text).map((one) => ({ text, one })));
  const half = ({ at, token }: Expected) => at + Math.max(1, token.image.length >> 1);

  it('in many places', () => {
    expect(texts.length).toBeGreaterThan(80);
    expect(cases.length).toBeGreaterThan(700);
  });

  it('where the text ends before it', () => {
    expect(cases.flatMap(({ text, one }) => missing(text.slice(0, one.at), one.at, one))).toEqual([]);
  });

  it('where the rest of the text follows', () => {
    expect(cases.flatMap(({ text, one }) => missing(text, one.at, one))).toEqual([]);
  });

  it('with half of it typed', () => {
    const words = cases.filter(({ one }) => /^[\w$]/.test(one.token.image) && one.token.image.length > 1);
    const typed = words.flatMap(({ text, one }) => [
      ...missing(text.slice(0, half(one)), half(one), one),
      ...missing(text, half(one), one),
    ]);
    expect(typed).toEqual([]);
  });

  it('after a broken query', () => {
    const broken = [
      "QUERY broken WHERE dwell = = ) AND ('x' LIMTI 5;\n",
      "nodeId = 'open ) AND\n;",
      'MASK (limit, = LAST ; ] # ;',
    ];
    const found = cases.flatMap(({ text, one }, index) => {
      const before = broken[index % broken.length] ?? '';
      return missing(before + text, before.length + one.at, one);
    });
    expect(found).toEqual([]);
  });

  it('after an error in the same query', () => {
    const found = texts.flatMap((text) => {
      const all = expectations(text);
      return all.flatMap((clause) => {
        if (!t.CLAUSE_WORDS.some((word) => t.keywords[word] === clause.token.tokenType)) return [];
        const junk = ') nonsense = ] ';
        const damaged = text.slice(0, clause.at) + junk + text.slice(clause.at);
        return all
          .filter(({ at }) => at > clause.at)
          .flatMap((one) => missing(damaged, one.at + junk.length, one));
      });
    });
    expect(found).toEqual([]);
  });

  it('after an error in the same predicate', () => {
    const found = cases.flatMap(({ text, one }) => {
      const where = text.lastIndexOf('WHERE ', one.at);
      if (where < 0 || parse(text).queries.every((query) => !(query.start <= where && one.at <= query.end)))
        return [];
      const at = where + 'WHERE '.length;
      if (one.at < at) return [];
      const junk = 'dwell = = 5s AND ';
      return missing(text.slice(0, at) + junk + text.slice(at), one.at + junk.length, one);
    });
    expect(found).toEqual([]);
  });
});

describe('what the grammar has', { timeout: TIMEOUT }, () => {
  it('every reserved word is offered somewhere', () => {
    const offered = new Set(
      validTexts()
        .flatMap((text) =>
          [0, text.length, ...t.tokenise(text).tokens.map(endOf)].map((at) => ({ text, at })),
        )
        .flatMap(({ text, at }) => {
          const cut = `${text.slice(0, at)} `;
          return complete(cut, cut.length, CONTEXT).flatMap(({ label }) => label.toUpperCase().split(' '));
        }),
    );
    expect(t.RESERVED.filter((word) => !offered.has(word))).toEqual([]);
  });
});

describe('what is offered', { timeout: TIMEOUT }, () => {
  it('fits the types and names there: taken at the end of a text, it is no other error than that more is to come', () => {
    const found = new Set<string>();
    let count = 0;
    for (const text of validTexts()) {
      for (const [index, { startOffset }] of t.tokenise(text).tokens.entries()) {
        // Each offer of each place is checked as a text of its own: every third place is enough.
        if (index % 3 !== text.length % 3) continue;
        const cut = text.slice(0, startOffset);
        // At the beginning of a word that touches the one before, that one is completed.
        if (/\S$/.test(cut)) continue;
        const before = new Set(errors(cut).map(({ code, start }) => `${code} ${start}`));
        for (const { kind, label, plainText } of complete(cut, cut.length, {
          ...CONTEXT,
          profile: facts(),
        })) {
          if (kind === 'template') continue;
          count += 1;
          for (const { code, start, message } of errors(cut + plainText)) {
            const unfinished = UNFINISHED.has(code) || /not a condition/.test(message);
            if (unfinished || before.has(`${code} ${start}`)) continue;
            found.add(`${code} ${kind} ${label} after ${cut.slice(-30)}: ${message}`);
          }
        }
      }
    }
    expect([...found]).toEqual([]);
    expect(count).toBeGreaterThan(5_000);
  });
});

/** Something is still to come; and PREVIOUS wants a window, which may come after it. */
const UNFINISHED = new Set(['CXQ1003', 'CXQ3003']);

function errors(text: string) {
  return diagnose(text).filter(({ severity }) => severity === 'error');
}
