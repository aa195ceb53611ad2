/** What is known of a section is kept as long as nothing that it asked of the others is answered otherwise. */
import { describe, expect, it } from 'vitest';
import { check, checkSteps } from '../../../server/src/language/check/index.ts';
import type { CheckContext } from '../../../server/src/language/index.ts';
import { type ParsedDocument, parse, reparse } from '../../../server/src/language/parse.ts';
import { context } from '../../language/markers.ts';

/** `code text` of each diagnostic, as they are sorted. */
function said(document: ParsedDocument, using: CheckContext): string[] {
  const found = check(document, using);
  expect(found).toEqual(check(parse(document.text), using));
  return found.map((one) => `${one.code} ${document.text.slice(one.start, one.end)}`);
}

/** Makes an edit after a check; gives what is said then, and the first words of the sections that were checked anew. */
function afterEdit(text: string, from: string, to: string, using = context()) {
  const before = parse(text);
  check(before, using);
  const known = new Set(before.sections.map((section) => section.checked));
  expect(text).toContain(from);
  const after = reparse(
    before,
    text.replace(from, () => to),
  );
  const found = said(after, using);
  const anew = after.sections
    .filter((section) => !known.has(section.checked))
    .map(({ text: own }) => /\w+ \w+/.exec(own)?.[0]);
  return { anew, found };
}

const tight = context({}, { limits: { maxRequestsPerRun: 4, maxIdsPerRequest: 2 } });

describe('a section is checked anew', () => {
  it.each([
    [
      'where its own text changes',
      'QUERY a dwell > 5s\n',
      'QUERY b LAST 2h\n',
      'LAST 2h',
      'LAST 3h',
      ['QUERY b'],
    ],
    [
      'where it only moves: not',
      'QUERY a dwell > 5\n',
      'QUERY b dwell > 6\n',
      'QUERY a',
      '\n\nQUERY a',
      ['QUERY a'],
    ],
    [
      'where a parameter that it uses changes',
      "PARAM t = '2026-11-20'\nQUERY a nodeTimestamp > $t\n",
      'QUERY b LAST 2h\n',
      "'2026-11-20'",
      "'2026-13-20'",
      ['PARAM t', 'QUERY a'],
    ],
    [
      'where a parameter that it uses is declared no longer',
      'PARAM t = 5\nQUERY a LAST 2h LIMIT $t\n',
      'QUERY b LAST 2h\n',
      'PARAM t',
      'PARAM u',
      ['PARAM u', 'QUERY a'],
    ],
    [
      'where a parameter that it uses comes',
      'PARAM u = 5\nQUERY a LAST 2h LIMIT $t OFFSET $u\n',
      'QUERY b LAST 2h\n',
      'QUERY b',
      'PARAM t = 5s\nQUERY b',
      ['QUERY a', 'PARAM t'],
    ],
    [
      'where one that it does not use changes: not',
      'PARAM t = 5\nPARAM u = 6\nQUERY a LAST 2h LIMIT $t\n',
      'QUERY b LAST 2h LIMIT $u\n',
      '= 6',
      '= 7',
      ['PARAM u', 'QUERY b'],
    ],
    [
      'where the type of a parameter changes with its use elsewhere',
      'PARAM t\nQUERY a nodeName = $t LAST 2h\n',
      'QUERY b nodeId = $t LAST 2h\n',
      'nodeName = $t',
      'dwell = $t',
      ['QUERY a', 'QUERY b'],
    ],
    [
      'where a query that it names comes or goes',
      'QUERY aaaaaa LAST 2h\nQUERY b interactionId IN aaaaaa\nQUERY between LAST 5h\nQUERY more LAST 5h\n',
      'QUERY c LAST 2h\n',
      'QUERY aaaaaa',
      'QUERY zzzzzz',
      ['QUERY zzzzzz', 'QUERY b'],
    ],
    [
      'where another query comes: not',
      'QUERY aaaaaa LAST 2h\nQUERY b interactionId IN aaaaaa\nQUERY between LAST 5h\nQUERY more LAST 5h\n',
      'QUERY c LAST 2h\n',
      'QUERY c',
      'QUERY dddddd',
      ['QUERY more', 'QUERY dddddd'],
    ],
    [
      'where it asked for all names, and one of them changes',
      'QUERY aaaaaa LAST 2h\nQUERY b interactionId IN aaaaab\nQUERY between LAST 5h\nQUERY more LAST 5h\n',
      'QUERY c LAST 2h\n',
      'QUERY c',
      'QUERY d',
      ['QUERY b', 'QUERY more', 'QUERY d'],
    ],
    [
      'where it asked for all names, and none of them changes: not',
      'QUERY aaaaaa LAST 2h\nQUERY b interactionId IN aaaaab\nQUERY between LAST 5h\nQUERY more LAST 5h\n',
      'QUERY c LAST 2h\n',
      'QUERY c LAST 2h',
      'QUERY c LAST 3h',
      ['QUERY c'],
    ],
    [
      'where its name is there twice now',
      'QUERY a LAST 2h\nQUERY b LAST 3h\n',
      'QUERY c LAST 2h\n',
      'QUERY a',
      'QUERY c',
      ['QUERY c', 'QUERY c'],
    ],
  ])('%s', (_, first, last, from, to, anew) => {
    expect(afterEdit(first + last, from, to).anew).toEqual(anew);
  });

  it('where a query gives other ids than before, and not where it gives as many', () => {
    const text = 'QUERY a LAST 2h LIMIT 2\nQUERY b interactionId IN a LAST 2h LIMIT ALL\n';
    const more = afterEdit(text, 'LIMIT 2', 'LIMIT 2000', tight);
    expect(more.anew).toEqual(['QUERY a', 'QUERY b']);
    expect(more.found).toEqual(['CXQ4005 LIMIT', 'CXQ4005 LIMIT']);
    const same = afterEdit(text, 'LAST 2h LIMIT 2', 'LAST 3h LIMIT 2', tight);
    expect(same).toEqual({ anew: ['QUERY a'], found: [] });
  });

  it('where a parameter decides how many ids a query gives', () => {
    const text = 'PARAM n = 2\nQUERY a LAST 2h LIMIT $n\nQUERY b interactionId IN a LAST 2h LIMIT ALL\n';
    const { anew, found } = afterEdit(text, '= 2', '= 900', tight);
    expect(anew).toEqual(['PARAM n', 'QUERY a', 'QUERY b']);
    expect(found).toEqual(['CXQ4005 LIMIT', 'CXQ4005 LIMIT']);
  });

  it('where the first of two queries with one name is another one', () => {
    const text =
      'QUERY a LAST 2h LIMIT 2\nQUERY a LAST 2h LIMIT 2000 WITH pageSize = 1000\nQUERY b interactionId IN a LAST 2h LIMIT ALL\n';
    expect(said(parse(text), tight)).toEqual(['CXQ2007 a']);
    expect(afterEdit(text, 'QUERY a', 'QUERY c', tight).found).toContain('CXQ4005 LIMIT');
  });

  it('in another context, and not in the same', () => {
    const document = parse('QUERY a dwell > 5s LAST 31d\nQUERY b LAST 2h\n');
    const [one, other] = [context(), context({}, { limits: { retentionDays: 40 } })];
    expect(said(document, one)).toEqual(['CXQ6001 dwell > 5s', 'CXQ3003 31d']);
    const known = document.sections.map((section) => section.checked);
    check(document, one);
    expect(document.sections.every((section, index) => section.checked === known[index])).toBe(true);
    expect(said(document, other)).toEqual(['CXQ6001 dwell > 5s']);
    expect(document.sections.some((section, index) => section.checked === known[index])).toBe(false);
    expect(said(document, one)).toEqual(['CXQ6001 dwell > 5s', 'CXQ3003 31d']);
  });
});

describe('what is said of a parameter stands at its declaration', () => {
  const text =
    "QUERY a nodeTimestamp > $t AND endTime < $s AND interactionId IN $ids\nPARAM s = '2026-14-01'\n\nPARAM ids = ['x', ' y']\nPARAM t = '2026-13-01' -- the end\n";

  it.each([
    ['as it is written', 'QUERY a', 'QUERY  a'],
    ['moved with all', 'QUERY a', '-- more\nQUERY a'],
    ['moved away from its query', 'PARAM s', '-- more\n\nPARAM s'],
    ['moved nearer', '\n\nPARAM ids', '\nPARAM ids'],
    ['the last alone moved', 'PARAM t', '\nPARAM t'],
    ['with something after it', '-- the end', '-- at last'],
  ])('%s', (_, from, to) => {
    expect(afterEdit(text, from, to).found.filter((one) => !one.startsWith('CXQ6'))).toEqual([
      "CXQ3001 '2026-14-01'",
      "CXQ2012 ' y'",
      "CXQ3001 '2026-13-01'",
    ]);
  });

  it('once, where several queries find it, and twice where two things are found', () => {
    const twice = `${text}QUERY b nodeTimestamp > $t\nQUERY c nodeTimestamp < $t AND nodeTimestamp > $t\n`;
    const found = said(parse(twice), context());
    expect(found.filter((one) => one.startsWith('CXQ3001'))).toEqual([
      "CXQ3001 '2026-14-01'",
      "CXQ3001 '2026-13-01'",
    ]);
  });

  it('and syntax errors at one place stay, also where others are told once', () => {
    const using = context();
    const document = parse(
      "QUERY a nodeTimestamp > $t\nPARAM t = '2026-13-01'\nQUERY b LAST\nQUERY c LAST 'x 'y\n",
    );
    const codes = (found: readonly { code: string }[]) =>
      found.map((one) => one.code).filter((code) => code.startsWith('CXQ1'));
    const syntax = document.sections.flatMap(({ reading }) => reading.syntax);
    expect(codes(check(document, using)).sort()).toEqual(codes(syntax).sort());
  });
});

describe('many sections', () => {
  it('of which all is known are looked at fifty in a step', () => {
    const using = context();
    const text = Array.from({ length: 500 }, (_, index) => `QUERY q${index} open LAST 2h`).join('\n');
    const before = parse(text);
    check(before, using);
    const count = (document: ParsedDocument) => {
      const run = checkSteps(document, using);
      let taken = 0;
      while (run.next().done !== true) taken++;
      return taken;
    };
    const edited = count(reparse(before, text.replace('q250 open', 'q250 isLast')));
    const fresh = count(parse(text));
    expect(fresh).toBeGreaterThan(500);
    // Four walks over all of them and what is sorted, one section checked.
    expect(edited).toBeGreaterThan(3 * 10);
    expect(edited).toBeLessThan(100);
  });
});
