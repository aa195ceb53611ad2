/**
 * Folders of the project and of the machine. Plain Node 20, no dependency: used before anything is installed.
 */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const windows = process.platform === 'win32';

/** Node 24 as the `node` package brings it; every script after the install runs on it. */
export const node24 = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');

function writable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where editors and other Nodes lie: outside the project, kept between runs, and never in need of a HOME. */
export function cacheFolder() {
  const home = process.env.HOME ?? (windows ? homedir() : '');
  const candidates = [
    process.env.XDG_CACHE_HOME && join(process.env.XDG_CACHE_HOME, 'cxq'),
    // A HOME that does not exist (a system user's) is not made.
    home && existsSync(home) && join(home, '.cache', 'cxq'),
  ];
  for (const folder of candidates) if (folder && writable(folder)) return folder;
  const fallback = join(tmpdir(), `cxq-cache-${process.getuid?.() ?? 'user'}`);
  mkdirSync(fallback, { recursive: true, mode: 0o700 });
  return fallback;
}
