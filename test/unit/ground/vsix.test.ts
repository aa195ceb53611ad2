import { describe, expect, it } from 'vitest';
import { differences } from '../../../.ci/vsix.mjs';

const GOOD = [
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
  'extension/dist/chunks/chunk-ABCD1234.js',
  'extension/dist/webview/panel.js',
  'extension/dist/webview/panel.css',
  'extension/dist/webview/codicon.ttf',
  'extension/docs/language.md',
  'extension/docs/connections.md',
  'extension/docs/audit.md',
  'extension/docs/schemas/profile.schema.json',
  'extension/examples/connections/tutorial.cxq-profile.json',
  'extension/docs/diagnostics/README.md',
  'extension/docs/diagnostics/CXQ1001.md',
  'extension/syntaxes/cxq.tmLanguage.json',
];

describe('the list of packed files', () => {
  it('accepts what should be there', () => {
    expect(differences(GOOD)).toEqual([]);
  });

  it.each([
    'extension/src/secret.ts',
    'extension/dist/cli.js.map',
    'extension/dist/chunks/../x.js',
    'extension/.env',
  ])('refuses %s', (name) => {
    expect(differences([...GOOD, name])).toEqual([`not expected: ${name}`]);
  });

  it('names what is missing', () => {
    expect(differences(GOOD.filter((name) => !name.endsWith('server.js')))).toEqual([
      'missing: extension/dist/server.js',
    ]);
  });
});
