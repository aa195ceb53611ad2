/** Inlay hints: what they say, where they stand, and where there are none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HINT_KINDS, inlayHints } from '../../server/src/language/editing.ts';
import { type CheckContext, type HintKind, parse, toPlain } from '../../server/src/language/index.ts';
import { EXAMPLE } from './example.ts';
import { context } from './markers.ts';

const ALL: ReadonlySet<HintKind> = new Set(HINT_KINDS);
const berlin = (more: Partial<CheckContext> = {}) => context(more, { timeZone: 'Europe/Berlin' });

/** The text with its hints in «». */
function hinted(text: string, kinds: readonly HintKind[] = HINT_KINDS, using = context()): string {
  const found = inlayHints(parse(text), { start: 0, end: text.length }, using, new Set(kinds));
  return found.reduceRight(
    (shown, { offset, label }) => `${shown.slice(0, offset)}«${label}»${shown.slice(offset)}`,
    text,
  );
}

describe('hints of instants', () => {
  const instants = (text: string, using?: CheckContext) => hinted(text, ['instants'], using);
  it.each([
    ['LAST 24h', 'LAST 24h«since Sat 21 Nov 08:00»'],
    ['LAST 2h', 'LAST 2h«since 06:00»'],
    ['PARAM back = 2h; LAST $back', 'PARAM back = 2h; LAST $back«since 06:00»'],
    ['SINCE now() - 2h UNTIL now()', 'SINCE now() - 2h«= 06:00» UNTIL now()'],
    ["SINCE '2026-11-20' UNTIL '2026-11-21'", "SINCE '2026-11-20'«Fri 00:00» UNTIL '2026-11-21'«Sat 24:00»"],
    ["SINCE '2026-11-20T08:00:00Z'", "SINCE '2026-11-20T08:00:00Z'"],
    ["SINCE '2026-11-20T08:00:00+02:00'", "SINCE '2026-11-20T08:00:00+02:00'«= Fri 20 Nov 06:00»"],
    ["SINCE '2025-12-31T08:00:00+02:00'", "SINCE '2025-12-31T08:00:00+02:00'«= Wed 31 Dec 2025 06:00»"],
    ['nodeTimestamp >= ago(90m)', 'nodeTimestamp >= ago(90m)«= 06:30»'],
    ['ANY(endTime < today())', 'ANY(endTime < today()«= 00:00»)'],
    ["nodeId = '2026-11-20'", "nodeId = '2026-11-20'"],
    ['dwell > 2h', 'dwell > 2h'],
    ['LAST 1x', 'LAST 1x'],
    ['WHERE = ] LAST 2h', 'WHERE = ] LAST 2h«since 06:00»'],
  ])('of %s', (text, expected) => {
    expect(instants(text)).toBe(expected);
  });

  it('are on the clock of the profile', () => {
    expect(instants("LAST 2h; SINCE '2026-11-20' UNTIL '2026-11-20T08:00:00+01:00'", berlin())).toBe(
      "LAST 2h«since 07:00»; SINCE '2026-11-20'«Fri 00:00» UNTIL '2026-11-20T08:00:00+01:00'",
    );
    expect(instants("SINCE '2026-11-20T08:00:00Z'", berlin())).toContain('«= Fri 20 Nov 09:00»');
    const [hint] = inlayHints(parse('LAST 2h'), { start: 0, end: 7 }, berlin(), new Set(['instants']));
    expect(toPlain(hint?.tooltip ?? [])).toBe(
      '- Instant: 2026-11-22T06:00:00.000Z, 2 hours before now\n- Local time: Sun 22 Nov 2026, 07:00 (Europe/Berlin, UTC+01:00)',
    );
  });

  it('say whether they move with the clock', () => {
    const text = "SINCE '2026-11-20' UNTIL now() - 1h; LAST 1h";
    const found = inlayHints(parse(text), { start: 0, end: text.length }, context(), new Set(['instants']));
    expect(found.map(({ moves }) => moves)).toEqual([false, true, true]);
  });
});

describe('hints of the plan', () => {
  const ids = (count: number) =>
    `[${Array.from({ length: count }, (_, index) => `'id-${index}'`).join(', ')}]`;

  it('say how many requests a query takes, where that is known', () => {
    const requests = (text: string, using?: CheckContext) => hinted(text, ['requests'], using);
    expect(requests('QUERY a LAST 1h LIMIT 1000')).toBe('QUERY a«≈ 1–10 requests» LAST 1h LIMIT 1000');
    expect(requests("QUERY a 'Title' LAST 1h LIMIT 50")).toContain("'Title'«≈ 1 request» LAST");
    expect(requests('QUERY a LAST 1h')).toContain('a«≈ 1–10 requests · at most 1,000» LAST');
    expect(requests('QUERY a LAST 1h', context({ defaultLimit: 5_000 }))).toContain('at most 5,000');
    expect(requests('QUERY a WHERE dwell > 1s LAST 1h')).toContain('QUERY a«at most 1,000» WHERE');
    expect(requests('QUERY a WHERE dwell > 1s LAST 1h LIMIT ALL')).not.toContain('«');
    expect(requests('errorState -- why\nLAST 1h LIMIT 50')).toBe(
      'errorState«≈ 1 request» -- why\nLAST 1h LIMIT 50',
    );
    expect(requests('QUERY a LAST 1h LIMIT')).not.toContain('«');
    expect(requests('PARAM n: NUMBER\nQUERY a LAST 1h LIMIT $n')).not.toContain('«');
  });

  it('count the batches of a long list', () => {
    expect(hinted(`interactionId IN ${ids(250)}`, ['batches'])).toContain("'id-249']«3 batches»");
    expect(hinted(`interactionId IN ${ids(100)}`, ['batches'])).not.toContain('«');
    expect(hinted(`PARAM all = ${ids(101)}\nQUERY a interactionId IN $all`, ['batches'])).toMatch(
      /IN \$all«2 batches»$/,
    );
  });

  it('mark what runs locally, and say why', () => {
    const text = 'WHERE errorState AND dwell > 10s AND (open OR ANY(isLast)) LAST 1h';
    expect(hinted(text, ['local'])).toBe(
      'WHERE errorState AND dwell > 10s«runs locally» AND (open OR ANY(isLast))«runs locally» LAST 1h',
    );
    expect(hinted('(errorState AND ( (dwell > 1s))) LAST 1h', ['local'])).toBe(
      '(errorState AND ( (dwell > 1s))«runs locally») LAST 1h',
    );
    expect(hinted('LAST 1h LIMIT 5', ['local'])).not.toContain('«');
    expect(hinted('nodId = 1 AND changed(nodId) LAST 1h', ['local'])).toBe(
      'nodId = 1 AND changed(nodId)«runs locally» LAST 1h',
    );
    const found = inlayHints(parse(text), { start: 0, end: text.length }, context(), new Set(['local']));
    expect(toPlain(found[0]?.tooltip ?? [])).toMatch(
      /^Runs here, on what the tenant sends, because .*dwell.*\.$/,
    );
  });
});

describe('hints', () => {
  it('are those of the range alone', () => {
    const text = 'QUERY a LAST 1h;\n\nQUERY b LAST 2h;\n\nQUERY c LAST 3h';
    const at = (from: string, to: string) =>
      inlayHints(parse(text), { start: text.indexOf(from), end: text.indexOf(to) }, context(), ALL).map(
        ({ label }) => label,
      );
    expect(at('QUERY b', 'QUERY c')).toEqual(['≈ 1–10 requests · at most 1,000', 'since 06:00']);
    expect(at('LAST 2h', 'QUERY c')).toEqual(['since 06:00']);
    expect(at('QUERY b', 'LAST 2h')).toEqual(['≈ 1–10 requests · at most 1,000']);
  });

  it('are not there without their kinds', () => {
    expect(hinted(EXAMPLE, [])).toBe(EXAMPLE);
    for (const kind of HINT_KINDS) {
      const found = inlayHints(parse(EXAMPLE), { start: 0, end: EXAMPLE.length }, context(), new Set([kind]));
      expect(found.every((hint) => hint.kind === kind)).toBe(true);
    }
  });

  it('stay while another query is written', () => {
    const second = '\n\nQUERY b WHERE dwell > 1s LAST 2h';
    const behind = (first: string) => hinted(first + second).slice(hinted(first).length);
    expect(behind('QUERY a WHERE errorState LAST 1h;')).toBe(behind('QUERY a WHERE = LAST 1h;'));
  });

  it('are in order, inside the range, and never fail', () => {
    const pieces = [...EXAMPLE.matchAll(/\s+|\w+|./gu)].map(([piece]) => piece);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces, "'2026-11-20'", '😀'), { maxLength: 60 }),
        fc.nat(),
        fc.nat(),
        (parts, one, other) => {
          const text = parts.join('');
          const [a, b] = [one % (text.length + 1), other % (text.length + 1)];
          const span = { start: Math.min(a, b), end: Math.max(a, b) };
          let last = span.start;
          for (const { offset, label } of inlayHints(parse(text), span, context(), ALL)) {
            expect(offset).toBeGreaterThanOrEqual(last);
            expect(offset).toBeLessThanOrEqual(span.end);
            expect(label).not.toBe('');
            last = offset;
          }
        },
      ),
      { seed: 20_261_122, numRuns: 300 },
    );
  });
});
