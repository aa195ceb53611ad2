/** Runs the suite inside the real extension host, in whichever editor was chosen, and gives its results. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { z } from 'zod';
import type { Editor } from '../../../.ci/editor.mjs';
import { type BrowserEditor, startServer } from './server.ts';
import { launchChromium, ROOT, remote, workbenchUrl } from './workbench.ts';

const SUITE = join(ROOT, 'dist', 'test', 'suite.cjs');
const LIMIT_MS = 15 * 60_000;

const lineSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('host'), editor: z.string(), node: z.string(), app: z.string() }),
  z.object({ kind: z.literal('test'), name: z.string(), ms: z.number(), error: z.string().optional() }),
  z.object({ kind: z.literal('measure'), what: z.string(), ms: z.number() }),
  z.object({ kind: z.literal('end'), count: z.number() }),
]);
type Line = z.infer<typeof lineSchema>;

export interface SuiteResult {
  readonly host: Extract<Line, { kind: 'host' }>;
  readonly tests: readonly Extract<Line, { kind: 'test' }>[];
  readonly measures: readonly Extract<Line, { kind: 'measure' }>[];
}

/** Rejects when the host never started the suite, or died before its end. */
export async function runSuite(editor: Editor, folder: string): Promise<SuiteResult> {
  const work = mkdtempSync(join(tmpdir(), 'cxq-suite-'));
  const file = join(work, 'results.ndjson');
  const env = { CXQ_SUITE_RESULTS: file, CXQ_HOME: join(work, 'cxq') };
  try {
    const log =
      editor.kind === 'desktop'
        ? await onDesktop(editor.executable, folder, env)
        : await inBrowser(editor, folder, env);
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    const parsed = lines.map((line) => lineSchema.parse(JSON.parse(line)));
    const host = parsed.find((line) => line.kind === 'host');
    const end = parsed.find((line) => line.kind === 'end');
    if (host === undefined || end === undefined) {
      throw new Error(
        `The extension host did not finish the suite. Done so far:\n${lines.join('\n')}\n${log}`,
      );
    }
    return {
      host,
      tests: parsed.filter((line) => line.kind === 'test'),
      measures: parsed.filter((line) => line.kind === 'measure'),
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A desktop VS Code, as `@vscode/test-electron` starts it. Failed tests make it end with 1: the results say which. */
export async function onDesktop(
  executable: string,
  folder: string,
  env: Record<string, string>,
): Promise<string> {
  try {
    const code = await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: ROOT,
      extensionTestsPath: SUITE,
      extensionTestsEnv: env,
      launchArgs: [folder, '--disable-extensions', '--disable-telemetry'],
    });
    return `The editor ended with ${code}.`;
  } catch (error) {
    return String(error);
  }
}

async function inBrowser(
  editor: BrowserEditor,
  folder: string,
  env: Record<string, string>,
): Promise<string> {
  const server = await startServer(editor, { env });
  const browser = await launchChromium(editor.chromium);
  const log: string[] = [];
  try {
    const page = await browser.newPage();
    const exit = new Promise<number>((resolve, reject) => {
      void page.exposeFunction('codeAutomationLog', (level: string, args: unknown[]) => {
        if (level !== 'log') log.push(`${level}: ${args.map(String).join(' ')}`);
      });
      void page.exposeFunction('codeAutomationExit', resolve);
      page.once('crash', () => reject(new Error('The workbench crashed.')));
      setTimeout(
        () => reject(new Error(`The suite did not end.\n${log.slice(-50).join('\n')}`)),
        LIMIT_MS,
      ).unref();
    });
    await page.goto(
      workbenchUrl(server, folder, [
        ['extensionDevelopmentPath', remote(ROOT)],
        ['extensionTestsPath', remote(SUITE)],
      ]),
    );
    return `The host ended with ${await exit}.\n${log.slice(-50).join('\n')}`;
  } finally {
    await browser.close();
    await server.stop();
  }
}
