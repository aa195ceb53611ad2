/** Words, values and trees. */
import { describe, expect, it } from 'vitest';
import { documentSymbols, foldingRanges, queryLenses } from '../../../server/src/language/editing.ts';
import {
  clauseOf,
  formatDuration,
  parametersOf,
  parse,
  parseDuration,
  parseParameterValue,
  predicateText,
  readInstant,
  startOfToday,
} from '../../../server/src/language/index.ts';
import { instant, NOW } from '../../language/markers.ts';

const MINUTE = 60_000_000;

describe('durations', () => {
  it.each([
    ['250ms', 250_000],
    ['1h30m', 90 * MINUTE],
    ['1W', 7 * 1440 * MINUTE],
    ['0s', 0],
  ])('%s', (text, micros) => {
    expect(parseDuration(text)).toBe(micros);
    expect(parseDuration(formatDuration(micros))).toBe(micros);
  });

  it.each(['', '10', '10x', '30m1h', '1h1h', '1.5h', '99999999999999w', 'h'])('%s is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('are written from large to small', () => {
    expect([30 * 1440 * MINUTE, 8 * 1440 * MINUTE, 90 * MINUTE, 0].map(formatDuration)).toEqual([
      '30d',
      '8d',
      '1h30m',
      '0s',
    ]);
  });
});

describe('instants', () => {
  it('need a zone, or are dates in the zone of the profile', () => {
    expect(readInstant('2026-11-20T08:00:00.250+02:00', 'UTC', 'start')).toMatchObject({
      micros: instant('2026-11-20T06:00:00.250Z'),
    });
    expect(readInstant('2026-11-20', 'America/New_York', 'start')).toMatchObject({
      micros: instant('2026-11-20T05:00:00Z'),
    });
    expect(readInstant('2026-11-20', 'UTC', 'end')).toMatchObject({
      micros: instant('2026-11-21T00:00:00Z') - 1,
    });
    // The day on which summer time ends has 25 hours.
    expect(readInstant('2026-10-25', 'Europe/Berlin', 'end')).toMatchObject({
      micros: instant('2026-10-25T23:00:00Z') - 1,
    });
    expect(readInstant('2026-02-30', 'UTC', 'start')).toMatchObject({ ok: false, reason: 'format' });
    expect(readInstant('2026-11-20T08:00:00', 'UTC', 'start')).toMatchObject({ ok: false, reason: 'zone' });
  });

  it('know when today began', () => {
    expect(startOfToday(NOW, 'Asia/Tokyo')).toBe(instant('2026-11-21T15:00:00Z'));
    expect(startOfToday(NOW, 'Nowhere/Land')).toBe(instant('2026-11-22T00:00:00Z'));
  });
});

describe('parameters', () => {
  it('have the declared type, the default’s, or that of their use', () => {
    const document =
      parse(`PARAM a: NUMBER PARAM b = 2h PARAM c PARAM d PARAM e PARAM f = '2026-11-20' PARAM g
nodeId LIKE $c AND interactionId IN $d AND nodeTimestamp > ago($e) AND nodeTimestamp < $f AND dwell > $b LIMIT $a OFFSET $g`);
    const types = [...parametersOf(document).values()].map((facts) => `${facts.name} ${facts.type}`);
    expect(types).toEqual([
      'a NUMBER',
      'b DURATION',
      'c STRING',
      'd LIST',
      'e DURATION',
      'f TIMESTAMP',
      'g NUMBER',
    ]);
  });

  it.each([
    ['STRING', 'billing', { kind: 'string', value: 'billing' }],
    ['STRING', "'it''s'", { kind: 'string', value: "it's" }],
    ['STRING', "x' OR 1 = 1 --", { kind: 'string', value: "x' OR 1 = 1 --" }],
    ['NUMBER', '-3', { kind: 'number', value: -3 }],
    ['DURATION', '1h30m', { kind: 'duration', micros: 90 * MINUTE }],
    ['BOOLEAN', 'TRUE', { kind: 'boolean', value: true }],
    ['TIMESTAMP', '2026-11-20T08:00:00Z', { kind: 'string', value: '2026-11-20T08:00:00Z' }],
    ['LIST', "['a', 'b']", { kind: 'list' }],
    [undefined, '12', { kind: 'number', value: 12 }],
    [undefined, 'any thing', { kind: 'string', value: 'any thing' }],
  ] as const)('take a %s from %s', (type, text, value) => {
    expect(parseParameterValue({ name: 'x', type }, text)).toMatchObject({ ok: true, value });
  });

  it.each([
    ['NUMBER', 'ten'],
    ['DURATION', '10'],
    ['DURATION', '1h QUERY b LAST 2h'],
    ['BOOLEAN', 'yes'],
    ['TIMESTAMP', 'yesterday'],
    ['LIST', "'a'"],
    ['NUMBER', ''],
    ['NUMBER', '$other'],
  ] as const)('refuse as %s: %s', (type, text) => {
    const read = parseParameterValue({ name: 'x', type }, text);
    expect(read.ok).toBe(false);
    expect(read.ok ? '' : read.message).toContain('$x takes');
  });
});

describe('trees', () => {
  it('bind AND tighter than OR, and print what is needed', () => {
    const printed = (text: string) => {
      const [query] = parse(text).queries;
      const where = query === undefined ? undefined : clauseOf(query, 'where');
      return where === undefined ? undefined : predicateText(where.predicate);
    };
    expect(printed("nodeid = 'a' and errorstate or not (open or islast)")).toBe(
      "nodeId = 'a' AND errorState OR NOT (open OR isLast)",
    );
    expect(printed('((a or b)) and c')).toBe('(a OR b) AND c');
    expect(printed("before['customer tier'].limit <> 1 and changed(limit) AND x in (1, 2)")).toBe(
      "before['customer tier'].limit != 1 AND changed(limit) AND x IN [1, 2]",
    );
    expect(printed("nodeTimestamp between now() - 1H and '2026-11-20' and `limit` is not null")).toBe(
      "nodeTimestamp BETWEEN now() - 1h AND '2026-11-20' AND `limit` IS NOT NULL",
    );
  });

  it('end a query at PARAM, QUERY and ;', () => {
    const document = parse('errorState LAST 2h; dwell > 1s PARAM x = 1 wait > 1s QUERY a open QUERY b');
    expect(document.items.map((item) => item.kind)).toEqual([
      'query',
      'query',
      'parameter',
      'query',
      'query',
      'query',
    ]);
    expect(document.queries.map((query) => query.name?.text ?? null)).toEqual([null, null, null, 'a', 'b']);
    expect(document.syntax).toEqual([]);
  });

  it('keep what can be read of a broken query', () => {
    const [query] = parse(
      'QUERY a WHERE dwell = LIMIT 5 WITH pageSize = , retries = 2 ANALYZE PATHS',
    ).queries;
    expect(query?.clauses.map((clause) => clause.kind)).toEqual(['where', 'limit', 'with', 'analyze']);
    expect(query?.broken).toBe(true);
  });

  it('give outline, folding and lenses', () => {
    const text =
      "-- one\n-- two\nPARAM x = 2h\nQUERY a 'Title'\nWHERE nodeId IN [\n  'a'\n]\nLAST $x;\n/* more\n */ errorState LAST 2h";
    const document = parse(text);
    expect(documentSymbols(document).map(({ kind, name, detail }) => [kind, name, detail])).toEqual([
      ['parameter', '$x', '2h'],
      ['query', 'a', 'Title'],
      ['query', 'errorState', ''],
    ]);
    expect(documentSymbols(document)[1]?.children.map((child) => child.name)).toEqual(['WHERE', 'LAST']);
    expect(
      foldingRanges(document).map((range) => [range.kind, text.slice(range.start, range.end).split('\n')[0]]),
    ).toEqual([
      ['comment', '-- one'],
      ['code', "QUERY a 'Title'"],
      ['code', 'WHERE nodeId IN ['],
      ['brackets', ''],
      ['comment', '/* more'],
    ]);
    expect(
      queryLenses(document).map((lens) => [lens.index, lens.name, text.slice(lens.start, lens.end)]),
    ).toEqual([
      [0, 'a', "QUERY a 'Title'"],
      [1, null, 'errorState'],
    ]);
  });
});
