/** The sandbox tenant: a contact centre's API in one process, on the loopback interface only. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { MICROS_PER_MILLI, type Micros } from '../protocol/instant.ts';
import { readBody, sendError, sendJson } from './answers.ts';
import { fileDataset, generatedDataset } from './dataset.ts';
import { createFaults } from './faults.ts';
import { createHistoryEndpoint } from './history.ts';
import { createHookReceiver } from './hooks.ts';
import { DEFAULTS, type Sandbox, type SandboxOptions, type SandboxStats } from './options.ts';
import { Pages } from './pages.ts';
import { TokenDesk } from './tokens.ts';

const TOKEN_PATH = '/oauth/token';
const HOOK_PATH = '/hooks/cxq';
const MAX_URL = 8_192;
const TOKEN_BODY_LIMIT = 65_536;
const HOOK_BODY_LIMIT = 33_554_432;

/** Only names of this machine: a page in a browser cannot reach the sandbox under a name of its own. */
function isLoopback(host: string | undefined): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i.test(host ?? '');
}

/**
 * Starts a sandbox. Rejects with a sentence when the data cannot be read, and with the system's error when the
 * port cannot be had.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = { ...DEFAULTS, ...options };
  const { clientId, clientSecret = randomBytes(24).toString('base64url') } = settings;
  const now = (): Micros => options.now ?? Date.now() * MICROS_PER_MILLI;
  const { interactions, seed } = settings;
  const dataset =
    options.data === undefined
      ? generatedDataset({ interactions, seed, now: now() })
      : await fileDataset(options.data);
  const faults = createFaults(settings.faults, seed, options.onFault);
  const pages = new Pages(dataset, { ...settings, holdsBack: faults.has('inserted') });
  const desk = new TokenDesk({ ...settings, clientId, clientSecret });
  const hooks = createHookReceiver();
  const counts = {
    requests: 0,
    historyRequests: 0,
    tokenRequests: 0,
    tokensIssued: 0,
    throttled: 0,
    badRequests: 0,
    unauthorised: 0,
    forbidden: 0,
    pages: 0,
    ranges: 0,
    records: 0,
    maxConcurrent: 0,
  };
  const history = createHistoryEndpoint({
    settings,
    pages,
    desk,
    faults,
    counts,
    now,
    live: options.now === undefined,
  });

  const token = async (
    request: IncomingMessage,
    response: ServerResponse,
    number: number,
  ): Promise<string> => {
    counts.tokenRequests += 1;
    if (request.method !== 'POST') {
      sendError(response, 405, 'method_not_allowed', 'Use POST.', { Allow: 'POST' });
      return 'method';
    }
    const target = { request: number, method: 'POST', path: TOKEN_PATH, key: TOKEN_PATH };
    if (faults.draw('token-5xx', target) !== null) {
      faults.fired('token-5xx', target, '503');
      sendJson(response, 503, { error: 'temporarily_unavailable', error_description: 'Try again later.' });
      return 'fault token-5xx';
    }
    const body = await readBody(request, TOKEN_BODY_LIMIT);
    if (body === null) {
      sendError(response, 413, 'too_large', 'A token request is smaller.', { Connection: 'close' });
      return 'too large';
    }
    const answer = desk.answer(request.headers, body);
    if (answer.status === 200) counts.tokensIssued += 1;
    const challenge = answer.status === 401 ? { 'WWW-Authenticate': 'Basic realm="sandbox"' } : {};
    sendJson(response, answer.status, answer.body, { 'Cache-Control': 'no-store', ...challenge });
    return answer.status === 200 ? 'token' : String(answer.body['error']);
  };

  const hook = async (request: IncomingMessage, response: ServerResponse): Promise<string> => {
    if (request.method === 'POST') {
      const body = await readBody(request, HOOK_BODY_LIMIT);
      if (body === null) {
        sendError(response, 413, 'too_large', 'A delivery may have 32 MiB.', { Connection: 'close' });
        return 'too large';
      }
      hooks.receive(request.headers, body);
      response.writeHead(204).end();
      return `delivery ${hooks.received.length}`;
    }
    if (request.method === 'GET') sendJson(response, 200, { data: hooks.received });
    else if (request.method === 'DELETE') {
      hooks.clear();
      response.writeHead(204).end();
    } else
      sendError(response, 405, 'method_not_allowed', 'Use POST, GET or DELETE.', {
        Allow: 'POST, GET, DELETE',
      });
    return 'webhooks';
  };

  const route = async (
    request: IncomingMessage,
    response: ServerResponse,
    number: number,
  ): Promise<string> => {
    if (!isLoopback(request.headers.host)) {
      sendError(response, 421, 'misdirected', 'The sandbox answers to 127.0.0.1 and localhost only.');
      return 'misdirected';
    }
    if ((request.url ?? '').length > MAX_URL) {
      sendError(response, 414, 'uri_too_long', `A URL may have ${MAX_URL} characters.`);
      return 'too long';
    }
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === TOKEN_PATH) return token(request, response, number);
    if (url.pathname === HOOK_PATH) return hook(request, response);
    if (history.serves(url.pathname)) return history.handle(request, response, url, number);
    if (url.pathname === '/' && request.method === 'GET') {
      sendJson(response, 200, { name: 'CXQ sandbox tenant', interactions: dataset.count, stats: counts });
      return 'about';
    }
    sendError(response, 404, 'not_found', 'There is nothing at this path.');
    return 'unknown path';
  };

  const server = createServer((request, response) => {
    counts.requests += 1;
    const number = counts.requests;
    const began = performance.now();
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    let detail = 'cut off';
    // The connection may close before the words on it are there: they come in the same turn of the loop.
    response.once('close', () => setImmediate(() => report()));
    const report = (): void =>
      options.onRequest?.({
        at: new Date().toISOString(),
        method: request.method ?? '',
        path,
        status: response.headersSent ? response.statusCode : null,
        milliseconds: Math.round(performance.now() - began),
        detail,
      });
    route(request, response, number).then(
      (words) => {
        detail = words;
      },
      () => {
        // The client went away, or the request was malformed beyond use: there is nobody to tell.
        if (!response.headersSent && !response.destroyed)
          sendError(response, 400, 'invalid_request', 'The request cannot be read.');
        else response.destroy();
      },
    );
  });
  server.keepAliveTimeout = 65_000;
  server.listen(settings.port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  const retained = pages.retained(now());
  let closing: Promise<void> | undefined;

  return {
    baseUrl: `http://127.0.0.1:${port}`,
    clientId,
    clientSecret,
    retained,
    expired: dataset.count - retained,
    log: faults.log,
    get stats(): SandboxStats {
      return { ...counts };
    },
    hooks: hooks.received,
    close: () => {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closing;
    },
  };
}
