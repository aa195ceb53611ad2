/**
 * Puts into package-lock.json the optional platform packages that npm left out, which it does when a registry mirror
 * serves only some platforms. Without them `npm ci` refuses the lock wherever all platforms are served, and under
 * npm 12 everywhere. Their integrity is not known here, so npm takes it from the registry on that platform.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './lib/paths.mjs';

/** Where Node would find a package from inside another: the nearest node_modules upwards that has it. */
function find(packages, from, name) {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const path = `${base === '' ? '' : `${base}/`}node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (!base.includes('/node_modules/')) return packages[`node_modules/${name}`] && `node_modules/${name}`;
  }
}

/** Optional packages that the lock speaks of and does not have. */
export function missingFromLock(packages) {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => find(packages, path, name) === undefined)
      .map(([name, version]) => ({ name, version, dev: entry.dev === true })),
  );
}

/** Platform packages say in their names where they run: cli-linux-x64-musl, node-bindings-win32-arm64. */
function entryOf({ name, version, dev }) {
  const [os, cpu, abi] = name
    .slice(name.indexOf('/') + 1)
    .replace(/^(cli|core|binding|node-bindings)-/, '')
    .split('-');
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) || cpu === undefined)
    throw new Error(`${name}@${version} needs a hand.`);
  const libc = os === 'linux' ? { libc: [abi?.includes('musl') ? 'musl' : 'glibc'] } : {};
  return { version, cpu: [cpu], ...(dev ? { dev } : {}), ...libc, optional: true, os: [os] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(root, 'package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingFromLock(lock.packages);
  for (const one of missing) lock.packages[`node_modules/${one.name}`] = entryOf(one);
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')),
  );
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${missing.length} platform packages added.\n`);
}
