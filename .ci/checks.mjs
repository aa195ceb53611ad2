/** Small checks of the tree that no tool brings. Each gives the lines that are wrong. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';

const LINES = 500;

/** Files that git knows or would know. */
export function ownFiles() {
  const listed = execFileSync(
    'git',
    ['-c', 'safe.directory=*', 'ls-files', '-co', '--exclude-standard', '-z'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  return listed.split('\0').filter(Boolean);
}

/** A source file over 500 lines says at its top why (a first line that begins with `Long:`). */
export function longFiles(files = ownFiles()) {
  const sources = files.filter((file) => /\.(ts|mjs|css)$/.test(file));
  return sources.flatMap((file) => {
    let text;
    try {
      text = readFileSync(join(root, file), 'utf8');
    } catch {
      return [];
    }
    const lines = text.split('\n').length - 1;
    const excused = text
      .split('\n')
      .slice(0, 6)
      .some((line) => line.includes('Long:'));
    return lines > LINES && !excused
      ? [`${file}: ${lines} lines, at most ${LINES} (or a reason at its top, "Long: …")`]
      : [];
  });
}
