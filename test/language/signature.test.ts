/** What signature help shows, and which part it says is being written. */
import { describe, expect, it } from 'vitest';
import { signature } from '../../server/src/language/editing.ts';
import { parse, toPlain } from '../../server/src/language/index.ts';
import { EXAMPLE } from './example.ts';
import { facts, marked } from './markers.ts';

const profile = facts();

/** The label with the active part in «». */
function helped(source: string): string | undefined {
  const { text, cursor } = marked(source);
  const found = signature(parse(text), cursor ?? 0, profile);
  if (found === undefined) return undefined;
  const { label, parameters, active } = found;
  const part = active === undefined ? undefined : parameters[active];
  if (part === undefined) return label;
  return `${label.slice(0, part.start)}«${label.slice(part.start, part.end)}»${label.slice(part.end)}`;
}

describe('signature help', () => {
  it.each([
    ['WHERE ANY(<|>', 'ANY(«predicate»): BOOLEAN'],
    ['WHERE any(<|>)', 'ANY(«predicate»): BOOLEAN'],
    ['WHERE ANY(open, <|>', 'ANY(predicate): BOOLEAN'],
    ['WHERE SEQUENCE(<|>', 'SEQUENCE(«predicate», predicate, …): BOOLEAN'],
    ['WHERE SEQUENCE(open,<|>', 'SEQUENCE(predicate, «predicate», …): BOOLEAN'],
    ['WHERE SEQUENCE(open, isLast, dwell > 1s, <|>', 'SEQUENCE(predicate, predicate, «…»): BOOLEAN'],
    ["WHERE SEQUENCE(nodeId IN ['a', 'b'], <|>", 'SEQUENCE(predicate, «predicate», …): BOOLEAN'],
    ["WHERE SEQUENCE(nodeId IN ['a', <|>", 'SEQUENCE(«predicate», predicate, …): BOOLEAN'],
    ['WHERE SEQUENCE((open OR <|>', 'SEQUENCE(«predicate», predicate, …): BOOLEAN'],
    ['WHERE COUNT(ANY(<|>', 'ANY(«predicate»): BOOLEAN'],
    ['WHERE COUNT(ANY(open) AND <|>', 'COUNT(«predicate»): NUMBER'],
    ['WHERE changed(<|>', 'changed(«NAME»): BOOLEAN'],
    ['WHERE changed(limit<|>', 'changed(«NAME»): BOOLEAN'],
    ['WHERE nodeTimestamp >= ago(<|>', 'ago(«duration»): TIMESTAMP'],
    ['WHERE nodeTimestamp >= now(<|>)', 'now(): TIMESTAMP'],
    ['WHERE ANY(before.where = 1 AND <|>', 'ANY(«predicate»): BOOLEAN'],
    ["WHERE ANY(nodeId = 'LIMIT (<|>", 'ANY(«predicate»): BOOLEAN'],
    ['WHERE dwell BETWEEN <|>', 'operand [NOT] BETWEEN «low» AND high'],
    ['WHERE dwell BETWEEN 1s AND <|>', 'operand [NOT] BETWEEN low AND «high»'],
    ['WHERE dwell BETWEEN 1s AND 2<|>s', 'operand [NOT] BETWEEN low AND «high»'],
    ['WHERE nodeTimestamp BETWEEN ago(1h) AND now() -<|>', 'operand [NOT] BETWEEN low AND «high»'],
    ['WHERE ANY(dwell BETWEEN <|>', 'operand [NOT] BETWEEN «low» AND high'],
    ['LAST 1h WITH <|>', 'WITH «option» = value, …'],
    ['LAST 1h WITH pageSize = <|>', 'WITH option = «value», …'],
    ['LAST 1h WITH pageSize = 5, <|>', 'WITH «option» = value, …'],
    ['LAST 1h ANALYZE <|>', 'ANALYZE «analysis», …'],
    [
      'ANALYZE BOTTLENECKS <|>',
      'BOTTLENECKS «[OVER duration]» [ON (nodeType, …)] [BY HOUR|DAY|WEEKDAY|field]',
    ],
    [
      'ANALYZE BOTTLENECKS ON (<|>',
      'BOTTLENECKS [OVER duration] «[ON (nodeType, …)]» [BY HOUR|DAY|WEEKDAY|field]',
    ],
    [
      'ANALYZE BOTTLENECKS ON (A, B) <|>',
      'BOTTLENECKS [OVER duration] «[ON (nodeType, …)]» [BY HOUR|DAY|WEEKDAY|field]',
    ],
    [
      'ANALYZE BOTTLENECKS BY <|>',
      'BOTTLENECKS [OVER duration] [ON (nodeType, …)] «[BY HOUR|DAY|WEEKDAY|field]»',
    ],
    ['ANALYZE FLOW, PATHS TOP <|>', 'PATHS «[TOP n]»'],
    ['ANALYZE VARIABLES (<|>', 'VARIABLES «[(pattern, …)]»'],
    ['ANALYZE TREND <|>', 'TREND «BY HOUR|DAY|field»'],
    ['ANALYZE PATHS TOP 5, <|>', 'ANALYZE «analysis», …'],
    ['LAST 1h EXPECT <|>', 'EXPECT «metric» comparison value, …'],
    ['LAST 1h EXPECT PATHS <|>', 'EXPECT metric «comparison» value, …'],
    ['LAST 1h EXPECT P95(dwell) < <|>', 'EXPECT metric comparison «value», …'],
    ['LAST 1h EXPECT P95(<|>', 'P95(«dwell | wait | duration»): DURATION'],
    ['LAST 1h EXPECT PATHS < 5, <|>', 'EXPECT «metric» comparison value, …'],
    ['LAST 1h ORDER BY <|>', 'ORDER BY «field» [ASC | DESC]'],
    ['LAST 1h ORDER BY dwell <|>', 'ORDER BY field «[ASC | DESC]»'],
    ['SINCE <|>', 'SINCE «instant» [UNTIL instant]'],
    ['SINCE ago(2h) UNTIL <|>', 'SINCE instant «[UNTIL instant]»'],
    ['LAST 1h LIMIT <|>', 'LIMIT «count» | ALL'],
    ['LAST 1h LIMIT AL<|>', 'LIMIT count | «ALL»'],
    ["EXPORT TO 'a' <|>", "EXPORT TO 'path' «[AS format]»"],
    ['COMPARE TO <|>', 'COMPARE TO «query» | PREVIOUS'],
    ['MASK (a, <|>', 'MASK («pattern», …)'],
    ['PARAM <|>', 'PARAM «name» [: type] [= value]'],
    ['PARAM a: <|>', 'PARAM name «[: type]» [= value]'],
    ['PARAM a: DURATION = <|>', 'PARAM name [: type] «[= value]»'],
    ["QUERY a <|>'t'", "QUERY name «['title']» [predicate]"],
    // What is broken before it changes nothing.
    ['QUERY a WHERE = = ) ANY(open ; QUERY b WHERE NONE(<|>', 'NONE(«predicate»): BOOLEAN'],
    ['LAST 1h WHERE ANY(open LIMIT <|>', 'LIMIT «count» | ALL'],
  ])('at %s', (source, expected) => {
    expect(helped(source)).toBe(expected);
  });

  it.each([
    '<|>',
    'WHERE <|>',
    'WHERE ANY<|>(open)',
    'WHERE ANY(open)<|>',
    'WHERE ANY(open); <|>',
    'WHERE ANY(open -- <|>',
    'WHERE ANY(open /* <|> */)',
    'WHERE dwell BETWEEN 1s AND 2s AND <|>',
    'WHERE dwell BETWEEN 1s AND 2s <|>',
    "WHERE nodeId IN ['a', <|>",
    'WHERE (open, <|>',
    'LAST 1h WITH pageSize = 5\n<|>',
    'LAST 1h WITH<|>',
  ])('shows nothing at %s', (source) => {
    expect(helped(source)).toBeUndefined();
  });

  it('says the bounds of the option whose value is written', () => {
    const { text, cursor } = marked('LAST 1h WITH timeout = <|>');
    const found = signature(parse(text), cursor ?? 0, profile);
    expect(toPlain(found?.blocks ?? [])).toContain('Allowed: 1s to 10m');
  });

  it('is there at every offset of the example, whatever is cut off behind it', () => {
    for (let offset = 0; offset <= EXAMPLE.length; offset++) {
      // In the middle of a word the rest of it counts.
      if (/[\w$'.>/-]/.test(EXAMPLE.charAt(offset))) continue;
      const whole = signature(parse(EXAMPLE), offset, profile);
      const cut = signature(parse(EXAMPLE.slice(0, offset)), offset, profile);
      expect(cut?.label).toBe(whole?.label);
      const { parameters = [], label = '' } = whole ?? {};
      for (const { start, end } of parameters) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(label.length);
      }
    }
  });
});
