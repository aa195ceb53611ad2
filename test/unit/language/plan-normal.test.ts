/** The normal form: what is sent of predicates that are no plain conjunction, and what is said of the rest. */
import { describe, expect, it } from 'vitest';
import { type CheckContext, parse, planQuery, predicateText } from '../../../server/src/language/index.ts';
import { makePlan, type Plan } from '../../../server/src/language/plan.ts';
import type { ProfileInput } from '../../../server/src/protocol/profile.ts';
import { context } from '../../language/markers.ts';

function plan(
  text: string,
  using: CheckContext = context(),
  sets: ReadonlyMap<string, readonly string[]> = new Map(),
): Plan {
  const document = parse(text);
  const query = document.queries.at(-1);
  if (query === undefined) throw new Error('no query');
  const planned = planQuery(document, query, using, { sets });
  if (!planned.ok) throw new Error(planned.problems.join(' '));
  return planned.plan;
}
const local = (made: Plan) => (made.local === null ? null : predicateText(made.local));
const PINNED = "nodeTimestamp <= '2026-11-22T08:00:00.000Z'";
const LAST_2H = `nodeTimestamp >= '2026-11-22T06:00:00.000Z' AND ${PINNED}`;

describe('what is sent of', () => {
  it.each([
    [
      'alternative ids',
      "interactionId = 'a' OR interactionId IN ['b', 'a']",
      "interactionId IN ['a', 'b']",
      null,
    ],
    [
      'lists that meet',
      "interactionId IN ['a', 'b', 'c'] AND interactionId IN ['c', 'b'] AND (interactionId = 'b' OR interactionId = 'd')",
      "interactionId IN ['b']",
      null,
    ],
    [
      'what alternatives have in common',
      '(errorState AND dwell > 10s) OR (errorState = true AND wait > 1m) LAST 2h',
      `${LAST_2H} AND errorState = true`,
      'errorState AND dwell > 10s OR errorState = true AND wait > 1m',
    ],
    [
      'ids of alternatives',
      "(interactionId = 'a' AND dwell > 10s) OR interactionId = 'b'",
      "interactionId IN ['a', 'b']",
      "interactionId = 'a' AND dwell > 10s OR interactionId = 'b'",
    ],
    [
      'an alternative that holds the other',
      'errorState OR (errorState AND dwell > 10s) LAST 2h',
      `${LAST_2H} AND errorState = true`,
      null,
    ],
    [
      'De Morgan',
      "NOT (nodeTimestamp < '2026-11-21T00:00:00Z' OR errorState = false)",
      `nodeTimestamp >= '2026-11-21T00:00:00.000Z' AND ${PINNED} AND errorState = true`,
      null,
    ],
    [
      'De Morgan, in part',
      'NOT (errorState = false OR dwell < 10s) LAST 2h',
      `${LAST_2H} AND errorState = true`,
      'NOT dwell < 10s',
    ],
    [
      'a negation that runs here as written',
      'NOT (dwell < 10s OR wait < 1s) LAST 2h',
      LAST_2H,
      'NOT (dwell < 10s OR wait < 1s)',
    ],
    [
      'two negations',
      "NOT NOT (interactionId = 'a' AND NOT NOT errorState)",
      "interactionId IN ['a'] AND errorState = true",
      null,
    ],
    ['a negated NOT IN', "NOT interactionId NOT IN ['a']", "interactionId IN ['a']", null],
    [
      'alternative bounds',
      "nodeTimestamp BETWEEN '2026-11-20' AND '2026-11-20T06:00:00Z' OR nodeTimestamp BETWEEN '2026-11-21' AND '2026-11-21T06:00:00Z'",
      "nodeTimestamp >= '2026-11-20T00:00:00.000Z' AND nodeTimestamp <= '2026-11-21T06:00:00.000Z'",
      "nodeTimestamp BETWEEN '2026-11-20' AND '2026-11-20T06:00:00Z' OR nodeTimestamp BETWEEN '2026-11-21' AND '2026-11-21T06:00:00Z'",
    ],
    [
      'alternative bounds without a gap',
      "nodeTimestamp BETWEEN '2026-11-20T00:00:00Z' AND '2026-11-21T00:00:00Z' OR nodeTimestamp BETWEEN '2026-11-20T20:00:00Z' AND '2026-11-21T06:00:00Z'",
      "nodeTimestamp >= '2026-11-20T00:00:00.000Z' AND nodeTimestamp <= '2026-11-21T06:00:00.000Z'",
      null,
    ],
    // A date alone keeps the edge that it has as written: the day's last microsecond.
    [
      'a negated bound',
      "NOT nodeTimestamp <= '2026-11-20' AND NOT nodeTimestamp > '2026-11-21T12:00:00Z'",
      "nodeTimestamp >= '2026-11-20T23:59:59.999Z' AND nodeTimestamp <= '2026-11-21T12:00:00.000Z'",
      "NOT nodeTimestamp <= '2026-11-20'",
    ],
    [
      'constants',
      "(errorState OR FALSE) AND 1 = 1 AND NOT 'a' = 'b' LAST 2h",
      `${LAST_2H} AND errorState = true`,
      null,
    ],
    // Null is neither: what is sent must not lose it.
    [
      'NOT TRUE with null',
      'errorState IS NULL OR errorState LAST 2h',
      LAST_2H,
      'errorState IS NULL OR errorState',
    ],
    [
      'both values of errorState',
      'errorState OR NOT errorState LAST 2h',
      LAST_2H,
      'errorState OR NOT errorState',
    ],
    [
      'a bound under NOT of AND',
      "NOT (nodeTimestamp < '2026-11-21' AND errorState) LAST 2h",
      LAST_2H,
      "NOT (nodeTimestamp < '2026-11-21' AND errorState)",
    ],
    [
      'an alternative with an unsafe id',
      "(interactionId = 'a' OR interactionId = 'b c') LAST 2h",
      LAST_2H,
      "interactionId = 'a' OR interactionId = 'b c'",
    ],
    [
      'quantifiers',
      "NONE(errorState) AND EVERY(interactionId = 'a') LAST 2h",
      LAST_2H,
      "NONE(errorState) AND EVERY(interactionId = 'a')",
    ],
  ])('%s', (_, text, sent, here) => {
    const made = plan(text);
    expect(made.sent).toBe(sent);
    expect(local(made)).toBe(here);
  });

  it('nothing, where the conditions exclude each other', () => {
    for (const text of [
      'errorState AND NOT errorState LAST 2h',
      'errorState AND FALSE LAST 2h',
      "NOT (nodeTimestamp > '2026-11-20' OR nodeTimestamp < '2026-11-21')",
      "interactionId = 'a' AND errorState = false AND (errorState OR 1 = 2)",
    ]) {
      expect(plan(text)).toMatchObject({ batches: [], estimatedRequests: { min: 0, max: 0 } });
      expect(plan(text).notes).toContain('The conditions exclude each other: the tenant is not asked.');
    }
    const using = context({}, { filter: { fields: ['interactionId'] } });
    expect(plan('errorState AND NOT errorState LAST 2h', using).batches).toHaveLength(1);
  });

  it('ids of a query beside others', () => {
    const text = "QUERY a LAST 1h QUERY b interactionId IN a OR interactionId = 'x'";
    expect(plan(text).sent).toBe("(interactionId IN a OR interactionId IN ['x'])");
    expect(plan(text, context(), new Map([['a', ['y', 'x']]])).sent).toBe("interactionId IN ['y', 'x']");
    expect(plan(text, context(), new Map([['a', ['not safe']]])).local).not.toBeNull();
  });

  it('a bound that is null: nothing', () => {
    expect(plan('PARAM x = NULL WHERE nodeTimestamp >= $x').batches).toEqual([]);
  });

  it('huge and deep predicates in linear time', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `interactionId = 'i${index}'`);
    expect(plan(many.join(' OR ')).batches).toHaveLength(100);
    expect(plan(many.join(' AND ')).batches).toEqual([]);
    const mixed = many.map((text, index) => `(${text} AND dwell > ${index}s)`).join(' OR ');
    expect(plan(mixed).ids).toHaveLength(10_000);
    // A product of alternatives would have 2 to the power of 1,000 clauses.
    const pairs = Array.from(
      { length: 1_000 },
      (_, index) => `(errorState AND sequence = ${index} OR wait > 1s AND errorState)`,
    );
    expect(plan(`${pairs.join(' AND ')} LAST 2h`).sent).toBe(`${LAST_2H} AND errorState = true`);
    const deep = `${'NOT ('.repeat(60)}errorState${')'.repeat(60)} LAST 2h`;
    expect(plan(deep)).toMatchObject({ sent: `${LAST_2H} AND errorState = true`, local: null });
  });
});

describe('where bounds come from', () => {
  it.each([
    ['LAST 2h', 'last', 'run'],
    ["SINCE '2026-11-21' UNTIL now()", 'since', 'until'],
    ["nodeTimestamp >= '2026-11-21'", 'condition', 'run'],
    ['errorState', 'retention', 'run'],
    ["nodeTimestamp = '2026-11-21' OR nodeTimestamp = '2026-11-22'", 'alternatives', 'alternatives'],
    ["nodeTimestamp >= '2026-11-20' LAST 2h", 'last', 'run'],
    ["interactionId = 'a'", undefined, undefined],
  ])('%s', (text, from, to) => {
    const { bounds } = plan(text);
    expect([bounds.from?.origin, bounds.to?.origin]).toEqual([from, to]);
  });

  it('says that one was moved inside what the tenant keeps', () => {
    expect(plan('LAST 30d').bounds.from).toMatchObject({ origin: 'last', clamped: true });
    expect(plan('LAST 29d').bounds.from).toMatchObject({ origin: 'last', clamped: false });
  });

  it('keeps the run’s instant, and asks for no more than the tenant keeps by now', () => {
    const began = context();
    const day = 86_400_000_000;
    const later = { ...began, present: began.now + day };
    expect(plan('LAST 2d', later).window).toEqual(plan('LAST 2d').window);
    const moved = plan('LAST 30d', later);
    expect(moved.bounds.from).toMatchObject({ clamped: true, outside: false });
    expect((moved.window.from ?? 0) - (plan('LAST 30d').window.from ?? 0)).toBe(day);
    expect(moved.window.to).toBe(plan('LAST 30d').window.to);
  });
});

describe('why a condition runs here', () => {
  const using = (profile: ProfileInput) => context({}, profile);
  it.each([
    ['dwell > 10s OR wait > 1s LAST 2h', 'the tenant cannot filter by dwell and wait'],
    ["COUNT(nodeId = 'x') > 2 LAST 2h", 'COUNT asks all steps of an interaction'],
    ['changed(duration) LAST 2h', 'the tenant cannot filter by workflow variables'],
    ["after.queue = 'x' LAST 2h", 'the tenant cannot filter by workflow variables'],
    [
      "interactionId = 'a' OR errorState LAST 2h",
      'the tenant’s filter has no OR between different conditions',
    ],
    ["interactionId = 'a b' LAST 2h", "the id 'a b' cannot stand in the tenant’s filter"],
    ["interactionId LIKE 'a%' LAST 2h", 'the tenant filters interactionId by = and IN alone'],
    ["interactionId NOT IN ['a'] LAST 2h", 'the tenant filters interactionId by = and IN alone'],
    ['errorState IS NULL LAST 2h', 'the tenant filters errorState by true and false alone'],
    ["nodeTimestamp != '2026-11-20' LAST 2h", 'the tenant filters nodeTimestamp by bounds alone'],
    ["nodeTimestamp > '2026-11-20'", 'the tenant compares whole milliseconds, and its bounds are inclusive'],
  ])('%s', (text, reason) => {
    expect(plan(text).localConditions.map((one) => one.reason)).toEqual([reason]);
  });

  it('says what the connection cannot', () => {
    const [one, ...more] = plan(
      'errorState LAST 2h',
      using({ filter: { fields: ['nodeTimestamp'] } }),
    ).localConditions;
    expect(one).toMatchObject({ start: 0, end: 10, reason: 'this connection cannot filter by errorState' });
    expect(more).toEqual([]);
  });
});

describe('estimates', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `'i${index}'`).join(', ');
  it.each([
    [`interactionId IN [${ids(5)}] OFFSET 3 WITH pageSize = 1`, { min: 1, max: 2 }],
    [`interactionId IN [${ids(5)}] OFFSET 9 WITH pageSize = 1`, { min: 1, max: 1 }],
    // Of several batches each is read to the limit, and what is skipped with it.
    [`interactionId IN [${ids(250)}] LIMIT 20 OFFSET 20 WITH pageSize = 10`, { min: 3, max: 12 }],
    [`interactionId IN [${ids(250)}] AND dwell > 1s LIMIT 1 WITH pageSize = 50`, { min: 3, max: 5 }],
    [`QUERY a LAST 1h LIMIT 150 QUERY b interactionId IN a`, { min: 0, max: 2 }],
    [`QUERY a LAST 1h QUERY b interactionId IN a`, { min: 0, max: null }],
    [
      `QUERY a interactionId IN [${ids(30)}] QUERY b interactionId IN a OR interactionId = 'x' WITH pageSize = 10`,
      { min: 0, max: 4 },
    ],
    [
      `QUERY a LAST 1h QUERY b interactionId IN a AND interactionId IN [${ids(30)}] WITH pageSize = 10`,
      { min: 0, max: 3 },
    ],
    ['QUERY a interactionId IN b QUERY b interactionId IN a', { min: 0, max: null }],
  ])('%s', (text, estimate) => {
    const document = parse(text);
    const query = document.queries.at(-1);
    expect(query === undefined ? undefined : makePlan(document, query, context()).estimatedRequests).toEqual(
      estimate,
    );
  });
});
