/** What is in the packed extension: exactly the files listed here, none more, none missing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';

/** One entry a file. */
const EXPECTED = [
  '[Content_Types].xml',
  'extension.vsixmanifest',
  'extension/package.json',
  'extension/readme.md',
  'extension/changelog.md',
  'extension/LICENSE.txt',
  'extension/dist/extension.cjs',
  'extension/dist/session.cjs',
  'extension/dist/languageclient.cjs',
  'extension/dist/cli.js',
  'extension/dist/server.js',
  'extension/dist/analyser.js',
  'extension/dist/webview/panel.js',
  'extension/dist/webview/panel.css',
  'extension/dist/webview/codicon.ttf',
  // Chunks carry a hash; pictures and grammars come and go with the features.
  /^extension\/dist\/chunks\/[\w-]+-[A-Z0-9]{8}\.js$/,
  /^extension\/syntaxes\/[\w.-]+\.json$/,
  /^extension\/client\/images\/[\w.-]+\.(png|svg)$/,
  /^extension\/client\/walkthrough\/[\w.-]+\.md$/,
  /^extension\/examples\/[\w.-]+\.cxq$/,
  /^extension\/examples\/connections\/[\w.-]+\.(json|ndjson|cxq|md)$/,
  'extension/docs/schemas/profile.schema.json',
  'extension/docs/language.md',
  'extension/docs/connections.md',
  'extension/docs/audit.md',
  'extension/docs/diagnostics/README.md',
  /^extension\/docs\/diagnostics\/CXQ\d{4}\.md$/,
  /^extension\/docs\/images\/syntax\/\w+\.svg$/,
];

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/** Names in a zip's central directory. */
export function zipNames(file) {
  const bytes = readFileSync(file);
  let end = bytes.length - 22;
  while (end >= 0 && bytes.readUInt32LE(end) !== END) end -= 1;
  if (end < 0) throw new Error(`${file} is not a zip`);
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  const names = [];
  for (let index = 0; index < count; index += 1) {
    if (bytes.readUInt32LE(at) !== ENTRY) throw new Error(`${file} has a damaged directory`);
    const [name, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    names.push(bytes.toString('utf8', at + 46, at + 46 + name));
    at += 46 + name + extra + comment;
  }
  return names;
}

const fits = (expected, name) => (typeof expected === 'string' ? expected === name : expected.test(name));

/** Lines that say which files are unexpected or missing. */
export function differences(names) {
  const unexpected = names.filter((name) => !EXPECTED.some((expected) => fits(expected, name)));
  const required = EXPECTED.filter((expected) => typeof expected === 'string');
  const missing = required.filter((expected) => !names.includes(expected));
  return [...unexpected.map((name) => `not expected: ${name}`), ...missing.map((name) => `missing: ${name}`)];
}

/** The check of dist/cxq.vsix, one result a rule. */
export function contents(file = join(root, 'dist', 'cxq.vsix')) {
  const names = zipNames(file);
  const wrong = differences(names);
  const note = `${names.length} files, ${Math.round(readFileSync(file).length / 1024)} KiB`;
  return {
    passed: wrong.length === 0 ? 1 : 0,
    failed: wrong.length === 0 ? 0 : 1,
    output: wrong.join('\n'),
    note,
  };
}
