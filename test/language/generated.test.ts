/** What is generated from the tables and the grammar is fresh, and what the editor inserts is CXQ. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CLAUSES } from '../../server/src/language/clauses.ts';
import { TEMPLATES } from '../../server/src/language/templates.ts';
import { context, problems } from './markers.ts';

it('everything generated is fresh (npm run generate)', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['.ci/generate.mjs', '--check'], {
    encoding: 'utf8',
  });
  expect(stderr + stdout).toContain('Everything generated is fresh.');
  expect(status).toBe(0);
});

const snippets = z
  .record(
    z.string(),
    z.object({ prefix: z.string(), description: z.string(), body: z.array(z.string()) }).strict(),
  )
  .parse(JSON.parse(readFileSync('syntaxes/cxq.snippets.json', 'utf8')));

/** A snippet's text with its places filled by what they propose, as the editor would leave it. */
function accepted(body: readonly string[]): string {
  return body
    .join('\n')
    .replaceAll(/\$\{\d+:((?:[^}\\]|\\.)*)\}|\$\d+/g, (_, text: string | undefined) => text ?? '')
    .replaceAll(/\\([\\$}])/g, '$1');
}

describe('snippets', () => {
  it('are the templates, each with a prefix of its own', () => {
    const prefixes = Object.values(snippets).map(({ prefix }) => prefix);
    expect(prefixes).toEqual(TEMPLATES.map(({ prefix }) => prefix));
    expect(new Set(prefixes).size).toBe(prefixes.length);
  });
  it.each(Object.entries(snippets))('%s has nothing wrong with it', (_, { body, description }) => {
    const text = accepted(body);
    expect(text).not.toMatch(/[‹›]|\$\{/);
    expect(problems(text)).toEqual([]);
    expect(body.at(-1)).toBe('$0');
    expect(description).toMatch(/^[A-Z].*\.$/);
  });
  it('number their places from 1, without a gap', () => {
    for (const { body } of Object.values(snippets)) {
      const places = [...body.join('\n').matchAll(/\$\{(\d+):/g)].map(([, place]) => Number(place));
      expect(places).toEqual(places.map((_, index) => index + 1));
      expect(places.length).toBeGreaterThan(0);
    }
  });
});

describe('clauses as they are inserted', () => {
  // Profiles are not known here: then none is unknown.
  const { profiles: _, ...using } = context();
  const WINDOW = new Set(['last', 'since']);

  it.each(CLAUSES.map(({ snippet, kind }) => [snippet, kind] as const))('%s', (snippet, kind) => {
    const written = snippet.replaceAll(/[‹›]/g, '');
    const text =
      kind === 'query'
        ? `${written} LAST 2h`
        : kind === 'parameter'
          ? `${written}\nerrorState LAST $name`
          : `QUERY one ${written} ${WINDOW.has(kind) ? '' : 'LAST 2h'}`;
    expect(problems(text, using)).toEqual([]);
  });
});
