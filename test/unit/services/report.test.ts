import { expect, it } from 'vitest';
import { DiagnosticSeverity } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { check, parse } from '../../../server/src/language/index.ts';
import { drained } from '../../../server/src/language/parse.ts';
import { reportSteps } from '../../../server/src/services/report.ts';
import { context } from '../../language/markers.ts';

const queries = (count: number, name: string, rest: string) =>
  Array.from({ length: count }, (_, index) => `QUERY ${name}${index}\n${rest}\n`).join('');
const wrong = (count: number) => queries(count, 'wrong', 'LAST many');
const hinted = (count: number) => queries(count, 'hinted', 'WHERE NOT dwell > 5s\nLAST 2h');

function reported(text: string) {
  const found = check(parse(text), context());
  const { items } = drained(reportSteps(TextDocument.create('a', 'cxq', 1, text), found));
  return { found, items };
}

it('has all diagnostics of a file that has no more than can be shown', () => {
  const { found, items } = reported(wrong(400));
  expect(found.length).toBeGreaterThan(300);
  expect(items.map(({ code }) => code)).toEqual(found.map(({ code }) => code));
});

it('has the gravest of too many, in their order, and last how many there are', () => {
  const { found, items } = reported(hinted(1_500) + wrong(900));
  const errors = found.filter(({ severity }) => severity === 'error');
  expect(errors.length).toBeLessThan(1_000);
  const last = items.pop();
  expect(items).toHaveLength(1_000);
  expect(items.filter(({ severity }) => severity === DiagnosticSeverity.Error)).toHaveLength(errors.length);
  const lines = items.map(({ range }) => range.start.line);
  expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  expect(last).toMatchObject({
    severity: DiagnosticSeverity.Information,
    message: `This file has ${found.length.toLocaleString('en')} diagnostics, and 1,000 of them are shown, errors first. To see all, run “cxq check” on it.`,
  });
});
