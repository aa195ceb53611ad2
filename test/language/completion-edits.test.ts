/** Completion as its user sees it: the text after an offer was taken, what is offered first, and what never. */
import { describe, expect, it } from 'vitest';
import { complete, completeIn, completionDocumentation } from '../../server/src/language/editing.ts';
import {
  type Completion,
  type CompletionContext,
  type KnownValues,
  type KnownVariable,
  parse,
} from '../../server/src/language/index.ts';
import { facts, marked, NOW } from './markers.ts';

/** What was seen in one place. */
function known(
  fields: ReadonlyMap<string, readonly string[]>,
  variables: readonly KnownVariable[] = [],
  origin = 'earlier runs',
): readonly KnownValues[] {
  return [{ origin, fields, variables }];
}

const CONTEXT: CompletionContext = {
  now: NOW,
  profile: facts({ timeZone: 'Europe/Berlin', redaction: ['ssn'] }),
  profiles: [
    { id: 'default', detail: 'a.example' },
    { id: 'eu-west', detail: 'b.example' },
  ],
  known: known(
    new Map([
      ['nodeId', ['menu', 'auth']],
      ['nodeName', ["Agent's desk", 'Menu']],
      ['interactionId', ['6f1f64a2-9f0e', 'call:7.1']],
      ['nodeType', ['AGENT']],
      ['outcome', ['billing']],
    ]),
    [
      { path: ['queue'], values: ['billing', 'sales', 3, true] },
      { path: ['customer tier'], values: ['gold'] },
      { path: ['order', 'id'], values: [17] },
      { path: ['ssn'], values: ['123'] },
      { path: ['limit'], values: [5] },
    ],
  ),
};

function at(source: string, context = CONTEXT) {
  const { text, cursor = 0 } = marked(source);
  return { text, cursor, ...completeIn(parse(text), cursor, context) };
}
const labels = (source: string, context = CONTEXT) => at(source, context).items.map(({ label }) => label);

/** The text after an offer was taken, its places filled, in an editor that replaces, or inserts. */
function taken(source: string, label: string, how: 'replace' | 'insert' = 'replace'): string {
  const { text, items, insertEnd } = at(source);
  const item = items.find((one) => one.label === label);
  if (item === undefined) throw new Error(`${label} is not among ${items.map((one) => one.label).join(' ')}`);
  const newText = item.snippet
    ? item.newText.replace(/\$\{\d+:((?:\\.|[^\\}])*)\}/g, '$1').replace(/\\([\\$}])/g, '$1')
    : item.newText;
  return text.slice(0, item.start) + newText + text.slice(how === 'insert' ? insertEnd : item.end);
}

describe('the text after an offer was taken', () => {
  it.each([
    // Words.
    ['WHERE err<|>', 'errorState', 'WHERE errorState'],
    ['WHERE err<|>orState = true', 'errorState', 'WHERE errorState = true'],
    ['errorState <|>LAST 2h', 'AND', 'errorState AND LAST 2h'],
    ['dwell > 1s <|>open', 'AND', 'dwell > 1s AND open'],
    ['dwell <<|>= 5s', '>=', 'dwell >= 5s'],
    ['LAST 2h ord<|>', 'ORDER BY', 'LAST 2h ORDER BY duration DESC'],
    ['LAST 2h ord<|> BY duration', 'ORDER BY', 'LAST 2h ORDER BY duration'],
    ['LAST 2h ORDER <|>', 'BY', 'LAST 2h ORDER BY'],
    ['whe<|> errorState LAST 2h', 'WHERE', 'WHERE errorState LAST 2h'],
    ['LIM<|>IT 5', 'LIMIT', 'LIMIT 5'],
    ['LAST 2h LIM<|> OFFSET 5', 'LIMIT', 'LAST 2h LIMIT 500 OFFSET 5'],
    // Right after a word, in place of what is none.
    ['dwell > 1s*<|>', 'AND', 'dwell > 1s AND'],
    // Functions, with and without the parenthesis that is there already.
    ['nodeTimestamp >= ag<|>', 'ago', 'nodeTimestamp >= ago(2h)'],
    ['nodeTimestamp >= ag<|>(1h)', 'ago', 'nodeTimestamp >= ago(1h)'],
    ['nodeTimestamp >= <|>', 'now', 'nodeTimestamp >= now()'],
    ['<|>', 'COUNT', 'COUNT(errorState)'],
    ['nodeTimestamp >= now() <|>', '-', 'nodeTimestamp >= now() - 2h'],
    // Operators.
    ['dwell <|>', 'BETWEEN', 'dwell BETWEEN 10s AND 10s'],
    ['nodeId <|>', 'NOT IN', "nodeId NOT IN ['value']"],
    ['nodeId I<|> [1]', 'IN', 'nodeId IN [1]'],
    ['nodeName <|>', 'LIKE', "nodeName LIKE '%text%'"],
    ['open IS <|>', 'NOT NULL', 'open IS NOT NULL'],
    ['nodeId IN <|>', '[…]', "nodeId IN ['menu']"],
    // Strings: closed, open, with quotes inside, the quote not begun.
    ["nodeName = '<|>'", "'Agent''s desk'", "nodeName = 'Agent''s desk'"],
    ["nodeName = 'A<|>' AND open", "'Agent''s desk'", "nodeName = 'Agent''s desk' AND open"],
    ["nodeName = 'Agent''s<|> x'", "'Agent''s desk'", "nodeName = 'Agent''s desk'"],
    ["nodeName = '<|>", "'Agent''s desk'", "nodeName = 'Agent''s desk'"],
    ["nodeName = '<|> AND nodeId = 'x'", "'Menu'", "nodeName = 'Menu' AND nodeId = 'x'"],
    ["nodeId = 'me<|>nu AND open", "'menu'", "nodeId = 'menu' AND open"],
    ['nodeName = "A<|>"', "'Agent''s desk'", 'nodeName = "Agent\'s desk"'],
    ['nodeName = <|>', "'Agent''s desk'", "nodeName = 'Agent''s desk'"],
    ["interactionId IN ['6f1f<|>']", "'6f1f64a2-9f0e'", "interactionId IN ['6f1f64a2-9f0e']"],
    ['interactionId = 6f1f64a2-9<|>', "'6f1f64a2-9f0e'", "interactionId = '6f1f64a2-9f0e'"],
    ['interactionId IN [call:7.<|>', "'call:7.1'", "interactionId IN ['call:7.1'"],
    ['USING eu-w<|>', 'eu-west', "USING 'eu-west'"],
    ["USING '<|>'", "'eu-west'", "USING 'eu-west'"],
    // Variables.
    ['before.<|>', 'customer tier', 'before.`customer tier`'],
    ['before.`cust<|>', 'customer tier', 'before.`customer tier`'],
    ['before.`cust<|>` = 1', 'customer tier', 'before.`customer tier` = 1'],
    ["after['<|>']", "'customer tier'", "after['customer tier']"],
    ["after['<|>", "'customer tier'", "after['customer tier'"],
    ['changed(<|>', 'limit', 'changed(limit'],
    ['before.order.<|>', 'id', 'before.order.id'],
    ["before.queue = '<|>'", "'sales'", "before.queue = 'sales'"],
    ['before.queue = <|>', '3', 'before.queue = 3'],
    ['<|>', 'before.', 'before.name'],
    ['bef<|>.queue = 3', 'before.', 'before.queue = 3'],
    // Parameters.
    ['PARAM back = 2h LAST $<|>', '$back', 'PARAM back = 2h LAST $back'],
    ['PARAM back = 2h LAST <|>', '$back', 'PARAM back = 2h LAST $back'],
    ['PARAM `a b` = 2h LAST $`a<|>', '$`a b`', 'PARAM `a b` = 2h LAST $`a b`'],
    // Clauses of their own.
    ['WITH <|>', 'pageSize', 'WITH pageSize = 200'],
    ['WITH page<|> = 5', 'pageSize', 'WITH pageSize = 5'],
    ['WITH mode = <|>', "'page'", "WITH mode = 'page'"],
    ['EXPECT <|>', 'P95', 'EXPECT P95(dwell)'],
    ['EXPECT P95 <|>', '(wait)', 'EXPECT P95 (wait)'],
    ['ANALYZE <|>', 'TREND', 'ANALYZE TREND BY HOUR'],
    ['ANALYZE PATHS <|>', 'TOP', 'ANALYZE PATHS TOP 10'],
    ["EXPORT TO 'out/report.<|>'", "'out/report.csv'", "EXPORT TO 'out/report.csv'"],
    ['QUERY slow LAST 2h EXPORT TO <|>', "'slow.json'", "QUERY slow LAST 2h EXPORT TO 'slow.json'"],
    ['QUERY name LAST 2h; <|>', 'QUERY', 'QUERY name LAST 2h; QUERY name2'],
    ['LAST 2h <|>', 'USING', 'LAST 2h USING default'],
    ['PARAM x <|>', ':', 'PARAM x : DURATION'],
    ['LAST 2h NOTIFY <|>', "'https://…'", "LAST 2h NOTIFY 'https://mining.example.com/hooks/cxq'"],
    ['COUNT(open) >= <|>', '3', 'COUNT(open) >= 3'],
  ])('%s with %s', (source, label, wanted) => {
    expect(taken(source, label)).toBe(wanted);
  });

  it('keeps the rest of the word in an editor that inserts', () => {
    expect(taken('WHERE err<|>or = true', 'errorState', 'insert')).toBe('WHERE errorStateor = true');
    expect(taken("nodeName = 'M<|>' AND open", "'Menu'", 'insert')).toBe("nodeName = 'Menu' AND open");
    expect(taken('before.`c<|> AND after.`x` = 1', 'customer tier', 'insert')).toBe(
      'before.`customer tier` AND after.`x` = 1',
    );
  });

  it('is the same with CRLF, a byte-order mark and characters of two units before it', () => {
    const before = "\uFEFF-- 😀\r\nQUERY a '😀'\r\nWHERE nodeName = '😀'\r\n  AND nodeId = ";
    expect(taken(`${before}'<|>'\r\nLAST 2h`, "'auth'")).toBe(`${before}'auth'\r\nLAST 2h`);
  });

  it('has no places in an editor without snippets', () => {
    const plain = (source: string, label: string) =>
      at(source).items.find((one) => one.label === label)?.plainText;
    expect(plain('LAST 2h <|>', 'ORDER BY')).toBe('ORDER BY');
    expect(plain('nodeTimestamp >= <|>', 'ago')).toBe('ago(2h)');
    expect(plain('dwell <|>', 'BETWEEN')).toBe('BETWEEN 10s AND 10s');
    for (const { plainText, newText, snippet } of at('<|>').items) {
      expect(plainText).not.toMatch(/[‹›]|\$\{/);
      if (!snippet) expect(newText).toBe(plainText);
    }
  });
});

describe('what is offered', () => {
  it.each([
    ['dwell > <|>', ['10s', 'wait', 'duration', 'before.'], ['nodeId', 'now', 'true', 'NULL', 'NOT', '$n']],
    ['PARAM n = 1 PARAM d = 2h dwell > <|>', ['$d'], ['$n']],
    ['PARAM l = [1] PARAM s = 1 sequence IN <|>', ['$l', '[…]'], ['$s', 'failing']],
    ['QUERY f LAST 2h; nodeId IN <|>', ['[…]'], ['f']],
    ['QUERY f LAST 2h; interactionId NOT IN <|>', ['f', '[…]'], []],
    ['dwell BETWEEN 1s <|>', ['AND'], ['OR', 'LIMIT', '=']],
    ['dwell BETWEEN 1s AND <|>', ['10s', 'wait'], ['nodeId', 'ANY']],
    ['nodeId NOT <|>', ['IN', 'LIKE', 'MATCHES'], ['BETWEEN', 'errorState', 'NULL']],
    ['NOT <|>', ['errorState', 'ANY', 'NOT'], ['IN', 'LIMIT']],
    ['(open OR <|>', ['errorState', 'NOT'], ['LIMIT', 'AND']],
    ['ANY(open <|>', ['AND', 'OR', '='], ['LIMIT', 'QUERY']],
    ['ago(<|>', ['2h'], ['errorState', 'dwell', 'now']],
    ['nodeTimestamp >= now() - <|>', ['2h'], ['dwell', 'now']],
    ['now(<|>', [], ['errorState', '2h']],
    ['open AND dwell > 5s <|>', ['AND', 'OR', 'LIMIT', '-'], ['=', 'IN']],
    ['LAST 2h WHERE open <|>', ['ORDER BY', 'EXPORT TO'], ['LAST', 'SINCE', 'WHERE']],
    ["EXPORT TO 'a.csv' NOTIFY 'https://x.example' <|>", ['EXPORT TO', 'NOTIFY'], []],
    ['ANALYZE BOTTLENECKS OVER 5s <|>', ['ON', 'BY'], ['OVER', 'TOP']],
    ['ANALYZE TREND <|>', ['BY'], ['LIMIT', 'OVER']],
    ['ANALYZE FLOW <|>', ['LIMIT'], ['OVER', 'ON', 'TOP', 'BY', '(…)']],
    ['ANALYZE VARIABLES <|>', ['(…)', 'LIMIT'], ['TOP']],
    ['ANALYZE NODES BY <|>', ['HOUR', 'queue', 'nodeType'], ['before.', 'PATHS']],
    ['EXPECT BOTTLENECKS <|>', ['<=', '='], ['AND', 'LIKE', 'LIMIT']],
    ['EXPECT P95(dwell) < <|>', ['10s'], ['5', 'dwell']],
    ['EXPECT ACCURACY >= <|>', ['0.95'], ['10s']],
    ['WITH retries = 2, timeout = <|>', ['30s'], ['2', "'page'"]],
    ['LIMIT <|>', ['ALL', '500'], ['LAST', '2h']],
    ['SINCE <|>', ['now', 'ago', 'today', "'2026-11-22'", "'2026-11-21'"], ['nodeTimestamp', 'COUNT']],
    ['MASK (<|>', ['queue', 'limit'], ['LIMIT', 'dwell']],
    ['ANALYZE DECISIONS ON (<|>', ['queue'], ['AGENT']],
    ['ANALYZE BOTTLENECKS ON (<|>', ['AGENT', 'DECISION'], ['queue']],
    ['PARAM x : BOOLEAN = <|>', ['true', 'false'], ['2h', '$x']],
    ['QUERY a LAST 2h; QUERY b LAST 2h\nCOMPARE TO <|>', ['PREVIOUS', 'a'], ['b']],
    // After errors of the same element's neighbours, of another clause, of another query.
    ["nodeId IN ['a' 'b', , <|>", ["'menu'"], ['LIMIT']],
    ['WHERE dwell = = AND (open AND <|>', ['errorState'], ['LIMIT']],
    ['LAST 24x LIMTI 5 ORDER BY <|>', ['duration'], ['dwell']],
    ['QUERY a WHERE ((((; QUERY b WHERE errorState = <|>', ['true', 'false'], ['LIMIT']],
  ])('at %s', (source, wanted, unwanted) => {
    const found = labels(source);
    expect(found).toEqual(expect.arrayContaining(wanted));
    expect(found.filter((label) => unwanted.includes(label))).toEqual([]);
  });

  it.each([
    'LAST 24<|>',
    'LAST 2h<|>',
    '-- WHERE <|>',
    '/* <|> */ LAST 2h',
    "QUERY a 'A <|>'",
    'QUERY <|>',
    'PARAM <|>',
    "NOTIFY 'https://<|>'",
    'dwell > 1<|>0s',
  ])('nothing at %s', (source) => {
    expect(labels(source)).toEqual([]);
  });

  it('hides the values of masked variables', () => {
    expect(labels("before.ssn = '<|>'")).toEqual([]);
    expect(labels("WHERE before.queue = '<|>' MASK (que*)")).toEqual([]);
    expect(labels("WHERE before.queue = '<|>'")).toEqual(["'billing'", "'sales'"]);
  });

  it('stays within the bounds of the profile', () => {
    const small = facts({
      limits: { maxPageSize: 150, maxConcurrentRequests: 3, retentionDays: 5 },
      query: { streamPath: null },
    });
    const context = { ...CONTEXT, profile: small };
    expect(labels('WITH pageSize = <|>', context)).toEqual(['100', '150']);
    expect(labels('WITH concurrency = <|>', context)).toEqual(['1', '2', '3']);
    expect(labels('WITH mode = <|>', context)).toEqual(["'page'"]);
    expect(labels('LAST <|>', context)).toEqual(['24h', '1h', '2h', '15m', '5d']);
  });

  it('writes dates of the profile’s zone', () => {
    const late = { ...CONTEXT, now: NOW + 15.5 * 3_600_000_000 };
    expect(labels("SINCE '<|>'", late)).toEqual(
      expect.arrayContaining([
        "'2026-11-23'",
        "'2026-11-22'",
        "'2026-11-22T23:00:00Z'",
        "'2026-11-22T23:30:00Z'",
      ]),
    );
  });
});

it('offers whole queries where one begins, unless the editor brings them', () => {
  const templates = (source: string, context = CONTEXT) =>
    at(source, context).items.filter(({ kind }) => kind === 'template').length;
  expect(templates('<|>')).toBeGreaterThan(5);
  expect(templates('LAST 2h;\n<|>')).toBeGreaterThan(5);
  expect(templates('QUERY a LAST 2h\n<|>')).toBeGreaterThan(3);
  expect(templates('LAST 2h <|>')).toBe(0);
  expect(templates('WHERE <|>\nLAST 2h')).toBe(0);
  expect(templates('<|>', { ...CONTEXT, ownTemplates: true })).toBe(0);
});

describe('the order', () => {
  const first = (source: string) => at(source).items[0]?.label;
  it.each([
    ['errorState = <|>', 'true'],
    ['COMPARE TO <|>', 'PREVIOUS'],
    ['nodeId = <|>', "'menu'"],
    ["EXPORT TO 'a.csv' AS <|>", 'CSV'],
    ['LAST 2h ORDER <|>', 'BY'],
    ['PARAM back = 2h LAST <|>', '$back'],
    ['USING <|>', 'default'],
    ['', 'QUERY'],
    ['dwell <|>', '>'],
    ['WHERE <|>', 'errorState'],
    ['LAST <|>', '24h'],
  ])('at %s begins with %s', (source, label) => {
    expect(first(source)).toBe(label);
  });

  it('has clauses as they are laid out', () => {
    const clauses = at("QUERY a 'A' <|>").items.filter(({ kind }) => kind === 'clause');
    expect(clauses.map(({ label }) => label)).toEqual([
      'USING',
      'WHERE',
      'LAST',
      'SINCE',
      'ORDER BY',
      'SORT BY',
      'LIMIT',
      'OFFSET',
      'WITH',
      'MASK',
      'ANALYZE',
      'COMPARE TO',
      'EXPECT',
      'EXPORT TO',
      'NOTIFY',
      'QUERY',
      'PARAM',
    ]);
  });

  it('selects what is plainly meant', () => {
    const selected = (source: string) =>
      at(source)
        .items.filter((one) => one.preselect)
        .map((one) => one.label);
    expect(selected("EXPORT TO 'a.json.gz' AS <|>")).toEqual(['JSON']);
    expect(selected('LAST 2h ORDER <|>')).toEqual(['BY']);
    expect(selected('WHERE <|>')).toEqual([]);
  });
});

describe('an editor', () => {
  it('compares with what stands between the beginning and the cursor', () => {
    const filter = (source: string, label: string) => {
      const { text, cursor, items } = at(source);
      const item = items.find((one: Completion) => one.label === label);
      return [text.slice(item?.start, cursor), item?.filterText];
    };
    expect(filter("nodeName = 'Ag<|>'", "'Agent''s desk'")).toEqual(["'Ag", "'Agent''s desk"]);
    expect(filter('nodeName = Ag<|>', "'Agent''s desk'")).toEqual(['Ag', "Agent's desk"]);
    expect(filter('before.`cu<|>', 'customer tier')).toEqual(['`cu', '`customer tier`']);
    expect(filter('before.cu<|>', 'customer tier')).toEqual(['cu', 'customer tier']);
    expect(filter('PARAM ab = 2h LAST $a<|>', '$ab')).toEqual(['$a', '$ab']);
    expect(filter('LAST 2h ord<|>', 'ORDER BY')).toEqual(['ord', 'ORDER BY']);
  });

  it('says of a value where it was seen, each once, the likeliest place first', () => {
    const both = [
      ...known(new Map([['nodeId', ['menu', 'auth']]]), [{ path: ['queue'], values: ['billing', 3] }]),
      ...known(
        new Map([
          ['nodeId', ['desk', 'menu']],
          ['nodeType', ['AGENT']],
        ]),
        [
          { path: ['queue'], values: ['sales', 'billing', 4] },
          { path: ['tier'], values: ['gold'] },
          { path: ['ssn'], values: ['456'] },
        ],
        'calls.json',
      ),
    ];
    const context = { ...CONTEXT, known: both };
    const told = (source: string) =>
      at(source, context)
        .items.filter(({ kind }) => kind === 'value')
        .map(({ label, detail }) => [label, detail]);
    expect(told("nodeId = '<|>'")).toEqual([
      ["'menu'", 'seen in earlier runs'],
      ["'auth'", 'seen in earlier runs'],
      ["'desk'", 'seen in calls.json'],
    ]);
    expect(told("after.queue = '<|>'")).toEqual([
      ["'billing'", 'seen in earlier runs'],
      ["'sales'", 'seen in calls.json'],
    ]);
    expect(told('after.queue = <|>')).toEqual(
      expect.arrayContaining([
        ['3', 'seen in earlier runs'],
        ['4', 'seen in calls.json'],
      ]),
    );
    expect(told("nodeType = '<|>'")).toEqual([
      ["'AGENT'", 'seen in calls.json'],
      ["'DECISION'", 'node type'],
      ["'ROUTING'", 'node type'],
      ["'CONDITION'", 'node type'],
    ]);
    expect(labels('changed(<|>', context)).toEqual(expect.arrayContaining(['queue', 'tier']));
    // The connection masks it, wherever it was seen.
    expect(told("after.ssn = '<|>'")).toEqual([]);
  });

  it('asks again in long lists, which hold what was typed', () => {
    const ids = Array.from({ length: 1_500 }, (_, index) => `id-${index}`);
    const context = { ...CONTEXT, known: known(new Map([['interactionId', ids]])) };
    const all = at("interactionId = '<|>'", context);
    expect(all).toMatchObject({ isIncomplete: true });
    expect(all.items).toHaveLength(200);
    const some = at("interactionId = 'd-1499<|>'", context);
    expect(some).toMatchObject({ isIncomplete: false, items: [{ label: "'id-1499'" }] });
    expect(at("nodeId = '<|>'").isIncomplete).toBe(false);
    // What is typed where numbers are offered is a number.
    expect(at('LAST <|>').isIncomplete).toBe(true);
  });

  it.each([
    ['ANALYZE <|>', true],
    ['errorState = <|>', true],
    ['nodeType IN <|>', true],
    ['ORDER BY <|>', true],
    ['USING <|>', true],
    ['WITH pageSize = 5, <|>', true],
    ["EXPORT TO 'a.csv' AS <|>", true],
    ['nodeTimestamp >= <|>', true],
    ['LAST <|>', false],
    ['LIMIT <|>', false],
    ['dwell > <|>', false],
    ['WHERE <|>', false],
    ['LAST 24h <|>', false],
    ['<|>', false],
    ["nodeName = ' <|>'", false],
  ])('is answered to a blank at %s: %s', (source, wanted) => {
    expect(labels(source, { ...CONTEXT, unasked: true }).length > 0).toBe(wanted);
  });
});

describe('documentation', () => {
  it('is there for everything that is the language’s own', () => {
    const sources = [
      '<|>',
      'LAST 2h <|>',
      'dwell <|>',
      'nodeId <|>',
      'errorState <|>',
      'WITH <|>',
      'ANALYZE <|>',
      'EXPECT <|>',
      'ANALYZE BOTTLENECKS <|>',
      'ANALYZE NODES BY <|>',
      'ORDER BY <|>',
      "EXPORT TO 'a.csv' AS <|>",
      'COMPARE TO <|>',
      'nodeTimestamp >= now() <|>',
      'LIMIT <|>',
      'ORDER BY duration <|>',
      'SINCE now() <|>',
      'open <|>',
      'open IS <|>',
    ];
    const kinds = new Set([
      'keyword',
      'clause',
      'operator',
      'field',
      'function',
      'analysis',
      'metric',
      'option',
      'format',
      'template',
    ]);
    const context = { ...CONTEXT, known: [] };
    const without = sources.flatMap((source) =>
      at(source, context)
        .items.filter(
          (item) => kinds.has(item.kind) && completionDocumentation(item.kind, item.about) === undefined,
        )
        .map(({ kind, label }) => `${kind} ${label}`),
    );
    expect([...new Set(without)]).toEqual([]);
  });
});

it('a text of 64 KB without sense is answered', { timeout: 60_000 }, () => {
  for (const piece of ['a ', '( ', '[', "' ", 'NOT ', 'x = ', '$', '`', 'MASK (', '- ', 'QUERY ', ', ']) {
    const text = piece.repeat(65_536 / piece.length);
    expect(() => complete(text, text.length, CONTEXT)).not.toThrow();
  }
});
