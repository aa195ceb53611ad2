import { describe, expect, it } from 'vitest';
import { createTenant, testConnection } from '../../../server/src/tenant/index.ts';
import { ask, hurriedClock, ids, profileFor, request, SECRET, tenantAt } from './support/ask.ts';
import { type FaultTenantOptions, records, sendJson } from './support/fault-tenant.ts';
import { faultTenants } from './support/tenants.ts';

const start = faultTenants({ rows: records(450) });

const all = records(450).map(({ interactionId }) => interactionId);

describe('tokens', () => {
  it('are asked for as the tutorial does, once for several runs', async () => {
    const tenant = await start();
    const subject = tenantAt(tenant.url);
    const results = await Promise.all([
      subject.retrieve(request()),
      subject.retrieve(request()),
      tenantAt(tenant.url).retrieve(request()),
    ]);
    for (const result of results) expect(ids(result)).toEqual(all);
    expect(results.map(({ stats }) => stats.tokens).sort()).toEqual([0, 0, 1]);
    expect(tenant.counts.tokens).toBe(1);
    expect(tenant.counts.most).toBeLessThanOrEqual(5);
    const [asked] = tenant.asked;
    expect(asked?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'id',
      client_secret: SECRET,
      scope: 'interactions:read workflows:read',
    });
  });

  it('are refreshed 300 s before they expire, and at half their life when that is short', async () => {
    for (const [life, still, over] of [
      [3600, 3200, 200],
      [400, 150, 100],
    ] as const) {
      const tenant = await start({ expiresIn: life });
      const clock = hurriedClock();
      const subject = tenantAt(tenant.url, clock);
      await subject.retrieve(request());
      await clock.sleep(still * 1000);
      await subject.retrieve(request());
      expect(tenant.counts.tokens).toBe(1);
      await clock.sleep(over * 1000);
      await subject.retrieve(request());
      expect(tenant.counts.tokens).toBe(2);
    }
  });

  it('a token that is refused once is replaced, and the request repeated', async () => {
    const tenant = await start({
      fault: ({ kind, number }, response) => {
        if (kind !== 'history' || number !== 2) return false;
        sendJson(response, 401, { message: 'expired' });
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(tenant.counts.faults).toBe(1);
    expect(ids(result)).toEqual(all);
    expect(result).toMatchObject({ outcome: 'complete', stats: { tokens: 2, retries: 0 } });
  });

  it('a token that expires while the tenant makes all wait is replaced before it can be refused', async () => {
    const tenant = await start({
      expiresIn: 60,
      fault: ({ kind, number }, response) => {
        if (kind !== 'history' || number > 1) return false;
        sendJson(response, 429, {}, { 'retry-after': '100' });
        return true;
      },
    });
    const result = await ask(tenant.url, { concurrency: 1 });
    expect(tenant.counts.faults).toBe(2);
    expect(result).toMatchObject({ outcome: 'complete', stats: { throttled: 2, tokens: 3 } });
    expect(
      tenant
        .history()
        .slice(0, 3)
        .map(({ headers }) => headers.authorization),
    ).toEqual(['Bearer token-0', 'Bearer token-1', 'Bearer token-2']);
  });

  it('five lanes that are refused at once ask for exactly one new token', async () => {
    let waiting: (() => void)[] = [];
    const tenant = await start({
      rows: records(2000),
      fault: async ({ kind, headers, number }, response) => {
        if (kind !== 'history' || number === 0 || headers.authorization !== 'Bearer token-0') return false;
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (waiting.length === 5) for (const go of waiting.splice(0)) go();
        });
        sendJson(response, 401, {});
        return true;
      },
    });
    const result = await ask(tenant.url);
    waiting = [];
    expect(tenant.counts.faults).toBe(5);
    expect(tenant.counts.tokens).toBe(2);
    // Twenty pages, one that shows that nothing is behind the total, and five refusals.
    expect(result).toMatchObject({ outcome: 'complete', stats: { records: 2000, tokens: 2, requests: 26 } });
  });

  it('a late refusal of the old token does not throw the new one away', async () => {
    let renewed = (): void => undefined;
    const renewal = new Promise<void>((resolve) => {
      renewed = resolve;
    });
    let refusals = 0;
    const tenant = await start({
      rows: records(2000),
      fault: async ({ kind, number, headers }, response) => {
        if (kind !== 'history' || number === 0) return false;
        if (headers.authorization !== 'Bearer token-0') {
          renewed();
          return false;
        }
        refusals += 1;
        if (refusals > 1) await renewal;
        sendJson(response, 401, {});
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(tenant.counts.faults).toBe(5);
    expect(tenant.counts.tokens).toBe(2);
    expect(result).toMatchObject({ outcome: 'complete', stats: { records: 2000 } });
  });

  it('never leave the profile’s origins', async () => {
    const tenant = await start();
    const profile = { ...profileFor(tenant.url), allowedOrigins: ['https://elsewhere.example'] };
    const result = await createTenant(profile, { clientId: 'id', clientSecret: SECRET }).retrieve(request());
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'origin' } });
    expect(tenant.asked).toEqual([]);
  });

  it('a second refusal ends the run', async () => {
    const tenant = await start({
      fault: ({ kind }, response) => {
        if (kind !== 'history') return false;
        sendJson(response, 401, { message: 'unknown client' });
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(tenant.counts).toMatchObject({ faults: 2, tokens: 2 });
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { code: 'auth', status: 401, tenantMessage: 'unknown client' },
    });
  });

  it.each([400, 401])(
    'wrong credentials (%i from the token endpoint) are said so, without a retry',
    async (status) => {
      const tenant = await start({
        fault: ({ kind }, response) => {
          if (kind !== 'token') return false;
          sendJson(response, status, {
            error: 'invalid_client',
            error_description: `no client with ${SECRET}`,
          });
          return true;
        },
      });
      const result = await ask(tenant.url);
      expect(tenant.counts).toMatchObject({ faults: 1, history: 0 });
      expect(result).toMatchObject({
        outcome: 'failed',
        error: { code: 'auth', status, tenantMessage: 'no client with •••' },
      });
      expect(result.error?.message).toContain(`${tenant.url}/oauth/token refused the credentials`);
    },
  );

  it('a token endpoint that fails for a while is asked again', async () => {
    const tenant = await start({
      fault: ({ kind, number }, response, socket) => {
        if (kind !== 'token' || number > 1) return false;
        if (number === 0) sendJson(response, 503, {});
        else socket.resetAndDestroy();
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(tenant.counts).toMatchObject({ faults: 2, tokens: 3 });
    expect(result).toMatchObject({ outcome: 'complete', stats: { tokens: 3, retries: 2 } });
  });

  it('an answer without a token is not taken for one', async () => {
    const tenant = await start({
      fault: ({ kind }, response) => {
        if (kind !== 'token') return false;
        sendJson(response, 200, { ok: true });
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'auth' } });
    expect(result.error?.message).toContain('access_token');
  });

  it.each([
    [
      { kind: 'oauth2-client-credentials', clientAuth: 'basic' },
      { grant_type: 'client_credentials', scope: 'interactions:read workflows:read' },
      'aWQ6c2VjcmV0K29uZQ==',
    ],
    [
      { kind: 'oauth2-client-credentials', encoding: 'json', scope: '' },
      { grant_type: 'client_credentials', client_id: 'id', client_secret: 'secret one' },
      undefined,
    ],
    [
      { kind: 'oauth2-password' },
      {
        grant_type: 'password',
        username: 'key',
        password: 'key secret',
        scope: 'interactions:read workflows:read',
      },
      'aWQ6c2VjcmV0K29uZQ==',
    ],
    [{ kind: 'access-key-json' }, { accessKeyId: 'key', accessKeySecret: 'key secret' }, undefined],
  ])('of another kind: %j', async (auth, body, basic) => {
    const tenant = await start();
    const credentials = {
      clientId: 'id',
      clientSecret: 'secret one',
      username: 'key',
      password: 'key secret',
    };
    const result = await createTenant(profileFor(tenant.url, { auth }), credentials, {
      clock: hurriedClock(),
    }).retrieve(request());
    expect(result.outcome).toBe('complete');
    const [asked] = tenant.asked;
    const json = asked?.headers['content-type'] === 'application/json';
    expect(json ? asked?.json : Object.fromEntries(new URLSearchParams(asked?.body))).toEqual(body);
    expect(asked?.headers.authorization).toBe(basic === undefined ? undefined : `Basic ${basic}`);
  });

  it('are read where the answer has them; a life that says nothing is an hour', async () => {
    const response = { accessToken: 'data.token', expiresIn: 'data.ttl', tokenType: 'data.type' };
    for (const [ttl, still, over] of [
      ['900', 500_000, 200_000],
      [0, 3_200_000, 200_000],
      [-5, 3_200_000, 200_000],
      ['soon', 3_200_000, 200_000],
      [undefined, 3_200_000, 200_000],
    ] as const) {
      const tenant = await start({
        fault: ({ kind, number }, sent) => {
          if (kind !== 'token') return false;
          sendJson(sent, 200, { data: { token: `inner-${number}`, ttl, type: 'BEARER' } });
          return true;
        },
      });
      const clock = hurriedClock();
      const subject = tenantAt(tenant.url, clock, { auth: { response } });
      expect(ids(await subject.retrieve(request()))).toEqual(all);
      await clock.sleep(still);
      await subject.retrieve(request());
      expect(tenant.counts.tokens).toBe(1);
      await clock.sleep(over);
      await subject.retrieve(request());
      expect(tenant.counts.tokens).toBe(2);
      expect(tenant.history().at(-1)?.headers.authorization).toBe('Bearer inner-1');
    }
  });

  it('of a type that cannot be used are not used', async () => {
    const tenant = await start({
      fault: ({ kind }, sent) => {
        if (kind !== 'token') return false;
        sendJson(sent, 200, { access_token: 'canary-token', token_type: 'mac' });
        return true;
      },
    });
    const result = await ask(tenant.url);
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'auth', retriable: false } });
    expect(result.error?.message).toContain('a token of the type "mac"; only Bearer');
    expect(JSON.stringify(result.error)).not.toContain('canary');
    expect(tenant.counts).toMatchObject({ tokens: 1, history: 0 });
  });

  it('of an access key without a client of its own go without Basic', async () => {
    const tenant = await start();
    const profile = profileFor(tenant.url, {
      auth: { kind: 'oauth2-password', encoding: 'json', scope: '' },
    });
    const given = { username: 'key', password: 'key secret' };
    expect(await createTenant(profile, given).retrieve(request())).toMatchObject({ outcome: 'complete' });
    expect(tenant.asked[0]?.json).toEqual({ grant_type: 'password', ...given });
    expect(tenant.asked[0]?.headers).not.toHaveProperty('authorization');
  });

  it('a fixed token is sent as it is and cannot be renewed; none sends none', async () => {
    const refuse: FaultTenantOptions['fault'] = (_, response) => {
      sendJson(response, 401, {});
      return true;
    };
    const fixed = await start();
    const profile = profileFor(fixed.url, { auth: { kind: 'static-bearer' } });
    expect(await createTenant(profile, { token: 'fixed-token' }).retrieve(request())).toMatchObject({
      outcome: 'complete',
    });
    expect(fixed.history()[0]?.headers.authorization).toBe('Bearer fixed-token');
    const refusing = await start({ fault: refuse });
    const result = await createTenant(profileFor(refusing.url, { auth: { kind: 'static-bearer' } }), {
      token: 'fixed-token',
    }).retrieve(request());
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'auth' }, stats: { requests: 1 } });
    const none = await start();
    expect(
      await createTenant(profileFor(none.url, { auth: { kind: 'none' } }), {}).retrieve(request()),
    ).toMatchObject({ outcome: 'complete', stats: { tokens: 0 } });
    expect(none.history()[0]?.headers).not.toHaveProperty('authorization');
  });

  it('missing credentials ask nobody', async () => {
    const tenant = await start();
    const result = await createTenant(profileFor(tenant.url), { clientId: 'id' }).retrieve(request());
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'no-credentials' } });
    expect(result.error?.message).toMatch(/no client secret.*Connect with all/);
    expect(tenant.asked).toEqual([]);
  });

  it('a connection can be tested', async () => {
    const tenant = await start();
    expect(await testConnection(profileFor(tenant.url), { clientId: 'id', clientSecret: SECRET })).toEqual({
      ok: true,
      message: `Connected to ${tenant.url}: the credentials are accepted and its history answers (450 interactions in the last hour).`,
    });
    expect(tenant.history().map(({ json }) => json['limit'])).toEqual([1]);
    const wrong = await testConnection(profileFor(tenant.url), {});
    expect(wrong.ok).toBe(false);
    expect(wrong.message).toMatch(/client id/);
  });
});
