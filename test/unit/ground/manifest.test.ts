import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ownFiles } from '../../../.ci/checks.mjs';
import { missingFromLock } from '../../../.ci/complete-lock.mjs';
import { root } from '../../../.ci/lib/paths.mjs';

const text = (file: string) => readFileSync(join(root, file), 'utf8');
const versions = z.record(z.string(), z.string());
const manifest = z
  .object({
    dependencies: versions,
    devDependencies: versions,
    allowScripts: z.record(z.string(), z.boolean()),
    engines: versions,
  })
  .parse(JSON.parse(text('package.json')));
const lockEntry = z.object({
  hasInstallScript: z.boolean().optional(),
  optionalDependencies: versions.optional(),
});
const lock = z
  .object({ packages: z.record(z.string(), lockEntry) })
  .parse(JSON.parse(text('package-lock.json')));
const all = { ...manifest.dependencies, ...manifest.devDependencies };

/** The owner's six, each with where it must be used. */
const OWNERS: [string, RegExp][] = [
  ['vscode-languageclient', /^client\/src\//],
  ['vscode-languageserver', /^server\/src\//],
  ['chevrotain', /^server\/src\/language\//],
  ['undici', /^server\/src\//],
  ['zod', /^server\/src\/protocol\//],
  ['@vscode/test-electron', /^test\/editor\//],
];

/** Beside the owner's eight, only what every repository has. */
const OWNERS_TOP = ['client', 'server', 'syntaxes', 'test', 'package.json', 'tsconfig.json', '.vscodeignore'];
const EVERY_REPOSITORY = [
  '.ci',
  '.dependency-cruiser.json',
  '.gitattributes',
  '.gitignore',
  '.npmrc',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'biome.json',
  'docs',
  'examples',
  'knip.json',
  'package-lock.json',
  'tsconfig.base.json',
  'vitest.config.ts',
];

function imports(file: string, name: string): boolean {
  const found = [...text(file).matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => match[1] ?? match[2],
  );
  return found.some((specifier) => specifier === name || specifier?.startsWith(`${name}/`) === true);
}

describe('the manifest', () => {
  it.each(OWNERS)('%s is a dependency and is used', (name, where) => {
    expect(Object.keys(all)).toContain(name);
    const users = ownFiles().filter(
      (file) => where.test(file) && file.endsWith('.ts') && imports(file, name),
    );
    expect(users).not.toEqual([]);
  });

  it('names every dependency by its exact version', () => {
    expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual(
      [],
    );
  });

  it('says of every package with an install script whether it may run, under npm 12 too', () => {
    const scripted = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript === true);
    const names = scripted.map(([path]) =>
      path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    );
    expect([...new Set(names)].sort()).toEqual(Object.keys(manifest.allowScripts).sort());
    expect(manifest.allowScripts).toMatchObject({ node: true, esbuild: true });
  });

  it('locks the packages of every platform (else: node .ci/complete-lock.mjs)', () => {
    expect(missingFromLock(lock.packages)).toEqual([]);
    const { 'node_modules/esbuild': esbuild } = lock.packages;
    expect(missingFromLock({ 'node_modules/esbuild': esbuild ?? {} }).length).toBeGreaterThan(20);
  });

  it('is typed against exactly the oldest editor it supports', () => {
    expect(manifest.engines['vscode']).toBe(`^${manifest.devDependencies['@types/vscode'] ?? ''}`);
  });

  it('has a line in docs/dependencies.md for every dependency, and none for others', () => {
    const cells = text('docs/dependencies.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const listed = cells.flatMap((row) =>
      [...(row[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1]),
    );
    expect(listed.sort()).toEqual(Object.keys(all).sort());
    expect(cells.filter((row) => row.length !== 6 || row.slice(1, 5).includes(''))).toEqual([]);
  });
});

describe('the top level', () => {
  it('has what the owner asked for, and beside it only what every repository has', () => {
    const top = [...new Set(ownFiles().map((file) => file.split('/')[0] ?? ''))];
    expect(top.filter((name) => ![...OWNERS_TOP, ...EVERY_REPOSITORY].includes(name))).toEqual([]);
    expect(OWNERS_TOP.filter((name) => !readdirSync(root).includes(name))).toEqual([]);
  });
});
