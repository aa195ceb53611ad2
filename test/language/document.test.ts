/** Whole documents: the specification's example, one cause reported once, all errors in one pass. */
import { describe, expect, it } from 'vitest';
import { parse } from '../../server/src/language/index.ts';
import { EXAMPLE } from './example.ts';
import { context, diagnose, facts, problems } from './markers.ts';

describe('a document', () => {
  it('has the example of the specification without problems', () => {
    expect(problems(EXAMPLE)).toEqual([]);
    expect(diagnose(EXAMPLE).map((found) => found.code)).toEqual(['CXQ6001', 'CXQ6001']);
  });

  it('is checked the same with CRLF and a byte-order mark', () => {
    const text = `\uFEFF${EXAMPLE.replaceAll('\n', '\r\n')}`;
    expect(problems(text)).toEqual([]);
    expect(parse(text).queries.map((query) => query.name?.text)).toEqual(['failing', 'slowRouting']);
  });

  it('is a filter that the tenant accepts, alone in a file', () => {
    const document = parse("interactionId IN ['a1'] AND errorState = true");
    expect(document.queries).toHaveLength(1);
    expect(problems(document.text)).toEqual([]);
  });

  it('reports the errors of every query in one pass, and no query spoils another', () => {
    const text = `QUERY a WHERE nodId = 'x' LAST 2h
QUERY b WHERE dwell = = LIMIT 0 LAST 2h
QUERY c WHERE dwell > 10 LAST 2h ODER BY duration
QUERY d errorState LAST 2h`;
    expect(problems(text)).toEqual(['CXQ2001 nodId', 'CXQ1003 =', 'CXQ4001 0', 'CXQ2003 10', 'CXQ1003 ODER']);
    expect(parse(text).queries.map((query) => [query.name?.text, query.broken])).toEqual([
      ['a', false],
      ['b', true],
      ['c', true],
      ['d', false],
    ]);
  });

  it.each([
    // [text, all errors and warnings]
    ['nodeId > 5 LAST 2h', ['CXQ2002 >']],
    ["nodeTimestamp >= 'garbage'", ["CXQ3001 'garbage'"]],
    ['nodeTimestamp >= $since', ['CXQ2005 $since']],
    ["SINCE '2026-11-21' UNTIL '2026-11-20T08:00:00'", ["CXQ3002 '2026-11-20T08:00:00'"]],
    ['errorState LIMIT 9000000', ['CXQ3006 errorState', 'CXQ4001 9000000']],
    ['errorState = ', ['CXQ1003 =']],
    ['dwell > 10x', ['CXQ1005 10x']],
    ["interactionId IN ['a', 'b", ["CXQ1002 'b"]],
    ['LIMT 5 LAST 2h', ['CXQ1003 LIMT']],
    ['QUERRY a WHERE errorState LAST 2h', ['CXQ1003 QUERRY']],
    ['errorState ADN open LAST 2h', ['CXQ1003 ADN']],
    ['LAST 31d LIMIT 500000', ['CXQ3003 31d']],
  ])('reports one cause once: %s', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it('is empty, or only comments, without problems', () => {
    for (const text of ['', ';;;', '-- nothing\n/* at all */', '\uFEFF']) {
      expect(problems(text)).toEqual([]);
      expect(parse(text).queries).toEqual([]);
    }
  });

  it('depends on the profile in force', () => {
    const text = 'USING short LAST 20d WITH pageSize = 200';
    const profiles = new Map([
      ['short', facts({ id: 'short', limits: { retentionDays: 7, maxPageSize: 100 } })],
    ]);
    expect(problems(text, context({ profiles }))).toEqual(['CXQ3003 20d', 'CXQ4002 200']);
  });

  it('measures values given for parameters, in place of defaults', () => {
    const text = 'PARAM back = 2h\nLAST $back';
    const given = new Map([
      ['back', { kind: 'duration', start: 0, end: 0, text: '40d', micros: 40 * 86_400_000_000 }],
    ] as const);
    expect(problems(text)).toEqual([]);
    expect(problems(text, context({ parameters: given }))).toEqual(['CXQ3003 $back']);
  });

  it('takes other severities for anything but errors', () => {
    const using = context({ severities: { CXQ3006: 'off', CXQ6001: 'warning', CXQ2001: 'off' } });
    expect(problems('dwell > 1s AND foo', using)).toEqual(['CXQ6001 dwell > 1s', 'CXQ2001 foo']);
    expect(problems('dwell > 1s', using)).toEqual(['CXQ6001 dwell > 1s']);
  });

  it('bounds the nesting instead of the stack', () => {
    for (const text of ['('.repeat(20_000), 'NOT '.repeat(20_000), 'ANY('.repeat(20_000)]) {
      expect(problems(text).filter((one) => one.startsWith('CXQ1003'))).toHaveLength(1);
    }
    const fine = `${'('.repeat(100)}errorState${')'.repeat(100)} LAST 2h`;
    expect(problems(fine)).toEqual([]);
  });
});
