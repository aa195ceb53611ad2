/**
 * `npm run coverage -- retry audit`: which branches the tests of those groups go through (docs/mutation.md); all groups
 * without a name. The report is in test-artefacts/coverage.
 */
import { join } from 'node:path';
import { ensureInstalled, onNode24 } from './install.mjs';
import { root } from './lib/paths.mjs';
import { chosen } from './mutation-groups.mjs';

await ensureInstalled();
await onNode24(process.argv[1]);
const { startVitest } = await import('vitest/node');

process.chdir(root);
const parts = chosen(process.argv.slice(2));
process.env['CXQ_TESTS'] = [...new Set(parts.flatMap(({ tests }) => tests))].join(',');
process.env['CXQ_COVERED'] = parts.map(({ file }) => file).join(',');
const vitest = await startVitest('test', [], {
  config: join(root, '.ci', 'vitest-narrow.config.ts'),
  run: true,
  reporters: ['dot'],
  coverage: { enabled: true },
});
await vitest.close();
