import type { ServerResponse } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ask, hurriedClock, ids, request, SECRET, tenantAt } from './support/ask.ts';
import { type Asked, records, sendJson } from './support/fault-tenant.ts';
import { faultTenants } from './support/tenants.ts';

const start = faultTenants({ rows: records(450) });

const all = records(450).map(({ interactionId }) => interactionId);

/** Answers the history requests of these numbers (0 is the first) with a fault, the others as usual. */
function at(
  numbers: readonly number[],
  fault: (response: ServerResponse, asked: Asked, socket: Socket) => void,
) {
  return (asked: Asked, response: ServerResponse, socket: Socket): boolean => {
    if (asked.kind !== 'history' || !numbers.includes(asked.number)) return false;
    fault(response, asked, socket);
    return true;
  };
}

function always(status: number, body: unknown, headers: Record<string, string> = {}) {
  return (asked: Asked, response: ServerResponse): boolean => {
    if (asked.kind !== 'history') return false;
    sendJson(response, status, body, headers);
    return true;
  };
}

describe('throttling (429)', () => {
  const date = (seconds: number): string => new Date(Date.now() + seconds * 1000).toUTCString();
  it.each([
    ['seconds', () => ({ 'retry-after': '7' }), 7_000],
    ['a date', () => ({ 'retry-after': date(9), date: date(0) }), 8_000],
    ['no time at all', () => ({}), 0],
    ['a time in the past', () => ({ 'retry-after': date(-60) }), 0],
    ['a negative number', () => ({ 'retry-after': '-5' }), 0],
    ['an empty text', () => ({ 'retry-after': '' }), 0],
  ])('with Retry-After as %s pauses all lanes and loses nothing', async (_, headers, floor) => {
    const clock = hurriedClock();
    const tenant = await start({
      latency: 2,
      fault: at([1, 2, 3], (response) => sendJson(response, 429, {}, headers())),
    });
    const result = await ask(tenant.url, {}, {}, clock);
    expect(tenant.counts.faults).toBe(3);
    expect(ids(result)).toEqual(all);
    expect(result).toMatchObject({ outcome: 'complete', stats: { throttled: 3, retries: 0, requests: 8 } });
    expect(Math.max(...clock.waits)).toBeGreaterThan(floor);
    expect(tenant.counts.most).toBeLessThanOrEqual(5);
  });

  it('longer than the profile waits stops the run, says until when, and keeps what came', async () => {
    const tenant = await start({
      fault: at([3], (response) => sendJson(response, 429, {}, { 'retry-after': '4000' })),
    });
    const clock = hurriedClock();
    const before = Date.now();
    const result = await ask(tenant.url, {}, {}, clock);
    expect(tenant.counts.faults).toBe(1);
    expect(result.outcome).toBe('partial');
    expect(result.error).toMatchObject({ code: 'throttled', status: 429, retriable: true });
    expect(result.error?.retryAt).toBeGreaterThanOrEqual(before + 4_000_000);
    expect(result.error?.message).toMatch(/until 20\d\d-.*Z/);
    expect(result.records.length).toBeGreaterThanOrEqual(100);
    expect(clock.waits).toEqual([]);
    // Another run of this process is not let through either, and is told at once.
    const second = await ask(tenant.url, {}, {}, clock);
    expect(second).toMatchObject({ outcome: 'failed', error: { code: 'throttled' } });
    expect(tenant.counts.history).toBeLessThanOrEqual(5);
  });

  it('beyond the calendar is told as its end', async () => {
    for (const status of [429, 503]) {
      const tenant = await start({ fault: always(status, {}, { 'retry-after': '9'.repeat(30) }) });
      const result = await ask(tenant.url);
      expect(tenant.counts.faults).toBe(1);
      expect(result.error?.message).toMatch(/ 9999-12-31T23:59:59\.999Z/);
    }
  });

  it('without end is given up', async () => {
    const tenant = await start({ fault: always(429, {}, { 'retry-after': '0' }) });
    const result = await ask(tenant.url);
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'throttled' } });
    expect(tenant.counts.faults).toBe(21);
  });

  it('shows in the progress until when the tenant pauses', async () => {
    const tenant = await start({
      fault: at([0], (response) => sendJson(response, 429, {}, { 'retry-after': '5' })),
    });
    const paused: (number | null)[] = [];
    await ask(tenant.url, {}, { onProgress: ({ pausedUntil }) => paused.push(pausedUntil) });
    expect(paused.some((until) => until !== null && until > Date.now())).toBe(true);
    expect(paused.at(-1)).toBeNull();
  });
});

describe('faults that pass', () => {
  const html = '<!DOCTYPE html>\u001b[31m<title>Sign in</title>';
  const faults: [string, (response: ServerResponse, asked: Asked, socket: Socket) => void][] = [
    ['500', (response) => sendJson(response, 500, { message: 'boom' })],
    ['503 with Retry-After', (response) => sendJson(response, 503, {}, { 'retry-after': '3' })],
    ['408', (response) => sendJson(response, 408, {})],
    ['a reset before the headers', (_, __, socket) => socket.resetAndDestroy()],
    [
      'a reset in the middle of the body',
      (response, _, socket) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
        response.write('{"data":[', () => socket.resetAndDestroy());
      },
    ],
    [
      'a chunked body that is cut off',
      (response, _, socket) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"data":[', () => socket.end());
      },
    ],
    [
      'JSON that breaks off right after a bracket',
      (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":['),
    ],
    [
      'a log-in page with status 200',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(html),
    ],
    ['JSON that is no history', (response) => sendJson(response, 200, { message: 'maintenance' })],
    [
      'a body ended by close and cut',
      (_, __, socket) => {
        socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"data":[{"interactionId":"i0"');
      },
    ],
  ];

  it.each(faults)('%s is retried and loses nothing', async (_, fault) => {
    const clock = hurriedClock();
    const tenant = await start({ fault: at([0, 2], fault) });
    const result = await ask(tenant.url, {}, {}, clock);
    expect(tenant.counts.faults).toBe(2);
    expect(ids(result)).toEqual(all);
    expect(result).toMatchObject({ outcome: 'complete', stats: { retries: 2, requests: 7, expected: 450 } });
    expect(clock.waits).toHaveLength(2);
    expect(result.error).toBeUndefined();
  });

  it.each(faults)('%s that stays is reported after the retries', async (_, fault) => {
    const tenant = await start({
      fault: (asked, response, socket) => {
        if (asked.kind !== 'history') return false;
        fault(response, asked, socket);
        return true;
      },
    });
    const result = await ask(tenant.url, { retries: 2 });
    expect(tenant.counts.faults).toBe(3);
    expect(result).toMatchObject({ outcome: 'failed', records: [], stats: { requests: 3, retries: 2 } });
    expect(result.error?.message).toMatch(/127\.0\.0\.1.*Given up after 2 retries/);
  });

  it('what is not JSON is reported with its beginning, control characters made visible', async () => {
    const tenant = await start({
      fault: (asked, response) => {
        if (asked.kind !== 'history') return false;
        response.end(html);
        return true;
      },
    });
    const result = await ask(tenant.url, { retries: 0 });
    expect(result.error?.code).toBe('not-json');
    expect(result.error?.message).toContain('<!DOCTYPE html>\\u001b[31m<title>Sign in</title>');
    expect(result.error?.message).not.toContain('\u001b');
  });

  it('a sick tenant is not pressed beyond the retry budget', async () => {
    const tenant = await start({
      rows: records(4000),
      fault: (asked, response) => {
        // Each page fails four times before it comes.
        if (asked.kind !== 'history') return false;
        const { offset } = asked.json;
        if (tenant.history().filter(({ json }) => json['offset'] === offset).length > 4) return false;
        sendJson(response, 502, {});
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(result).toMatchObject({ outcome: 'partial', error: { code: 'retry-budget' } });
    expect(tenant.counts.faults).toBeGreaterThan(100);
    expect(result.stats.retries).toBeLessThanOrEqual(100 + 0.2 * result.stats.requests);
    expect(result.records.length).toBeGreaterThan(0);
  });

  it('a 503 is left alone as long as it asks, and given up when it asks for too long', async () => {
    const clock = hurriedClock();
    const brief = await start({
      fault: at([0], (response) => sendJson(response, 503, {}, { 'retry-after': '60' })),
    });
    expect(await ask(brief.url, {}, {}, clock)).toMatchObject({ outcome: 'complete' });
    expect(clock.waits).toEqual([60_250]);
    const long = await start({
      fault: at([0], (response) => sendJson(response, 503, {}, { 'retry-after': '121' })),
    });
    const result = await ask(long.url);
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { code: 'server-error' },
      stats: { requests: 1 },
    });
    expect(result.error?.message).toMatch(/no request before 20\d\d-/);
    expect(result.error?.retryAt).toBeGreaterThan(Date.now() + 100_000);
  });

  it('nothing holds its slot while it waits to try again', async () => {
    const tenant = await start({
      fault: at([0], (response) => sendJson(response, 503, {}, { 'retry-after': '50' })),
    });
    const waiting: (() => void)[] = [];
    let asleep = (): void => undefined;
    const sleeping = new Promise<void>((resolve) => {
      asleep = resolve;
    });
    const clock = {
      ...hurriedClock(),
      sleep: () =>
        new Promise<void>((resolve) => {
          waiting.push(resolve);
          asleep();
        }),
    };
    const limits = { maxConcurrentRequests: 1 };
    const first = tenantAt(tenant.url, clock, { limits }).retrieve(request());
    await sleeping;
    const second = await tenantAt(tenant.url, clock, { limits }).retrieve(request());
    expect(second).toMatchObject({ outcome: 'complete', stats: { records: 450 } });
    for (const wake of waiting) wake();
    expect(await first).toMatchObject({ outcome: 'complete', stats: { records: 450, retries: 1 } });
    expect(tenant.counts).toMatchObject({ faults: 1, most: 1 });
  });

  it('a slow tenant is timed out for each request, and the socket is closed', async () => {
    const tenant = await start({ fault: (asked) => asked.kind === 'history' });
    const result = await ask(tenant.url, { retries: 1, timeoutMs: 400 });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'timeout', retriable: true } });
    expect(result.error?.message).toMatch(/within 0\.4 s/);
    expect(tenant.counts.faults).toBe(2);
    await tenant.quiet();
  });

  it('a body that trickles is timed out as a whole', async () => {
    const timers: NodeJS.Timeout[] = [];
    const tenant = await start({
      fault: at([0], (response) => {
        response.writeHead(200);
        timers.push(setInterval(() => response.write(' '), 5));
        response.on('close', () => timers.forEach(clearInterval));
      }),
    });
    const result = await ask(tenant.url, { timeoutMs: 1_500 });
    expect(tenant.counts.faults).toBe(1);
    expect(result).toMatchObject({ outcome: 'complete', stats: { retries: 1, records: 450 } });
  });

  it('an answer that is packed although nobody asked for it is read, up to a ceiling', async () => {
    const body = JSON.stringify({ data: records(450).slice(0, 3), total: 3 });
    const bomb = gzipSync(`{"data":[],"pad":"${' '.repeat(3_000_000)}"}`);
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
      // Without the format's own head, as some servers have always sent it.
      ['deflate', deflateRawSync(body)],
    ] as const) {
      const packed = await start({
        fault: at([0], (response) => response.writeHead(200, { 'content-encoding': encoding }).end(bytes)),
      });
      const result = await ask(packed.url);
      expect(packed.counts.faults).toBe(1);
      expect(result).toMatchObject({ outcome: 'complete', stats: { records: 3, retries: 0 } });
    }
    const bombed = await start({
      fault: at([0], (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)),
    });
    const refused = await tenantAt(bombed.url, hurriedClock(), {}, 1_000_000).retrieve(request());
    expect(bombed.counts.faults).toBe(1);
    expect(refused).toMatchObject({
      outcome: 'failed',
      error: { code: 'too-large', retriable: false },
      stats: { requests: 1 },
    });
  });
});

describe('faults that end the run at once', () => {
  it.each([
    [
      400,
      'bad-request',
      { error: { message: 'Unknown field “nodeTime” at 4' } },
      /Unknown field “nodeTime” at 4/,
    ],
    [
      403,
      'forbidden',
      { message: 'Not for you' },
      /Not for you.*interactions:read workflows:read.*allow-list/,
    ],
    [404, 'not-found', { message: 'Nothing here' }, /query\.path/],
    [422, 'bad-request', 'plain words', /plain words/],
  ])('%i is not retried and keeps the tenant’s words', async (status, code, body, message) => {
    const tenant = await start({ fault: always(status, body) });
    const result = await ask(tenant.url, { concurrency: 1 });
    expect(tenant.counts.faults).toBe(1);
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { code, status, retriable: false },
      stats: { requests: 1, retries: 0 },
    });
    expect(result.error?.message).toMatch(message);
    expect(result.error?.tenantMessage).toBeTruthy();
  });

  it('keeps the pages that came before, and those that other lanes had finished', async () => {
    const tenant = await start({
      fault: async (asked, response) => {
        if (asked.kind !== 'history' || asked.json['offset'] !== 100) return false;
        await new Promise((resolve) => setTimeout(resolve, 60));
        sendJson(response, 403, {});
        return true;
      },
    });
    const offsets: number[] = [];
    const result = await ask(
      tenant.url,
      {},
      {
        onPage: ({ offset }) => {
          offsets.push(offset);
          return undefined;
        },
      },
    );
    expect(result).toMatchObject({
      outcome: 'partial',
      error: { code: 'forbidden' },
      stats: { expected: 450 },
    });
    expect(offsets).toEqual([0, 200, 300, 400]);
    expect(result.records).toHaveLength(350);
  });

  it('asks for nothing more once one lane was refused', async () => {
    const tenant = await start({
      rows: records(5000),
      fault: async (asked, response) => {
        if (asked.kind !== 'history') return false;
        if (asked.json['offset'] !== 300) {
          if (asked.number > 0) await new Promise((resolve) => setTimeout(resolve, 40));
          return false;
        }
        sendJson(response, 403, {});
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(tenant.counts.faults).toBe(1);
    expect(result).toMatchObject({
      outcome: 'partial',
      error: { code: 'forbidden' },
      stats: { requests: 6 },
    });
    expect(result.records.length).toBeGreaterThanOrEqual(300);
  });

  it('bytes that are not UTF-8 are replaced, and it is said so', async () => {
    const tenant = await start({
      fault: at([0], (response) => {
        const body = Buffer.from('{"data":[{"interactionId":"i?","steps":[]}],"total":1}');
        body[body.indexOf('?')] = 0xff;
        response.end(body);
      }),
    });
    const result = await ask(tenant.url);
    expect(ids(result)).toEqual(['i\uFFFD']);
    expect(result.notes).toEqual(['1 answer held bytes that are not UTF-8; each was replaced by U+FFFD.']);
  });

  it('a redirect is not followed, and the token stays at home', async () => {
    const thief = await start();
    const tenant = await start({
      fault: always(307, {}, { location: `${thief.url}/api/v2/interactions/history/query?secret=1` }),
    });
    const result = await ask(tenant.url);
    expect(tenant.counts.faults).toBe(1);
    expect(thief.asked).toEqual([]);
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'redirect', status: 307 } });
    expect(result.error?.message).toContain(thief.url);
    expect(result.error?.message).not.toContain('secret=1');
  });

  it('an address where nothing listens is said so', async () => {
    const tenant = await start();
    await tenant.close();
    const result = await ask(tenant.url, { retries: 1 });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'unreachable' } });
    expect(result.error?.message).toMatch(/nothing listens there/);
  });

  it('a server that speaks no TLS is never asked twice', async () => {
    let connections = 0;
    const plain: Server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 200 OK\r\n\r\n', () => socket.destroy());
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const address = plain.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const result = await ask(`https://127.0.0.1:${port}`);
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'tls', retriable: false } });
    expect(connections).toBe(1);
    await new Promise((resolve) => plain.close(resolve));
  });

  it('a caller that throws ends the run and is told why', async () => {
    const tenant = await start();
    const result = await ask(
      tenant.url,
      {},
      {
        onPage: () => {
          throw new Error('ENOSPC: no space left on device');
        },
      },
    );
    expect(result).toMatchObject({ error: { code: 'consumer' } });
    expect(result.error?.message).toContain('no space left');
  });

  it('a secret that the tenant repeats never comes out again', async () => {
    const tenant = await start({
      fault: (asked, response) => {
        if (asked.kind !== 'history') return false;
        sendJson(response, 400, { message: `no access with ${asked.headers.authorization} and ${SECRET}` });
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(tenant.counts.faults).toBe(1);
    expect(JSON.stringify(result)).not.toContain(SECRET);
    expect(JSON.stringify(result)).not.toContain('token-0');
    expect(result.error?.tenantMessage).toBe('no access with Bearer ••• and •••');
  });
});
