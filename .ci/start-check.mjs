/** The check of `npm start`: a whole start that ends by itself, in folders of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';
import { projectEnvironment, run } from './lib/run.mjs';

const EXPECTED = [
  ['the sandbox tenant listens', /sandbox tenant listens at http:\/\/127\.0\.0\.1:\d+/],
  ['a bottleneck stands on the terminal', /^(?!\$ ).*bottleneck/im],
  [
    'VS Code is open, or the packed extension is offered',
    /VS Code (is open|opens)|The extension is packed at/,
  ],
];

export async function startsWell() {
  const home = mkdtempSync(join(tmpdir(), 'cxq-start-'));
  try {
    const env = projectEnvironment({ CXQ_START_HOME: home });
    const { code, output } = await run(process.execPath, [join(root, '.ci', 'start.mjs'), '--once'], { env });
    const missing = EXPECTED.filter(([, pattern]) => !pattern.test(output)).map(([what]) => what);
    const failed = (code === 0 ? 0 : 1) + missing.length;
    const reasons = missing.map((what) => `not seen: ${what}`).join('\n');
    return {
      passed: 1 + EXPECTED.length - failed,
      failed,
      output: `${output}\nexit code ${code}\n${reasons}`,
    };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
