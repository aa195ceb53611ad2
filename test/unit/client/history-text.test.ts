import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  dateChoices,
  freeColumns,
  historyFilters,
  isHistoryName,
  nextColumn,
} from '../../../client/src/runs/history-text.ts';

const manifest = z
  .object({
    contributes: z.object({
      menus: z.record(z.string(), z.array(z.object({ command: z.string(), when: z.string().optional() }))),
    }),
  })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

/** The files that the explorer's menu has the command for. */
function offered(): RegExp {
  const [entry] = manifest.contributes.menus['explorer/context'] ?? [];
  expect(entry?.command).toBe('cxq.openHistoryFile');
  const [, pattern = ''] = /resourceFilename =~ \/(.*)\/i$/.exec(entry?.when ?? '') ?? [];
  return new RegExp(pattern, 'i');
}

const HISTORY = ['a.ndjson', 'a.jsonl', 'a.json', 'a.xes', 'a.ocel', 'a.jsonocel', 'a.csv', 'a.tsv'];

describe('names of history files', () => {
  it.each([...HISTORY, ...HISTORY.map((name) => `${name}.gz`), 'Log 2026.XES'])('%s may be one', (name) => {
    expect(isHistoryName(name)).toBe(true);
    expect(offered().test(name)).toBe(true);
  });
  it.each(['a.cxq', 'a.gz', 'a.txt', 'json', 'a.csvx', 'a.json.zip'])('%s is none', (name) => {
    expect(isHistoryName(name)).toBe(false);
    expect(offered().test(name)).toBe(false);
  });
  it.each([
    'package.json',
    'tsconfig.base.json',
    'acme.cxq-profile.json',
    '.prettierrc.json',
    'a.schema.json',
  ])('the menu leaves %s alone', (name) => {
    expect(offered().test(name)).toBe(false);
  });
  it('the dialog shows all of them first, packed ones too', () => {
    const [[first, endings] = []] = Object.entries(historyFilters());
    expect(first).toBe('History files');
    expect(endings).toEqual(expect.arrayContaining(['ndjson', 'json', 'xes', 'jsonocel', 'csv', 'gz']));
  });
});

/** Answers every question with the first free column, or with none where that is offered. */
function answered(known: Record<string, string>, header: string[], without: readonly string[] = []) {
  const question = { kind: 'columns', header, known } as const;
  const chosen = new Map<string, string | null>();
  for (;;) {
    const step = nextColumn(known, chosen);
    if (step === undefined) return Object.fromEntries(chosen);
    const [first] = freeColumns(question, chosen);
    chosen.set(step.role, without.includes(step.role) || first === undefined ? null : first);
  }
}

describe('columns that are asked for', () => {
  const header = ['a', 'b', '', 'b', 'c', 'd'];
  it('are all four where none is known, each column once', () => {
    expect(answered({}, header)).toEqual({ case: 'a', activity: 'b', start: 'c', end: 'd' });
  });
  it('are only those that are missing', () => {
    expect(answered({ case: 'c', start: 'a' }, header)).toEqual({ activity: 'b' });
    expect(answered({ case: 'c', activity: 'a' }, header)).toEqual({ start: 'b', end: 'd' });
  });
  it('have no end where there is no start', () => {
    expect(answered({}, header, ['start'])).toEqual({ case: 'a', activity: 'b', start: null });
  });
  it('can be left out only where they are not needed', () => {
    const step = nextColumn({}, new Map());
    expect(step).toMatchObject({ role: 'case', none: null });
    expect(nextColumn({ case: 'a', activity: 'b' }, new Map())?.none).toMatch(/^None/);
  });
});

it('dates are asked for with the one that was found', () => {
  const { placeHolder, choices } = dateChoices('03/04/2026\u202e');
  expect(placeHolder).toBe('What comes first in dates such as 03/04/2026\\u202e?');
  expect(choices.map(({ dates }) => dates)).toEqual(['day-first', 'month-first']);
});
