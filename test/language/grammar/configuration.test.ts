/** The language configuration, rule by rule, as the editor's regular expressions would run it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { tokenise } from '../../../server/src/language/tokens.ts';

const flagged = z
  .object({ pattern: z.string(), flags: z.literal('i') })
  .transform(({ pattern, flags }) => new RegExp(pattern, flags));
const pair = z.tuple([z.string(), z.string()]);
const configuration = z
  .object({
    comments: z.object({ lineComment: z.string(), blockComment: pair }),
    brackets: z.array(pair),
    colorizedBracketPairs: z.array(pair),
    autoClosingPairs: z.array(
      z.object({
        open: z.string(),
        close: z.string(),
        notIn: z.array(z.enum(['string', 'comment'])).optional(),
      }),
    ),
    surroundingPairs: z.array(pair),
    autoCloseBefore: z.string(),
    wordPattern: z.string(),
    indentationRules: z.object({ increaseIndentPattern: flagged, decreaseIndentPattern: flagged }),
    onEnterRules: z.array(
      z.object({
        beforeText: z.string(),
        afterText: z.string().optional(),
        previousLineText: z.string().optional(),
        action: z.object({
          indent: z.enum(['none', 'indent', 'indentOutdent', 'outdent']),
          appendText: z.string().optional(),
        }),
      }),
    ),
    folding: z.object({ markers: z.object({ start: z.string(), end: z.string() }) }),
  })
  .strict()
  .parse(JSON.parse(readFileSync('syntaxes/language-configuration.json', 'utf8')));

const { indentationRules, onEnterRules, folding } = configuration;
const words = (text: string) => text.match(new RegExp(configuration.wordPattern, 'g'));

describe('words, as a double click takes them', () => {
  it.each([
    ['dwell >= $look_back2', ['dwell', '$look_back2']],
    ['after.`customer tier`', ['after', '`customer tier`']],
    ['LAST $`where it is`', ['LAST', '$`where it is`']],
    ['LAST 1h30m OFFSET -3', ['LAST', '1h30m', 'OFFSET', '-3']],
    ['x > 0.5', ['x', '0.5']],
    ['MASK (card*, *Id, a*b)', ['MASK', 'card*', '*Id', 'a*b']],
    ["'d90cda33-4be0-457c-b42b-39331c2c2766'", ['d90cda33-4be0-457c-b42b-39331c2c2766']],
    ["'6f1f64a2-9f0e-4c5b-8a5e-0d6f1d2c3b4a'", ['6f1f64a2-9f0e-4c5b-8a5e-0d6f1d2c3b4a']],
    ["'menu-1' AND", ['menu', '1', 'AND']],
    ['now()-2h', ['now', '2h']],
    ['now() - $x', ['now', '$x']],
  ])('%s', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });
  it('never takes in white space outside backticks, nor nothing', () => {
    for (const word of words(readFileSync('examples/failing-then-slow.cxq', 'utf8')) ?? []) {
      expect(word).not.toMatch(/\s/);
      expect(word).not.toBe('');
    }
  });
});

describe('brackets and quotes', () => {
  it('has the brackets of the language, in pairs', () => {
    expect(configuration.brackets).toEqual([
      ['(', ')'],
      ['[', ']'],
    ]);
    expect(configuration.colorizedBracketPairs).toEqual(configuration.brackets);
  });
  it('closes what it opens, but no quote in a string or comment', () => {
    const pairs = new Map(configuration.autoClosingPairs.map((one) => [one.open, one]));
    expect([...pairs.keys()].sort()).toEqual(["'", '(', '/*', '[', '`']);
    for (const quote of ["'", '`']) expect(pairs.get(quote)?.notIn).toEqual(['string', 'comment']);
    // What was opened and closed is one text that the lexer takes.
    for (const { open, close } of pairs.values()) {
      const inside = open === '`' || open === "'" ? 'a' : '';
      expect(tokenise(open + inside + close).bad).toEqual([]);
    }
  });
  it('surrounds a selection', () => {
    expect(configuration.surroundingPairs).toContainEqual(["'", "'"]);
    expect(configuration.surroundingPairs).toContainEqual(['`', '`']);
  });
  it('comments are comments', () => {
    const { lineComment, blockComment } = configuration.comments;
    expect(tokenise(`${lineComment} a ' b`).comments).toHaveLength(1);
    expect(tokenise(`${blockComment[0]} a ' b ${blockComment[1]}`).comments).toHaveLength(1);
  });
});

/** The indentation after Enter, relative to the line, with what is put there. */
function enter(before: string, after = '', previous = ''): string {
  const rule = onEnterRules.find(
    (one) =>
      new RegExp(one.beforeText).test(before) &&
      (one.afterText === undefined || new RegExp(one.afterText).test(after)) &&
      (one.previousLineText === undefined || new RegExp(one.previousLineText).test(previous)),
  );
  if (rule !== undefined) return `${rule.action.indent}${rule.action.appendText ?? ''}`;
  return indentationRules.increaseIndentPattern.test(before) ? 'indent' : 'none';
}

describe('indentation', () => {
  it.each([
    ['interactionId IN [', '', 'indent'],
    ['interactionId IN [', ']', 'indentOutdent'],
    ['interactionId IN (  ', '', 'indent'],
    ["  'a',", '', 'none'],
    ['LAST 24h', '', 'none'],
    ['WHERE errorState = true', '', 'indent'],
    ['where errorState', '', 'indent'],
    ['  AND open', '', 'none'],
    ['WHERE errorState;', '', 'none'],
    ['-- WHERE', '', 'none'],
    ['PARAM where = 2h', '', 'none'],
  ])('after %s', (before, after, expected) => {
    expect(enter(before, after)).toBe(expected);
  });
  it.each([
    ['  /* a comment', 'none * '],
    ['  /* closed */', 'none'],
  ])('after %s', (before, expected) => {
    expect(enter(before)).toBe(expected);
  });
  it('goes on with a block comment, and stops after it', () => {
    expect(enter(' * more', '', '/* a comment')).toBe('none* ');
    expect(enter(' */', '', ' * more')).toBe('none');
  });
  it.each([
    ['  ]', true],
    [')', true],
    ["'a'", false],
    ['LAST 24h', true],
    ['  order by duration', true],
    ['QUERY next', true],
    ['lasting = 1', false],
    ['  AND open', false],
  ])('%s goes back: %s', (line, expected) => {
    expect(indentationRules.decreaseIndentPattern.test(line)).toBe(expected);
  });
});

describe('folding markers', () => {
  it.each([
    ['-- #region Morning', true, false],
    ['  // region', true, false],
    ['--#endregion', false, true],
    ['-- regional', false, false],
    ['LAST 2h -- #region', false, false],
  ])('%s', (line, start, end) => {
    expect(new RegExp(folding.markers.start).test(line)).toBe(start);
    expect(new RegExp(folding.markers.end).test(line)).toBe(end);
  });
});
