/** Runs projects of vitest.config.ts on a given Node and counts their tests. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from './paths.mjs';
import { projectEnvironment, run } from './run.mjs';

const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');

function countOf(file) {
  if (!existsSync(file)) return undefined;
  const report = JSON.parse(readFileSync(file, 'utf8'));
  // A file that cannot be loaded has no test of its own, and must count all the same.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * Where each Node keeps what it made of the TypeScript that tests start as processes and threads of their own: they come up
 * in about half the time.
 */
export const COMPILED = { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node-compile') };

/**
 * @param {string[]} projects
 * @param {{ node?: string, version?: string, env?: Record<string, string> }} options the Node to run on, the version that
 * the tests assert, and more of their environment
 */
export async function vitestProjects(
  projects,
  { node = process.execPath, version = process.versions.node, env = {} } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'cxq-vitest-'));
  const report = join(folder, 'report.json');
  try {
    const selected = projects.flatMap((name) => ['--project', name]);
    const reporters = ['--reporter', 'default', '--reporter', 'json', '--outputFile.json', report];
    const { code, output } = await run(
      node,
      [vitest, 'run', '--passWithNoTests', ...selected, ...reporters],
      {
        env: projectEnvironment({ CXQ_EXPECT_NODE: version, ...env }),
      },
    );
    const count = countOf(report);
    if (count === undefined) return { passed: 0, failed: 1, output };
    const { passed, skipped } = count;
    const failed = count.failed === 0 && code !== 0 ? 1 : count.failed;
    return { passed, failed, output, note: skipped > 0 ? skippedNote(output, skipped) : undefined };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Skipped tests are never silent: their names stand in the line of the step. */
function skippedNote(output, count) {
  const names = stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => line.includes('↓'))
    .map((line) => `\n    ${line.trim()}`);
  return `${count} skipped${names.length > 0 ? `:${names.join('')}` : ''}`;
}
