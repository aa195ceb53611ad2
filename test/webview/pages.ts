/**
 * The results panel's real page in a real browser: its HTML, policy, script and styles as the extension serves
 * them, with the editor's side of the conversation played by the test.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Frame, type Page } from 'playwright-core';
import { BROWSER_HELP, findChromium } from '../../.ci/editor.mjs';
import { panelHtml } from '../../client/src/results/html.ts';
import { type Theme, themeOf } from './themes.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const ASSETS = join(ROOT, 'dist', 'webview');
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };

export interface PanelOptions {
  /** Answers a message of the view; undefined sends nothing, an array sends several. */
  readonly answer?: (message: unknown) => unknown;
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
  /** Colours of the system's own instead of the page's. */
  readonly forcedColours?: boolean;
}

export interface Panel {
  readonly page: Page;
  /** Every message that the view sent, in order. */
  readonly sent: readonly unknown[];
  /** Violations of the page's policy, script errors and console errors. */
  readonly problems: readonly string[];
  /** Addresses that the page asked for, in order. */
  readonly reached: readonly string[];
  /** Sends a message to the view as the editor does. */
  post(message: unknown): Promise<void>;
  /** Keeps a picture in test-artefacts/webview/. */
  screenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

function serve(): Promise<{ server: Server; origin: string }> {
  if (!existsSync(join(ASSETS, 'panel.js'))) throw new Error('The panel is not built: run `npm run build`.');
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://panel').pathname;
    if (path === '/') {
      const origin = `http://${request.headers.host ?? ''}`;
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(
        panelHtml({
          nonce: 'dGVzdC1ub25jZS1vZi0xMjgtYml0',
          cspSource: origin,
          scriptUri: `${origin}/panel.js`,
          styleUri: `${origin}/panel.css`,
          lang: 'en',
        }),
      );
      return;
    }
    if (path === '/host') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end('<!doctype html><html lang="en"><title>host</title><body></body></html>');
      return;
    }
    const file = join(ASSETS, basename(path));
    if (!existsSync(file)) {
      response.statusCode = 404;
      response.end();
      return;
    }
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(file));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve({ server, origin: `http://127.0.0.1:${port}` });
    });
  });
}

async function launch(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(BROWSER_HELP);
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-dev-shm-usage',
  ];
  return await chromium.launch({ executablePath, headless: true, args });
}

interface Served {
  readonly server: Server;
  readonly origin: string;
  readonly browser: Browser;
}

/** One browser and one server for all pages of a process. */
let shared: Promise<Served> | undefined;

function served(): Promise<Served> {
  shared ??= serve().then(async (panel) => ({ ...panel, browser: await launch() }));
  return shared;
}

/** Ends the browser and the server. */
export async function closePages(): Promise<void> {
  const { server, browser } = (await shared) ?? {};
  shared = undefined;
  await browser?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
}

/** Opens the panel in a browser context of its own. Close it when the test ends. */
export async function openPanel(options: PanelOptions = {}): Promise<Panel> {
  const { browser, origin } = await served();
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1000, height: options.height ?? 700 },
    reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
    forcedColors: options.forcedColours === true ? 'active' : 'none',
  });
  const page = await context.newPage();
  const sent: unknown[] = [];
  const problems: string[] = [];
  const reached: string[] = [];
  page.on('request', (request) => reached.push(request.url()));
  const post = (message: unknown) => page.evaluate((data) => window.postMessage(data, '*'), message);

  await page.exposeFunction('cxqSent', async (message: unknown) => {
    sent.push(message);
    const answer = await options.answer?.(message);
    for (const part of Array.isArray(answer) ? answer : [answer]) if (part !== undefined) await post(part);
  });
  await page.exposeFunction('cxqProblem', (text: string) => {
    problems.push(text);
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.addInitScript(standIn, themeOf(options.theme ?? 'light'));
  await page.goto(origin);
  return {
    page,
    sent,
    problems,
    reached,
    post,
    screenshot: pictureOf(page),
    close: () => context.close(),
  };
}

/** One page in which panels are opened and closed, one after the other, as an editor does. */
export interface PanelHost {
  /** A panel of the whole page. */
  open(): Promise<Frame>;
  /** Closes the panel that is open. */
  shut(): Promise<void>;
  /** Bytes that scripts of the page hold once what nobody holds is collected. */
  heap(): Promise<number>;
  close(): Promise<void>;
}

export async function openHost(options: PanelOptions): Promise<PanelHost> {
  const { browser, origin } = await served();
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
  const page = await context.newPage();
  await page.exposeBinding('cxqSent', async ({ frame }, message: unknown) => {
    const answer = await options.answer?.(message);
    for (const part of Array.isArray(answer) ? answer : [answer]) {
      // A panel that was closed meanwhile hears nothing.
      if (part !== undefined)
        await frame.evaluate((data) => window.postMessage(data, '*'), part).catch(() => {});
    }
  });
  await page.addInitScript(standIn, themeOf(options.theme ?? 'light'));
  await page.goto(`${origin}/host`);
  const session = await context.newCDPSession(page);
  return {
    async open() {
      await page.evaluate(() => {
        const frame = document.createElement('iframe');
        frame.src = '/';
        frame.style.cssText = 'position:fixed;inset:0;width:100%;height:100%;border:0';
        document.body.append(frame);
      });
      const frame = await (await page.waitForSelector('iframe')).contentFrame();
      if (frame === null) throw new Error('The panel did not open.');
      await frame.waitForURL('**/');
      return frame;
    },
    shut: () =>
      page.evaluate(() => {
        document.querySelector('iframe')?.remove();
        // The next panel is as it is at first.
        sessionStorage.clear();
      }),
    async heap() {
      // What waits for a task of its own is done by then.
      await page.waitForTimeout(100);
      await session.send('HeapProfiler.collectGarbage');
      await session.send('HeapProfiler.collectGarbage');
      return (await session.send('Runtime.getHeapUsage')).usedSize;
    },
    close: () => context.close(),
  };
}

/** Opens a page of its own, as a file that a person opens: `reached` has nothing but the page itself. */
export async function openPage(
  content: string,
  options: { readonly scheme?: 'light' | 'dark'; readonly width?: number },
): Promise<Omit<Panel, 'sent' | 'post'>> {
  const { browser } = await served();
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1000, height: 900 },
    colorScheme: options.scheme ?? 'light',
  });
  const page = await context.newPage();
  const problems: string[] = [];
  const reached: string[] = [];
  const address = 'http://report.test/';
  await context.route('**/*', (route) =>
    route.request().url() === address
      ? route.fulfill({ contentType: 'text/html; charset=utf-8', body: content })
      : route.abort(),
  );
  page.on('request', (request) => reached.push(request.url()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(address);
  return { page, problems, reached, screenshot: pictureOf(page), close: () => context.close() };
}

/** Keeps pictures in test-artefacts/webview/. */
function pictureOf(page: Page): Panel['screenshot'] {
  return async (name) => {
    const folder = join(ROOT, 'test-artefacts', 'webview');
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}.png`) });
  };
}

/** Runs in the page before its own script: what the workbench puts there. Its state outlives a reload. */
function standIn(theme: { bodyClass: string; properties: [string, string][] }): void {
  const call = (name: string, value: unknown) => {
    const found: unknown = Reflect.get(globalThis, name);
    if (typeof found === 'function') found(value);
  };
  const KEY = 'cxq-state';
  Reflect.set(globalThis, 'acquireVsCodeApi', () => ({
    postMessage: (message: unknown) => call('cxqSent', JSON.parse(JSON.stringify(message))),
    getState: (): unknown => JSON.parse(sessionStorage.getItem(KEY) ?? 'null') ?? undefined,
    setState: (state: unknown) => {
      sessionStorage.setItem(KEY, JSON.stringify(state));
      return state;
    },
  }));
  document.addEventListener('securitypolicyviolation', (event) => {
    call('cxqProblem', `policy: ${event.violatedDirective} ${event.blockedURI}`);
  });
  document.addEventListener('DOMContentLoaded', () => {
    document.body.classList.add(theme.bodyClass);
    for (const [name, value] of theme.properties) document.documentElement.style.setProperty(name, value);
  });
}
