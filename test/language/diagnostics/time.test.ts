/** What depends on the clock, the time zone and the profile, at the exact edges. */
import { describe, expect, it } from 'vitest';
import { formatInstant } from '../../../server/src/protocol/instant.ts';
import { context, diagnose, facts, instant, NOW, problems } from '../markers.ts';

const MILLI = 1_000;
const SECOND = 1_000 * MILLI;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const at = (micros: number) => `'${formatInstant(micros)}'`;
const codes = (text: string, using = context()) =>
  diagnose(text, using)
    .map((found) => found.code)
    .filter((code) => code.startsWith('CXQ3'));

describe('the edge of the retention window', () => {
  it.each([
    [`SINCE ${at(NOW - 30 * DAY)}`, ['CXQ3007']],
    [`SINCE ${at(NOW - 30 * DAY - MILLI)}`, ['CXQ3003']],
    [`SINCE ${at(NOW - 29 * DAY)}`, ['CXQ3007']],
    [`SINCE ${at(NOW - 29 * DAY + MILLI)}`, []],
    ['SINCE ago(30d)', []],
    ['SINCE now() - 30d', []],
    ['SINCE now() - 31d', ['CXQ3003']],
    ['SINCE ago(30d) - 1ms', ['CXQ3003']],
    ['LAST 30d', []],
    ['LAST 31d', ['CXQ3003']],
    ['LAST 30d1ms', ['CXQ3003']],
    ['LAST 0s', []],
    [`nodeTimestamp <= ${at(NOW - 30 * DAY)}`, []],
    [`nodeTimestamp <= ${at(NOW - 30 * DAY - MILLI)}`, ['CXQ3003']],
    [`nodeTimestamp = ${at(NOW - 30 * DAY)}`, ['CXQ3007']],
    [`errorState OR nodeTimestamp > ${at(NOW - 30 * DAY)} LAST 2h`, []],
    [`errorState OR nodeTimestamp > ${at(NOW - 30 * DAY - MILLI)} LAST 2h`, ['CXQ3003']],
    ['LAST 15d COMPARE TO PREVIOUS', []],
    ['LAST 15d1ms COMPARE TO PREVIOUS', ['CXQ3003']],
    [`SINCE ${at(NOW - 20 * DAY)} UNTIL ${at(NOW - 10 * DAY)} COMPARE TO PREVIOUS`, []],
    [`SINCE ${at(NOW - 20 * DAY)} UNTIL ${at(NOW - 10 * DAY + MILLI)} COMPARE TO PREVIOUS`, ['CXQ3003']],
    // A loose bound that is too old does not hide what is wrong with the tight ones.
    [`SINCE '2026-11-21' UNTIL '2026-11-20' WHERE nodeTimestamp > '2020-01-01'`, ['CXQ3004', 'CXQ3003']],
  ])('%s', (text, expected) => {
    expect(codes(text)).toEqual(expected);
  });

  it('moves with the clock, without another word of the text', () => {
    const text = `SINCE ${at(NOW - 28 * DAY)}`;
    const later = (by: number) => codes(text, context({ now: NOW + by }));
    expect([later(0), later(DAY), later(2 * DAY), later(2 * DAY + MILLI)]).toEqual([
      [],
      ['CXQ3007'],
      ['CXQ3007'],
      ['CXQ3003'],
    ]);
  });

  it.each([
    ['SINCE now()', []],
    [`SINCE ${at(NOW)}`, []],
    [`SINCE ${at(NOW + MILLI)}`, ['CXQ3005']],
    ['SINCE now() + 1ms', ['CXQ3005']],
    [`SINCE '2026-11-20' UNTIL ${at(NOW + 40 * DAY)}`, []],
    // Inverted is inverted, in the future as well.
    ["SINCE '2026-12-02' UNTIL '2026-12-01'", ['CXQ3004']],
    ["SINCE '2026-12-01' UNTIL '2026-12-01'", ['CXQ3005']],
  ])('%s, in the future', (text, expected) => {
    expect(codes(text)).toEqual(expected);
  });

  it.each([
    ["SINCE '2020-01-01' UNTIL '2020-02-01'", ['Change to LAST 30d']],
    ["SINCE '2020-01-01' UNTIL '2026-11-20'", ['Clamp to ago(30d)']],
    ["SINCE '2020-01-01'", ['Clamp to ago(30d)', 'Change to LAST 30d']],
    ["nodeTimestamp >= '2020-01-01' AND nodeTimestamp < '2020-02-01'", []],
  ])('%s is clamped only where something is left', (text, titles) => {
    const [found] = diagnose(text).filter((one) => one.code === 'CXQ3003');
    expect(found?.fixes.map((fix) => fix.title)).toEqual(titles);
  });
});

describe('a date alone', () => {
  const berlin = (more = {}) => context(more, { timeZone: 'Europe/Berlin' });

  it('begins and ends in the time zone of the profile', () => {
    // 00:00 of 23 October in Berlin is 22:00 UTC of the day before: two hours before the edge.
    const now = instant('2026-11-22T00:00:00Z');
    expect(codes("SINCE '2026-10-23'", context({ now }))).toEqual(['CXQ3007']);
    expect(codes("SINCE '2026-10-23'", berlin({ now }))).toEqual(['CXQ3003']);
    // As an upper bound it ends at the end of its day: 23:00 UTC in winter.
    expect(codes("nodeTimestamp <= '2026-10-22'", context({ now }))).toEqual(['CXQ3003']);
    const late = instant('2026-12-01T00:00:00Z');
    expect(codes("nodeTimestamp <= '2026-10-31'", berlin({ now: late }))).toEqual(['CXQ3003']);
    expect(codes("nodeTimestamp <= '2026-11-01'", berlin({ now: late }))).toEqual([]);
  });

  it('is 25 hours long where the clocks go back', () => {
    // 25 October 2026: 22:00 UTC to 23:00 UTC of the next day.
    const from = instant('2026-10-24T22:00:00Z');
    const until = instant('2026-10-25T23:00:00Z');
    const text = "SINCE '2026-10-25' UNTIL '2026-10-25'";
    expect(codes(text, berlin({ now: from + 30 * DAY }))).toEqual(['CXQ3007']);
    expect(codes(text, berlin({ now: from + 30 * DAY + MILLI }))).toEqual(['CXQ3003']);
    const upper = "nodeTimestamp <= '2026-10-25'";
    expect(codes(upper, berlin({ now: until - 1 + 30 * DAY }))).toEqual([]);
    expect(codes(upper, berlin({ now: until + 30 * DAY }))).toEqual(['CXQ3003']);
  });

  it('is not before itself', () => {
    for (const text of [
      "SINCE '2026-11-20' UNTIL '2026-11-20'",
      "nodeTimestamp BETWEEN '2026-11-20' AND '2026-11-20'",
      "nodeTimestamp >= '2026-11-20' AND nodeTimestamp <= '2026-11-20'",
    ]) {
      expect(codes(text)).toEqual([]);
    }
    expect(codes("SINCE '2026-11-20T23:59:59.999Z' UNTIL '2026-11-20'")).toEqual([]);
    expect(codes("SINCE '2026-11-21T00:00:00Z' UNTIL '2026-11-20'")).toEqual(['CXQ3004']);
  });

  it('as the end of the window is no condition that runs here', () => {
    expect(diagnose("SINCE '2026-11-20' UNTIL '2026-11-21'")).toEqual([]);
  });
});

describe('the profile that USING names', () => {
  const small = facts({
    id: 'small',
    timeZone: 'Asia/Tokyo',
    limits: {
      retentionDays: 7,
      maxPageSize: 50,
      maxConcurrentRequests: 2,
      maxIdsPerRequest: 2,
      maxRequestsPerRun: 3,
    },
    query: { streamPath: null },
  });
  const using = context({ profiles: new Map([['small', small]]) });
  it.each([
    ['LAST 8d', 'CXQ3003 8d'],
    ['LAST 4d COMPARE TO PREVIOUS', 'CXQ3003 PREVIOUS'],
    ['LAST 2h WITH pageSize = 51', 'CXQ4002 51'],
    ['LAST 2h WITH concurrency = 3', 'CXQ4003 3'],
    ["LAST 2h WITH mode = 'stream'", "CXQ4006 'stream'"],
    ["SINCE '2026-11-15'", "CXQ3003 '2026-11-15'"],
  ])('decides on %s', (text, expected) => {
    expect(problems(text)).toEqual([]);
    expect(problems(`USING small ${text}`, using)).toContain(expected);
  });

  it('decides on batches and on the budget', () => {
    const all = (text: string) => diagnose(text, using).map((found) => found.code);
    expect(all("interactionId IN ['a', 'b', 'c'] USING small LIMIT 100")).toContain('CXQ4004');
    expect(all("interactionId IN ['a', 'b'] USING small LIMIT 100")).not.toContain('CXQ4004');
    expect(all('errorState USING small LAST 2h LIMIT 1000')).toContain('CXQ4005');
    expect(all('errorState USING small LAST 2h LIMIT 150')).not.toContain('CXQ4005');
  });
});
