import { describe, expect, it } from 'vitest';
import { formatInstant, parseInstant } from '../../../server/src/protocol/instant.ts';

describe('instants', () => {
  it.each([
    ['2026-11-22T07:00:00.000Z', 1_795_330_800_000_000, true],
    ['2026-11-22T09:00:00.250+02:00', 1_795_330_800_250_000, true],
    ['2026-11-22T07:00:00.1234567', 1_795_330_800_123_456, false],
    ['1970-01-01T00:00:00Z', 0, true],
    ['1969-12-31T23:59:59.999999Z', -1, true],
    ['2026-11-22 07:00Z', 1_795_330_800_000_000, true],
  ])('reads %s', (text, micros, zoned) => {
    expect(parseInstant(text)).toEqual({ micros, zoned });
  });

  it.each(['2026-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-11-22', 'now', '2026-11-22T25:00:00Z', ''])(
    'refuses %s',
    (text) => {
      expect(parseInstant(text)).toBeUndefined();
    },
  );

  it('writes milliseconds, and microseconds where they are needed', () => {
    expect(formatInstant(1_795_330_800_250_000)).toBe('2026-11-22T07:00:00.250Z');
    expect(formatInstant(-1)).toBe('1969-12-31T23:59:59.999999Z');
  });

  it.each([
    ['9999-12-31T23:59:59.9999999Z', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59-14:00', '9999-12-31T23:59:59.999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['0000-01-01T00:00:00+14:00', '0000-01-01T00:00:00.000Z'],
    ['2500-01-01T00:00:00.123456Z', '2500-01-01T00:00:00.123Z'],
  ])('writes %s, at the edge of what can be written, as %s', (text, written) => {
    const parsed = parseInstant(text);
    expect(parsed === undefined ? undefined : formatInstant(parsed.micros)).toBe(written);
    expect(formatInstant(Number.POSITIVE_INFINITY)).toBe('9999-12-31T23:59:59.999Z');
  });
});
