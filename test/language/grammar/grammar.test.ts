import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { scopesAreAsSaid, writeScopes } from './tool.ts';

const FOLDER = 'test/language/grammar';
const fixtures = readdirSync(FOLDER).filter((name) => name.endsWith('.cxq'));
const examples = readdirSync('examples').filter((name) => name.endsWith('.cxq'));
const folder = mkdtempSync(join(tmpdir(), 'cxq-scopes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the TextMate grammar, in the engine that the editor uses', () => {
  it('has fixtures', () => {
    expect(fixtures.length).toBeGreaterThan(3);
    expect(examples.length).toBeGreaterThan(1);
  });
  it.each(fixtures)('gives the scopes that %s says', (name) => {
    scopesAreAsSaid(join(FOLDER, name));
  });
  it.each(examples)('gives %s the scopes that were looked at (vitest -u takes new ones)', async (name) => {
    const file = join(folder, name);
    copyFileSync(join('examples', name), file);
    writeScopes(file);
    await expect(readFileSync(`${file}.snap`, 'utf8')).toMatchFileSnapshot(`examples/${name}.snap`);
  });
});
