/** Texts without errors, for what holds at every place of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { TEMPLATES } from '../../server/src/language/templates.ts';
import { EXAMPLE } from './example.ts';
import { FIXTURES } from './fixtures.ts';
import { diagnose } from './markers.ts';

const EXAMPLES = new URL('../../examples/', import.meta.url);

function candidates(): string[] {
  const files = readdirSync(EXAMPLES).filter((name) => name.endsWith('.cxq'));
  return [
    EXAMPLE,
    ...files.map((name) => readFileSync(new URL(name, EXAMPLES), 'utf8')),
    ...TEMPLATES.map(({ template }) => template.replaceAll(/[‹›]/g, '')),
    ...Object.values(FIXTURES).flatMap(({ silent, fixes = [] }) => [
      ...silent,
      ...fixes.map(([, after]) => after),
    ]),
  ];
}

/** Every example, template and fixture in which nothing is wrong; longer ones than a screen left out. */
export function validTexts(): string[] {
  return [...new Set(candidates())].filter(
    (text) => text.length < 4_000 && diagnose(text).every(({ severity }) => severity !== 'error'),
  );
}
