/**
 * Writes what is generated from the code: the JSON Schemas of every document that machines read.
 * `--check` only compares, and fails where a file is stale. Runs on Node 24, which reads TypeScript as it is.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';

const { publishedSchemas } = await import('../server/src/protocol/schemas.ts');

/** Path from the root to content. */
function generated() {
  const files = new Map();
  for (const [name, schema] of Object.entries(publishedSchemas())) {
    files.set(`docs/schemas/${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
  }
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
