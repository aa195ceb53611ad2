/** Rows of the table of diagnostics, beside the fixtures: what people write, what is said of it, and what puts it right. */
import { describe, expect, it } from 'vitest';
import { context, diagnose, fixed, problems } from '../markers.ts';

describe('the text after the preferred quick fix', () => {
  it.each([
    ['CXQ1001', 'nodeId = ‘a’ LAST 2h', "nodeId = 'a' LAST 2h"],
    ['CXQ1001', 'nodeId = “a” LAST 2h', "nodeId = 'a' LAST 2h"],
    ['CXQ1001', 'open && ! isLast LAST 2h', 'open AND ! isLast LAST 2h'],
    ['CXQ1003', 'nodeTimestamp >= 2026-11-20', "nodeTimestamp >= '2026-11-20'"],
    ['CXQ1003', 'SINCE 2026-11-20T08:00:00+02:00', "SINCE '2026-11-20T08:00:00+02:00'"],
    ['CXQ1003', 'LAST 24 hours', 'LAST 24h'],
    ['CXQ1003', 'dwell > 10 s LAST 2h', 'dwell > 10s LAST 2h'],
    ['CXQ1003', 'USING my-profile LAST 2h', 'USING `my-profile` LAST 2h'],
    ['CXQ1003', 'nodeId = menu-main LAST 2h', "nodeId = 'menu-main' LAST 2h"],
    ['CXQ1003', "interactionId = ['a', 'b']", "interactionId IN ['a', 'b']"],
    ['CXQ1003', "nodeId != ('a', 'b') LAST 2h", "nodeId NOT IN ('a', 'b') LAST 2h"],
    ['CXQ1003', "nodeId IS NOT 'a' LAST 2h", "nodeId != 'a' LAST 2h"],
    ['CXQ1003', "nodeId NOT = 'a' LAST 2h", "nodeId != 'a' LAST 2h"],
    ['CXQ1003', 'dwell => 5s LAST 2h', 'dwell >= 5s LAST 2h'],
    ['CXQ1003', 'LAST 2h MASK ssn, card*', 'LAST 2h MASK (ssn, card*)'],
    ['CXQ1003', 'LAST 2h WITH pageSize: 5', 'LAST 2h WITH pageSize = 5'],
    ['CXQ1003', "LAST 2h LIMIT '5'", 'LAST 2h LIMIT 5'],
    ['CXQ1003', 'LAST 2h EXPORT TO out/x.json', "LAST 2h EXPORT TO 'out/x.json'"],
    ['CXQ1003', "LAST 2h EXPORT TO 'x' JSON", "LAST 2h EXPORT TO 'x' AS JSON"],
    ['CXQ1003', "LAST 2h EXPORT TO 'x' AS 'JSON'", "LAST 2h EXPORT TO 'x' AS JSON"],
    ['CXQ1003', 'LAST 2h NOTIFY https://a.example/x', "LAST 2h NOTIFY 'https://a.example/x'"],
    ['CXQ1003', 'PARAM $x = 5 LAST 2h LIMIT $x', 'PARAM x = 5 LAST 2h LIMIT $x'],
    ['CXQ1003', "QUERY 'my query' LAST 2h", 'QUERY `my query` LAST 2h'],
    ['CXQ1005', 'stepCount > 1_000 LAST 2h', 'stepCount > 1000 LAST 2h'],
    ['CXQ2001', 'nodeId = menu LAST 2h', "nodeId = 'menu' LAST 2h"],
    ['CXQ2001', 'errorState = yes LAST 2h', 'errorState = true LAST 2h'],
    ['CXQ2001', 'SINCE now', 'SINCE now()'],
    ['CXQ2002', 'errorState IN [true, false] LAST 2h', '(errorState = true OR errorState = false) LAST 2h'],
    ['CXQ2003', "dwell > '10' LAST 2h", 'dwell > 10s LAST 2h'],
    ['CXQ2003', 'PARAM x = 2h SINCE $x', 'PARAM x = 2h SINCE ago($x)'],
    ['CXQ2004', 'dwell() > 5s LAST 2h', 'dwell > 5s LAST 2h'],
    ['CXQ2004', "nodeTimestamp >= ago('2h')", 'nodeTimestamp >= ago(2h)'],
    ['CXQ2004', 'nodeTimestamp >= now(2h)', 'nodeTimestamp >= now()'],
    ['CXQ2006', 'LAST 2h PARAM x = 5; open LAST 3h', 'LAST 2h ;\nopen LAST 3h'],
    ['CXQ2017', 'PARAM `a b` = 1 nodeId IN `a b` LAST 2h', 'PARAM `a b` = 1 nodeId IN $`a b` LAST 2h'],
    ['CXQ1003', 'LAST 2h MASK (card* null)', 'LAST 2h MASK (card*, null)'],
    ['CXQ2009', 'dwell IN [60s, 1m] LAST 2h', 'dwell IN [60s] LAST 2h'],
    ['CXQ2011', 'LAST 2h ANALYZE TREND BY WEEKDAY', 'LAST 2h ANALYZE TREND BY DAY'],
  ] as const)('%s: %s → %s', (code, before, after) => {
    expect(fixed(code, before)).toBe(after);
    const left = diagnose(after).filter((found) => found.code.startsWith('CXQ1'));
    const were = diagnose(before).filter((found) => found.code.startsWith('CXQ1'));
    expect(left.length).toBeLessThan(Math.max(were.length, 1));
  });

  it('joins two predicates without changing what OR joins, and only side by side', () => {
    const join = (text: string) => fixed('CXQ2008', text, context(), 'Join with AND');
    expect(join('open OR isLast WHERE errorState OR open LAST 2h')).toBe(
      '(open OR isLast) AND (errorState OR open) LAST 2h',
    );
    expect(join('WHERE open LAST 2h WHERE isLast')).toBeUndefined();
  });

  it('fits where it stands: a list takes values only, COMPARE TO the name of a query', () => {
    for (const text of ['nodeTimestamp IN [2h] LAST 2h', 'PARAM x = 1 LAST 2h COMPARE TO x OFFSET $x']) {
      const found = diagnose(text).filter((one) => one.severity === 'error');
      expect(found.map((one) => one.fixes)).toEqual([[]]);
    }
  });

  it('is none where every remedy would be a guess', () => {
    for (const text of [
      'QUERY a nodeId = 5s + 3 LAST 2h',
      'nodeTimestamp > 5 LAST 2h',
      "nodeId MATCHES '(' LAST 2h",
      'QUERY a LAST 2h QUERY a LAST 2h',
      "LAST 2h EXPORT TO '/x.json'",
      "SINCE '2026-11-23'",
    ]) {
      const found = diagnose(text).filter((one) => one.severity === 'error' || one.code === 'CXQ3005');
      expect(
        found.flatMap((one) => one.fixes.filter((fix) => fix.isPreferred)).map((fix) => fix.title),
      ).toEqual(text.includes('5s + 3') ? ['Change to 3s'] : []);
    }
  });
});

describe('one cause is said once', () => {
  it.each([
    ['nodeTimestamp >= 2026-11-20T08:00:00Z', ['CXQ1003 2026-11-20T08:00:00Z']],
    ['LAST 2h foo 10x 20y LIMIT 0', ['CXQ1003 foo', 'CXQ4001 0']],
    ['USING prd-x LAST 2h', ['CXQ1003 prd-x']],
    ['COMPARE TO a-b LAST 2h', ['CXQ1003 a-b']],
    ['nodeTimestamp >= ago(2 days)', ['CXQ1003 2 days']],
    ['LAST 2h EXPORT TO out/x?.json', ['CXQ1003 out/x?.json']],
    ['changed(5) LAST 2h', ['CXQ2004 5']],
    ['changed(a = 1) LAST 2h', ['CXQ2004 a = 1']],
    ["PARAM a = [$b] PARAM b = 'x' nodeId IN $a AND nodeName = $b LAST 2h", ['CXQ2003 $b']],
    ["PARAM p = '(' nodeId MATCHES $p LAST 2h", ["CXQ2016 '('"]],
    ['LAST 2h WITH mode = 5', ['CXQ2003 5']],
  ])('%s', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it.each([
    // What a condition says beside a syntax error elsewhere stays; of one that may go on, nothing is said.
    ['dwell > 1s LAST 2h LIMT 5', ['CXQ6001', 'CXQ1003']],
    ['dwell > 1s ADN open LAST 2h', ['CXQ1003']],
    // Nothing is said of a query as a whole that could not be read as a whole.
    ['LIMIT 5 LIMT 5', ['CXQ1003']],
    ['errorState LAST 2h LIMIT 90000 LIMT 5', ['CXQ1003']],
  ])('%s, beside a syntax error', (text, expected) => {
    expect(diagnose(text).map((found) => found.code)).toEqual(expected);
  });

  it('title or predicate: the string after the name of a query is what follows it says', () => {
    expect(problems("QUERY a 'x' = nodeId LAST 2h")).toEqual([]);
    expect(problems("QUERY a 'x' nodeId = 'x' LAST 2h")).toEqual([]);
    expect(problems("QUERY a 'x' NOT open LAST 2h")).toEqual([]);
  });
});
