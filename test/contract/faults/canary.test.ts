/** Secrets that must not be written anywhere: each is a canary, looked for in all that a run leaves and prints. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createHistoryQuerier } from '../../../server/src/index.ts';
import { FORMATS } from '../../../server/src/language/formats.ts';
import type { ProfileInput } from '../../../server/src/protocol/profile.ts';
import { startSandbox } from '../../../server/src/sandbox/index.ts';
import { step } from '../cli/support.ts';
import { startRawServer } from './raw-server.ts';
import { NOW } from './whole-way.ts';

const CLI = resolve(import.meta.dirname, '../../../server/src/cli.ts');
const WEBHOOK_KEY = 'canary-webhook-0123456789';
const CANARIES = {
  client: 'canary-client-8f2a',
  webhook: WEBHOOK_KEY,
  proxy: 'canary-proxy-71c3',
  masked: 'canary-masked-55e0',
  redacted: 'canary-redacted-90bb',
};

const variables = { ssn: CANARIES.masked, phone: CANARIES.redacted, queue: 'billing' };
const HISTORY = ['a1', 'a2', 'a3'].map((interactionId) => ({
  interactionId,
  steps: [
    step('menu', 'DECISION', '09:00:00', '09:01:00', {
      variablesBefore: variables,
      variablesAfter: variables,
    }),
    // One that cannot be read is kept with its reason.
    ...(interactionId === 'a3' ? [{ ...variables, startTime: 'soon' }] : []),
  ],
}));

/** A text in the forms in which it may travel. */
function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  return [
    secret,
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
  ];
}

describe('a secret', () => {
  it('is in nothing that is written', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'cxq-canary-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const path = (...parts: string[]): string => join(folder, ...parts);
    await writeFile(path('history.json'), JSON.stringify(HISTORY));
    const log: string[] = [];
    const sandbox = await startSandbox({
      data: path('history.json'),
      now: NOW,
      clientSecret: CANARIES.client,
      onRequest: (line) => log.push(JSON.stringify(line)),
    });
    onTestFinished(() => sandbox.close());
    await rm(path('history.json'));

    // In between sits a tenant that repeats what it was sent, for a while.
    const tokens = new Set<string>();
    const echo = await startRawServer({
      upstream: sandbox.baseUrl,
      ...{ seed: 1, rate: 1, times: 2 },
      fault: (socket, { asked }) => {
        tokens.add((asked['authorization'] ?? '').replace(/^Bearer /, ''));
        const message = `no access with ${asked['authorization']} and ${CANARIES.client}`;
        const body = JSON.stringify({ message, proxy: CANARIES.client });
        socket.write(
          `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        );
      },
    });
    onTestFinished(() => echo.close());
    let asked = '';
    const proxy = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        asked += String(chunk);
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void proxy.close());
    await once(proxy, 'listening');
    const address = proxy.address();
    const proxyPort = typeof address === 'object' && address !== null ? address.port : 0;

    const formats = FORMATS.flatMap(({ endings: [ending] }) => ending ?? []);
    const exports = formats.map((ending) => `EXPORT TO 'out/all.${ending}'`).join('\n');
    const text = `interactionId IN ['a1', 'a2', 'a3'] MASK (ssn)\n${exports}`;
    const printed: string[] = [];
    const run = async (profile: ProfileInput): Promise<void> => {
      const querier = createHistoryQuerier({
        profile: { redaction: ['phone'], ...profile },
        credentials: { clientId: sandbox.clientId, clientSecret: CANARIES.client },
        ...{ runsFolder: path('runs'), exportFolder: folder, now: () => new Date(NOW / 1000) },
        webhookSecret: `whsec_${Buffer.from(WEBHOOK_KEY).toString('base64')}`,
      });
      printed.push(JSON.stringify(await querier.run(text)));
    };
    const hook = { secret: 'hook', allow: [sandbox.baseUrl, 'http://127.0.0.1:1'] };
    const { baseUrl } = echo;
    await run({ baseUrl, webhook: { ...hook, url: `${sandbox.baseUrl}/hooks/cxq` } });
    await run({ baseUrl, webhook: { ...hook, url: `${sandbox.baseUrl}/hooks/cxq` } });
    await run({ baseUrl, webhook: { ...hook, url: `${sandbox.baseUrl}/hooks/cxq` } });
    // This one waits in the outbox.
    await run({ baseUrl, webhook: { ...hook, url: 'http://127.0.0.1:1/hook' } });

    const cli = async (args: readonly string[]): Promise<void> => {
      const child = spawn(process.execPath, [CLI, ...args], {
        cwd: folder,
        env: {
          ...process.env,
          CXONE_CLIENT_ID: sandbox.clientId,
          CXONE_CLIENT_SECRET: CANARIES.client,
          HTTPS_PROXY: `http://person:${CANARIES.proxy}@127.0.0.1:${proxyPort}`,
          NO_PROXY: '',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => printed.push(String(chunk)));
      await once(child, 'close');
    };
    await writeFile(path('query.cxq'), text);
    await writeFile(path('profile.json'), JSON.stringify({ baseUrl: sandbox.baseUrl, redaction: ['phone'] }));
    const where = ['--runs', 'runs', '--now', '2026-11-20T10:30:00Z'];
    for (const format of ['text', 'json', 'ndjson']) {
      await cli(['run', 'query.cxq', '--profile', 'profile.json', ...where, '--format', format]);
    }
    const elsewhere = ['--profile', 'profile.json', '--base-url', 'https://tenant.invalid'];
    await cli(['run', 'query.cxq', ...elsewhere, ...where]);
    await cli(['audit', 'show', path('runs', 'audit')]);

    // Each secret was really used, or this would prove nothing.
    const sent = Buffer.from(`person:${CANARIES.proxy}`).toString('base64');
    expect(asked).toContain(sent);
    expect(sandbox.hooks.length).toBeGreaterThan(0);
    expect(sandbox.hooks.every(({ headers }) => 'webhook-signature' in headers)).toBe(true);
    expect([...tokens].every((token) => token.length > 20)).toBe(true);
    expect(tokens.size).toBeGreaterThan(0);

    const places = new Map<string, Buffer>([
      ['printed', Buffer.from(printed.join('\n'))],
      ['webhooks', Buffer.from(JSON.stringify(sandbox.hooks))],
      ['log of the sandbox', Buffer.from(log.join('\n'))],
    ]);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name === 'query.cxq') continue;
      const file = join(entry.parentPath, entry.name);
      const bytes = await readFile(file);
      places.set(
        file.slice(folder.length),
        bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes,
      );
    }
    const names = [...places.keys()].join('\n');
    for (const needed of [
      ...formats.map((ending) => `all.${ending}`),
      'audit-0001.jsonl',
      'outbox',
      'manifest.json',
    ]) {
      expect(names).toContain(needed);
    }
    expect(places.get('printed')?.includes('billing')).toBe(true);
    for (const secret of [...Object.values(CANARIES), sent, ...tokens]) {
      const forms = formsOf(secret);
      for (const [place, bytes] of places) {
        for (const form of forms) expect(bytes.includes(form), `${form} in ${place}`).toBe(false);
      }
    }
  });
});
