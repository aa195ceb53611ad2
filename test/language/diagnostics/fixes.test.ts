/** Quick fixes, of every diagnostic of every fixture: what they leave, and what can be fixed all at once. */
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../../server/src/language/diagnostics.ts';
import { fixAll } from '../../../server/src/language/fix-all.ts';
import {
  type CheckContext,
  type Diagnostic,
  documentationOf,
  parse,
} from '../../../server/src/language/index.ts';
import { EXAMPLE } from '../example.ts';
import { FIXTURES } from '../fixtures.ts';
import { context, diagnose, marked } from '../markers.ts';
import { Chooser, Sentences } from './sentences.ts';

const CASES: readonly (readonly [string, CheckContext])[] = Object.values(FIXTURES).flatMap((fixture) =>
  [...fixture.reported, ...fixture.silent, ...(fixture.fixes ?? []).map(([before]) => before)].map(
    (source) => [marked(source).text, fixture.using ?? context()] as const,
  ),
);

const syntaxErrors = (text: string) => parse(text).syntax.filter((found) => found.severity === 'error');

/** Where a place of the text is after edits before it. */
function moved(offset: number, edits: readonly { start: number; end: number; newText: string }[]): number {
  return edits.reduce(
    (at, edit) => (edit.end <= offset ? at + edit.newText.length - (edit.end - edit.start) : at),
    offset,
  );
}

function allFixes(text: string, using: CheckContext) {
  return diagnose(text, using).flatMap((found) =>
    found.fixes.filter((fix) => fix.edits.length > 0).map((fix) => ({ found, fix })),
  );
}

describe('a quick fix', () => {
  it.each(CASES)('leaves %s without its error, and with no new syntax error', (text, using) => {
    for (const { found, fix } of allFixes(text, using)) {
      const after = applyEdits(text, fix.edits);
      const at = moved(found.start, fix.edits);
      const same = diagnose(after, using).filter((one) => one.code === found.code && one.start === at);
      const before = diagnose(text, using).filter((one) => one.code === found.code);
      const rest = diagnose(after, using).filter((one) => one.code === found.code);
      // Where another one of the code moves to its place, there is still one less of them.
      // Larger pages are proposed also where they are not enough.
      const helps = found.code === 'CXQ4005' && !fix.isPreferred;
      const gone = helps || same.length === 0 || rest.length < before.length;
      expect(gone, `${fix.title}: ${after}`).toBe(true);
      expect(syntaxErrors(after).length, `${fix.title}: ${after}`).toBeLessThanOrEqual(
        syntaxErrors(text).length,
      );
    }
  });

  it.each(CASES)('of %s is preferred at most once, and has a title of its own', (text, using) => {
    for (const found of diagnose(text, using)) {
      expect(found.fixes.filter((fix) => fix.isPreferred).length).toBeLessThanOrEqual(1);
      expect(new Set(found.fixes.map((fix) => fix.title)).size).toBe(found.fixes.length);
      for (const fix of found.fixes.filter((one) => one.isSure)) expect(fix.isPreferred).toBe(true);
    }
  });
});

describe('a quick fix of a syntax error', () => {
  it.each([
    ["nodeType IN 'A'] LAST 2h", []],
    ["nodeType IN 'A' LAST 2h", ["nodeType IN ['A'] LAST 2h"]],
    ["x = 1 AND MATCHES 'a'", []],
    ["ANY(nodeId 'menu') LAST 2h", ["ANY(nodeId = 'menu') LAST 2h"]],
    ['(dwell > 1s changed(x)) LAST 2h', ['(dwell > 1s AND changed(x)) LAST 2h']],
    ["nodeId = 'a' prio = 5 LAST 2h", ["nodeId = 'a' AND prio = 5 LAST 2h"]],
    ['(open) (errorState)', ['(open) AND (errorState)']],
    ['(open xor errorState)', []],
    // What else is open at that place is closed as well.
    ["ANY(nodeId IN ['a'", ["ANY(nodeId IN ['a'])"]],
    ["NOT ((nodeId IN ('a') OR ANY(open LAST 2h", ["NOT ((nodeId IN ('a') OR ANY(open))) LAST 2h"]],
    ["ANY(nodeId IN ['a' AND open) LAST 2h", ["ANY(nodeId IN ['a'] AND open) LAST 2h"]],
    ["ANY(nodeId IN ['a', 'b' 5", ["ANY(nodeId IN ['a', 'b', 5"]],
    ['(dwell > 1s LAST 2h', ['(dwell > 1s) LAST 2h']],
    ['PARAM a = now()\nLAST 2h', []],
    ['LAST 2h EXPECT ERRORS <= P95(dwell) < 1s', []],
    // What it uncovers further on was there before.
    ['QURY a WERE x', ['QUERY a WERE x']],
  ])('is proposed only where it repairs something: %s', (text, after) => {
    const fixes = parse(text).syntax.flatMap((found) => found.fixes.filter((fix) => fix.isPreferred));
    expect(fixes.map((fix) => applyEdits(text, fix.edits))).toEqual(after);
  });

  it('is the same in whatever order they are asked for, also where not all are tried', () => {
    const text = `WHERE ${'(dwell > 1s LAST 2h LIMT 5 '.repeat(200)}`;
    const straight = parse(text).syntax.map((found) => found.fixes);
    const { syntax } = parse(text);
    const back = syntax.toReversed().map((found) => found.fixes);
    expect(back.toReversed()).toEqual(straight);
    expect(straight.length).toBeGreaterThan(200);
  });

  it('never leaves as many errors and one of them where it was made, in broken sentences', () => {
    for (let seed = 0; seed < 600; seed++) {
      const choose = new Chooser(seed);
      const words = new Sentences(seed).document();
      const at = choose.next(words.length);
      const put = choose.pick([
        [],
        ['foo'],
        ["'s'"],
        [','],
        ['('],
        [')'],
        [']'],
        ['='],
        ['5'],
        ['AND', 'LIKE'],
      ]);
      const text = words.toSpliced(at, 1, ...put).join(' ');
      const before = syntaxErrors(text);
      for (const found of before) {
        for (const { title, edits } of found.fixes) {
          const after = applyEdits(text, edits);
          const errors = syntaxErrors(after);
          const told = `${text} — ${title}: ${after}`;
          expect(errors.length, told).toBeLessThanOrEqual(before.length);
          if (errors.length < before.length) continue;
          const end = moved(found.end, edits);
          expect(
            errors.filter((one) => one.start >= found.start && one.end <= end),
            told,
          ).toEqual([]);
        }
      }
    }
  });
});

/** Fixes all until nothing is left to fix. */
function fixedPoint(text: string, using: CheckContext): { text: string; rounds: number } {
  let now = text;
  for (let rounds = 0; rounds < 20; rounds++) {
    const changes = fixAll(parse(now), diagnose(now, using));
    if (changes.length === 0) return { text: now, rounds };
    now = applyEdits(now, changes);
  }
  throw new Error(`no end: ${text} became ${now}`);
}

describe('fix all', () => {
  it.each([
    ['nodeId = "a" AND outcome = null LAST 30m1h', "nodeId = 'a' AND outcome IS NULL LAST 1h30m"],
    ["interactionId IN ['a', \"a\", 'a',]", "interactionId IN ['a']"],
    ['open && nodeId == ‘a’ LAST 24 hours LAST 24 hours', "open AND nodeId = 'a' LAST 24h"],
    ['nodeTimestamp >= 2026-11-20 AND\u00a0open', "nodeTimestamp >= '2026-11-20' AND open"],
    ['outcome = null AND errorState IN [true] LAST 2h', 'outcome IS NULL AND errorState = true LAST 2h'],
    ["interactionId IN ['a', 'a', ' a', 'b ', 'a']", "interactionId IN ['a', 'b']"],
    ['LAST 2h WITH pageSize = 5000, concurrency = 50', 'LAST 2h WITH pageSize = 1000, concurrency = 5'],
    ["stepCount = '5' AND nodeId = 7 LAST 2h", "stepCount = 5 AND nodeId = '7' LAST 2h"],
  ])('puts right what is sure: %s', (before, after) => {
    expect(fixedPoint(before, context()).text).toBe(after);
  });

  it.each([
    "nodId = 'x' LAST 2h",
    'errorState LIMTI 5 LAST 2h',
    "SINCE '2026-11-20T08:00:00'",
    'dwell > 10 LAST 2h',
    'LAST 31d',
    'LAST 2h LIMIT 5 LIMIT 6',
    'PARAM x = 2h LAST 2h',
    "SINCE '2026-11-21' UNTIL '2026-11-20'",
    'LAST 2h LIMIT 0',
    'errorState',
    "nodeId = 'open\nLAST 2h",
  ])('leaves a guess to the person: %s', (text) => {
    const using = context();
    expect(allFixes(text, using).length).toBeGreaterThan(0);
    expect(fixAll(parse(text), diagnose(text, using))).toEqual([]);
  });

  const overlap = (a: { start: number; end: number }, b: { start: number; end: number }) =>
    a.start < b.end && b.start < a.end;

  it('ends, overlaps nothing, and makes no error, in every fixture and in all of them together', () => {
    const apart: readonly Diagnostic[] = [];
    expect(fixAll(parse(''), apart)).toEqual([]);
    for (const [text, using] of [...CASES, [EXAMPLE, context()] as const]) {
      const changes = fixAll(parse(text), diagnose(text, using));
      for (const [index, change] of changes.entries())
        for (const other of changes.slice(index + 1)) expect(overlap(change, other)).toBe(false);
      const { text: after } = fixedPoint(text, using);
      const errors = (one: string) =>
        diagnose(one, using).filter((found) => found.severity === 'error').length;
      expect(errors(after), after).toBeLessThanOrEqual(errors(text));
    }
    const together = CASES.map(([text]) => text)
      .filter((text) => syntaxErrors(text).length === 0)
      .join('\n;\n');
    expect(fixedPoint(together, context()).rounds).toBeGreaterThan(0);
  });

  it('takes the first of two that change the same text, whatever order they come in', () => {
    const text = "interactionId IN ['a ', 'a ', 'b']";
    const found = diagnose(text);
    const changes = fixAll(parse(text), found);
    expect(fixAll(parse(text), [...found].reverse())).toEqual(changes);
    expect(applyEdits(text, changes)).toBe("interactionId IN ['a', 'b']");
  });
});

it('every code has a page of its own', () => {
  const pages = Object.keys(FIXTURES).map((code) => documentationOf(code as never));
  expect(new Set(pages).size).toBe(pages.length);
  for (const page of pages) expect(page).toMatch(/^docs\/diagnostics\/CXQ\d{4}\.md$/);
});
