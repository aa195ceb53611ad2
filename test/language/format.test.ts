/** The canonical layout: texts before and after. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { applied, format, formatOnType, formatRanges } from '../../server/src/language/format/index.ts';
import { parse } from '../../server/src/language/parse.ts';
import { EXAMPLE } from './example.ts';
import { marked } from './markers.ts';

function formatted(text: string): string {
  return applied(text, format(parse(text)));
}

/** The text after formatting the marked ranges. */
function inRange(source: string): string {
  const { text, ranges } = marked(source);
  return applied(text, formatRanges(parse(text), ranges));
}

/** The text after the character before the cursor was typed. */
function asTyped(source: string): string {
  const { text, cursor = 0 } = marked(source);
  const typed = /[^ ](?= *$)/.exec(text.slice(0, cursor))?.[0] ?? '';
  return applied(text, formatOnType(parse(text), cursor, typed));
}

const IDS = Array.from({ length: 4 }, (_, index) => `'d90cda33-4be0-457c-b42b-39331c2c276${index}'`);
const LONG = "'a name that is so long that a second one of its kind has no room beside it'";

describe('the layout', () => {
  it('has the example of the specification as it is', () => {
    expect(formatted(EXAMPLE)).toBe(EXAMPLE);
    expect(format(parse(EXAMPLE))).toEqual([]);
  });

  it('makes the example of one line, in any case', () => {
    const flat = EXAMPLE.replace(/\s+/g, ' ');
    expect(formatted(flat)).toBe(EXAMPLE);
    const lower = flat.replace(/'[^']*'|\b[A-Z]{2,}\b/g, (word) =>
      word.startsWith("'") ? word : word.toLowerCase(),
    );
    expect(formatted(lower)).toBe(EXAMPLE);
  });

  it.each([
    // [what, before, after]
    ['one clause a line', 'query a where open last 1h limit 5', 'QUERY a\nWHERE open\nLAST 1h\nLIMIT 5\n'],
    [
      'a leading predicate',
      "query a 't' open and errorState last 1h",
      "QUERY a 't'\nopen\n  AND errorState\nLAST 1h\n",
    ],
    [
      "a tenant's filter",
      "interactionId in ['a1'] and errorState = TRUE",
      "interactionId IN ['a1']\n  AND errorState = true\n",
    ],
    [
      'a blank line between queries',
      'query a last 1h query b last 1h',
      'QUERY a\nLAST 1h\n\nQUERY b\nLAST 1h\n',
    ],
    [
      'parameters together',
      'param a=1\n\n\nparam b : list=[1,2] query q last 1h',
      'PARAM a = 1\nPARAM b: LIST = [1, 2]\n\nQUERY q\nLAST 1h\n',
    ],
    [
      'a parameter after a query',
      'query q last 1h param a = 1 param b = 2',
      'QUERY q\nLAST 1h\n\nPARAM a = 1\nPARAM b = 2\n',
    ],
    ['semicolons where they are', 'last 1h\n;\n; ;query b last 1h;', 'LAST 1h;\n\nQUERY b\nLAST 1h;\n'],
    [
      'a semicolon before a query without a header',
      "query a last 1h ; nodeId = 'x'",
      "QUERY a\nLAST 1h;\n\nnodeId = 'x'\n",
    ],
    [
      'no semicolon where there is none',
      'query a last 1h query b last 1h',
      'QUERY a\nLAST 1h\n\nQUERY b\nLAST 1h\n',
    ],
    ['semicolons alone', ' ;; ;', ''],
    ['white space alone', ' \n\t\n', ''],
    ['nothing', '', ''],
    ['a byte-order mark', '\uFEFF last 1h', '\uFEFFLAST 1h\n'],
    [
      'AND and OR as they bind',
      'where open and errorState or dwell>1s and not open last 1h',
      'WHERE open\n    AND errorState\n  OR dwell > 1s\n    AND NOT open\nLAST 1h\n',
    ],
    [
      'parentheses that fit',
      'where open and(dwell>10S or changed( priority ))',
      'WHERE open\n  AND (dwell > 10s OR changed(priority))\n',
    ],
    ['one condition on its line', 'where not( open and errorState)', 'WHERE NOT (open AND errorState)\n'],
    [
      'null as a value and as a word',
      'where nodeName is  not null and outcome = NULL',
      'WHERE nodeName IS NOT NULL\n  AND outcome = null\n',
    ],
    [
      'synonyms as they are',
      "sort by DURATION desc where nodeId<>'a' and nodeId in('a','b')",
      "SORT BY duration DESC\nWHERE nodeId <> 'a'\n  AND nodeId IN ('a', 'b')\n",
    ],
    ['double quotes as they are', 'where nodeId = "a"', 'WHERE nodeId = "a"\n'],
    [
      'names in backticks as they are',
      'using `Prod 1` where `DWELL` > 1s',
      'USING `Prod 1`\nWHERE `DWELL` > 1s\n',
    ],
    [
      'variables as they are',
      "where before . Limit . X [ 'a b' ] = 1 and CHANGED(ORDER)",
      "WHERE before.Limit.X['a b'] = 1\n  AND changed(ORDER)\n",
    ],
    [
      'functions',
      'where NODETIMESTAMP>NOW( )-2H and count(Open)>=3 and any( open)',
      'WHERE nodeTimestamp > now() - 2h\n  AND COUNT(open) >= 3\n  AND ANY(open)\n',
    ],
    [
      'options, metrics and formats',
      "with PAGESIZE=5,TimeOut=30S expect p95( DWELL )<=5s,records>0 export to 'a.json' as json",
      "WITH pageSize = 5, timeout = 30s\nEXPECT P95(dwell) <= 5s, RECORDS > 0\nEXPORT TO 'a.json' AS JSON\n",
    ],
    [
      'analyses',
      'analyze trend by day,bottlenecks over 10S on(DECISION,routing)by NODEID,paths top 3,variables(a*,`b c`,LIMIT)',
      'ANALYZE\n  TREND BY DAY,\n  BOTTLENECKS OVER 10s ON (DECISION, routing) BY nodeId,\n  PATHS TOP 3,\n  VARIABLES (a*, `b c`, LIMIT)\n',
    ],
    ['what is compared', 'compare to previous', 'COMPARE TO PREVIOUS\n'],
    ['names that nothing knows', 'where Foo.bar = 1 and bAZ(1)', 'WHERE Foo.bar = 1\n  AND bAZ(1)\n'],
    ['CRLF', 'last 1h\r\nlimit 5', 'LAST 1h\r\nLIMIT 5\r\n'],
    ['mixed line ends as LF', 'last 1h\r\nlimit\n5', 'LAST 1h\nLIMIT 5\n'],
  ])('has %s', (_, before, after) => {
    expect(formatted(before)).toBe(after);
    expect(formatted(after)).toBe(after);
  });

  it('has one element a line in lists over 100 columns', () => {
    const exactly = `[${IDS.slice(0, 2).join(', ')}, '${'x'.repeat(16)}']`;
    expect(exactly).toHaveLength(100);
    expect(formatted(`where interactionId in ${exactly}`)).toBe(`WHERE interactionId IN ${exactly}\n`);
    const over = exactly.replace('xx', 'xxx');
    expect(formatted(`where open and interactionId in ${over} last 1h`)).toBe(
      `WHERE open\n  AND interactionId IN [\n    ${over.slice(1, -1).replaceAll(', ', ',\n    ')}\n  ]\nLAST 1h\n`,
    );
    expect(formatted(`param ids = [${IDS.join(',')}]`)).toBe(`PARAM ids = [\n  ${IDS.join(',\n  ')}\n]\n`);
  });

  it('has one element a line in clauses whose elements are over 100 columns', () => {
    const options = ['pageSize = 200', `mode = ${LONG}`, 'retries = 5', 'timeout = 30s'];
    expect(formatted(`with ${options.join(',')}`)).toBe(`WITH\n  ${options.join(',\n  ')}\n`);
    expect(formatted(`mask (${LONG}, a*, ${LONG})`)).toBe(`MASK (\n  ${LONG},\n  a*,\n  ${LONG}\n)\n`);
    expect(formatted(`analyze variables (${LONG}, ${LONG}), flow`)).toBe(
      `ANALYZE\n  VARIABLES (\n    ${LONG},\n    ${LONG}\n  ),\n  FLOW\n`,
    );
  });

  it('opens parentheses that reach beyond 100 columns', () => {
    expect(
      formatted(`where open and (nodeName = ${LONG} or (nodeId = 'a' or nodeId = 'b') and dwell > 10s)`),
    ).toBe(`WHERE open
  AND (
    nodeName = ${LONG}
    OR (nodeId = 'a' OR nodeId = 'b')
      AND dwell > 10s
  )
`);
    expect(
      formatted(`where sequence(nodeName = ${LONG}, nodeId = 'a' and errorState) last 1h`),
    ).toBe(`WHERE SEQUENCE(
  nodeName = ${LONG},
  nodeId = 'a' AND errorState
)
LAST 1h
`);
    expect(
      formatted(`where not (nodeName = ${LONG}) and (nodeName like ${LONG.replace('a', 'another')})`),
    ).toBe(`WHERE NOT (nodeName = ${LONG})\n  AND (nodeName LIKE ${LONG.replace('a', 'another')})\n`);
  });

  it('is that of the files that come with it', () => {
    const folder = new URL('../../examples/', import.meta.url);
    const names = readdirSync(folder).filter((name) => name.endsWith('.cxq'));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const text = readFileSync(new URL(name, folder), 'utf8');
      expect(formatted(text), name).toBe(text);
    }
  });

  it('is that of each query in a text of 10,000 lines', () => {
    const queries = EXAMPLE.replace(/^PARAM.*\n\n/, '');
    const text = Array.from({ length: 530 }, (_, index) =>
      queries.replaceAll(/QUERY \w+/g, (all) => `${all}${index}`),
    ).join('\n');
    expect(text.split('\n').length).toBeGreaterThan(10_000);
    expect(formatted(text.replaceAll('WHERE', 'where').replaceAll('\n', '\n '))).toBe(text);
  });
});

describe('comments', () => {
  it.each([
    ['before a clause', 'last 1h\n   -- why\nlimit 5', 'LAST 1h\n-- why\nLIMIT 5\n'],
    ['at the end of a line', 'last 1h    -- why  \n limit 5 // so', 'LAST 1h -- why\nLIMIT 5 // so\n'],
    [
      'before a condition',
      'where open\n-- both\nand errorState',
      'WHERE open\n  -- both\n  AND errorState\n',
    ],
    ['behind a condition', 'where open -- both\nand errorState', 'WHERE open -- both\n  AND errorState\n'],
    ['behind AND', 'where open and -- both\nerrorState', 'WHERE open\n  AND -- both\n    errorState\n'],
    ['inside a condition', "where nodeId = -- the menu\n 'menu'", "WHERE nodeId = -- the menu\n  'menu'\n"],
    [
      'in a list',
      "where nodeId in [ -- ids\n'a', -- first\n/* b */ 'b'\n-- 'c'\n]",
      "WHERE nodeId IN [ -- ids\n  'a', -- first\n  /* b */ 'b'\n  -- 'c'\n]\n",
    ],
    [
      'in a line of a list',
      "where nodeId in ['a' /* first */,'b']",
      "WHERE nodeId IN ['a' /* first */, 'b']\n",
    ],
    [
      'in parentheses',
      'where (open -- still\nor errorState)',
      'WHERE (\n  open -- still\n  OR errorState\n)\n',
    ],
    [
      'between options',
      'with pageSize = 5, -- small\n retries = 2',
      'WITH\n  pageSize = 5, -- small\n  retries = 2\n',
    ],
    ['behind a header', "query a -- a\n 't' /* t */ last 1h", "QUERY a -- a\n  't' /* t */\nLAST 1h\n"],
    ['before a semicolon', 'last 1h -- why\n;', 'LAST 1h; -- why\n'],
    ['behind a semicolon', 'last 1h; -- why', 'LAST 1h; -- why\n'],
    [
      'on a line before a semicolon',
      'last 1h\n-- limit 5\n;\nquery b last 1h',
      'LAST 1h;\n-- limit 5\n\nQUERY b\nLAST 1h\n',
    ],
    ['before a query', 'last 1h\n-- b\nquery b last 1h', 'LAST 1h\n\n-- b\nQUERY b\nLAST 1h\n'],
    ['apart from a query', 'last 1h\n-- a\n\n\n\nquery b last 1h', 'LAST 1h\n-- a\n\nQUERY b\nLAST 1h\n'],
    [
      'apart from both',
      'last 1h\n\n\n-- a\n\n\n\n-- b\n\n\nquery b last 1h',
      'LAST 1h\n\n-- a\n\n-- b\n\nQUERY b\nLAST 1h\n',
    ],
    ['at the head of a query', '/* b */ query b last 1h', '/* b */ QUERY b\nLAST 1h\n'],
    ['at the start of a file', '\n\n-- about\n\n\nlast 1h', '-- about\n\nLAST 1h\n'],
    ['at the end of a file', 'last 1h\n\n\n-- the end\n\n\n', 'LAST 1h\n\n-- the end\n'],
    [
      'of several lines',
      'last 1h\n  /* one\n     two */\n\n limit 5',
      'LAST 1h\n/* one\n     two */\nLIMIT 5\n',
    ],
    [
      'between parameters',
      'param a = 1 -- one\n\n-- two\nparam b = 2',
      'PARAM a = 1 -- one\n\n-- two\nPARAM b = 2\n',
    ],
    ['alone', '\n\n -- nothing\n\n\n/* at all */\n', '-- nothing\n\n/* at all */\n'],
    ['with CRLF', 'last 1h -- why\r\n\r\n\r\n-- b\r\n', 'LAST 1h -- why\r\n\r\n-- b\r\n'],
  ])('stay %s', (_, before, after) => {
    expect(formatted(before)).toBe(after);
    expect(formatted(after)).toBe(after);
  });
});

describe('a text with syntax errors', () => {
  it.each([
    [
      'query a where = =   last  1h;   query  b last 1h',
      'query a where = =   last  1h;\n\nQUERY b\nLAST 1h\n',
    ],
    [
      'query  a last  1h;\n\n\n   query b  where (  -- open\n  limit 5   \nquery  c last 1h',
      'QUERY a\nLAST 1h;\n\n   query b  where (  -- open\n  limit 5   \n\nQUERY c\nLAST 1h\n',
    ],
    ['param  a =\nquery  b last 1h', 'param  a =\n\nQUERY b\nLAST 1h\n'],
    ['query  a last 1h;  #  query  b last 1h', 'QUERY a\nLAST 1h;  #  QUERY b\nLAST 1h\n'],
    [')  -- what\nquery  b last 1h', ')  -- what\nQUERY b\nLAST 1h\n'],
    ["query  a where nodeId = 'x", "query  a where nodeId = 'x\n"],
    ['query  a last 1h /* open', 'query  a last 1h /* open'],
    ['query  a last 1h;  /* open', 'QUERY a\nLAST 1h;  /* open'],
    ['last 1h; /* ` */ query  b last 1h', 'LAST 1h; /* ` */\n\nQUERY b\nLAST 1h\n'],
    ['last 1h; `  query\n`b` last 1h', 'LAST 1h; `  query\n`b` last 1h\n'],
    ['“param  s LIMT 5', '“param  s LIMT 5\n'],
    ['last 5 “param s  = 3; limt 5; param  p limt 6', 'last 5 “param s  = 3; limt 5; param  p limt 6\n'],
    ['last 5 “param  s\nparam  p', 'last 5 “param  s\nPARAM p\n'],
    ['param  a =  query  b last 1h', 'param  a =\n\nQUERY b\nLAST 1h\n'],
    ['limit  5  last  30m1h', 'limit  5  last  30m1h\n'],
  ])('keeps what is broken: %s', (before, after) => {
    expect(formatted(before)).toBe(after);
    expect(formatted(after)).toBe(after);
  });
});

describe('a range', () => {
  it.each([
    ['a clause', 'query a  where  open\n<|limit   5|>\nlast  1h', 'query a  where  open\nLIMIT 5\nlast  1h'],
    [
      'all of a clause that it touches',
      'query a\nwhere  open\nand  <|error|>State\nlast  1h',
      'query a\nWHERE open\n  AND errorState\nlast  1h',
    ],
    [
      'what shares a line with it',
      'query  a where open limit  5<||> last 1h\noffset  2',
      'QUERY a\nWHERE open\nLIMIT 5\nLAST 1h\noffset  2',
    ],
    ['not the next line', '<|limit  5\n|>last  1h', 'LIMIT 5\nlast  1h'],
    ['lines of comments', 'last  1h\n<|   -- why|>\nlimit  5', 'last  1h\n-- why\nlimit  5'],
    [
      'lists that it touches',
      'where nodeId in [\n  <|"a",|>\n  "b"\n]\nlast  1h',
      'WHERE nodeId IN ["a", "b"]\nlast  1h',
    ],
    ['several ranges', 'limit  <||>5\noffset  1\nlast  <||>1h', 'LIMIT 5\noffset  1\nLAST 1h\n'],
    ['nothing of a broken query', 'query a where = = <|limit  5|>\n', 'query a where = = limit  5\n'],
    ['an empty text', '<||>', ''],
  ])('formats %s', (_, before, after) => {
    expect(inRange(before)).toBe(after);
  });
});

describe('while typing', () => {
  it.each([
    [
      'the query that a semicolon ends',
      'limit  1;\nquery a  where open last 1h ;<|>',
      'limit  1;\nQUERY a\nWHERE open\nLAST 1h;',
    ],
    ['not the query after it', 'last  1h;<|>\nquery  b last 1h', 'LAST 1h;\nquery  b last 1h'],
    ['a parameter', 'param  a=5;<|>', 'PARAM a = 5;'],
    ['no broken query', 'query  a where = ;<|>', 'query  a where = ;'],
    ['nothing in a string', "where  nodeId = 'a;<|>'", "where  nodeId = 'a;'"],
    ['nothing in a comment', 'last  1h -- a;<|>', 'last  1h -- a;'],
    [
      'the clause that a line ends',
      'query  a\nwhere  open and errorstate\n<|>',
      'query  a\nWHERE open\n  AND errorState\n',
    ],
    ['a header', "query  a  't'\n<|>\nlast 1h", "QUERY a 't'\n\nlast 1h"],
    ['the indentation after AND', 'where open and\n<|>', 'where open and\n  '],
    ['the indentation after a comma', 'analyze flow,\n<|>\nlast 1h', 'analyze flow,\n  \nlast 1h'],
    [
      'the indentation in a list',
      'where open\n  and nodeId in [\n  <|>]',
      'where open\n  and nodeId in [\n  ]',
    ],
    [
      'the indentation of elements',
      "where open\n  and nodeId in ['a',\n  <|>",
      "where open\n  and nodeId in ['a',\n    ",
    ],
    [
      'the indentation of what is moved to the next line',
      'where open \n<|>and errorState',
      'where open \n  and errorState',
    ],
    [
      'no indentation for a clause',
      "query a where nodeId = 'a'\n  <|>limit 5",
      "QUERY a\nWHERE nodeId = 'a'\nlimit 5",
    ],
    [
      'no indentation where a clause may be over',
      'where open\n  and errorState\n  <|>',
      'WHERE open\n  AND errorState\n  ',
    ],
    ['nothing in a block comment', 'last  1h /* a\n  <|>*/', 'last  1h /* a\n  */'],
    ['CRLF', 'query  a\r\n<|>', 'QUERY a\r\n'],
    ['nothing at the start', '\n<|>last  1h', '\nlast  1h'],
  ])('puts in order %s', (_, before, after) => {
    expect(asTyped(before)).toBe(after);
  });

  it('changes nothing after other characters', () => {
    expect(formatOnType(parse('last  1h;'), 9, 'x')).toEqual([]);
  });
});
