import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../../server/src/protocol/instant.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import { createReader } from '../../../server/src/tenant/reader.ts';
import { readEpoch } from '../../../server/src/tenant/times.ts';

const reader = () => createReader(profileSchema.parse({}).response);
const withStep = (step: Readonly<Record<string, string | number | boolean | null>>) => ({
  interactionId: 'a',
  steps: [{ nodeId: 'n', ...step }],
});

describe('numbers in a record', () => {
  it.each([
    [1, true],
    [0, false],
    ['1', true],
    [' 0 ', false],
  ])('errorState %j is %s', (errorState, expected) => {
    expect(reader().read(withStep({ errorState }))).toMatchObject({ steps: [{ errorState: expected }] });
  });

  it.each([2, -1, 0.5, 'yes'])('errorState %j sets the record aside', (errorState) => {
    expect(reader().read(withStep({ errorState }))).toBe(
      `step 1: errorState is neither true nor false: ${JSON.stringify(errorState)}`,
    );
  });

  it.each([
    [1_795_330_800_000, '2026-11-22T07:00:00Z'],
    [1_795_330_800_000.5, '2026-11-22T07:00:00.0005Z'],
    [1_795_330_800, '2026-11-22T07:00:00Z'],
    [1_795_330_800.25, '2026-11-22T07:00:00.25Z'],
    [946_684_800, '2000-01-01T00:00:00Z'],
    [100_000_000_000, '1973-03-03T09:46:40Z'],
  ])('the time %s is %s', (startTime, expected) => {
    expect(reader().read(withStep({ startTime }))).toMatchObject({
      steps: [{ startTime: parseInstant(expected)?.micros }],
    });
  });

  it.each([
    [0, 'neither milliseconds nor seconds'],
    [12_500, 'neither milliseconds nor seconds'],
    [-1_795_330_800_000, 'neither milliseconds nor seconds'],
    [20_261_122, 'neither milliseconds nor seconds'],
    [4_102_444_800, 'neither milliseconds nor seconds'],
    [1_795_330_800_000_000, 'neither milliseconds nor seconds'],
    [20_261_122_070_000, 'neither milliseconds nor seconds'],
    [202_611_220_700, 'milliseconds since 1970 or the digits of a date'],
  ])('the time %s is not guessed at', (endTime, why) => {
    const read = reader().read(withStep({ startTime: null, endTime }));
    expect(read).toContain(`step 1: endTime is a number that`);
    expect(read).toContain(why);
    expect(read).toContain(String(endTime));
  });

  it('is told in the notes, and by name to a reader that goes on', () => {
    const first = reader();
    first.read(withStep({ startTime: 1_795_330_800_000, endTime: 1_795_330_800 }));
    expect(first.notes()).toEqual([
      '1 time was a number and was read as milliseconds since 1970.',
      '1 time was a number and was read as seconds since 1970.',
    ]);
    const next = createReader(profileSchema.parse({}).response, first.assumed());
    next.read(withStep({ startTime: 1_795_330_800_000, endTime: '2026-11-22 07:00' }));
    expect(next.notes()).toEqual([
      '1 time had no time zone and was read as UTC.',
      '2 times were numbers and were read as milliseconds since 1970.',
      '1 time was a number and was read as seconds since 1970.',
    ]);
  });

  it('every instant of this century in either unit is read as what it is, or not at all', () => {
    const from = Date.parse('2000-01-01T00:00:00Z');
    const to = Date.parse('2099-12-31T23:59:59Z');
    fc.assert(
      fc.property(fc.integer({ min: from, max: to }), (millis) => {
        expect(readEpoch(millis)).toEqual({ ok: true, micros: millis * 1000, unit: 'milliseconds' });
        const seconds = Math.floor(millis / 1000);
        expect(readEpoch(seconds)).toEqual({ ok: true, micros: seconds * 1_000_000, unit: 'seconds' });
      }),
      { numRuns: 2_000, seed: 11 },
    );
  });
});
