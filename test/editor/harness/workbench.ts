/** The workbench from outside, as a person sees it: VS Code's server shown in a Chromium, driven by Playwright. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type FrameLocator, type Page } from 'playwright-core';
import { type BrowserEditor, type EditorServer, type ServerOptions, startServer } from './server.ts';

export const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
export const ARTEFACTS = join(ROOT, 'test-artefacts');

const REMOTE = 'vscode-remote://remote';
const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--no-first-run',
];

export async function launchChromium(executablePath: string): Promise<Browser> {
  return await chromium.launch({ executablePath, headless: true, args: CHROMIUM_ARGUMENTS });
}

/** The workbench's address for a folder; `payload` is what a desktop editor takes as arguments. */
export function workbenchUrl(
  server: EditorServer,
  folder: string,
  payload: readonly [string, string][],
): string {
  const url = new URL(server.url);
  url.searchParams.set('folder', folder);
  url.searchParams.set('payload', JSON.stringify([...payload, ['skipWelcome', 'true']]));
  return url.href;
}

export const remote = (path: string): string => `${REMOTE}${path}`;

export interface Workbench {
  readonly page: Page;
  /** Where runs and the audit chain lie (CXQ_HOME). */
  readonly dataFolder: string;
  /** Runs a command by its title in the palette, e.g. `CXQ: Show Results`. */
  command(title: string): Promise<void>;
  /** The page inside the webview that is shown, the last opened of several. */
  webview(): FrameLocator;
  /** Where the editor, its extensions and their channels log. */
  readonly logFolder: string;
  /** Replaces the machine's settings. */
  readonly machineSettings: EditorServer['machineSettings'];
  /** Keeps a picture in test-artefacts/. */
  screenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface WorkbenchOptions extends ServerOptions {
  /** Folder to open; the examples when not given. */
  readonly folder?: string;
}

/** Opens an editor of its own. Close it in `afterAll`. */
export async function openWorkbench(
  editor: BrowserEditor,
  options: WorkbenchOptions = {},
): Promise<Workbench> {
  const server = await startServer(editor, options);
  const browser = await launchChromium(editor.chromium);
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const payload: [string, string][] =
    options.vsix === undefined ? [['extensionDevelopmentPath', remote(ROOT)]] : [];
  await page.goto(workbenchUrl(server, options.folder ?? join(ROOT, 'examples'), payload));
  await page.locator('.monaco-workbench .statusbar').waitFor();
  return {
    page,
    dataFolder: join(server.home, 'cxq'),
    logFolder: join(server.home, 'data', 'logs'),
    machineSettings: server.machineSettings,
    command: (title) => runCommand(page, title),
    webview: () =>
      page
        .locator('iframe.webview')
        .filter({ visible: true })
        .last()
        .contentFrame()
        .frameLocator('#active-frame'),
    screenshot: async (name) => {
      mkdirSync(ARTEFACTS, { recursive: true });
      await page.screenshot({ path: join(ARTEFACTS, `${name}.png`) });
    },
    close: async () => {
      await browser.close();
      await server.stop();
    },
  };
}

/** The palette lists a command of an extension only once its manifest is read, so it is asked again until it is. */
async function runCommand(page: Page, title: string): Promise<void> {
  const entry = page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first();
  const deadline = performance.now() + 60_000;
  for (;;) {
    await page.keyboard.press('F1');
    try {
      // An earlier quick input may still be on its way out and take no text.
      await page.locator('.quick-input-widget input').first().fill(`>${title}`, { timeout: 3000 });
      await entry.click({ timeout: 3000 });
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await page.keyboard.press('Escape');
    }
  }
}
