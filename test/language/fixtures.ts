/** Every code: where it is reported, where not, and the text after its quick fix. */
import type { CheckContext, DiagnosticCode } from '../../server/src/language/index.ts';
import { LOGIC } from './fixtures-logic.ts';
import { context } from './markers.ts';

interface Fixture {
  /** Texts with the diagnostic's ranges marked. */
  readonly reported: readonly string[];
  /** Texts without it. */
  readonly silent: readonly string[];
  /** Text before and after the preferred (or first) fix. */
  readonly fixes?: readonly (readonly [before: string, after: string])[];
  readonly using?: CheckContext;
}

const many = (count: number) => Array.from({ length: count }, (_, index) => `'a${index}'`).join(', ');

export const FIXTURES: Readonly<Record<DiagnosticCode, Fixture>> = {
  CXQ1001: {
    reported: [
      'errorState = <|#|> true LAST 2h',
      'errorState = true <|😀😀|> LAST 2h',
      'errorState LAST 2h <|$|>',
      'errorState <|!|> LAST 2h',
      'errorState<|\u00a0|>= true LAST 2h',
    ],
    silent: ["\uFEFFnodeName = '#😀' -- # \nLAST 2h", 'errorState = true /* # */ LAST 2h'],
    fixes: [
      ['errorState = # true LAST 2h', 'errorState =  true LAST 2h'],
      ['errorState\u00a0= true LAST 2h', 'errorState = true LAST 2h'],
    ],
  },
  CXQ1002: {
    reported: [
      "nodeId = <|'abc|>\nLAST 2h",
      "nodeId IN ['a', <|'b]|>\nLAST 2h",
      "nodeId = <|'it''|>\nLAST 2h",
      'errorState = true LAST 2h <|/*|> open',
    ],
    silent: ["nodeId = 'it''s' LAST 2h", "nodeId = '' LAST 2h", 'errorState LAST 2h /* closed */'],
    fixes: [
      ["nodeId = 'abc\nLAST 2h", "nodeId = 'abc'\nLAST 2h"],
      ["nodeId IN ['a', 'b]\nLAST 2h", "nodeId IN ['a', 'b']\nLAST 2h"],
      ['errorState LAST 2h /* open', 'errorState LAST 2h /* open */'],
    ],
  },
  CXQ1003: {
    reported: [
      'errorState = true <|LIMTI|> 5 LAST 2h',
      'QUERY a <|LIMT|> 5',
      'WHERE dwell = <|AND|> errorState LIMIT 5 LAST 2h',
      'errorState LAST <|LIMIT|> 5',
      "nodeId IN ['a',<|,|> 'b' <|'c'|>, 'd'] LAST 2h",
      "nodeId IN ['a', 'b',<|]|> LAST 2h",
      "nodeId IN ['a', <|'b'|>",
      'QUERY <|all|> LAST 2h',
      'ORDER <|dwell|>',
      'PARAM x <|5|>',
      'errorState LAST 2h <|)|> ; <|)|> QUERY b LAST 2h',
      'WITH pageSize <|200|>, retries = 2',
      'MASK (a <|b|>, limit) LAST 2h',
      '<|WERE|> errorState LAST 2h',
    ],
    silent: [
      'order by nodeTimestamp limit all last 2h;;;',
      "before.limit = 'x' AND changed(order) LAST 2h MASK (limit, where) ANALYZE DECISIONS ON (order)",
      'PARAM limitTo = 5 errorState LAST 2h LIMIT $limitTo',
      "PARAM x 'a' = nodeId AND nodeName = $x LAST 2h",
    ],
    fixes: [
      ['errorState = true LIMTI 5', 'errorState = true LIMIT 5'],
      ["nodeId IN ['a' 'b']", "nodeId IN ['a', 'b']"],
      ["nodeId IN ['a', 'b',]", "nodeId IN ['a', 'b']"],
      ["nodeId IN ['a'", "nodeId IN ['a']"],
      ['ORDER nodeTimestamp', 'ORDER BY nodeTimestamp'],
      ['QUERY all LAST 2h', 'QUERY `all` LAST 2h'],
      ['PARAM x 5', 'PARAM x = 5'],
      ['WERE errorState', 'WHERE errorState'],
      ['errorState LAST24h', 'errorState LAST 24h'],
      ['LAST 2h orderby duration', 'LAST 2h ORDER BY duration'],
      ['LAST 2h ANALYZE PATHS TOP10', 'LAST 2h ANALYZE PATHS TOP 10'],
    ],
  },
  CXQ1004: {
    reported: ['nodeId = <|"a"|> LAST 2h'],
    silent: ['nodeId = \'say "a"\' LAST 2h'],
    fixes: [['nodeId = "it\'s ""x""" LAST 2h', "nodeId = 'it''s \"x\"' LAST 2h"]],
  },
  CXQ1005: {
    reported: ['LAST <|30m1h|>', 'dwell > <|10x|> LAST 2h', 'LAST <|1h1h|>', 'dwell > <|1.5h|> LAST 2h'],
    silent: ['LAST 1h30m', 'LAST 1W', 'dwell > 250ms LAST 2H', 'LAST 1w2d3h4m5s6ms'],
    fixes: [
      ['LAST 30m1h', 'LAST 1h30m'],
      ['LAST 5m30h', 'LAST 30h5m'],
      ['LAST 1h1h', 'LAST 2h'],
      ['dwell > 10sec LAST 2h', 'dwell > 10s LAST 2h'],
      ['dwell > 1.5h LAST 2h', 'dwell > 1h30m LAST 2h'],
    ],
  },
  CXQ2001: {
    reported: [
      "<|nodId|> = 'x' LAST 2h",
      'errorState AND ANY(<|foo|> > 3) LAST 2h',
      "<|before|> = 'x' LAST 2h",
      'dwell.<|max|> > 3s LAST 2h',
    ],
    silent: ["NODEID = 'x' AND before.anything['at all'].limit = 1 AND `dwell` > 1s LAST 2h"],
    fixes: [
      ["nodId = 'x' LAST 2h", "nodeId = 'x' LAST 2h"],
      ["queue = 'x' LAST 2h", "after.queue = 'x' LAST 2h"],
      ['last24h LIMIT 5', 'LAST 24h LIMIT 5'],
      ['QUERY a LIMIT5 LAST 2h', 'QUERY a LIMIT 5 LAST 2h'],
    ],
  },
  CXQ2002: {
    reported: [
      "nodeId <|<=|> 'x' LAST 2h",
      'errorState <|IN|> [true] LAST 2h',
      "dwell <|LIKE|> 'x' LAST 2h",
      "nodeName <|BETWEEN|> 'a' AND 'b' LAST 2h",
      '<|dwell|> LAST 2h',
      'NOT <|nodeId|> LAST 2h',
      'errorState <|<=|> true LAST 2h',
      '<|COUNT(errorState)|> LAST 2h',
    ],
    silent: [
      "before.x > 'a' AND before.y LIKE 'a%' AND before.z LAST 2h",
      "nodeTimestamp BETWEEN '2026-11-20' AND '2026-11-21' AND dwell IN [1s, 2s]",
      "'2026-11-20' BETWEEN startTime AND endTime LAST 2h",
    ],
    fixes: [
      ["nodeId > 'x' LAST 2h", "nodeId = 'x' LAST 2h"],
      ['errorState NOT IN [true] LAST 2h', 'errorState != true LAST 2h'],
      ["nodeName BETWEEN 'a' AND 'b' LAST 2h", "nodeName IN ['a', 'b'] LAST 2h"],
      ["dwell NOT LIKE 'x' LAST 2h", "dwell != 'x' LAST 2h"],
    ],
  },
  CXQ2003: {
    reported: [
      'dwell > <|10|> LAST 2h',
      'nodeId = <|5|> LAST 2h',
      "errorState = <|'true'|> LAST 2h",
      'outcome = <|null|> LAST 2h',
      "sequence IN [1, <|'2'|>, <|null|>] LAST 2h",
      "dwell BETWEEN 1s AND <|'2s'|> LAST 2h",
      'SINCE <|2h|>',
      'nodeTimestamp >= now() - <|$n|> PARAM n: NUMBER = 5',
      'EXPECT P95(dwell) < <|20|> LAST 2h',
      "WITH timeout = <|30|>, pageSize = <|'9'|> LAST 2h",
      'PARAM x: DURATION = <|5|> errorState LAST $x',
      "interactionId IN <|$id|> PARAM id = 'a'",
      'PARAM a = 1 PARAM b = <|$a|> LAST 2h LIMIT $b',
    ],
    silent: [
      "before.x = 5 AND before.x != 'y' LAST 2h",
      "PARAM start = '2026-11-20T00:00:00Z' nodeTimestamp >= $start",
      'PARAM ids: LIST interactionId IN $ids',
      'dwell > wait LAST 2h',
    ],
    fixes: [
      ['dwell > 10 LAST 2h', 'dwell > 10s LAST 2h'],
      ["dwell > '10s' LAST 2h", 'dwell > 10s LAST 2h'],
      ['outcome = null LAST 2h', 'outcome IS NULL LAST 2h'],
      ['null <> outcome LAST 2h', 'outcome IS NOT NULL LAST 2h'],
      ["errorState = 'true' LAST 2h", 'errorState = true LAST 2h'],
      ['nodeId = 5 LAST 2h', "nodeId = '5' LAST 2h"],
      ['SINCE 2h', 'SINCE ago(2h)'],
      ['sequence IN [1, null, 2] LAST 2h', 'sequence IN [1, 2] LAST 2h'],
      ['outcome NOT IN [null] LAST 2h', 'outcome IS NOT NULL LAST 2h'],
    ],
  },
  CXQ2004: {
    reported: [
      'nodeTimestamp >= <|agoo|>(2h)',
      'nodeTimestamp >= ago(<|2|>)',
      'nodeTimestamp >= now(<|2h|>)',
      '<|changed|>() LAST 2h',
      '<|SEQUENCE|>(errorState) LAST 2h',
      'ANY(errorState, <|open|>) LAST 2h',
    ],
    silent: ['NOW() >= nodeTimestamp AND Changed(`a b`) AND count(errorState) > 3 LAST 2h'],
    fixes: [['nodeTimestamp >= agoo(2h)', 'nodeTimestamp >= ago(2h)']],
  },
  CXQ2005: {
    reported: ['dwell > <|$x|> AND wait > <|$x|> LAST 2h', "interactionId = 'a' AND dwell > <|$b|>"],
    silent: ['PARAM `limit` = 3 LAST 2h LIMIT $limit'],
    fixes: [['dwell > $x LAST 2h', 'PARAM x\ndwell > $x LAST 2h']],
  },
  CXQ2006: {
    reported: ['PARAM <|x|> = 2h\nLAST 2h'],
    silent: ['PARAM x = 2h LAST $x', 'PARAM x = 2h\nQUERY a LAST ) $x'],
    fixes: [['PARAM x = 2h;\nLAST 2h', 'LAST 2h']],
  },
  CXQ2007: {
    reported: ['QUERY a LAST 2h QUERY <|a|> LAST 2h', 'PARAM x = 1 PARAM <|x|> = 2 LAST 2h LIMIT $x'],
    silent: ['QUERY a LAST 2h QUERY A LAST 2h', 'PARAM a = 2h QUERY a LAST $a'],
  },
  CXQ2008: {
    reported: [
      'LAST 2h LIMIT 5 <|LIMIT|> 6',
      'errorState <|WHERE|> open LAST 2h',
      "LAST 2h <|SINCE|> '2026-11-20'",
      'LAST 2h WITH pageSize = 5, <|PAGESIZE|> = 6',
      'LAST 2h ORDER BY duration <|SORT BY|> duration',
    ],
    silent: [
      "LAST 2h EXPORT TO 'a.json' EXPORT TO 'b.csv' NOTIFY 'https://a.example' NOTIFY 'https://b.example'",
    ],
    fixes: [
      ['LAST 2h LIMIT 5 LIMIT 6', 'LAST 2h LIMIT 5'],
      ['LAST 2h WITH pageSize = 5, pageSize = 6', 'LAST 2h WITH pageSize = 5'],
    ],
  },
  CXQ2009: {
    reported: ["interactionId IN ['a', 'b', <|'a'|>]", "PARAM a = ['x', <|'x'|>] LAST 2h"],
    silent: ["nodeId IN ['a', 'A'] AND before.x IN [1, '1'] LAST 2h"],
    fixes: [["interactionId IN ['a', 'b', 'a']", "interactionId IN ['a', 'b']"]],
  },
  CXQ2010: {
    reported: ['USING <|prd|> LAST 2h', "USING <|'nowhere'|> LAST 2h"],
    silent: ['USING prod LAST 2h', "USING 'default' LAST 2h", 'LAST 2h'],
    fixes: [['USING prd LAST 2h', 'USING prod LAST 2h']],
  },
  CXQ2011: {
    reported: [
      'LAST 2h ANALYZE <|PATH|>',
      'LAST 2h ANALYZE PATHS <|OVER|> 10s',
      'LAST 2h ANALYZE <|TREND|>',
      'LAST 2h EXPECT <|ERORS|> = 0',
      'LAST 2h EXPECT <|P95|> < 3s, P95(<|wating|>) < 3s, ERRORS(<|dwell|>) = 0',
      "LAST 2h EXPORT TO 'x.json' AS <|JSN|>",
      "LAST 2h EXPORT TO <|'x.foo'|>",
      'LAST 2h WITH <|pagesize2|> = 3',
      'LAST 2h ORDER BY <|dwell|>',
      'PARAM x: <|STRNG|> nodeId = $x LAST 2h',
    ],
    silent: [
      "LAST 2h ANALYZE bottlenecks OVER 10s ON (ROUTING) BY queue, Trend BY day, PATHS TOP 3, FLOW EXPECT p95(DWELL) < 3s EXPORT TO 'x.jsonl' ORDER BY STEPCOUNT",
    ],
    fixes: [
      ['LAST 2h ANALYZE PATH', 'LAST 2h ANALYZE PATHS'],
      ['LAST 2h ANALYZE FLOW TOP 3', 'LAST 2h ANALYZE FLOW'],
      ['LAST 2h ORDER BY dwell', 'LAST 2h ORDER BY duration'],
      ['LAST 2h EXPECT P95 < 3s', 'LAST 2h EXPECT P95(dwell) < 3s'],
    ],
  },
  CXQ2012: {
    reported: [
      "interactionId IN ['a', <|''|>, <|' b'|>]",
      "interactionId = <|'a''b'|>",
      "PARAM i = <|' a'|> interactionId = $i",
    ],
    silent: ["interactionId = 'a-1:2/3@x.y_z' AND nodeName = 'two words'"],
    fixes: [["interactionId = ' b '", "interactionId = 'b'"]],
  },
  CXQ2013: {
    reported: [
      'QUERY a interactionId IN <|a|>',
      'QUERY a interactionId IN <|b|> QUERY b interactionId IN <|c|> QUERY c interactionId IN <|a|>',
      'QUERY a LAST 2h COMPARE TO <|a|>',
    ],
    silent: ['QUERY a interactionId IN b QUERY b LAST 2h QUERY c interactionId IN a'],
  },
  ...LOGIC,
  CXQ2016: {
    reported: ["nodeId MATCHES <|'('|> LAST 2h", "nodeId MATCHES <|'(?=a)b'|> LAST 2h"],
    silent: ["nodeId MATCHES '^menu-[0-9]+$' LAST 2h", "nodeId LIKE '(' LAST 2h"],
  },
  CXQ2017: {
    reported: ['QUERY fails LAST 2h QUERY b interactionId IN <|fail|>', 'LAST 2h COMPARE TO <|other|>'],
    silent: ['QUERY a LAST 2h QUERY b interactionId IN a COMPARE TO previous LAST 2h'],
    fixes: [
      [
        'QUERY fails LAST 2h QUERY b interactionId IN fail',
        'QUERY fails LAST 2h QUERY b interactionId IN fails',
      ],
    ],
  },
  CXQ2018: {
    reported: ['QUERY a LAST 2h QUERY b <|nodeId|> IN a LAST 2h'],
    silent: ['QUERY a LAST 2h QUERY b INTERACTIONID NOT IN a LAST 2h'],
  },
  CXQ2019: {
    reported: [
      "nodeId <|!=|> 'x' LAST 2h",
      "<|NOT|> nodeType = 'AGENT' LAST 2h",
      "nodeId <|NOT|> IN ['a'] LAST 2h",
    ],
    silent: [
      "NONE(nodeId = 'x') AND interactionId != 'a' AND ANY(nodeId != 'x') LAST 2h",
      "NOT nodeId != 'x' LAST 2h",
    ],
    fixes: [
      ["nodeId != 'x' LAST 2h", "NONE(nodeId = 'x') LAST 2h"],
      ["NOT (nodeId = 'x') LAST 2h", "NONE(nodeId = 'x') LAST 2h"],
    ],
  },
  CXQ3001: {
    reported: [
      "nodeTimestamp >= <|'yesterday'|>",
      "SINCE <|'2026-11-31'|>",
      "SINCE <|'2026-11-20T08:00Z'|>",
      "errorState OR endTime < <|'x'|> LAST 2h",
    ],
    silent: [
      "SINCE '2026-11-20T08:00:00.12345678901Z'",
      "SINCE '2026-11-20T08:00:00.250+02:00' UNTIL '2026-11-21'",
      "before.x > 'yesterday' LAST 2h",
    ],
    fixes: [
      ["SINCE '2026-11-20T08:00'", "SINCE '2026-11-20T08:00:00Z'"],
      ["SINCE '2026-11-20 08:00:05+0200'", "SINCE '2026-11-20T08:00:05+02:00'"],
    ],
  },
  CXQ3002: {
    reported: ["SINCE <|'2026-11-20T08:00:00'|>"],
    silent: ["SINCE '2026-11-20T08:00:00Z'", "SINCE '2026-11-20'"],
    fixes: [["SINCE '2026-11-20T08:00:00'", "SINCE '2026-11-20T08:00:00Z'"]],
  },
  CXQ3003: {
    reported: [
      'LAST <|31d|>',
      "SINCE <|'2026-10-23T07:59:59.999Z'|>",
      "nodeTimestamp >= <|'2026-10-01'|> AND nodeTimestamp <= '2026-10-02'",
      "nodeTimestamp <= <|'2026-10-01'|>",
      "errorState OR nodeTimestamp > <|'2026-10-01'|> LAST 2h",
      "errorState OR nodeTimestamp BETWEEN <|'2026-10-01'|> AND <|'2026-10-02'|> LAST 2h",
      'LAST 20d COMPARE TO <|PREVIOUS|>',
    ],
    silent: [
      'LAST 30d',
      "SINCE '2026-10-23T08:00:00Z'",
      "interactionStart > '2020-01-01' LAST 2h",
      // With an invalid bound nothing is said of the window.
      "SINCE '2026-13-01' UNTIL '2026-09-01'",
      // Only bounds of the field that the tenant filters by can leave the window.
      "startTime > '2020-01-01' LAST 2h",
      "nodeTimestamp != '2020-01-01' LAST 2h",
      'LAST 15d COMPARE TO PREVIOUS',
    ],
    fixes: [
      ['LAST 31d', 'LAST 30d'],
      ["SINCE '2020-01-01'", 'SINCE ago(30d)'],
    ],
  },
  CXQ3004: {
    reported: [
      "SINCE '2026-11-21' UNTIL <|'2026-11-20'|>",
      "nodeTimestamp BETWEEN '2026-11-21' AND <|'2026-11-20'|>",
      "LAST 2h WHERE nodeTimestamp < <|'2026-11-22T05:00:00Z'|>",
    ],
    silent: ["SINCE '2026-11-20' UNTIL '2026-11-20'", 'dwell BETWEEN 10s AND 5s LAST 2h'],
    fixes: [["SINCE '2026-11-21' UNTIL '2026-11-20'", "SINCE '2026-11-20' UNTIL '2026-11-21'"]],
  },
  CXQ3005: {
    reported: ["SINCE <|'2026-11-23'|>", 'nodeTimestamp >= <|now() + 1h|>'],
    silent: ["SINCE '2026-11-22' UNTIL '2026-11-23'"],
  },
  CXQ3006: {
    reported: ['<|errorState|> = true', '<|QUERY|> a WHERE errorState LIMIT 5', '<|LIMIT|> 5'],
    silent: [
      'errorState LAST 2h',
      "interactionId = 'a'",
      "interactionId = 'a' OR interactionId = 'b'",
      "nodeTimestamp = '2026-11-20' OR nodeTimestamp = '2026-11-21'",
      "NOT nodeTimestamp < '2026-11-20'",
      'errorState AND FALSE',
      "nodeTimestamp <= '2026-11-20'",
      "nodeTimestmp >= '2026-11-20'",
      'errorState = ) LIMIT 5',
      "interactionId = ''",
    ],
    fixes: [
      ['errorState = true LIMIT 5', 'errorState = true\nLAST 24h LIMIT 5'],
      ['LIMIT 5', 'LAST 24h\nLIMIT 5'],
    ],
  },
  CXQ3007: {
    reported: ["SINCE <|'2026-10-23T20:00:00Z'|>"],
    silent: ['LAST 30d', "SINCE '2026-10-25'", 'SINCE ago(30d)'],
  },
  CXQ4001: {
    reported: [
      'LAST 2h LIMIT <|0|>',
      'LAST 2h LIMIT <|1.5|>',
      'LAST 2h OFFSET <|1000001|>',
      'LAST 2h ANALYZE PATHS TOP <|0|>',
      "LAST 2h WITH pageSize = <|0|>, retries = <|11|>, timeout = <|11m|>, mode = <|'fast'|>",
    ],
    silent: [
      'LAST 2h LIMIT 1000000 OFFSET 0 WITH retries = 0, timeout = 10m, pageSize = 1000',
      'LAST 2h LIMIT ALL',
    ],
    fixes: [
      ['LAST 2h LIMIT 2000000', 'LAST 2h LIMIT 1000000'],
      ['LAST 2h WITH timeout = 100ms', 'LAST 2h WITH timeout = 1s'],
    ],
  },
  CXQ4002: {
    reported: ['LAST 2h WITH pageSize = <|1001|>'],
    silent: ['LAST 2h WITH pageSize = 1000'],
    fixes: [['LAST 2h WITH pageSize = 5000', 'LAST 2h WITH pageSize = 1000']],
  },
  CXQ4003: {
    reported: ['LAST 2h WITH concurrency = <|6|>'],
    silent: ['LAST 2h WITH concurrency = 5'],
    fixes: [['LAST 2h WITH concurrency = 50', 'LAST 2h WITH concurrency = 5']],
  },
  CXQ4004: {
    reported: [
      `interactionId IN <|[${many(101)}]|>`,
      `PARAM ids = [${many(101)}] QUERY a interactionId IN <|$ids|>`,
      `errorState AND (interactionId = 'x' OR interactionId IN <|[${many(101)}]|>)`,
      `<|${many(101).replaceAll("'a", "interactionId = 'a").replaceAll(', ', ' OR ')}|>`,
    ],
    silent: [
      `interactionId IN [${many(100)}]`,
      `nodeId IN [${many(101)}] LAST 2h`,
      // What is asked for is what both lists hold, each id once.
      `interactionId IN [${many(101)}] AND interactionId IN ['a1', 'a2']`,
      `interactionId NOT IN [${many(101)}] LAST 2h`,
    ],
  },
  CXQ4005: {
    reported: [
      'errorState LAST 2h <|LIMIT|> 20001',
      // What another query gives at most is known by its LIMIT.
      'QUERY a errorState LAST 2h LIMIT 30000 WITH pageSize = 1000 QUERY b interactionId IN a <|LIMIT|> ALL',
      `<|interactionId|> IN [${many(250)}] WITH pageSize = 1`,
    ],
    silent: [
      `interactionId IN [${many(250)}] LIMIT 20 WITH pageSize = 1`,
      'QUERY a errorState LAST 2h QUERY b interactionId IN a LIMIT ALL',
      'errorState AND NOT errorState LAST 2h LIMIT 30000',
      'errorState LAST 2h LIMIT 20000',
      'errorState LAST 2h LIMIT ALL',
      'errorState LAST 2h LIMIT 9000000',
    ],
    fixes: [
      ['errorState LAST 2h LIMIT 30000', 'errorState LAST 2h LIMIT 30000\nWITH pageSize = 1000'],
      [
        'errorState LAST 2h LIMIT 30000 WITH pageSize = 100',
        'errorState LAST 2h LIMIT 30000 WITH pageSize = 1000',
      ],
    ],
  },
  CXQ4006: {
    reported: ["LAST 2h WITH mode = <|'stream'|>"],
    silent: ["LAST 2h WITH mode = 'page'"],
    fixes: [["LAST 2h WITH mode = 'stream'", "LAST 2h WITH mode = 'page'"]],
    using: context({}, { query: { streamPath: null } }),
  },
  CXQ5001: {
    reported: ["LAST 2h NOTIFY <|'http://mining.example.com/x'|>", "LAST 2h NOTIFY <|'nonsense'|>"],
    silent: ["LAST 2h NOTIFY 'https://mining.example.com/x'", "LAST 2h NOTIFY 'http://127.0.0.1:9000/x'"],
    fixes: [["LAST 2h NOTIFY 'http://a.example.com'", "LAST 2h NOTIFY 'https://a.example.com'"]],
  },
  CXQ5002: {
    reported: ["LAST 2h NOTIFY <|'https://10.0.0.1/x'|>"],
    silent: ["LAST 2h NOTIFY 'https://mining.example.com/x'"],
    using: context({
      webhookVerdict: (url) =>
        url.includes('10.0.0.1') ? { ok: false, code: 'CXQ5002', message: 'private' } : { ok: true },
    }),
  },
  CXQ5003: {
    reported: [
      "LAST 2h EXPORT TO <|'/etc/x.json'|>",
      "LAST 2h EXPORT TO <|'a/../../x.json'|>",
      "LAST 2h EXPORT TO <|'C:\\x.json'|>",
      "LAST 2h EXPORT TO <|'~/x.json'|>",
    ],
    silent: ["LAST 2h EXPORT TO 'a/../b/x.json'", "LAST 2h EXPORT TO './x.json'"],
  },
  CXQ5004: {
    reported: [
      "nodeName = <|'Bearer abcdefghijklmnop123456'|> LAST 2h",
      "LAST 2h NOTIFY <|'https://a.example/?client_secret=abc'|>",
      "nodeName = <|'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'|> LAST 2h",
    ],
    silent: ["interactionId = '6f1f64a2-9f0e-4c5b-8a5e-0d6f1d2c3b4a'", "nodeName = 'the bearer' LAST 2h"],
  },
  CXQ6001: {
    reported: [
      'errorState AND <|dwell > 10s|> LAST 2h',
      // A condition with a string that is not safe to send runs here as a whole.
      "<|interactionId IN ['a', 'b c']|> LAST 2h",
      "<|nodeTimestamp > '2026-11-20'|>",
      '(<|(errorState AND dwell > 10s) OR (errorState AND wait > 1m)|>) LAST 2h',
      'NOT (errorState = false OR <|dwell < 10s|>) LAST 2h',
      'errorState AND (<|errorState OR dwell > 1s OR errorState IS NULL|>) AND <|NONE(open)|> LAST 2h',
    ],
    silent: [
      "errorState AND interactionId = 'a' AND nodeTimestamp >= '2026-11-20'",
      "(interactionId = 'a' OR interactionId = 'b') AND NOT NOT errorState AND TRUE",
      'errorState OR (errorState AND dwell > 10s) LAST 2h',
    ],
  },
};
