import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { get, page, post, sandboxOf, tokenFrom } from './client.ts';

function tokenRequest(
  baseUrl: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${baseUrl}/oauth/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });
}

describe('the token endpoint', () => {
  it('gives a token for the right credentials in the body', async () => {
    const sandbox = await sandboxOf({ tokenLifeSeconds: 1200 });
    const body = `grant_type=client_credentials&client_id=sandbox&client_secret=${sandbox.clientSecret}&scope=interactions%3Aread+workflows%3Aread`;
    const response = await tokenRequest(sandbox.baseUrl, body);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({
      token_type: 'Bearer',
      expires_in: 1200,
      scope: 'interactions:read workflows:read',
    });
  });

  it('takes them by HTTP Basic, as a password grant, and as an access key in JSON', async () => {
    const sandbox = await sandboxOf({ clientSecret: 'p%s:w' });
    const basic = { Authorization: `Basic ${Buffer.from('sandbox:p%25s%3Aw').toString('base64')}` };
    const granted = await tokenRequest(sandbox.baseUrl, 'grant_type=client_credentials', basic);
    expect(granted.status).toBe(200);
    const password = 'grant_type=password&username=sandbox&password=p%25s%3Aw';
    expect((await tokenRequest(sandbox.baseUrl, password, basic)).status).toBe(200);
    const wrong = await tokenRequest(
      sandbox.baseUrl,
      'grant_type=password&username=sandbox&password=x',
      basic,
    );
    expect([wrong.status, await wrong.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_grant' }),
    ]);
    const json = { 'Content-Type': 'application/json' };
    const key = JSON.stringify({ accessKeyId: 'sandbox', accessKeySecret: 'p%s:w' });
    const answer = await tokenRequest(sandbox.baseUrl, key, json);
    expect(await answer.json()).toHaveProperty('access_token');
  });

  it.each([
    ['grant_type=client_credentials&client_id=sandbox&client_secret=wrong', 401, 'invalid_client'],
    ['grant_type=client_credentials', 401, 'invalid_client'],
    ['grant_type=implicit&client_id=sandbox&client_secret=s3cret', 400, 'unsupported_grant_type'],
    ['grant_type=client_credentials&client_id=sandbox&client_secret=s3cret&scope=all', 400, 'invalid_scope'],
  ])('refuses %s with %i', async (body, status, error) => {
    const sandbox = await sandboxOf({ clientSecret: 's3cret' });
    const response = await tokenRequest(sandbox.baseUrl, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error, error_description: expect.any(String) });
    expect(sandbox.stats.tokensIssued).toBe(0);
  });

  it('makes another secret at each start', async () => {
    const [one, other] = [await sandboxOf(), await sandboxOf()];
    expect(one.clientSecret).not.toBe(other.clientSecret);
    expect(one.clientSecret.length).toBeGreaterThan(20);
  });
});

describe('access to history', () => {
  it('needs a token that it gave and that still lives', async () => {
    const sandbox = await sandboxOf({ tokenLifeSeconds: 0.15 });
    const none = await post(sandbox, { filter: '' });
    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toContain('invalid_token');
    expect((await post(sandbox, { filter: '' }, 'made-up')).status).toBe(401);
    const token = await tokenFrom(sandbox);
    await sleep(250);
    const late = await post(sandbox, { filter: '' }, token);
    expect([late.status, await late.json()]).toEqual([
      401,
      { error: 'invalid_token', message: 'The token has expired.' },
    ]);
    expect(sandbox.stats.unauthorised).toBe(3);
  });

  it('names the scope that is missing', async () => {
    const sandbox = await sandboxOf();
    const response = await post(sandbox, { filter: '' }, await tokenFrom(sandbox, 'workflows:read'));
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('interactions:read') });
    const limited = await sandboxOf({ grantedScopes: ['workflows:read'] });
    expect((await post(limited, { filter: '' }, await tokenFrom(limited))).status).toBe(403);
  });

  it('is free without authentication', async () => {
    const sandbox = await sandboxOf({ auth: false });
    expect((await page(sandbox, {})).total).toBe(60);
  });

  it('throttles the sixth request at once, serves five, and has all slots again afterwards', async () => {
    const sandbox = await sandboxOf({ auth: false, latencyMs: 300, retryAfterSeconds: 2 });
    const responses = await Promise.all(
      Array.from({ length: 8 }, async (_, offset) => {
        const response = await post(sandbox, { limit: 1, offset });
        await response.arrayBuffer();
        return response;
      }),
    );
    const statuses = responses.map((response) => response.status).sort();
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    const throttled = responses.find((response) => response.status === 429);
    expect(throttled?.headers.get('retry-after')).toBe('2');
    expect(sandbox.stats).toMatchObject({ throttled: 3, maxConcurrent: 5 });
    for (let round = 0; round < 2; round += 1) {
      const again = await Promise.all(Array.from({ length: 5 }, () => page(sandbox, { limit: 1000 })));
      expect(again.map(({ total }) => total)).toEqual([60, 60, 60, 60, 60]);
    }
    expect(sandbox.stats.throttled).toBe(3);
  });

  it('counts a request that its client gave up no longer', async () => {
    const sandbox = await sandboxOf({ auth: false, latencyMs: 60_000, maxConcurrentRequests: 1 });
    const cancel = new AbortController();
    const given = post(sandbox, {}, undefined, cancel.signal);
    while (sandbox.stats.maxConcurrent === 0) await sleep(5);
    expect((await post(sandbox, {})).status).toBe(429);
    cancel.abort();
    await expect(given).rejects.toThrow();
    for (;;) {
      const { throttled } = sandbox.stats;
      const probe = new AbortController();
      const next = post(sandbox, {}, undefined, probe.signal).catch(() => undefined);
      const answered = await Promise.race([next, sleep(200)]);
      probe.abort();
      await next;
      if (answered === undefined) {
        expect(sandbox.stats.throttled).toBe(throttled);
        break;
      }
      expect(answered.status).toBe(429);
    }
  });

  it('answers to loopback names only, and refuses what it does not serve', async () => {
    const sandbox = await sandboxOf({ auth: false });
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      request(`${sandbox.baseUrl}/api/v2/interactions/history`, { headers: { Host: 'evil.example' } })
        .on('response', (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
    expect((await fetch(`${sandbox.baseUrl}/elsewhere`)).status).toBe(404);
    const wrong = await fetch(`${sandbox.baseUrl}/api/v2/interactions/history/query`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await get(sandbox, { filter: ' '.repeat(9000) })).status).toBe(414);
  });
});
