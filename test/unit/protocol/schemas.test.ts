import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { publishedSchemas } from '../../../server/src/protocol/schemas.ts';
import { VERSION } from '../../../server/src/protocol/version.ts';

const root = new URL('../../../', import.meta.url);
const readJson = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), 'utf8'));

describe('published documents', () => {
  it.each(Object.entries(publishedSchemas()))(
    '%s: docs/schemas is fresh (npm run generate)',
    (name, schema) => {
      expect(readJson(`docs/schemas/${name}.schema.json`)).toEqual(JSON.parse(JSON.stringify(schema)));
    },
  );

  it('the version is the package’s', () => {
    expect(readJson('package.json')).toMatchObject({ version: VERSION });
  });
});
