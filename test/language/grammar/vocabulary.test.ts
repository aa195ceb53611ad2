/** The grammar colours every word that the language knows, in any case: asked of the engine that the editor uses. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ANALYSES } from '../../../server/src/language/analyses.ts';
import { FIELDS } from '../../../server/src/language/fields.ts';
import { FORMATS } from '../../../server/src/language/formats.ts';
import { FUNCTIONS } from '../../../server/src/language/functions.ts';
import { UNITS } from '../../../server/src/language/literals.ts';
import { METRICS } from '../../../server/src/language/metrics.ts';
import { OPTIONS } from '../../../server/src/language/options.ts';
import { RESERVED } from '../../../server/src/language/tokens.ts';
import { PARAMETER_TYPES } from '../../../server/src/language/types.ts';
import { scopesAreAsSaid } from './tool.ts';

const folder = mkdtempSync(join(tmpdir(), 'cxq-words-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A line with one word in it, and the scope that the word must have. */
interface Case {
  readonly before?: string;
  readonly word: string;
  readonly after?: string;
  readonly scope: string;
}

function fixture(cases: readonly Case[]): string {
  const lines = ['-- SYNTAX TEST "source.cxq" "the words of the tables"'];
  for (const { before = '', word, after = '', scope } of cases) {
    // The first columns of an assertion hold its comment mark, so the word stands further right.
    const indent = '     ';
    lines.push(`${indent}${before}${word}${after}`);
    lines.push(`--${' '.repeat(indent.length + before.length - 2)}${'^'.repeat(word.length)} ${scope}`);
  }
  return `${lines.join('\n')}\n`;
}

const upperAndLower = (cases: readonly Case[]) =>
  cases.flatMap((one) => [
    { ...one, word: one.word.toUpperCase() },
    { ...one, word: one.word.toLowerCase() },
  ]);

const RESERVED_SCOPES: Readonly<Record<string, string>> = {
  QUERY: 'keyword.control.query.cxq',
  PARAM: 'keyword.control.parameter.cxq',
  ASC: 'keyword.control.part.cxq',
  DESC: 'keyword.control.part.cxq',
  AND: 'keyword.control.logical.cxq',
  OR: 'keyword.control.logical.cxq',
  NOT: 'keyword.control.logical.cxq',
  IN: 'keyword.control.operator.cxq',
  BETWEEN: 'keyword.control.operator.cxq',
  LIKE: 'keyword.control.operator.cxq',
  MATCHES: 'keyword.control.operator.cxq',
  IS: 'keyword.control.operator.cxq',
  NULL: 'constant.language.null.cxq',
  TRUE: 'constant.language.boolean.cxq',
  FALSE: 'constant.language.boolean.cxq',
  ALL: 'constant.language.all.cxq',
};

const TABLES: Readonly<Record<string, readonly Case[]>> = {
  'reserved words': RESERVED.map((word) => ({
    word,
    scope: RESERVED_SCOPES[word] ?? 'keyword.control.clause.cxq',
  })),
  fields: FIELDS.map(({ name, variables }) => ({
    word: name,
    after: variables ? '.limit' : ' = 1',
    scope: variables ? 'variable.language.side.cxq' : 'variable.other.field.cxq',
  })),
  functions: FUNCTIONS.map(({ name }) => ({ word: name, after: '(open)', scope: 'support.function.cxq' })),
  analyses: ANALYSES.map(({ name }) => ({
    before: 'ANALYZE ',
    word: name,
    after: ', FLOW',
    scope: 'support.class.analysis.cxq',
  })),
  metrics: METRICS.map(({ name, ofField }) => ({
    before: 'EXPECT ',
    word: name,
    after: ofField ? '(dwell) < 3s' : ' <= 5',
    scope: 'support.function.metric.cxq',
  })),
  formats: FORMATS.map(({ name }) => ({
    before: "EXPORT TO 'x' AS ",
    word: name,
    scope: 'support.constant.format.cxq',
  })),
  options: OPTIONS.map(({ name }) => ({
    before: 'WITH ',
    word: name,
    after: ' = 1',
    scope: 'variable.other.option.cxq',
  })),
  types: PARAMETER_TYPES.map((word) => ({ before: 'PARAM x: ', word, scope: 'support.type.cxq' })),
  'duration units': UNITS.map(([unit]) => ({
    before: 'LAST ',
    word: `12${unit}`,
    scope: 'constant.numeric.duration.cxq',
  })),
  buckets: ANALYSES.flatMap(({ buckets }) => buckets).map((word) => ({
    before: 'BY ',
    word,
    scope: 'keyword.control.part.cxq',
  })),
};

describe('the grammar’s words', () => {
  it.each(Object.entries(TABLES))('has all %s', (name, cases) => {
    expect(cases.length).toBeGreaterThan(2);
    const file = join(folder, `${name.replaceAll(' ', '-')}.cxq`);
    writeFileSync(file, fixture(upperAndLower(cases)));
    scopesAreAsSaid(file);
  });

  it('has none that is only part of a longer name', () => {
    const none =
      '- keyword.control.clause.cxq keyword.control.part.cxq variable.other.field.cxq support.class.analysis.cxq';
    const words = [...RESERVED, ...FIELDS.map(({ name }) => name), ...ANALYSES.map(({ name }) => name)];
    const file = join(folder, 'longer.cxq');
    // A lone name of nobody's has no scope but the file's own.
    writeFileSync(
      file,
      fixture(
        words.flatMap((word) => [
          { word: `${word}x`, scope: none },
          { word: `x_${word}`, scope: none },
        ]),
      ),
    );
    scopesAreAsSaid(file);
  });
});
