/** What completion asks the grammar about a part of the text is what the grammar says of the whole. */
import { createTokenInstance, type IToken } from 'chevrotain';
import { describe, expect, it } from 'vitest';
import { probe } from '../../../server/src/language/parser.ts';
import { ownTokens, shortened } from '../../../server/src/language/shortened.ts';
import * as t from '../../../server/src/language/tokens.ts';
import { endOf, tokenise } from '../../../server/src/language/tokens.ts';
import { validTexts } from '../../language/valid-texts.ts';

const SAMPLES: readonly (readonly [t: (typeof t)['Word'], image: string])[] = [
  [t.Identifier, 'x'],
  [t.StringToken, "''"],
  [t.ParameterToken, '$x'],
  [t.DurationToken, '1h'],
  [t.NumberToken, '1'],
  [t.PatternToken, 'x*'],
  [t.Top, 'TOP'],
  [t.Equal, '='],
  [t.Less, '<'],
  [t.Minus, '-'],
  [t.Comma, ','],
  [t.Dot, '.'],
  [t.Colon, ':'],
  [t.LeftParenthesis, '('],
  [t.RightParenthesis, ')'],
  [t.LeftBracket, '['],
  [t.RightBracket, ']'],
  [t.Semicolon, ';'],
  ...t.RESERVED.map((word) => [t.keywords[word], word] as const),
];

const GOES_ON = new Set([t.Comma, t.keywords.AND, t.keywords.OR]);

function accepted(tokens: readonly IToken[], at: number): string[] {
  return SAMPLES.filter(([type, image]) => {
    const token = createTokenInstance(type, image, at, at + image.length - 1, -1, -1, -1, -1);
    return probe(tokens, token).accepted;
  }).map(([, image]) => image);
}

describe('the tokens that are kept', () => {
  // Every third place: a case is asked of the grammar more than a hundred times.
  const cases = validTexts()
    .flatMap((text) => {
      const { tokens } = tokenise(text);
      return tokens.map((_, index) => ({ text, tokens, count: index + 1 }));
    })
    .filter((_, index) => index % 3 === 0);

  it('say what can follow as all of them do, at every place of every text', { timeout: 120_000 }, () => {
    const differing = cases.flatMap(({ text, tokens, count }) => {
      const last = tokens[count - 1];
      const at = last === undefined ? 0 : endOf(last) + 1;
      const whole = accepted(tokens.slice(0, count), at);
      const short = accepted(shortened(ownTokens(tokens, count)), at);
      const onlyOne = [
        ...whole.filter((one) => !short.includes(one)),
        ...short.filter((one) => !whole.includes(one)),
      ];
      // What closes a list that wants one more is not offered.
      if (last !== undefined && GOES_ON.has(last.tokenType) && onlyOne.join() === ')') return [];
      return onlyOne.length === 0 ? [] : [`${text.slice(0, at - 1)}‸ ${onlyOne.join(' ')}`];
    });
    expect(differing).toEqual([]);
    expect(cases.length).toBeGreaterThan(400);
  });

  it.each([
    // A chain in `changed()` is no list of names any more.
    'changed((o) AND',
    'changed(nodeId = 5 AND',
    // Much of it is closed before the end.
    `${'(d(x = Y AND '.repeat(20)}e${'))'.repeat(18)}`,
    `${'(Y((d(l = '.repeat(8)}e${')'.repeat(22)}`,
    `${'ANY(('.repeat(30)}dwell ${'))'.repeat(29)} > 1s`,
    `x${' + 1h - 2h'.repeat(40)}`,
    `dwell > now()${' - 1s + $p'.repeat(40)}`,
    `dwell > now()${' - 1s + $p'.repeat(40)} -`,
    `before${'.a'.repeat(80)}`,
    `before.x${'.a'.repeat(80)} = after${'.b'.repeat(80)}`,
    `before.x${'.a'.repeat(80)} = after${'.b'.repeat(80)}.`,
  ])('say what all of them do: %s', (text) => {
    const { tokens } = tokenise(text);
    const short = shortened(ownTokens(tokens, tokens.length));
    expect(accepted(short, text.length + 1)).toEqual(accepted(tokens, text.length + 1));
    expect(short.length).toBeLessThan(140);
  });

  it('are few, however long the query is', () => {
    const lists = `nodeId IN [${Array.from({ length: 500 }, (_, index) => `'v${index}'`).join(', ')}]`;
    const text = `QUERY a WHERE ${`${lists} AND (dwell > 1s OR `.repeat(10)} open AND ANY(${lists} OR dwell`;
    const { tokens } = tokenise(text);
    expect(tokens.length).toBeGreaterThan(10_000);
    expect(shortened(ownTokens(tokens, tokens.length)).length).toBeLessThan(30);
  });
});
