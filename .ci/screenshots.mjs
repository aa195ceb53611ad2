/**
 * Makes pictures. Of the documentation: builds, has the editor tests take them, and copies them to docs/images. Of the
 * panel: every tab in four themes, in test-artefacts/panel/. `-- panel` or `-- documentation` for one of them alone,
 * `-- panel --update` to make the references anew that tests compare with (test/webview/references/).
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled, onNode24 } from './install.mjs';
import { root } from './lib/paths.mjs';
import { projectEnvironment, run } from './lib/run.mjs';
import { pack } from './package.mjs';

/** Picture of test-artefacts/, without its ending, to the name it has in docs/images. */
const PICTURES = { readme: 'results', writing: 'writing' };
const asked = process.argv.slice(2);
const isAsked = (part) => asked.includes(part) || !asked.some((one) => !one.startsWith('--'));

async function ofDocumentation() {
  await pack();
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { code, output } = await run(
    process.execPath,
    [vitest, 'run', '--project', 'editor', 'test/editor/pictures.test.ts'],
    { env: projectEnvironment() },
  );
  process.stdout.write(output);
  if (code === 0) {
    mkdirSync(join(root, 'docs', 'images'), { recursive: true });
    for (const [taken, name] of Object.entries(PICTURES)) {
      copyFileSync(join(root, 'test-artefacts', `${taken}.png`), join(root, 'docs', 'images', `${name}.png`));
      process.stdout.write(`docs/images/${name}.png is new: look at it before you commit it.\n`);
    }
  }
  process.exitCode = code;
}

async function ofPanel() {
  const { closePages } = await import('../test/webview/pages.ts');
  const { takePictures } = await import('../test/webview/pictures.ts');
  try {
    await takePictures(asked.includes('--update'), (text) => process.stdout.write(text));
  } finally {
    await closePages();
  }
}

await ensureInstalled();
await onNode24(process.argv[1]);
await build({ minify: true });
if (isAsked('panel')) await ofPanel();
if (isAsked('documentation')) await ofDocumentation();
