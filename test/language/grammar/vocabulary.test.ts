/** The grammar knows every word that the language knows, so that neither can grow alone. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ANALYSES } from '../../../server/src/language/analyses.ts';
import { FIELDS } from '../../../server/src/language/fields.ts';
import { FORMATS } from '../../../server/src/language/formats.ts';
import { FUNCTIONS } from '../../../server/src/language/functions.ts';
import { METRICS } from '../../../server/src/language/metrics.ts';
import { OPTIONS } from '../../../server/src/language/options.ts';
import { CLAUSE_WORDS, RESERVED } from '../../../server/src/language/tokens.ts';
import { PARAMETER_TYPES } from '../../../server/src/language/types.ts';

const rule: z.ZodType<{
  match?: string | undefined;
  patterns?: { match?: string | undefined }[] | undefined;
}> = z.object({
  match: z.string().optional(),
  patterns: z.array(z.object({ match: z.string().optional() })).optional(),
});
const { repository } = z
  .object({ repository: z.record(z.string(), rule) })
  .parse(JSON.parse(readFileSync('syntaxes/cxq.tmLanguage.json', 'utf8')));

/** Every word of these rules' patterns, in lower case. */
function words(...names: string[]): Set<string> {
  const patterns = names.flatMap((name) => {
    const found = repository[name];
    return [found?.match, ...(found?.patterns ?? []).map(({ match }) => match)];
  });
  const text = patterns.join(' ').replaceAll(/\(\?[a-z]+\)|\\\w/g, ' ');
  return new Set(text.match(/[A-Za-z]\w*/g)?.map((word) => word.toLowerCase()));
}

const named = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

describe('the grammar’s words', () => {
  it.each([
    ['reserved words', RESERVED, ['query', 'parameter', 'clauses', 'operators', 'constants', 'parts']],
    ['clause words', CLAUSE_WORDS, ['query', 'parameter', 'clauses']],
    ['fields', named(FIELDS), ['fields', 'variables']],
    ['functions', named(FUNCTIONS), ['calls']],
    ['analyses', named(ANALYSES), ['analyses']],
    ['metrics', named(METRICS), ['analyses', 'metrics']],
    ['formats', named(FORMATS), ['formats']],
    ['options', named(OPTIONS), ['options']],
    ['types', PARAMETER_TYPES, ['parameter']],
  ] as const)('have all %s', (_, known: readonly string[], rules) => {
    const there = words(...rules);
    expect(known.length).toBeGreaterThan(2);
    expect(known.filter((word) => !there.has(word.toLowerCase()))).toEqual([]);
  });
});
