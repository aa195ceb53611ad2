/** What completion offers, and what it replaces. */
import { describe, expect, it } from 'vitest';
import { complete } from '../../server/src/language/editing.ts';
import { marked } from './markers.ts';

function offered(source: string) {
  const { text, cursor } = marked(source);
  return complete(text, cursor ?? 0, {
    profiles: [
      { id: 'default', detail: '' },
      { id: 'prod', detail: '' },
    ],
    known: [
      {
        origin: 'earlier runs',
        fields: new Map(),
        variables: [
          { path: ['queue'], values: ['billing'] },
          { path: ['customer tier'], values: ['gold'] },
        ],
      },
    ],
  });
}
const labels = (source: string) => offered(source).map((item) => item.label);

describe('completion', () => {
  it.each([
    ['<|>', ['QUERY', 'PARAM', 'LAST', 'errorState', 'ANY', 'NOT'], ['UNTIL', 'BY', 'AND']],
    [
      'dwell <|>',
      ['<', 'BETWEEN', 'IN', 'IS NULL', 'NOT IN', '-'],
      ['LIKE', 'WHERE', 'dwell', 'AND', 'LIMIT'],
    ],
    ['nodeId <|>', ['=', 'LIKE', 'IN', 'MATCHES'], ['<', 'BETWEEN']],
    ['errorState <|>', ['=', 'AND'], ['<', 'IN', 'LIKE']],
    ['errorState = <|>', ['true', 'false'], ['dwell', 'now']],
    ['nodeTimestamp >= <|>', ['now', 'ago', 'today'], ['nodeId', 'ANY', 'NULL']],
    ["nodeType IN ['ROUTING', <|>", ["'DECISION'"], ['dwell']],
    ["SINCE '2026-11-20' <|>", ['UNTIL', 'LIMIT'], ['LAST', 'SINCE', 'AND']],
    ['LAST 2h <|>', ['WHERE', 'ORDER BY', 'LIMIT', 'QUERY'], ['LAST', 'SINCE', 'dwell', 'AND']],
    ['ORDER BY <|>', ['nodeTimestamp', 'duration'], ['dwell', 'LIMIT']],
    ['ORDER BY duration <|>', ['ASC', 'DESC', 'LIMIT'], ['AND']],
    ['LIMIT <|>', ['ALL'], ['LAST']],
    ['WITH <|>', ['pageSize', 'mode'], ['LIMIT']],
    ['WITH pageSize = 5, <|>', ['mode'], ['pageSize']],
    ['WITH mode = <|>', ["'stream'", "'page'"], ['true']],
    ['ANALYZE <|>', ['BOTTLENECKS', 'PATHS'], ['LIMIT', 'RECORDS']],
    ['ANALYZE PATHS <|>', ['TOP', 'LIMIT'], ['OVER', 'ON', 'BY']],
    ['ANALYZE BOTTLENECKS BY <|>', ['HOUR', 'WEEKDAY', 'nodeType'], ['LIMIT']],
    ['ANALYZE BOTTLENECKS ON (<|>', ['DECISION'], ['LIMIT', 'WHERE']],
    ['EXPECT <|>', ['P95', 'RECORDS'], ['FLOW']],
    ['EXPECT P95(<|>', ['dwell', 'wait', 'duration'], ['nodeId']],
    ["EXPORT TO 'x' AS <|>", ['JSON', 'CSV'], ['dwell']],
    ['USING <|>', ['default', 'prod'], ['dwell']],
    ['COMPARE TO <|>', ['PREVIOUS'], ['dwell']],
    ['QUERY one LAST 2h; QUERY two interactionId IN <|>', ['one'], ['two', 'dwell']],
    ['PARAM back = 2h\nLAST <|>', ['24h', '$back'], ['dwell']],
    ['PARAM x: <|>', ['DURATION', 'LIST'], ['dwell']],
    ['changed(<|>', ['queue'], ['dwell', 'WHERE']],
    ['before.<|>', ['queue'], ['dwell', 'LIMIT']],
    ['nodeTimestamp > ago(<|>', ['2h', '24h'], ['NOT', 'nodeId']],
    ['nodeTimestamp > now(<|>', [], ['NOT', 'nodeId']],
    ['nodeTimestamp > today(<|>', [], ['NOT', 'nodeId']],
    ['errorState LAST 1h AND <|>', ['LIMIT'], ['24h', '2h', 'errorState']],
    ['WHERE before[<|>', ["'queue'", "'customer tier'"], ['dwell', 'LIMIT']],
    ["nodeType IN ['ROUTING', '<|>", ["'DECISION'"], ["'ROUTING'"]],
    ["nodeType IN ['ROUTING', '<|>']", ["'DECISION'"], ["'ROUTING'"]],
    ["nodeType NOT IN ('ROUTING', 'DECISION', <|>)", ["'CONDITION'"], ["'ROUTING'", "'DECISION'"]],
    // Errors before the cursor change nothing.
    ['QUERY a WHERE dwell = = ) ANALYZE <|>', ['PATHS'], ['LIMIT']],
    ["foo bar baz ; ] QUERY b WHERE nodeId = 'x' AND <|>", ['errorState', 'NOT'], ['LIMIT']],
    ['dwell > 1s ORDR BY x LIMIT 5 <|>', ['OFFSET', 'WITH'], ['LIMIT', 'AND']],
  ])('at %s', (source, wanted, unwanted) => {
    const found = labels(source);
    expect(found).toEqual(expect.arrayContaining(wanted));
    expect(found.filter((label) => unwanted.includes(label))).toEqual([]);
  });

  it('offers nothing in comments, nor where a new name is made up', () => {
    for (const source of ['-- dw<|>', '/* dw<|> */ LAST 2h', 'QUERY <|>', 'PARAM <|>']) {
      expect(labels(source)).toEqual([]);
    }
  });

  it.each([
    'changed(\n<|>',
    'LAST 2h MASK (\n<|>',
    'LAST 2h ANALYZE DECISIONS ON (a,\n<|>',
    'changed((a OR <|>',
    'changed(NOT changed(<|>',
    'changed((\n<|>',
  ])('begins no query where reserved words are names: %s', (source) => {
    const begun = offered(source).filter(({ kind }) => kind === 'template' || kind === 'clause');
    expect(begun).toEqual([]);
  });

  it('replaces the word that the cursor is in', () => {
    for (const source of ['WHERE <|err|>or<|>', 'WHERE err<|>orState = true']) {
      const item = offered(source.replace('<|err|>', 'err')).find((one) => one.label === 'errorState');
      const text = marked(source.replace('<|err|>', 'err')).text;
      expect(item).toMatchObject({ start: 6, newText: 'errorState' });
      expect(text.slice(item?.start, item?.end)).toMatch(/^err/);
    }
    expect(offered("nodeType = '<|>'")[0]).toMatchObject({
      label: "'DECISION'",
      start: 11,
      end: 12,
      newText: "'DECISION",
    });
    expect(offered('PARAM ab = 2h LAST $<|>')).toMatchObject([{ label: '$ab', start: 19, end: 20 }]);
  });

  it('quotes names that are no plain words', () => {
    expect(offered('changed(<|>').find((one) => one.label === 'customer tier')?.newText).toBe(
      '`customer tier`',
    );
  });

  it('is the same at the end of a long list, chain or clause', () => {
    const rest = (source: string) => offered(source).map((item) => item.newText);
    const values = Array.from({ length: 900 }, (_, index) => `'v${index}'`).join(', ');
    expect(rest(`nodeType IN [${values}, <|>`)).toEqual(rest("nodeType IN ['a', <|>"));
    expect(rest(`nodeType IN [${values}] <|>`)).toEqual(rest("nodeType IN ['a'] <|>"));
    const chain = 'dwell BETWEEN 1s AND 2s AND '.repeat(200);
    expect(rest(`WHERE ${chain}nodeTimestamp >= <|>`)).toEqual(rest('WHERE nodeTimestamp >= <|>'));
    expect(rest(`WHERE ANY(${chain}(open OR dwell <|>`)).toEqual(rest('WHERE ANY((open OR dwell <|>'));
    expect(rest(`QUERY q WHERE ${chain} open LAST 2h WITH pageSize = 5, <|>`)).toEqual(
      rest('QUERY q WHERE open LAST 2h WITH pageSize = 5, <|>'),
    );
  });

  it('offers what begins a line before what goes on with the line before', () => {
    const [first] = labels('SINCE ago(6h)\n<|>');
    expect(first).not.toMatch(/^[-+]$/);
    expect(labels('SINCE ago(6h)\n<|>').slice(-2).toSorted()).toEqual(['+', '-']);
    expect(labels('SINCE ago(6h) <|>')[0]).toMatch(/^[-+]$/);
  });
});
