/**
 * Writes what is generated from the code: the JSON Schemas of every document that machines read, and the one of a
 * connection profile in the extension's manifest; the word lists of the TextMate grammar, the snippets, the diagrams of
 * the syntax, and the tables of the documentation.
 * `--check` only compares, and fails where a file is stale. Runs on Node 24, which reads TypeScript as it is.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diagrams } from './lib/generate-diagrams.mjs';
import { documents } from './lib/generate-docs.mjs';
import { configurationText, grammarText } from './lib/generate-grammar.mjs';
import { jsonText } from './lib/generate-json.mjs';
import { snippets } from './lib/generate-snippets.mjs';
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
  const read = (name) => readFileSync(join(root, name), 'utf8');
  const grammar = 'syntaxes/cxq.tmLanguage.json';
  files.set(grammar, grammarText(read(grammar)));
  const configuration = 'syntaxes/language-configuration.json';
  files.set(configuration, configurationText(read(configuration)));
  files.set('syntaxes/cxq.snippets.json', jsonText(snippets()));
  for (const [name, content] of [...diagrams(), ...documents()]) files.set(name, content);
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
const fresh = generated();
for (const [name, content] of fresh) {
  const path = join(root, name);
  if (current(path) === content) continue;
  stale.push(name);
  if (check) continue;
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
}
// What a rule of the grammar left behind when it went.
for (const name of readdirSync(join(root, 'docs/images/syntax'))) {
  const path = `docs/images/syntax/${name}`;
  if (fresh.has(path)) continue;
  stale.push(path);
  if (!check) rmSync(join(root, path));
}
if (check && stale.length > 0) {
  process.stderr.write(`Stale: ${stale.join(', ')}. Run "npm run generate" and commit the result.\n`);
  process.exit(1);
}
process.stdout.write(
  stale.length === 0 ? 'Everything generated is fresh.\n' : `Wrote ${stale.join(', ')}.\n`,
);
