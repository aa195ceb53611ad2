import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse, createStore } from '../../../../server/src/analysis/index.ts';
import { flowPicture, inLines } from '../../../../server/src/output/exports/report/flow.ts';
import { reportHtml } from '../../../../server/src/output/exports/report/html.ts';
import { escapeMarkdown, reportMarkdown } from '../../../../server/src/output/exports/report/markdown.ts';
import { namesOf } from '../../../../server/src/output/exports/report/names.ts';
import { visibleText } from '../../../../server/src/output/text.ts';
import { formatSeconds } from '../../../../server/src/protocol/figures.ts';
import { documentOf, PLAIN, type Words } from './documents.ts';

/** What a page of ours is made of; nothing else may come into it. */
const TAG = /<(\/?[a-z][a-z0-9]*|!doctype)((?: [a-zA-Z-]+(?:="[^"<>]*")?)*)\/?>/g;
const ATTRIBUTES = new Set(
  'html lang charset http-equiv content name class aria-label aria-labelledby id href scope tabindex role viewBox width height d x y rx r cx cy stroke-width marker-end refX refY markerWidth markerHeight markerUnits orient'.split(
    ' ',
  ),
);

/** What stands in a page that is none of its tags; throws where a tag is not one of ours. */
function textOf(page: string): string {
  const body = page.replace(/<style>.*?<\/style>/s, '');
  return body.replace(TAG, (_, tag: string, attributes: string) => {
    expect(['script', 'iframe', 'img', 'object', 'form', 'link', 'base']).not.toContain(tag);
    for (const [, name = '', value = ''] of attributes.matchAll(/ ([a-zA-Z-]+)(?:="([^"]*)")?/g)) {
      expect([...ATTRIBUTES]).toContain(name);
      if (name === 'href') expect(value).toMatch(/^#[a-z]+$/);
    }
    return '';
  });
}

const HOSTILE = [
  '"><script>alert(1)</script>',
  "' onmouseover='alert(1)",
  '</style><svg onload=alert(1)>',
  'javascript:alert(1)',
  '[x](javascript:alert(1))',
  '![x](https://evil.example/x.png)',
  'https://evil.example www.evil.example',
  '`code` | pipe \\| ~~gone~~ **bold** # head',
  '```\n# out\n```',
  '"]; click n0 "javascript:alert(1)"',
  '\u202egnp.exe\u0000\u001b[31m',
  '<!-- --> &lt; &#60; $x$ @team #1',
  '__proto__',
  'start',
  '',
];
const EXAMPLES = HOSTILE.map((text): [Words] => [
  { first: text, second: 'b', name: text, value: text, variable: text, id: text },
]);
const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 40 }));
const words: fc.Arbitrary<Words> = fc.record({
  first: hostile,
  second: hostile,
  name: fc.option(hostile),
  value: hostile,
  variable: hostile,
  id: hostile,
});

describe('the page', () => {
  it('says what matters first, then what it rests on, and where it comes from', () => {
    const page = reportHtml(documentOf());
    const order = [
      '<h1>menu</h1>',
      '30 bottlenecks, most at Priority routing.',
      'What matters</h2>',
      'of the time above threshold is spent in Priority routing',
      'What this is of</h2>',
      '<span class="warn">Partial</span>',
      'What was expected (EXPECT)',
      'Bottlenecks</h2>',
      'The flow</h2>',
      '<svg class="flow" role="img"',
      'Where the time goes</h2>',
      '<svg class="shares" role="img"',
      '<svg class="lengths" role="img"',
      'Paths: 1 way through</h2>',
      'Over time</h2>',
      'Decisions</h2>',
      'Beside another set</h2>',
      'Variables</h2>',
      'How to read the numbers</h2>',
      `audit.jsonl 7:${'ab'.repeat(32)}`,
      'CXQ 0.1.0',
    ];
    const places = order.map((text) => page.indexOf(text));
    expect(places.filter((place) => place < 0)).toEqual([]);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('is whole in itself, and its policy lets it fetch nothing and run nothing', () => {
    const page = reportHtml(documentOf());
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:;`);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|src=|https?:|url\((?!#)/);
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'));
  });

  it('has the same bytes each time', () => {
    expect(reportHtml(documentOf())).toBe(reportHtml(documentOf()));
    expect(reportMarkdown(documentOf())).toBe(reportMarkdown(documentOf()));
  });

  it('holds nothing from outside but as text', () => {
    fc.assert(
      fc.property(words, (one) => {
        const page = reportHtml(documentOf(one, {}, 24));
        expect(textOf(page)).not.toMatch(/[<>]/);
        expect(visibleText(page, { lines: true })).toBe(page);
      }),
      { numRuns: 40, examples: EXAMPLES },
    );
  });

  it('marks what few values stand behind', () => {
    const page = reportHtml(documentOf(PLAIN, {}, 12));
    expect(page).toContain('<span class="few">≈ ');
    expect(reportMarkdown(documentOf(PLAIN, {}, 12))).toContain('_≈ ');
  });

  it('shows how long steps take, and how many of them are above their threshold', () => {
    const document = documentOf();
    const { edges, counts, bottlenecks } = document.report.dwellHistogram;
    const page = reportHtml(document);
    const [, picture = ''] = /<svg class="lengths"(.*?)<\/svg>/s.exec(page) ?? [];
    const told = [...picture.matchAll(/<title>([^<]*) steps, (\d+) above their threshold<\/title>/g)];
    const bars = counts.map((count, bin) => [
      `${formatSeconds(edges[bin] ?? null)} to ${formatSeconds(edges[bin + 1] ?? null)}: ${count}`,
      String(bottlenecks[bin]),
    ]);
    expect(told.map(([, range, over]) => [range, over])).toEqual(bars);
    expect(bottlenecks.some((count) => count > 0)).toBe(true);
    const heights = (kind: string): number[] =>
      [...picture.matchAll(new RegExp(`class="${kind}"[^>]* height="([\\d.]+)"`, 'g'))].map(([, of]) =>
        Number(of),
      );
    expect(heights('steps').map((height) => height > 0)).toEqual(counts.map((count) => count > 0));
    expect(heights('over').map((height) => height > 0)).toEqual(bottlenecks.map((count) => count > 0));
    expect(Math.max(...heights('steps'))).toBeLessThanOrEqual(130);
    for (const [bin, count] of counts.entries()) {
      const [from, to] = [edges[bin] ?? null, edges[bin + 1] ?? null].map(formatSeconds);
      expect(reportMarkdown(document)).toContain(`| ${from} | ${to} | ${count} | ${bottlenecks[bin]} |`);
    }
  });

  it('has p99 of each node, marked where a hundred visits do not stand behind it', () => {
    const cells = (count: number): string[] => {
      const [, table = ''] = /<caption>Nodes by the time spent.*?<tbody>(.*?)<\/tbody>/s.exec(
        reportHtml(documentOf(PLAIN, {}, count)),
      ) ?? [''];
      return [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) => row.split('</td>')[3] ?? '');
    };
    expect(cells(99).every((cell) => cell.includes('class="few"'))).toBe(true);
    expect(cells(100).some((cell) => cell.includes('class="few"'))).toBe(false);
  });

  it('is there where nothing was found, and of a file', () => {
    const report = analyse(createStore(), {});
    const of = { kind: 'file', name: 'empty.ndjson' } as const;
    const empty = { ...documentOf(), of, report, comparison: null, expectations: [], notes: [] };
    const page = reportHtml(empty);
    expect(page).toContain('empty.ndjson');
    expect(page).not.toContain('<svg');
    expect(textOf(page)).toContain('Nothing stands out.');
    expect(reportMarkdown(empty)).toContain('Nothing stands out.');
  });
});

describe('Markdown', () => {
  it('has the map as a diagram and as a list, and tables whose rows have as many cells', () => {
    const text = reportMarkdown(documentOf());
    expect(text).toContain('```mermaid\nflowchart TD\n');
    expect(text).toContain('- menu → Priority routing: 60\n');
    expect(text).toContain('| Priority routing | 15 s | 30 | 60 | 50.0 % (37.7 to 62.3 %) | 40 s | a0 |');
  });

  it('holds nothing from outside but as text', () => {
    fc.assert(
      fc.property(words, (one) => {
        const text = reportMarkdown(documentOf(one, {}, 24));
        const outside = text.replace(/^(`{3,})[a-z]+\n.*?\n\1$/gms, '');
        const bare = outside.replace(/\\./gs, '');
        expect(bare).not.toMatch(/[<>`[\]]|https?:\/\/|www\./);
        let cells: number | undefined;
        for (const line of bare.split('\n')) {
          const found = line.startsWith('|') ? line.split('|').length : undefined;
          if (found !== undefined && cells !== undefined) expect(found).toBe(cells);
          cells = found;
        }
      }),
      { numRuns: 40, examples: EXAMPLES },
    );
  });

  it.each([
    ['- a', '\\- a'],
    ['1. a', '1\\. a'],
    ['a|b`c`', 'a\\|b\\`c\\`'],
    ['https://a.example', 'https\\://a.example'],
    ['2026-11-22 08:15', '2026-11-22 08:15'],
  ])('%s is written %s', (text, written) => {
    expect(escapeMarkdown(text)).toBe(written);
  });
});

describe('the map', () => {
  it('keeps the start, the end and what is common, and says how much it leaves out', () => {
    const { report } = documentOf();
    const names = namesOf(report);
    const picture = flowPicture(report, names);
    expect(picture?.nodes.map(({ name }) => name).sort()).toEqual([
      'End',
      'Priority routing',
      'Start',
      'menu',
    ]);
    expect(picture?.left).toBe('All nodes and connections are drawn.');
    const nodes = report.nodes
      .slice(0, 1)
      .flatMap((node) =>
        Array.from({ length: 80 }, (_, i) => ({ ...node, nodeId: `n${i}`, nodeName: null, visits: 100 - i })),
      );
    const wide = flowPicture({ ...report, nodes, flow: { starts: [], ends: [], edges: [] } }, names);
    expect(wide?.nodes.length).toBeLessThanOrEqual(24);
    expect(wide?.left).toMatch(/64 nodes are left out/);
  });

  it('draws within its bounds', () => {
    const { report } = documentOf();
    const picture = flowPicture(report, namesOf(report));
    for (const { x, y, width, height } of picture?.nodes ?? []) {
      expect(x - width / 2).toBeGreaterThanOrEqual(0);
      expect(x + width / 2).toBeLessThanOrEqual(picture?.width ?? 0);
      expect(y - height / 2).toBeGreaterThanOrEqual(0);
      expect(y + height / 2).toBeLessThanOrEqual(picture?.height ?? 0);
    }
  });

  it.each([
    ['Priority routing', ['Priority routing']],
    ['Collect and check the customer PIN', ['Collect and check the', 'customer PIN']],
    ['x'.repeat(50), [`${'x'.repeat(21)}…`]],
    ['', ['']],
  ])('breaks %s into lines', (name, lines) => {
    expect(inLines(name)).toEqual(lines);
  });
});
