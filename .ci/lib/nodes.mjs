/** Other Nodes from the npm registry, each in a cache folder of its own: no download beside npm's. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { cacheFolder } from './paths.mjs';

/** The Node that the oldest supported VS Code embeds (1.107, Electron 39): docs/decisions.md. */
export const EDITOR_NODE = '22.21.1';

/** The registry's name of this platform's Node package. */
export function nodePackage() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return [prefix, platform, process.arch].join('-');
}

/** Runs an install in a fresh folder and moves it to its place only when it is whole. */
export async function installOnce(name, install) {
  const folder = join(cacheFolder(), name);
  const done = join(folder, '.complete');
  if (existsSync(done)) return folder;
  const building = `${folder}.${process.pid}`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { recursive: true });
  await install(building);
  writeFileSync(join(building, '.complete'), `${new Date().toISOString()}\n`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(building, folder);
  return folder;
}

/** Installs packages in a folder; throws with npm's words. */
export async function installPackages(folder, { packages, allowScripts = {}, ...options }) {
  const manifest = join(folder, 'package.json');
  const dependencies = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).dependencies : {};
  const all = { private: true, allowScripts, dependencies: { ...dependencies, ...packages } };
  writeFileSync(manifest, JSON.stringify(all, null, 2));
  const { code, output } = await npm(['install', '--no-audit', '--no-fund', '--no-package-lock'], {
    cwd: folder,
    ...options,
  });
  if (code !== 0)
    throw new Error(`${output}\nCould not install ${Object.keys(packages).join(', ')} in ${folder}.`);
}

/** Folder and executable of a Node of that version. `folder` has `include/`, which native modules are built with. */
export async function nodeOf(version) {
  const name = nodePackage();
  const base = await installOnce(`node-${version}`, async (building) => {
    process.stdout.write(`Installing Node ${version} …\n`);
    await installPackages(building, { packages: { [name]: version } });
  });
  const folder = join(base, 'node_modules', name);
  return { folder, node: join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node') };
}
