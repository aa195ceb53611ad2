/** The package as a program takes it: by its name, with types. What it exports is in dist/, after `npm run build`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = resolve(import.meta.dirname, '../../..');
const manifest = z
  .object({
    main: z.string(),
    types: z.string(),
    bin: z.object({ cxq: z.string() }),
    exports: z.object({ '.': z.object({ types: z.string(), default: z.string() }) }),
  })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

function node(...args: string[]): { status: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  return { status, out: stdout + stderr };
}

describe('the package', () => {
  it('names files that the build makes', () => {
    const files = [
      manifest.main,
      manifest.types,
      manifest.bin.cxq,
      manifest.exports['.'].types,
      manifest.exports['.'].default,
    ];
    // `npm run build` and, for types, `npm run types` make them.
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('is imported by its name', () => {
    const { status, out } = node(
      '--input-type=module',
      '--eval',
      "const { createHistoryQuerier } = await import('cxq'); process.stdout.write(typeof createHistoryQuerier);",
    );
    expect({ status, out }).toEqual({ status: 0, out: 'function' });
  });

  it('runs as a command', () => {
    expect(node(manifest.bin.cxq, '--version').out).toMatch(/^\d+\.\d+\.\d+\s*$/);
  });

  it('has types, which a program is held to', () => {
    const folder = mkdtempSync(join(ROOT, 'dist', 'consumer-'));
    const check = (text: string) => {
      const file = join(folder, 'program.ts');
      writeFileSync(file, text);
      const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      const options = [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2023',
        '--types',
        'node',
      ];
      return node(tsc, '--ignoreConfig', ...options, file);
    };
    try {
      const begin = "import { type AnalysisReport, createHistoryQuerier } from 'cxq';\n";
      const good = `${begin}const querier = createHistoryQuerier({ tenant: 'acme' });
const ran = await querier.run('LAST 24h');
const count = (report: AnalysisReport): number => report.bottleneckCount;
console.log(ran, count);\n`;
      expect(check(good)).toEqual({ status: 0, out: '' });
      expect(check(`${begin}createHistoryQuerier({ tenant: 7 });\n`).out).toMatch(/TS2322/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
