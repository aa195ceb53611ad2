/** Occurrences, declarations and highlights, by marked text: `<|>` is the cursor, `<|…|>` what is found. */
import { describe, expect, it } from 'vitest';
import { parse } from '../../server/src/language/index.ts';
import { declarationsOf, occurrencesOf, subjectAt } from '../../server/src/language/references.ts';
import { EXAMPLE } from './example.ts';
import { marked } from './markers.ts';

function show(text: string, spans: readonly { readonly start: number; readonly end: number }[]): string {
  let shown = text;
  for (const { start, end } of spans.toReversed()) {
    shown = `${shown.slice(0, start)}<|${shown.slice(start, end)}|>${shown.slice(end)}`;
  }
  return shown;
}

/** The text with what is found from the first place of `cursor` in it (`|` is the cursor in that). */
function occurrences(text: string, cursor: string): string {
  const document = parse(text);
  const subject = subjectAt(document, text.indexOf(cursor.replace('|', '')) + cursor.indexOf('|'));
  return subject === undefined ? '' : show(text, occurrencesOf(document, subject));
}

describe('queries', () => {
  const TEXT = `QUERY <|failing|> 'failing, in words' -- failing
WHERE errorState LAST 1h;
query other WHERE interactionId in <|failing|> AND NOT (interactionId NOT IN <|\`failing\`|>)
  AND ANY(interactionId IN <|failing|>) AND before.failing = 'failing' AND failing.x = $failing
MASK (failing) COMPARE to <|failing|>;
QUERY Failing interactionId IN Failing COMPARE TO PREVIOUS`;

  it.each(['fail|ing', 'QUERY |failing', 'failing| ', '`fail|ing`', 'to failin|g'])(
    'are found at their declaration, IN and COMPARE TO: %s',
    (cursor) => {
      expect(occurrences(marked(TEXT).text, cursor)).toBe(TEXT);
    },
  );

  it('are names exactly as written; PREVIOUS is none', () => {
    const text = 'QUERY <|Failing|> interactionId IN <|Failing|> ; QUERY failing COMPARE TO PREVIOUS';
    expect(occurrences(marked(text).text, 'Fail|ing')).toBe(text);
    expect(occurrences('QUERY previous LAST 1h; COMPARE TO PREVIOUS', 'PREV|IOUS')).toBe('');
    expect(occurrences('QUERY PREVIOUS LAST 1h; COMPARE TO PREVIOUS', 'PREV|IOUS')).toBe(
      'QUERY <|PREVIOUS|> LAST 1h; COMPARE TO PREVIOUS',
    );
  });

  it('are written, read and declared by whole items', () => {
    const text = "QUERY a 'A' LAST 1h;\nQUERY b interactionId IN a";
    const document = parse(text);
    const subject = subjectAt(document, text.length);
    expect(subject).toMatchObject({ kind: 'query', text: 'a', role: 'read' });
    if (subject === undefined) return;
    expect(occurrencesOf(document, subject).map((one) => one.role)).toEqual(['write', 'read']);
    const declared = declarationsOf(document, subject);
    expect(declared.map(({ whole }) => text.slice(whole.start, whole.end))).toEqual(["QUERY a 'A' LAST 1h"]);
  });

  it('are of any length', () => {
    const name = 'hasOwnProperty'.repeat(4_000);
    const text = `QUERY <|${name}|> LAST 1h;\nQUERY ${name}x interactionId IN <|${name}|>`;
    expect(occurrences(marked(text).text, `QUERY |${name}`)).toBe(text);
  });

  it('stand in a path of any length, at the depth of one that a person writes', () => {
    const path = '.a'.repeat(30_000);
    const document = parse(`WHERE before${path} = 1 AND after.a = 2`);
    const subject = subjectAt(document, 'WHERE before.a'.length);
    expect(subject).toMatchObject({ text: 'a' });
    if (subject === undefined) return;
    expect(occurrencesOf(document, subject)).toHaveLength(2);
    expect(subjectAt(document, path.length / 2)).toBeUndefined();
  });

  it('may be declared twice', () => {
    const text = 'QUERY <|a|> LAST 1h; QUERY <|a|> LAST 2h; interactionId IN <|a|>';
    const { text: plain } = marked(text);
    expect(occurrences(plain, 'IN a|')).toBe(text);
    const document = parse(plain);
    const subject = subjectAt(document, plain.length);
    expect(subject && declarationsOf(document, subject)).toHaveLength(2);
  });

  it('are found in what cannot be read', () => {
    const text = `QUERY <|a|> LAST LIMIT ;
WHERE ( nodeId = AND interactionId IN <|a|> foo bar interactionId IN <|a|> COMPARE TO <|a|> WITH
QUERY limit interactionId IN <|a|>`;
    expect(occurrences(marked(text).text, 'QUERY a|')).toBe(text);
  });
});

describe('parameters', () => {
  it('are found in every clause', () => {
    const text = `PARAM <|p|> = 2h PARAM q = <|$p|>
QUERY p 'p $p' interactionId IN <|$p|> AND dwell > <|$p|> + 5m - <|$p|> AND nodeId IN [<|$p|>, 'p'] -- $p
  AND nodeName LIKE <|$p|> AND nodeName MATCHES <|$\`p\`|> AND wait BETWEEN <|$p|> AND <|$p|> AND before.p = p
LAST <|$p|> SINCE ago(<|$p|>) UNTIL now() - <|$p|> LIMIT <|$p|> OFFSET <|$p|> WITH pageSize = <|$p|>
ANALYZE BOTTLENECKS OVER <|$p|> EXPECT P95(dwell) < <|$p|> foo <|$p|> bar $P $p1`;
    const { text: plain } = marked(text);
    for (const cursor of ['PARAM |p', '|$p', '$|p', '$p| ', '$`p|`'])
      expect(occurrences(plain, cursor)).toBe(text);
  });

  it('have any name, and reserved words after the dollar', () => {
    const text = 'PARAM <|`limit`|> = 5 LIMIT <|$limit|> ; LIMIT <|$`limit`|>';
    expect(occurrences(marked(text).text, '$lim|it')).toBe(text);
    const other = 'PARAM <|`a (b) [c]+ $ 😀`|> LIMIT <|$`a (b) [c]+ $ 😀`|> OFFSET $`a (b) [c]+ $ 😃`';
    expect(occurrences(marked(other).text, '`a |(b)')).toBe(other);
  });
});

describe('what stands again', () => {
  it.each([
    // [cursor, text]
    [
      'NodeT|ype',
      "<|NodeType|> = 'x' AND ANY(<|nodetype|> = 'nodeType') AND nodeName = 'x' ANALYZE NODES BY <|nodeType|>",
    ],
    ['|dwell', '<|dwell|> > 5s ORDER BY <|dwell|> EXPECT P95(<|DWELL|>) < 5s, P50(wait) < 5s'],
    [
      'before.prior|ity',
      "before.<|priority|> = 'x' OR after.<|priority|> = 'x' OR changed(<|priority|>) OR added('<|priority|>') MASK (<|priority|>, '<|priority|>', priority*) ANALYZE DECISIONS ON (<|priority|>, Priority), VARIABLES (<|priority|>)".replaceAll(
        "'<|priority|>'",
        "<|'priority'|>",
      ),
    ],
    ["before['customer| tier", "before[<|'customer tier'|>] = 1 AND removed(<|'customer tier'|>)"],
    [
      'order|.id',
      'before.<|order|>.id = 1 AND changed(<|order|>.id) AND changed(<|order|>) AND before.id = 1',
    ],
    ['order.i|d', 'before.order.<|id|> = 1 AND changed(order.<|id|>) AND changed(order) AND before.id = 1'],
    [
      "'DEC|ISION",
      "nodeType IN [<|'DECISION'|>, 'ROUTING'] OR <|'DECISION'|> = nodetype OR nodeName = 'DECISION' OR nodeType = 'decision' ANALYZE BOTTLENECKS ON (<|DECISION|>, <|'DECISION'|>)",
    ],
    [
      "'it''|s",
      "nodeId = <|'it''s'|> OR nodeId = 'its' OR NONE(nodeId != <|'it''s'|>) OR nodeId = <|\"it's\"|>",
    ],
    ["before.x = '|a", "before.x = <|'a'|> OR after.x = <|'a'|> OR before.y = 'a'"],
    ["LIKE 'a|%", "nodeId LIKE <|'a%'|> OR nodeName LIKE <|'a%'|> OR nodeId = 'a%'"],
    ['USING pr|od', "USING <|prod|>; USING <|'prod'|>; USING Prod"],
    ['cha|nged', 'changed(a) AND <|CHANGED|>(b)'.replace('changed', '<|changed|>')],
    ['pageS|ize', 'WITH <|pageSize|> = 5; WITH <|PAGESIZE|> = 6'],
  ])('%s', (cursor, text) => {
    expect(occurrences(marked(text).text, cursor)).toBe(text);
  });

  it.each(['WHE|RE', '=| ', "'ti|tle'", '/* nodeI|d */', '| -- end', 'em|pty = '])(
    'nothing at %s',
    (cursor) => {
      const text = "QUERY a 'title' WHERE dwell = 5s AND nodeId = '' /* nodeId */   -- end";
      expect(occurrences(text, cursor)).toBe('');
    },
  );
});

describe('at every offset', () => {
  it('is the same from each of its occurrences, with CRLF, a byte-order mark and astral characters too', () => {
    const texts = [
      EXAMPLE,
      `\uFEFF-- 😀 ${EXAMPLE.replaceAll('\n', '\r\n').replaceAll('DECISION', 'DE😀ION')}`,
    ];
    for (const text of texts) {
      const document = parse(text);
      for (let offset = 0; offset <= text.length; offset++) {
        const subject = subjectAt(document, offset);
        if (subject === undefined) continue;
        expect(subject.start).toBeLessThanOrEqual(offset);
        expect(subject.end).toBeGreaterThanOrEqual(offset);
        const found = occurrencesOf(document, subject);
        expect(found.map((one) => one.start)).toContain(subject.start);
        for (const one of found) {
          const other = subjectAt(document, one.start);
          expect(other && occurrencesOf(document, other)).toEqual(found);
        }
      }
    }
  });
});
