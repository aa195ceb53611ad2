/** The regular expressions of MATCHES, as the checker asks for them. */
import { describe, expect, it } from 'vitest';
import { check, parse } from '../../../server/src/language/index.ts';
import { patterns } from '../../../server/src/run/patterns.ts';
import { context } from '../../language/markers.ts';

describe('patterns', () => {
  it('are found in texts, or say why they cannot be read', () => {
    expect(patterns.problem('^queue-[0-9]+$')).toBeUndefined();
    expect(patterns.finds('^queue-[0-9]+$', 'queue-7')).toBe(true);
    expect(patterns.finds('^queue-[0-9]+$', 'queue-x')).toBe(false);
    expect(patterns.problem('(')).toBe('missing closing ): `(`');
    expect(patterns.problem('(?=a)')).toBe('there is no `(?=`');
    expect(patterns.finds('(', 'a')).toBeUndefined();
  });

  it('say the same however many were read before', () => {
    for (let index = 0; index < 2_000; index++) {
      expect(patterns.finds(`^${index}$`, String(index))).toBe(true);
      expect(patterns.problem(`(${index}`)).toBeDefined();
    }
    expect(patterns.finds('^0$', '0')).toBe(true);
  });

  it('are neither checked nor held against other conditions where nobody reads them', () => {
    const { patterns: _, ...without } = context();
    const codes = (text: string, using = context()) =>
      check(parse(text), using)
        .map((found) => found.code)
        .filter((code) => code === 'CXQ2016' || code === 'CXQ2014');
    const unreadable = "nodeId MATCHES '(' LAST 2h";
    const impossible = "nodeId MATCHES '^a' AND nodeId = 'b' LAST 2h";
    expect(codes(unreadable)).toEqual(['CXQ2016']);
    expect(codes(unreadable, without)).toEqual([]);
    expect(codes(impossible)).toEqual(['CXQ2014']);
    expect(codes(impossible, without)).toEqual([]);
  });
});
