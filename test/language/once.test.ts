/** One cause is reported once: what an error leaves behind is no second error, and its repair leaves none. */
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../server/src/language/diagnostics.ts';
import { parse } from '../../server/src/language/index.ts';
import { context, diagnose, problems } from './markers.ts';

describe('syntax errors', () => {
  it.each([
    // A reserved word as a name, where what follows goes on after a name.
    ['PARAM limit = 5\nQUERY a errorState LAST 2h LIMIT $limit', ['CXQ1003 limit']],
    ['QUERY limit LAST 2h', ['CXQ1003 limit']],
    ['QUERY order ORDER BY duration LAST 2h', ['CXQ1003 order']],
    ["QUERY last 'Title' LAST 2h", ['CXQ1003 last']],
    ['USING limit LAST 2h', ['CXQ1003 limit']],
    ['LAST 2h COMPARE TO limit', ['CXQ1003 limit']],
    ['QUERY all LAST 2h; QUERY b interactionId IN all', ['CXQ1003 all', 'CXQ1003 all']],
    // Where it does not, the name is missing.
    ['QUERY LAST 2h', ['CXQ1003 LAST']],
    ['LAST 2h ORDER BY LIMIT 5', ['CXQ1003 LIMIT']],
    // What cannot be read says nothing of what stands before it.
    ["nodeId NOT 'a' LAST 2h", ["CXQ1003 'a'"]],
    ['(QUERY-5', ['CXQ1003 QUERY-5']],
    ['PARAM r = QUERY-13-01', ['CXQ1003 QUERY']],
    ['now() + now() > nodeTimestamp', ['CXQ1003 now']],
    ['COUNT(open LAST 2h', ['CXQ1003 LAST']],
    ['nodeTimestamp > ago( LAST 2h', ['CXQ1003 LAST']],
    ['ANY(nodeId = , open) LAST 2h', ['CXQ1003 ,']],
    ['open AND (LAST 2h)', ['CXQ1003 LAST']],
    ['`a b = 1 LAST 2h', ['CXQ1001 `']],
    ['LAST 2h;\n`QUERY\n', ['CXQ1001 `']],
    ['nodeId = “a” LAST 2h', ['CXQ1001 “', 'CXQ1001 ”']],
    // A sign that starts nothing says that what it touches is none either.
    ['$1 LAST 1h', ['CXQ1001 $']],
    ['dwell > $1 LAST 1h', ['CXQ1001 $']],
    // What is missing after a variable's dot or bracket is missing once; so is IN before a list.
    ['before. = 1 LAST 1h', ['CXQ1003 =']],
    ['after[x] = 1 LAST 1h', ['CXQ1003 x']],
    ["nodeType ['a', 'b'] LAST 1h", ['CXQ1003 ,']],
    // A misspelt PARAM or QUERY declares what it was meant to.
    ['PRAM x = 5\nQUERY a LAST 2h LIMIT $x', ['CXQ1003 PRAM']],
    ['LAST 2h; QURY a open LAST 2h; QUERY b interactionId IN a', ['CXQ1003 QURY']],
    ['QUERY a WHERE open LAST 2h QURY b WHERE open LAST 2h QUERY c interactionId IN b', ['CXQ1003 QURY']],
    ['PARAM a = $b LIMIT $a LAST 2h', ['CXQ2005 $b']],
    ['nodeId IN WHERR open LAST 2h', ['CXQ1003 WHERR']],
    ['open $x LAST 2h', ['CXQ1003 $x']],
    // A string that is open says nothing of what it holds.
    ["LAST 2h 'open", ["CXQ1002 'open"]],
    ["dwell > '5s LAST 2h", ["CXQ1002 '5s LAST 2h"]],
    ["LAST 2h PARAM x: LIST = 'a", ["CXQ1002 'a"]],
    ["LAST 2h EXPORT TO ''", ["CXQ5003 ''"]],
    ["LAST 2h EXPORT TO '..'", ["CXQ5003 '..'"]],
  ])('%s', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it.each([
    ["LAST 2h EXPORT TO 'x.foo' LIMT 5 LIMIT 3", ['CXQ1003 LIMT']],
    ["LAST 2h EXPORT TO 'x.foo' LIMIT 5 LIMT 5", ["CXQ2011 'x.foo'", 'CXQ1003 LIMT']],
    ['LAST 2h ANALYZE TREND LIMIT 5 LIMT 5', ['CXQ2011 TREND', 'CXQ1003 LIMT']],
    ['LAST 2h EXPECT P95 < 5s LIMIT 5 LIMT 5', ['CXQ2011 P95', 'CXQ1003 LIMT']],
    ['nodeTimestamp > ago() LIMIT 5 LIMT 5', ['CXQ2004 ago', 'CXQ1003 LIMT']],
    ['LAST 20d COMPARE TO PREVIOUS LIMT 5', ['CXQ3003 PREVIOUS', 'CXQ1003 LIMT']],
    ["SINCE '2026-11-20' SINCE '2026-13-01'", ['CXQ2008 SINCE', "CXQ3001 '2026-13-01'"]],
  ])('hide no other error: %s', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it('are no second query after a misspelt keyword', () => {
    for (const text of [
      'QUERY a LAST 2h WERE open',
      'QUERY a LAST 2h QURY b LAST 3h',
      'QUERY a LAST 2h open',
    ]) {
      expect(parse(text).queries).toHaveLength(1);
    }
  });
});

describe('the first quick fix', () => {
  it.each([
    ['PARAM limit = 5 LAST 2h LIMIT $limit', 'PARAM `limit` = 5 LAST 2h LIMIT $limit'],
    ['QUERY a LAST 2h errorState = true LIMIT 5', 'QUERY a LAST 2h  LIMIT 5'],
    ['LAST 2h WITH pageSize = 5 retries = 3', 'LAST 2h WITH pageSize = 5, retries = 3'],
    ['LAST 2h WITH pageSize = 5, LIMIT 5', 'LAST 2h WITH pageSize = 5 LIMIT 5'],
    ['dwell BETWEEN 1s, 2s LAST 2h', 'dwell BETWEEN 1s AND 2s LAST 2h'],
    ["nodeId IN ('a', 'b'] LAST 2h", "nodeId IN ('a', 'b') LAST 2h"],
    ["nodeId IN ['a', b] LAST 2h", "nodeId IN ['a', 'b'] LAST 2h"],
    ["nodeId IN 'a' LAST 2h", "nodeId IN ['a'] LAST 2h"],
    ["nodeId IS 'a' LAST 2h", "nodeId = 'a' LAST 2h"],
    ["nodeId == 'a' LAST 2h", "nodeId = 'a' LAST 2h"],
    ['errorState AND LAST 2h', 'errorState LAST 2h'],
    ['errorState OR OR open LAST 2h', 'errorState OR open LAST 2h'],
    ['LAST 24', 'LAST 24h'],
    ["LAST '2h'", 'LAST 2h'],
    ['LAST 2h ANALYZE BOTTLENECKS OVER 10', 'LAST 2h ANALYZE BOTTLENECKS OVER 10s'],
    ['open&&isLast LAST 2h', 'open AND isLast LAST 2h'],
    ['open || isLast LAST 2h', 'open OR isLast LAST 2h'],
  ])('of %s leaves no syntax error', (before, after) => {
    const [found] = diagnose(before).filter((one) => one.code.startsWith('CXQ1'));
    const edits = found?.fixes[0]?.edits ?? [];
    expect(applyEdits(before, edits)).toBe(after);
    expect(parse(after).syntax).toEqual([]);
  });

  it('is not offered where it would only lead to the next error', () => {
    for (const text of [
      'LAST 2h WITH pageSize',
      'QUERY LAST 2h',
      'nodeId BETWEEN 1 LAST 2h',
      'ORDER LIMIT 5',
    ]) {
      const found = diagnose(text, context()).filter((one) => one.code === 'CXQ1003');
      expect(found.flatMap((one) => one.fixes)).toEqual([]);
    }
  });
});

describe('a syntax error in another clause', () => {
  it('hides what is said of the whole query, and not a condition that is always true', () => {
    expect(problems('stepCount >= 1 AND dwell > 1s LAST 2h LIMIT x')).toContain('CXQ2015 stepCount >= 1');
    expect(problems('dwell > 2s AND dwell < 1s LAST 2h LIMIT x').join()).not.toContain('CXQ2014');
    expect(problems('stepCount >= 1 AND dwell > LAST 2h').join()).not.toContain('CXQ2015');
  });
});
