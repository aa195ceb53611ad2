import { describe, expect, it } from 'vitest';
import { pictureBytes, pictureName, queryDocument } from '../../../client/src/results/hand-over-text.ts';
import { placeOf, problemsOf } from '../../../client/src/results/problems-text.ts';
import { parse } from '../../../server/src/language/index.ts';
import type { FoundQuery, RunResult } from '../../../server/src/protocol/lsp.ts';

describe('a query that is handed over', () => {
  it('has its notes above it as comments, whatever is in them', () => {
    const text = queryDocument('QUERY q\nLAST 1h', [
      'A path is no condition.',
      'a\nb\u202E\r\n*/ QUERY x\u2028y',
    ]);
    expect(text).toBe(
      '-- A path is no condition.\n-- a\n-- b\\u202e\n-- */ QUERY x\\u2028y\nQUERY q\nLAST 1h\n',
    );
    const document = parse(text);
    expect(document.queries.map(({ name, broken }) => [name?.text, broken])).toEqual([['q', false]]);
    expect(document.comments).toHaveLength(4);
  });
  it('is as it is where there is nothing to say', () => {
    expect(queryDocument('QUERY q\n', [])).toBe('QUERY q\n');
  });
});

describe('the name of a picture', () => {
  it.each([
    ['failing flow', 'svg', 'failing-flow.svg'],
    ['map.svg', 'svg', 'map.svg'],
    ['map.SVG', 'png', 'map.png'],
    ['../../etc/passwd', 'png', 'etc-passwd.png'],
    ['C:\\x\0y', 'png', 'C-x-y.png'],
    ['', 'svg', 'results.svg'],
    ['...', 'svg', 'results.svg'],
    ['CON', 'svg', 'results.svg'],
    ['überblick', 'png', 'überblick.png'],
    ['😀', 'png', 'results.png'],
    ['x'.repeat(300), 'svg', `${'x'.repeat(80)}.svg`],
  ] as const)('%s as %s is %s', (name, format, wanted) => {
    expect(pictureName(name, format)).toBe(wanted);
  });
});

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describe('the bytes of a picture', () => {
  it('are those of the PNG', () => {
    const bytes = pictureBytes('png', PNG);
    expect(bytes).toHaveLength(70);
    expect([...bytes.slice(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });
  it('are the text of the SVG in UTF-8, whatever its texts say', () => {
    const svg =
      '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><title>a onload=1 é &lt;script&gt;</title><g aria-label="x onclick=1 href=y"/></svg>\n';
    expect(new TextDecoder().decode(pictureBytes('svg', svg))).toBe(svg);
  });
  it.each([
    ['svg', ''],
    ['svg', 'hello'],
    ['svg', '<html></html>'],
    ['svg', '<svg>'],
    ['svg', '<svg><script>1</script></svg>'],
    ['svg', '<svg onload="1"></svg>'],
    ['svg', '<svg><g\nonclick=1></g></svg>'],
    ['svg', '<svg><foreignObject></foreignObject></svg>'],
    ['svg', '<svg><image href="http://127.0.0.1:9/"/></svg>'],
    ['svg', '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x "y">]><svg></svg>'],
    ['png', ''],
    ['png', 'hello'],
    ['png', `${PNG}!`],
    ['png', 'R0lGODlhAQABAAAAACw='],
  ] as const)('are not made of what is no %s: %s', (format, data) => {
    expect(() => pictureBytes(format, data)).toThrow('could not be saved');
  });
});

type Run = RunResult['runs'][number];
const zero = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
const at = (line: number) => ({ start: { line, character: 0 }, end: { line, character: 9 } });
const run: Run = {
  schemaVersion: 1,
  runId: 'r1',
  query: 'q',
  outcome: 'complete',
  window: { from: null, to: null },
  filter: '',
  retrieval: {
    ...{ requests: 1, retries: 0, throttled: 0, tokens: 0, pages: 1, rangeChunks: 0, resumed: false },
    ...{ bytes: 1, records: 1, duplicates: 0, rejected: 0, expected: 1, accuracyRate: 1, latencyMs: 1 },
  },
  notes: [],
  expectations: [
    { text: 'RECORDS > 0', actual: 1, ok: true },
    { text: 'BOTTLENECKS <= 5', actual: 1204, ok: false },
    { text: 'P95(dwell) < 10s', actual: null, ok: false },
  ],
  exports: [],
  audit: null,
  compliance: 'VERIFIED',
  headline: '',
  startedAt: '2026-11-20T10:30:00.000Z',
};

describe('problems of a run', () => {
  const query: FoundQuery = {
    ...{ index: 0, range: zero, head: at(0), text: '' },
    clauses: [{ kind: 'expect', range: at(3), parts: [at(3), at(4)] }],
  };
  it('are the expectations that were not met, each at its place', () => {
    const problems = problemsOf(run);
    expect(problems).toEqual([
      { expectation: 1, message: 'BOTTLENECKS <= 5 was not met in the last run: it was 1,204.' },
      {
        expectation: 2,
        message: 'P95(dwell) < 10s was not met in the last run: there was nothing to measure it by.',
      },
    ]);
    expect(problems.map((problem) => placeOf(problem, query))).toEqual([at(4), undefined]);
  });
  it('are that its results are partial, and why', () => {
    const error = { code: 'throttled', message: 'The tenant stopped answering.' };
    const [first] = problemsOf({ ...run, outcome: 'partial', error });
    expect(first).toEqual({
      expectation: null,
      message: 'The results of the last run are partial: The tenant stopped answering.',
    });
    expect(first === undefined ? undefined : placeOf(first, query)).toEqual(at(0));
  });
  it('are none where all is well', () => {
    expect(problemsOf({ ...run, expectations: run.expectations.slice(0, 1) })).toEqual([]);
  });
});
