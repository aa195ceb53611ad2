import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../../../.ci/lib/paths.mjs';

const CRUISER = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');

/** A small house that obeys; each case adds one file that does not. */
const HOUSE: Record<string, string> = {
  'package.json':
    '{ "name": "house", "type": "module", "dependencies": { "zod": "*" }, "devDependencies": { "ajv": "*" } }',
  'node_modules/ajv/package.json': '{ "name": "ajv", "version": "1.0.0", "main": "index.js" }',
  'node_modules/ajv/index.js': 'exports.Ajv = 1;',
  'server/src/protocol/wire.ts': 'export const wire = 1;',
  'server/src/language/index.ts': "export { parse } from './parse.ts';",
  'server/src/language/parse.ts': "import { wire } from '../protocol/wire.ts';\nexport const parse = wire;",
  'server/src/tenant/index.ts': "export { wire } from '../protocol/wire.ts';",
  'server/src/run/index.ts':
    "export { parse } from '../language/index.ts';\nexport { wire } from '../tenant/index.ts';",
  'server/src/commands/run.ts': "export { parse } from '../run/index.ts';",
  'server/src/cli.ts': "export { parse } from './commands/run.ts';",
  'client/src/extension.ts':
    "import * as vscode from 'vscode';\nimport { id } from './ids.ts';\nimport type { Session } from './session.ts';\nexport const session: Promise<Session> = import('./session.ts');\nexport { id, vscode };",
  'client/src/ids.ts': 'export const id = 1;',
  'client/src/session.ts':
    "export { wire } from '../../server/src/protocol/wire.ts';\nexport interface Session {}",
};

const CASES: [string, string, string][] = [
  [
    'leaf-rooms-import-only-protocol',
    'server/src/language/bad.ts',
    "export { wire } from '../tenant/index.ts';",
  ],
  [
    'leaf-rooms-import-only-protocol',
    'server/src/tenant/bad.ts',
    "import type { parse } from '../language/index.ts';\nexport type Bad = typeof parse;",
  ],
  [
    'language-analysis-and-panel-are-pure',
    'server/src/language/bad.ts',
    "import { readFileSync } from 'node:fs';\nexport const bad = readFileSync;",
  ],
  [
    'language-analysis-and-panel-are-pure',
    'server/src/panel/bad.ts',
    "import { readFileSync } from 'node:fs';\nexport const bad = readFileSync;",
  ],
  [
    'panel-imports-analysis-and-protocol',
    'server/src/panel/bad.ts',
    "export { parse } from '../language/index.ts';",
  ],
  ['protocol-imports-nothing', 'server/src/protocol/bad.ts', "export { parse } from '../language/index.ts';"],
  ['rooms-through-their-door', 'server/src/run/bad.ts', "export { parse } from '../language/parse.ts';"],
  [
    'commands-behind-the-command-line',
    'server/src/run/bad.ts',
    "export { parse } from '../commands/run.ts';",
  ],
  ['server-without-editor', 'server/src/run/bad.ts', "import * as vscode from 'vscode';\nexport { vscode };"],
  [
    'client-imports-only-protocol',
    'client/src/bad.ts',
    "export { parse } from '../../server/src/run/index.ts';",
  ],
  ['activation-reads-little', 'client/src/ids.ts', "export { wire as id } from './session.ts';"],
  ['webview-in-a-browser', 'client/webview/bad.ts', "import * as vscode from 'vscode';\nexport { vscode };"],
  [
    'webview-without-node',
    'client/webview/bad.ts',
    "import { join } from 'node:path';\nexport const bad = join;",
  ],
  ['product-without-dev-tools', 'server/src/run/bad.ts', "export { Ajv } from 'ajv';"],
  ['not-to-unresolvable', 'server/src/run/bad.ts', "export { nothing } from './nothing.ts';"],
  ['no-orphans', 'server/src/run/bad.ts', 'export const bad = 1;'],
];

describe('the import rules', () => {
  let house: string;

  const put = (file: string, content: string) => {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, file), `${content}\n`);
  };
  const cruise = () =>
    spawnSync(process.execPath, [CRUISER, '--output-type', 'err', 'client', 'server'], {
      cwd: house,
      encoding: 'utf8',
    });

  beforeEach(() => {
    house = mkdtempSync(join(tmpdir(), 'cxq-house-'));
    for (const [file, content] of Object.entries(HOUSE)) put(file, content);
    copyFileSync(join(root, '.dependency-cruiser.json'), join(house, '.dependency-cruiser.json'));
  });
  afterEach(() => {
    rmSync(house, { recursive: true, force: true });
  });

  it('let a house that obeys pass', () => {
    const { stdout, status } = cruise();
    expect(stdout).toMatch(/no dependency violations found/);
    expect(status).toBe(0);
  });

  it('see a cycle', () => {
    put('server/src/run/a.ts', "export { b } from './b.ts';");
    put('server/src/run/b.ts', "import type { a } from './a.ts';\nexport const b: unknown = 1 as typeof a;");
    expect(cruise().stdout).toContain('no-cycles');
  });

  it.each(CASES)('%s: %s', (rule, file, content) => {
    put(file, content);
    const { stdout, status } = cruise();
    expect(stdout).toContain(`error ${rule}: ${file}`);
    expect(status).toBeGreaterThan(0);
  });
});
