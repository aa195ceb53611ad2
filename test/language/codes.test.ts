/** Holds the checker against the fixtures of every code. */
import { describe, expect, it } from 'vitest';
import { CODES } from '../../server/src/language/diagnostics.ts';
import type { DiagnosticCode } from '../../server/src/language/index.ts';
import { FIXTURES } from './fixtures.ts';
import { context, diagnose, fixed, marked, rangesOf } from './markers.ts';

describe.each(Object.entries(FIXTURES))('%s', (name, fixture) => {
  const code = Object.keys(CODES).find((one): one is DiagnosticCode => one === name);
  if (code === undefined) throw new Error(`${name} is no code`);
  const using = fixture.using ?? context();

  it.each(fixture.reported)('is reported: %s', (source) => {
    const { text, ranges } = marked(source);
    expect(rangesOf(code, text, using)).toEqual(ranges);
    for (const found of diagnose(text, using).filter((one) => one.code === code)) {
      expect(found.severity).toBe(CODES[code].severity);
    }
  });

  it.each(fixture.silent)('is not reported: %s', (text) => {
    expect(rangesOf(code, text, using)).toEqual([]);
  });

  it.each(fixture.fixes ?? [])('is repaired: %s → %s', (before, after) => {
    expect(fixed(code, before, using)).toBe(after);
  });
});
