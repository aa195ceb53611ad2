/**
 * Writes what is generated from the code: the JSON Schemas of every document that machines read, and the one of a
 * connection profile in the extension's manifest.
 * `--check` only compares, and fails where a file is stale. Runs on Node 24, which reads TypeScript as it is.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';

const { publishedSchemas } = await import('../server/src/protocol/schemas.ts');

/** The manifest with the profile's schema as that of each element of `cxq.connections`. */
function manifest(profile) {
  const { $schema: _, ...items } = profile;
  const found = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  found.contributes.configuration.properties['cxq.connections'].items = { ...items, required: ['id'] };
  return `${JSON.stringify(found, null, 2)}\n`;
}

/** Path from the root to content. */
function generated() {
  const files = new Map();
  const schemas = publishedSchemas();
  for (const [name, schema] of Object.entries(schemas)) {
    files.set(`docs/schemas/${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
  }
  files.set('package.json', manifest(schemas.profile));
  return files;
}

function current(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const check = process.argv.includes('--check');
const stale = [];
for (const [name, content] of generated()) {
  const path = join(root, name);
  if (current(path) === content) continue;
  stale.push(name);
  if (check) continue;
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
}
if (check && stale.length > 0) {
  process.stderr.write(`Stale: ${stale.join(', ')}. Run "npm run generate" and commit the result.\n`);
  process.exit(1);
}
process.stdout.write(
  stale.length === 0 ? 'Everything generated is fresh.\n' : `Wrote ${stale.join(', ')}.\n`,
);
