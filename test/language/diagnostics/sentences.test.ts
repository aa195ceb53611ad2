/** The grammar of the specification, held against the parser: what it admits, and what one wrong word does. */
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../../server/src/language/index.ts';
import { parse } from '../../../server/src/language/index.ts';
import { diagnose } from '../markers.ts';
import { Chooser, Sentences } from './sentences.ts';

const errorsOf = (text: string): readonly Diagnostic[] =>
  parse(text).syntax.filter((found) => found.severity === 'error');
const shown = (text: string, found: Diagnostic) =>
  `${text.slice(0, found.start)}<|${text.slice(found.start, found.end)}|>${text.slice(found.end)}`;

describe('sentences of the grammar', () => {
  it('have no syntax error, on one line or one word a line', () => {
    for (let seed = 0; seed < 1500; seed++) {
      const words = new Sentences(seed).document();
      const text = words.join(seed % 2 === 0 ? ' ' : '\n');
      expect(errorsOf(text).map((found) => shown(text, found))).toEqual([]);
    }
  });

  it('are read as the same whatever stands between their words', () => {
    for (let seed = 0; seed < 300; seed++) {
      const words = new Sentences(seed).document();
      const kinds = (text: string) => parse(text).items.map((item) => item.kind);
      expect(kinds(words.join(' /* , ; */\r\n'))).toEqual(kinds(words.join(' ')));
    }
  });
});

const STRAYS = [
  'foo',
  "'s'",
  '5',
  '10s',
  '$p',
  ',',
  '(',
  ')',
  ']',
  '=',
  'AND',
  'IN',
  'BY',
  'UNTIL',
  'LIMT',
  '*',
];

/** One word of a sentence taken out, put in or put in place of another; undefined where the sentence is too short. */
function mutated(words: readonly string[], choose: Chooser) {
  const at = choose.next(words.length);
  const stray = STRAYS[choose.next(STRAYS.length)] ?? '';
  const kind = choose.next(3);
  const put = kind === 0 ? [] : [stray];
  const changed = [...words.slice(0, at), ...put, ...words.slice(kind === 1 ? at : at + 1)];
  return { text: changed.join(' '), at: [...changed.slice(0, at), ''].join(' ').length };
}

describe('one wrong word', () => {
  it('among queries makes at most one syntax error in its own query, and none in the others', () => {
    for (let seed = 0; seed < 3000; seed++) {
      const choose = new Chooser(seed + 1_000_000);
      const sentences = new Sentences(seed);
      const before = 'QUERY first errorState LAST 2h ; ';
      const after = " ; QUERY final 'Title' dwell > 5s LAST 2h LIMIT 5";
      const { text } = mutated(sentences.query(), choose);
      const whole = before + text + after;
      const errors = errorsOf(whole);
      for (const found of errors) {
        const inside = found.start >= before.length && found.start <= before.length + text.length + 1;
        expect(inside, shown(whole, found)).toBe(true);
      }
      // Both neighbours are whole still.
      const names = parse(whole).queries.map((query) => query.name?.text);
      expect([names[0], names.at(-1)]).toEqual(['first', 'final']);
    }
  });

  it.each([
    'QUERY a errorState LAST 2h LIMIT 5',
    "QUERY a 'Title' WHERE nodeId = 'x' AND ( dwell > 5s OR open ) LAST 2h ORDER BY duration DESC",
    "QUERY a interactionId IN [ 'a' , 'b' ] WITH pageSize = 5 , retries = 2 MASK ( ssn , card* )",
    'QUERY a ANY ( errorState AND open ) AND COUNT ( open ) > 3 LAST 2h ANALYZE PATHS TOP 5 , FLOW',
    "QUERY a nodeTimestamp BETWEEN '2026-11-20' AND now ( ) - 2h EXPECT P95 ( dwell ) < 5s , ERRORS = 0",
    "QUERY a outcome IS NOT NULL AND changed ( queue ) LAST 2h EXPORT TO 'x.json' AS JSON",
  ])('put into %s is one syntax error, at it or just after it', (sentence) => {
    const words = sentence.split(' ');
    for (let at = 2; at <= words.length; at++) {
      for (const stray of [']', '@@', 'UNTIL', '`z`']) {
        // What closes a list early ends it there, and the rest of it is an error of its own.
        const open = words.slice(0, at).lastIndexOf('[') > words.slice(0, at).lastIndexOf(']');
        if (stray === ']' && open) continue;
        const text = [...words.slice(0, at), stray, ...words.slice(at)].join(' ');
        const place = [...words.slice(0, at), ''].join(' ').length;
        const errors = errorsOf(text);
        expect(errors.length, text).toBeLessThanOrEqual(1);
        for (const found of errors) {
          // The word itself, or the next ones where it could still be read as a name.
          const distance = text.slice(place, found.start).trim().split(/\s+/).filter(Boolean).length;
          expect(found.end >= place && distance <= 2, shown(text, found)).toBe(true);
        }
      }
    }
  });

  it('is no cause of another error: beside a syntax error nothing is said that the right text does not say', () => {
    for (const [right, wrong] of [
      ['errorState LAST 2h LIMIT 5', 'errorState LAST 2h LIMT 5'],
      ["nodeId = 'x' AND open LAST 2h", "nodeId = = 'x' AND open LAST 2h"],
      ["nodeTimestamp >= '2026-11-20' AND open", 'nodeTimestamp >= 2026-11-20 AND open'],
      ["nodeTimestamp >= '2026-11-20T08:00:00Z' AND open", 'nodeTimestamp >= 2026-11-20T08:00:00Z AND open'],
      ["nodeId IN ['a', 'b'] LAST 2h", "nodeId IN ['a' 'b'] LAST 2h"],
      ['LAST 24h', 'LAST 24 hours'],
      ['LAST 2h LIMIT 5', "LAST 2h foo '1x' 10x ) LIMIT 5"],
      ['LAST 2h WITH timeout = 5s', 'LAST 2h WITH timeout = 5 s'],
      ['USING prod LAST 2h', 'USING prod-x LAST 2h'],
      ["nodeId = 'menu' LAST 2h", 'nodeId = menu-main LAST 2h'],
    ] as const) {
      const errors = (text: string) =>
        diagnose(text)
          .filter((found) => found.severity === 'error')
          .map((found) => found.code);
      expect(errors(right), right).toEqual([]);
      expect(errors(wrong), wrong).toEqual(['CXQ1003']);
    }
  });
});
