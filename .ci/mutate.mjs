/**
 * `npm run mutate -- retry audit`: changes the product's code in small ways, one at a time, and counts the changes that
 * no test notices (docs/mutation.md). With files (`npm run mutate -- server/src/tenant/retry-after.ts`) those alone. The
 * groups, and the tests tried on each file, are in mutation-groups.mjs, settings in stryker.config.json beside it, where
 * `tsconfigFile` names nothing because Stryker rewrites that file through an interface that TypeScript 7 has not.
 */
import { ensureInstalled, onNode24 } from './install.mjs';
import { root } from './lib/paths.mjs';
import { chosen } from './mutation-groups.mjs';
import { lineOf, tableHead } from './mutation-table.mjs';

await ensureInstalled();
await onNode24(process.argv[1]);
const { Stryker } = await import('@stryker-mutator/core');

process.chdir(root);
const lines = [];
for (const { group, file, tests } of chosen(process.argv.slice(2))) {
  process.stdout.write(`${file} …\n`);
  process.env['CXQ_TESTS'] = tests.join(',');
  const report = `test-artefacts/mutation/${group}-${file.replace(/^.*\/|\.ts$/g, '')}`;
  const results = await new Stryker({
    configFile: '.ci/stryker.config.json',
    mutate: [file],
    jsonReporter: { fileName: `${report}.json` },
    htmlReporter: { fileName: `${report}.html` },
  }).runMutationTest();
  const line = lineOf(group, file, results);
  process.stdout.write(`${line}\n`);
  lines.push(line);
}
process.stdout.write(`\n${[...tableHead(), ...lines].join('\n')}\n`);
