/** The planner: what is sent, what runs here, batches, window, estimates. */
import { describe, expect, it } from 'vitest';
import { explain, explainText } from '../../../server/src/language/editing.ts';
import {
  type CheckContext,
  executionOrder,
  type Plan,
  parse,
  parseParameterValue,
  planQuery,
  predicateText,
} from '../../../server/src/language/index.ts';
import type { ProfileInput } from '../../../server/src/protocol/profile.ts';
import { context, instant, NOW } from '../../language/markers.ts';

function plan(
  text: string,
  using: CheckContext = context(),
  sets?: ReadonlyMap<string, readonly string[]>,
): Plan {
  const document = parse(text);
  const query = document.queries.at(-1);
  if (query === undefined) throw new Error('no query');
  const planned = planQuery(document, query, using, sets === undefined ? {} : { sets });
  if (!planned.ok) throw new Error(planned.problems.join(' '));
  return planned.plan;
}
const local = (made: Plan) => (made.local === null ? null : predicateText(made.local));
const PINNED = "nodeTimestamp <= '2026-11-22T08:00:00.000Z'";

describe('what is sent', () => {
  it.each([
    ["interactionId IN ['a1'] AND errorState = true", "interactionId IN ['a1'] AND errorState = true", null],
    ["errorState AND interactionId = 'b'", "interactionId IN ['b'] AND errorState = true", null],
    [
      "errorState <> true AND nodeTimestamp <= '2026-11-22T08:00:00Z' AND '2026-11-22T06:00:00Z' <= nodeTimestamp AND interactionId IN ['a1', 'b2', 'a1']",
      "interactionId IN ['a1', 'b2'] AND nodeTimestamp >= '2026-11-22T06:00:00.000Z' AND nodeTimestamp <= '2026-11-22T08:00:00.000Z' AND errorState = false",
      null,
    ],
    ['LAST 2h', `nodeTimestamp >= '2026-11-22T06:00:00.000Z' AND ${PINNED}`, null],
    ["SINCE '2026-11-22T06:00:00+02:00'", `nodeTimestamp >= '2026-11-22T04:00:00.000Z' AND ${PINNED}`, null],
    [
      'NOT (errorState) LAST 2h',
      `nodeTimestamp >= '2026-11-22T06:00:00.000Z' AND ${PINNED} AND errorState = false`,
      null,
    ],
    // The tightest of several bounds.
    [
      "nodeTimestamp >= '2026-11-20' AND nodeTimestamp >= ago(1h) LAST 2h",
      `nodeTimestamp >= '2026-11-22T07:00:00.000Z' AND ${PINNED}`,
      null,
    ],
    // Bounds under OR are none.
    [
      "interactionId = 'a' AND (nodeTimestamp >= '2026-11-20' OR errorState)",
      "interactionId IN ['a']",
      "nodeTimestamp >= '2026-11-20' OR errorState",
    ],
    // A strict or finer bound is checked again here, and sent rounded outwards.
    [
      "nodeTimestamp > '2026-11-22T06:00:00Z' AND nodeTimestamp <= '2026-11-22T07:00:00.0005Z'",
      "nodeTimestamp >= '2026-11-22T06:00:00.000Z' AND nodeTimestamp <= '2026-11-22T07:00:00.001Z'",
      "nodeTimestamp > '2026-11-22T06:00:00Z' AND nodeTimestamp <= '2026-11-22T07:00:00.0005Z'",
    ],
    // With something added a date is counted from its start, also as an upper bound.
    [
      "nodeTimestamp >= '2026-11-20' AND nodeTimestamp <= '2026-11-20' + 1h",
      "nodeTimestamp >= '2026-11-20T00:00:00.000Z' AND nodeTimestamp <= '2026-11-20T01:00:00.000Z'",
      null,
    ],
    // Neither bound nor ids: the whole window, 60 s inside its edge.
    ['errorState', `nodeTimestamp >= '2026-10-23T08:01:00.000Z' AND ${PINNED} AND errorState = true`, null],
    ['LAST 30d', `nodeTimestamp >= '2026-10-23T08:01:00.000Z' AND ${PINNED}`, null],
    // What is no safe string is not sent.
    [
      "interactionId = 'a b' AND errorState LAST 2h",
      `nodeTimestamp >= '2026-11-22T06:00:00.000Z' AND ${PINNED} AND errorState = true`,
      "interactionId = 'a b'",
    ],
    ["interactionId IN ['a'] AND interactionId IN ['a', 'b']", "interactionId IN ['a']", null],
    [
      "interactionId NOT IN ['a'] LAST 2h",
      `nodeTimestamp >= '2026-11-22T06:00:00.000Z' AND ${PINNED}`,
      "interactionId NOT IN ['a']",
    ],
    [
      "PARAM ids = ['x', 'y'] PARAM bad = true interactionId IN $ids AND errorState = $bad",
      "interactionId IN ['x', 'y'] AND errorState = true",
      null,
    ],
  ])('%s', (text, sent, here) => {
    const made = plan(text);
    expect(made.sent).toBe(sent);
    expect(local(made)).toBe(here);
  });

  it('follows the spelling of the profile', () => {
    const using = (profile: ProfileInput) => context({}, profile);
    expect(
      plan("interactionId = 'a' AND errorState", using({ filter: { booleans: 'title' } })).sent,
    ).toContain('errorState = True');
    expect(plan("interactionId = 'a''b'", using({ filter: { stringEscape: 'double' } })).sent).toBe(
      "interactionId IN ['a''b']",
    );
    expect(plan("interactionId = 'a''b'", using({ filter: { stringEscape: 'backslash' } })).sent).toBe(
      "interactionId IN ['a\\'b']",
    );
    const none = plan("interactionId = 'a' AND errorState LAST 2h", using({ filter: { fields: [] } }));
    expect(none.sent).toBe('');
    expect(none.asked).not.toBeNull();
  });

  it('reads dates alone in the zone of the profile', () => {
    const using = context({}, { timeZone: 'Europe/Berlin' });
    expect(plan("SINCE '2026-11-20' UNTIL '2026-11-20'", using).window).toEqual({
      from: instant('2026-11-19T23:00:00Z'),
      to: instant('2026-11-20T23:00:00Z'),
    });
    expect(plan('nodeTimestamp >= today()', using).window.from).toBe(instant('2026-11-21T23:00:00Z'));
  });
});

describe('what runs here', () => {
  it('is shown as text that means the same', () => {
    const text =
      "before.n = 100000000000000000000000 AND after.m = -0.00000012 AND before['it''s'].`where` = 1.50 AND dwell >= 10S LAST 2h";
    const shown = local(plan(text));
    expect(shown).toBe(
      "before.n = 100000000000000000000000 AND after.m = -0.00000012 AND before['it''s'].where = 1.5 AND dwell >= 10s",
    );
    expect(local(plan(`${shown} LAST 2h`))).toBe(shown);
  });

  it('asks the whole predicate again where a local part looks at steps, its window included', () => {
    const made = plan('errorState AND dwell > 10s LAST 2h');
    expect(local(made)).toBe('dwell > 10s');
    expect(made.asked === null ? null : predicateText(made.asked)).toBe(
      'errorState AND dwell > 10s AND nodeTimestamp >= now() - 2h',
    );
  });

  it('asks only the local part where that looks at the whole interaction', () => {
    const made = plan('errorState AND duration > 10m AND COUNT(open) = 0 LAST 2h');
    expect(made.asked === null ? null : predicateText(made.asked)).toBe('duration > 10m AND COUNT(open) = 0');
    expect(plan('errorState LAST 2h').asked).toBeNull();
  });

  it('sorts here by fields of the interaction', () => {
    expect(plan('ORDER BY duration DESC LAST 2h')).toMatchObject({
      sort: { field: 'duration', direction: 'DESC', local: true },
      tenantSort: 'nodeTimestamp DESC',
      estimatedRequests: { min: 1, max: null },
    });
    expect(plan('ORDER BY nodeTimestamp ASC LAST 2h').tenantSort).toBe('nodeTimestamp ASC');
  });
});

describe('ids', () => {
  const ids = Array.from({ length: 250 }, (_, index) => `i${index}`);

  it('are cut into batches of what the profile allows', () => {
    const made = plan(`interactionId IN [${ids.map((id) => `'${id}'`).join(', ')}] LIMIT ALL`);
    expect(made.batches.map((batch) => batch.ids?.length)).toEqual([100, 100, 50]);
    expect(made.batches[2]?.filter).toMatch(/^interactionId IN \['i200', .*'i249'\]$/);
    expect(made.estimatedRequests).toEqual({ min: 3, max: 3 });
  });

  it('come from another query, and an empty set asks nothing', () => {
    const text = "QUERY a errorState LAST 2h QUERY b interactionId IN a AND interactionId IN ['i1', 'i2']";
    expect(plan(text).needs).toEqual(['a']);
    expect(plan(text, context(), new Map([['a', ['i2', 'i3']]])).sent).toBe("interactionId IN ['i2']");
    expect(plan(text, context(), new Map([['a', []]])).batches).toEqual([]);
  });

  it('are planned without the default limit for another query', () => {
    const document = parse('QUERY a errorState LAST 2h');
    const [query] = document.queries;
    if (query === undefined) throw new Error('no query');
    const usual = planQuery(document, query, context());
    const asSet = planQuery(document, query, context(), { asSet: true });
    expect(usual.ok && usual.plan).toMatchObject({ limit: 1000, limitIsDefault: true });
    expect(asSet.ok && asSet.plan).toMatchObject({ limit: null, limitIsDefault: false });
  });

  it('order the queries of a run', () => {
    const document = parse(
      'QUERY c interactionId IN b QUERY b interactionId IN a QUERY a LAST 2h QUERY x interactionId IN x',
    );
    const order = (index: number) => {
      const query = document.queries[index];
      return query === undefined ? undefined : executionOrder(document, query)?.map((one) => one.name?.text);
    };
    expect(order(0)).toEqual(['a', 'b', 'c']);
    expect(order(3)).toBeUndefined();
  });

  it('order a row of thousands that need each other', () => {
    const row = Array.from({ length: 9000 }, (_, at) => `QUERY q${at} interactionId IN q${at + 1}`);
    const document = parse([...row, 'QUERY q9000 LAST 2h'].join('\n'));
    const [first] = document.queries;
    const order = first === undefined ? undefined : executionOrder(document, first);
    expect(order?.length).toBe(9001);
    expect(order?.at(-1)).toBe(first);
  });
});

describe('options and outputs', () => {
  it('have defaults of the profile', () => {
    expect(plan('LAST 2h')).toMatchObject({
      limit: 1000,
      offset: 0,
      pageSize: 100,
      concurrency: 5,
      retries: 5,
      timeoutMs: 30_000,
      mode: 'stream',
      compare: null,
    });
    expect(plan('LAST 2h').analyses.map((one) => one.name)).toEqual([
      'BOTTLENECKS',
      'NODES',
      'TREND',
      'PATHS',
      'DECISIONS',
      'VARIABLES',
      'FLOW',
      'ERRORS',
      'LOOPS',
      'OUTLIERS',
    ]);
  });

  it('are read as written', () => {
    const made = plan(
      "LAST 2h LIMIT ALL OFFSET 3 WITH pagesize = 7, concurrency = 2, retries = 0, timeout = 2m, mode = 'stream' MASK (ssn, card*, 'a b') ANALYZE bottlenecks OVER 10s ON (ROUTING), paths TOP 3, VARIABLES (q*) EXPECT errors <= 5, p95(DWELL) < 20s EXPORT TO 'a.ndjson' EXPORT TO 'b' AS csv NOTIFY 'https://a.example'",
    );
    expect(made).toMatchObject({
      limit: null,
      offset: 3,
      pageSize: 7,
      concurrency: 2,
      retries: 0,
      timeoutMs: 120_000,
      mask: ['ssn', 'card*', 'a b'],
      analyses: [
        { name: 'BOTTLENECKS', over: 10_000_000, on: ['ROUTING'] },
        { name: 'PATHS', top: 3 },
        { name: 'VARIABLES', patterns: ['q*'] },
      ],
      expectations: [
        { text: 'ERRORS <= 5', metric: 'ERRORS', operator: '<=', value: 5 },
        { text: 'P95(dwell) < 20s', metric: 'P95', argument: 'dwell', value: 20_000_000 },
      ],
      exports: [
        { path: 'a.ndjson', format: 'NDJSON' },
        { path: 'b', format: 'CSV' },
      ],
      notify: ['https://a.example'],
    });
    expect(made.mode).toBe('stream');
    expect(plan("LAST 2h WITH mode = 'page'").mode).toBe('page');
  });

  it('estimate the requests', () => {
    const requests = (text: string) => plan(text).estimatedRequests;
    expect(requests('errorState LAST 2h LIMIT 500')).toEqual({ min: 1, max: 5 });
    expect(requests('errorState LAST 2h LIMIT ALL')).toEqual({ min: 1, max: null });
    expect(requests('dwell > 1s LAST 2h LIMIT 500')).toEqual({ min: 1, max: null });
    expect(requests("interactionId IN ['a', 'b'] WITH pageSize = 1")).toEqual({ min: 1, max: 2 });
  });

  it('need a value for every parameter', () => {
    const document = parse('PARAM back: DURATION LAST $back');
    const [query] = document.queries;
    if (query === undefined) throw new Error('no query');
    expect(planQuery(document, query, context())).toMatchObject({ ok: false });
    const value = parseParameterValue({ name: 'back', type: 'DURATION' }, '3h');
    if (!value.ok) throw new Error(value.message);
    const planned = planQuery(document, query, context({ parameters: new Map([['back', value.value]]) }));
    expect(planned.ok && planned.plan.window.from).toBe(NOW - 3 * 3_600_000_000);
  });
});

describe('explain', () => {
  it('gives the contract of the command line', () => {
    expect(explain(parse('QUERY a WHERE errorState AND dwell > 10s LAST 2h LIMIT 500'), context())).toEqual([
      {
        name: 'a',
        connection: 'default',
        adapter: 'history-query',
        window: { from: '2026-11-22T06:00:00.000Z', to: '2026-11-22T08:00:00.000Z' },
        sent: `nodeTimestamp >= '2026-11-22T06:00:00.000Z' AND ${PINNED} AND errorState = true`,
        local: 'dwell > 10s',
        batches: 1,
        pageSize: 100,
        limit: 500,
        offset: 0,
        sort: 'nodeTimestamp DESC',
        mode: 'stream',
        concurrency: 5,
        estimatedRequests: { min: 1, max: null },
        notes: expect.arrayContaining([expect.stringContaining('asked of each step again')]),
        words: expect.arrayContaining([
          '`dwell > 10s` runs here, because the tenant cannot filter by dwell.',
        ]),
      },
    ]);
  });

  it('says that ids of another query are not known yet, and leaves broken queries out', () => {
    const document = parse('QUERY a LAST 2h QUERY b interactionId IN a QUERY c LIMIT )');
    const [, second] = explain(document, context());
    expect(explain(document, context())).toHaveLength(2);
    expect(second?.sent).toBe('interactionId IN a');
    expect(second?.notes.join(' ')).toContain('known only once it has run');
    expect(explain(document, context(), 1)).toHaveLength(1);
  });

  it('is put in words', () => {
    const [first] = explain(parse('QUERY a LAST 2h'), context());
    if (first === undefined) throw new Error('nothing explained');
    expect(explainText(first)).toContain('1 to 10 (pages of 100, 5 at once)');
  });
});
