/** What hovers say, and where they say nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hover } from '../../server/src/language/editing.ts';
import { type CheckContext, parse, toMarkdown, toPlain } from '../../server/src/language/index.ts';
import { EXAMPLE } from './example.ts';
import { context, facts, marked } from './markers.ts';

function hovered(source: string, using: CheckContext = context()) {
  const { text, cursor } = marked(source);
  const found = hover(parse(text), cursor ?? 0, using);
  return found && { on: text.slice(found.start, found.end), text: toPlain(found.blocks) };
}

const berlin = () => context({}, { timeZone: 'Europe/Berlin' });

describe('hover', () => {
  it.each([
    ['WHERE dw<|>ell > 1s', 'dwell', 'dwell: DURATION', 'BETWEEN'],
    ['WHERE ERRORSTATE<|>', 'ERRORSTATE', 'errorState: BOOLEAN', 'a condition of its own'],
    ["WHERE before.or<|>der.id = 'a'", 'before.order.id', 'order → id', 'before the step'],
    ["WHERE after['customer ti<|>er'] = 'a'", "after['customer tier']", 'customer tier', 'after the step'],
    ['WHERE changed(lim<|>it)', 'limit', 'The workflow variable limit.'],
    ['WH<|>ERE open', 'WHERE', 'WHERE predicate', 'one step at a time'],
    ['LAST 1h ORDER B<|>Y duration', 'ORDER BY', 'ORDER BY field [ASC | DESC]'],
    ['LAST 1h sort by dura<|>tion', 'duration', 'Sorted here'],
    ['WHERE AN<|>Y(open)', 'ANY', 'ANY(predicate): BOOLEAN', 'all steps', "ANY(nodeId = 'menu'"],
    ["WHERE nodeId NOT LI<|>KE 'a%'", 'NOT LIKE', '% stands for any text', '\\ before'],
    ["WHERE nodeId MATCHES '<|>a'", "'a'", 'RE2'],
    ['WHERE endTime IS N<|>OT NULL', 'IS NOT NULL', 'not known'],
    ['WHERE dwell BETWEEN 1s AN<|>D 2s', 'AND', 'both included'],
    ['WHERE open AN<|>D isLast', 'AND', 'Both have to hold'],
    ['WHERE stepCount <<|>> 3', '<>', 'another value'],
    ['LAST 1h WITH pageSi<|>ze = 5', 'pageSize', 'Default: 100', 'Allowed: 1 to 1,000'],
    ['LAST 1h WITH timeout = 3<|>0s', '30s', '30 seconds', 'Allowed: 1s to 10m'],
    ['LAST 1h ANALYZE BOTTLE<|>NECKS OVER 5s', 'BOTTLENECKS', 'OVER duration'],
    ['LAST 1h ANALYZE BOTTLENECKS OV<|>ER 5s', 'OVER', 'above which'],
    ['LAST 1h ANALYZE NODES BY HO<|>UR', 'HOUR', 'each hour'],
    ['LAST 1h EXPECT P9<|>5(dwell) < 5s', 'P95', 'P95(dwell | wait | duration): DURATION', 'percentile'],
    ["LAST 1h EXPORT TO 'a.json' AS JS<|>ON", 'JSON', '.json'],
    ["LAST 1h EXPORT TO 'a.nd<|>json.gz'", "'a.ndjson.gz'", 'Written as NDJSON.'],
    ['PARAM x: DURAT<|>ION', 'DURATION', 'w, d, h, m, s and ms'],
    ['LAST 1h LIMIT AL<|>L', 'ALL', 'Every interaction'],
    ['USING pr<|>od LAST 1h', 'prod', '30d of history', 'Requests at once: 5', 'Time zone: UTC'],
    ['LAST 1h MASK (ca<|>rd*)', 'card*', 'any text'],
  ])('of %s', (source, on, ...words) => {
    const found = hovered(source);
    expect(found?.on).toBe(on);
    for (const word of words) expect(found?.text).toContain(word);
  });

  it.each([
    '<|>',
    'LAST 1h <|> LIMIT 5',
    '-- dw<|>ell',
    '/* dwell <|> */ LAST 1h',
    'LAST 1h;<|>; -- now()',
    'WHERE nosuch<|>field = 1',
    'WHERE da<|>y = 1',
    'WHERE (<|> open)',
    'LAST 1h;<|> ',
    "QUERY a 'dw<|>ell' LAST 1h",
    'USING nos<|>uch LAST 1h',
  ])('says nothing at %s', (source) => {
    expect(hovered(source)).toBeUndefined();
  });

  it('takes the word that the cursor is just behind', () => {
    expect(hovered('WHERE changed(priority<|>)')?.on).toBe('priority');
    expect(hovered('WHERE open<|>')?.on).toBe('open');
    expect(hovered('WHERE dwell<|>>1s')?.on).toBe('dwell');
  });

  it.each([
    ['LAST 2<|>4h', '2026-11-21T08:00:00.000Z', '1 day before now'],
    ['SINCE now<|>() - 90m', '2026-11-22T06:30:00.000Z', '1 hour 30 minutes before now'],
    ['WHERE nodeTimestamp > ago(2<|>h)', '2026-11-22T06:00:00.000Z', '2 hours before now'],
    [
      'WHERE nodeTimestamp > tod<|>ay()',
      '2026-11-21T23:00:00.000Z',
      'Sun 22 Nov 2026, 00:00 (Europe/Berlin, UTC+01:00)',
    ],
    ["SINCE '2026-<|>11-20'", '2026-11-19T23:00:00.000Z', 'Fri 20 Nov 2026, 00:00'],
    ["SINCE '2026-11-19' UNTIL '2026-<|>11-20'", '2026-11-20T22:59:59.999999Z', '1 day 9 hours before now'],
    ["WHERE startTime BETWEEN '2026-11-19' AND '2026-1<|>1-20'", '2026-11-20T22:59:59.999999Z'],
    ["WHERE '2026-11-2<|>0' > nodeTimestamp", '2026-11-20T22:59:59.999999Z'],
    ["WHERE endTime < '2026-11-22T09:00:00+0<|>1:00'", '2026-11-22T08:00:00.000Z', ', now'],
    [
      'PARAM back = 2h WHERE nodeTimestamp >= now() <|>- $back',
      '2026-11-22T06:00:00.000Z',
      'now() - $back is',
    ],
    [
      'PARAM back = 2h WHERE nodeTimestamp >= now() - $ba<|>ck',
      '2026-11-22T06:00:00.000Z',
      'PARAM back: DURATION',
    ],
    ["PARAM from: TIMESTAMP = '2026-11<|>-20'", '2026-11-19T23:00:00.000Z'],
    ['SIN<|>CE ago(1h) UNTIL ago(30m)', '2026-11-22T07:30:00.000Z'],
    ['COMPARE TO PREV<|>IOUS LAST 1h', '2026-11-22T06:00:00.000Z', '2026-11-22T07:00:00.000Z'],
  ])('works out the instant of %s', (source, ...words) => {
    const found = hovered(source, berlin());
    for (const word of words) expect(found?.text).toContain(word);
  });

  it('says a text that is no instant is none', () => {
    for (const source of ["WHERE nodeId = '2026-1<|>1-20'", "SINCE '2026-13<|>-20'"])
      expect(hovered(source)).toBeUndefined();
  });

  it('says what a query will send, and what runs here', () => {
    const text = hovered("QUE<|>RY a 'A title' WHERE errorState AND dwell > 10s LAST 2h")?.text;
    expect(text).toContain(
      "nodeTimestamp >= '2026-11-22T06:00:00.000Z' AND nodeTimestamp <= '2026-11-22T08:00:00.000Z' AND errorState = true",
    );
    for (const word of [
      'A title',
      'Runs here:\n\n  dwell > 10s',
      'Connection: default',
      'at most 1,000',
      'default',
    ])
      expect(text).toContain(word);
    const ids = Array.from({ length: 250 }, (_, index) => `'id-${index}'`).join(', ');
    expect(hovered(`QUERY a<|> interactionId IN [${ids}]`)?.text).toMatch(/Requests: 3, .*\n- Batches: 3\n/);
    expect(hovered('QUERY a<|> WHERE errorState LAST 1h LIMIT 1000')?.text).toContain(
      'Requests: 1 to 10, of 100',
    );
  });

  it('says why a query cannot run, and its window still', () => {
    expect(hovered('QUERY a<|> LAST 2h WHERE = 3')?.text).toMatch(
      /syntax errors[\s\S]*From: 2026-11-22T06:00/,
    );
    expect(hovered('PARAM x: DURATION\nQUERY a<|> LAST $x')?.text).toContain('$x has no value');
    expect(hovered('QUERY a<|> USING nosuch LAST 2h')?.text).toContain('does not exist');
  });

  it('shows a query where another names it', () => {
    const found = hovered(
      "QUERY one 'The first'\nWHERE errorState\nLAST 2h;\nQUERY two interactionId IN on<|>e",
    );
    expect(found?.text).toContain("QUERY one 'The first'\n  WHERE errorState\n  LAST 2h");
    expect(found?.text).toContain('2026-11-22T06:00:00.000Z');
  });

  it('counts the uses of a parameter, and takes what was given for it', () => {
    const source =
      "PARAM ba<|>ck = 2h\n-- $back\nLAST $back;\nQUERY b 'a $back' WHERE dwell > $`back` OR wait > $backs";
    expect(hovered(source)?.text).toBe(
      '  PARAM back: DURATION\n\n- Default: 2h, 2 hours\n- Declared: in line 1\n- Used: 2 times',
    );
    const parameters = new Map([
      ['x', { kind: 'duration', text: '3h', micros: 10_800_000_000, start: 0, end: 0 } as const],
    ]);
    const text = hovered('PARAM x: DURATION\r\nLAST $<|>x', context({ parameters }))?.text;
    for (const word of ['Given: 3h', 'Used: once', '2026-11-22T05:00:00.000Z']) expect(text).toContain(word);
  });

  it('takes bounds and defaults from the profile in force', () => {
    const small = { limits: { maxPageSize: 50, maxConcurrentRequests: 2, maxRetries: 3, timeoutMs: 1_500 } };
    const at = (option: string) => hovered(`LAST 1h WITH ${option}<|> = 1`, context({}, small))?.text;
    expect(at('pageSize')).toContain('Default: 50\n- Allowed: 1 to 50');
    expect(at('concurrency')).toContain('Default: 2\n- Allowed: 1 to 2');
    expect(at('retries')).toContain('Default: 3\n- Allowed: 0 to 10');
    expect(at('timeout')).toContain('Default: 1s500ms');
    const profiles = new Map([['other', facts({ id: 'other', timeZone: 'Asia/Tokyo' })]]);
    expect(hovered('QUERY a USING other SINCE toda<|>y()', context({ profiles }))?.text).toContain(
      'Asia/Tokyo',
    );
  });

  it('works in the ruins of a query', () => {
    expect(hovered('QUERY a WHERE = = ) dwe<|>ll LIMIT 5')?.text).toContain('DURATION');
    expect(hovered('QUERY a WHERE = = ) LIM<|>IT ,')?.text).toContain('LIMIT count');
    expect(hovered('QUERY a LAST 1h ] ANY<|>( ] ')?.text).toContain('ANY(predicate)');
    expect(hovered('PARAM p = 1h ; ] $<|>p ]')?.text).toContain('PARAM p');
  });
});

const HOSTILE = [
  '`rm`',
  '```',
  '![x](https://evil.example/x.png)',
  '[run](command:workbench.action.quit)',
  '<img src=x onerror=1>',
  '</code><script>',
  'https://evil.example',
  'www.evil.example',
  '| a | b |',
  '$(alert)',
  '&lt;b&gt;',
  '\u202Eevil',
  'a\u0007b',
  '*b* _i_ ~s~ # h',
];
/** Markdown that has become more than text: a link, a picture, markup, a heading. */
const LIVE = /!\[|\]\(|(?<!\\)<\/?[a-z]|(?<![\\\w])(?:https?:\/\/|www\.)|command:|\$\(|[\p{Cf}]/u;

/** Markdown without its code, where everything is text. */
function withoutCode(markdown: string): string {
  const unfenced = markdown.replace(/^(`{3,})cxq\n[\s\S]*?\n\1$/gm, '');
  return unfenced.replace(/(?<![\\`])(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '');
}

describe('data in hovers', () => {
  it.each(HOSTILE)('is text: %s', (name) => {
    const quoted = `'${name.replaceAll("'", "''")}'`;
    const bare = name.replaceAll('`', '') || 'x';
    const text = `PARAM \`${bare}\` = ${quoted}\nQUERY \`${bare}\` ${quoted}\nUSING ${quoted}\nWHERE interactionId = ${quoted} AND before[${quoted}] = $\`${bare}\` AND changed(${quoted})\nMASK (${quoted}) COMPARE TO \`${bare}\` EXPORT TO ${quoted} AS \`${bare}\` LAST 1h`;
    const profiles = new Map([[name, facts({ id: name, timeZone: name })]]);
    const document = parse(text);
    let seen = 0;
    for (let offset = 0; offset <= text.length; offset++) {
      const found = hover(document, offset, context({ profiles }, { id: name }));
      if (found === undefined) continue;
      seen++;
      const markdown = toMarkdown(found.blocks);
      expect(withoutCode(markdown)).not.toMatch(LIVE);
      expect(markdown).not.toMatch(/\p{Cf}|[^\P{Cc}\n]/u);
    }
    expect(seen).toBeGreaterThan(text.length / 2);
  });

  it('stays in its fence, however many backticks it has', () => {
    const found = hover(parse("QUERY a LAST 1h WHERE nodeId = '````' AND open"), 7, context());
    const markdown = toMarkdown(found?.blocks ?? []);
    expect(markdown).toContain("`````cxq\nnodeId = '````' AND open\n`````");
  });

  it('is cut where it is long', () => {
    const ids = Array.from({ length: 5_000 }, (_, index) => `'id-${index}'`).join(', ');
    const found = hover(parse(`QUERY a interactionId IN [${ids}]`), 7, context());
    expect(toMarkdown(found?.blocks ?? []).length).toBeLessThan(3_000);
  });
});

describe('hover at every offset', () => {
  const pieces = [...EXAMPLE.matchAll(/\s+|\w+|./gu)].map(([piece]) => piece);
  it('has a range around the offset, in whatever text', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.constantFrom(...pieces),
            fc.constantFrom('😀', '\r\n', '\uFEFF', "'", '`', '/*', ']', '$'),
          ),
        ),
        fc.nat(),
        (parts, at) => {
          const text = parts.join('');
          const offset = at % (text.length + 1);
          const found = hover(parse(text), offset, context());
          if (found === undefined) return;
          expect(found.start).toBeLessThanOrEqual(offset);
          expect(found.end).toBeGreaterThanOrEqual(offset);
          expect(found.end).toBeLessThanOrEqual(text.length);
          expect(toMarkdown(found.blocks)).not.toBe('');
        },
      ),
      { seed: 20_261_122, numRuns: 300 },
    );
    const document = parse(EXAMPLE);
    for (let offset = 0; offset <= EXAMPLE.length; offset++) hover(document, offset, context());
  });
});
