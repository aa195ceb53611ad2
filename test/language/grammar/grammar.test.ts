import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

const FOLDER = 'test/language/grammar';
const GRAMMAR = 'syntaxes/cxq.tmLanguage.json';
const require = createRequire(import.meta.url);
const tool = join(dirname(require.resolve('vscode-tmgrammar-test/package.json')), 'dist', 'unit.js');
const fixtures = readdirSync(FOLDER).filter((name) => name.endsWith('.cxq'));

function run(file: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, '-g', GRAMMAR, file], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

describe('the TextMate grammar, in the engine that the editor uses', () => {
  it('has fixtures', () => {
    expect(fixtures.length).toBeGreaterThan(1);
  });
  for (const name of fixtures) {
    it(`gives the scopes that ${name} says`, () => {
      const { status, output } = run(join(FOLDER, name));
      expect(output).toContain('success');
      expect(status).toBe(0);
    });
  }
});

describe('the language configuration and the snippets', () => {
  const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

  it('has patterns that compile', () => {
    const { wordPattern, indentationRules } = z
      .object({ wordPattern: z.string(), indentationRules: z.record(z.string(), z.string()) })
      .parse(read('syntaxes/language-configuration.json'));
    for (const pattern of [wordPattern, ...Object.values(indentationRules)])
      expect(() => new RegExp(pattern)).not.toThrow();
    expect('x >= $look_back2'.match(new RegExp(wordPattern, 'g'))).toEqual(['x', '$look_back2']);
  });
  it('has snippets with one prefix each', () => {
    const snippets = z
      .record(
        z.string(),
        z.object({ prefix: z.string(), description: z.string(), body: z.array(z.string()) }),
      )
      .parse(read('syntaxes/cxq.snippets.json'));
    const prefixes = Object.values(snippets).map(({ prefix }) => prefix);
    expect(new Set(prefixes).size).toBe(prefixes.length);
  });
});
