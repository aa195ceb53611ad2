/** Every message, title, tag and relation: what an analyst reads. */
import { describe, expect, it } from 'vitest';
import { CODES, type Diagnostic } from '../../../server/src/language/diagnostics.ts';
import { FIXTURES } from '../fixtures.ts';
import { context, diagnose, marked } from '../markers.ts';

const FOUND: readonly Diagnostic[] = Object.values(FIXTURES).flatMap((fixture) =>
  [...fixture.reported, ...(fixture.fixes ?? []).map(([before]) => before)].flatMap((source) =>
    diagnose(marked(source).text, fixture.using ?? context()),
  ),
);
// What an address is refused for is said by those who decide on it.
const own = FOUND.filter((found) => found.code !== 'CXQ5002');
const messages = [...new Set(own.map((found) => found.message))];
const titles = [...new Set(FOUND.flatMap((found) => found.fixes.map((fix) => fix.title)))];

/** Words of those who build languages. */
const JARGON =
  /\b(?:tokens?|identifiers?|expressions?|operands?|literals?|lexer|parser?|parsing|AST|syntax|scalars?|invalid|undefined|NaN|\[object)\b/i;

describe('messages', () => {
  it.each(messages.map((message) => [message]))('%s', (message) => {
    expect(message).toMatch(/^[A-Z\d`$'\p{Ll}]/u);
    expect(message).toMatch(/[.?…]$/);
    expect(
      message.replaceAll(/`[^`]*`|'[^']*'|[Rr]egular expression|RE2 syntax|(?:bearer|JSON web) token/g, ''),
    ).not.toMatch(JARGON);
    expect(message).not.toMatch(/ {2}|\.\.$|undefined|null is null/);
    // The longest name all that there are, or a signature.
    expect(message.length).toBeLessThan(400);
  });

  it('are not the same for two codes', () => {
    const byMessage = new Map<string, string>();
    for (const { code, message } of FOUND) {
      expect(byMessage.get(message) ?? code).toBe(code);
      byMessage.set(message, code);
    }
  });
});

it.each(titles.map((title) => [title]))('the fix “%s” says what it does', (title) => {
  expect(title).toMatch(/^[A-Z]/);
  expect(title).not.toMatch(/\.$/);
  expect(title.length).toBeLessThan(500);
});

describe('tags and relations', () => {
  const of = (code: string) => FOUND.filter((found) => found.code === code);

  it('fade what can go', () => {
    for (const code of ['CXQ2006', 'CXQ2009']) {
      expect(of(code).length).toBeGreaterThan(0);
      expect(of(code).every((found) => found.unnecessary)).toBe(true);
    }
    for (const code of Object.keys(CODES).filter((one) => !['CXQ2006', 'CXQ2009', 'CXQ2015'].includes(one)))
      expect(of(code).some((found) => found.unnecessary)).toBe(false);
  });

  it('lead to the first of two', () => {
    for (const code of ['CXQ2007', 'CXQ2008', 'CXQ3004']) {
      expect(of(code).length).toBeGreaterThan(0);
      for (const found of of(code)) {
        expect(found.related).toHaveLength(1);
        expect(found.related[0]?.message).toMatch(/\.$/);
        expect(found.related[0]?.start).not.toBe(found.start);
      }
    }
  });

  it('have a quick fix wherever the table names one', () => {
    const without = [
      'CXQ2007',
      'CXQ2013',
      'CXQ2014',
      'CXQ2016',
      'CXQ3005',
      'CXQ3007',
      'CXQ4004',
      'CXQ5003',
      'CXQ6001',
    ];
    for (const code of Object.keys(CODES)) {
      expect([code, of(code).some((found) => found.fixes.length > 0)]).toEqual([
        code,
        !without.includes(code),
      ]);
    }
  });
});
