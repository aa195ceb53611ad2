import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Profile } from '../../../server/src/protocol/profile.ts';
import {
  isLocal,
  loadProfileFile,
  profileFromEnvironment,
  resolveProfile,
} from '../../../server/src/tenant/index.ts';

function resolved(input: unknown, known: readonly unknown[] = []): Profile {
  const result = resolveProfile(input, known);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.profile;
}

function problems(input: unknown, known: readonly unknown[] = []): string[] {
  const result = resolveProfile(input, known);
  return result.ok ? [] : result.problems.map(({ path, message }) => `${path}: ${message}`);
}

const acme = { variables: { tenant: 'acme' } };

describe('profiles', () => {
  it('are the tutorial’s by default', () => {
    const profile = resolved(acme);
    expect(profile).toMatchObject({
      id: 'default',
      baseUrl: 'https://acme.my.cxone.com',
      allowedOrigins: ['https://acme.my.cxone.com'],
      auth: { kind: 'oauth2-client-credentials', tokenUrl: 'https://acme.my.cxone.com/oauth/token' },
      query: { path: '/api/v2/interactions/history/query', body: { filter: '{filter}', limit: '{limit}' } },
      limits: { maxConcurrentRequests: 5, retentionDays: 30 },
      timeZone: 'UTC',
    });
    expect(isLocal(profile)).toBe(false);
  });

  it('extend each other: the nearest wins, objects merge, lists and bodies replace', () => {
    const known = [
      {
        id: 'base',
        variables: { tenant: 'acme', area: 'eu' },
        headers: { 'X-Area': '{area}' },
        limits: { retentionDays: 7 },
      },
      {
        id: 'middle',
        extends: 'base',
        label: 'Middle',
        limits: { maxRetries: 1 },
        filter: { fields: ['interactionId'] },
      },
    ];
    const profile = resolved(
      { id: 'own', extends: 'middle', query: { body: { q: '{filter}' } }, limits: { timeoutMs: 5 } },
      known,
    );
    expect(profile).toMatchObject({
      id: 'own',
      headers: { 'X-Area': 'eu' },
      limits: { retentionDays: 7, maxRetries: 1, timeoutMs: 5, maxPageSize: 1000 },
      filter: { fields: ['interactionId'] },
    });
    expect(profile.label).toBeUndefined();
    expect(profile.query.body).toEqual({ q: '{filter}' });
  });

  it('may build on an own profile called default', () => {
    const known = [{ id: 'default', variables: { tenant: 'acme' } }];
    expect(resolved({ id: 'x' }, known).baseUrl).toBe('https://acme.my.cxone.com');
    expect(resolved(known[0], known).baseUrl).toBe('https://acme.my.cxone.com');
  });

  it('say where each problem is, all at once', () => {
    expect(
      problems({
        basUrl: 1,
        timeZone: 3,
        auth: { kind: 'x', clientSecret: 's' },
        limits: { maxRetries: 11 },
      }),
    ).toEqual([
      'timeZone: expected string, received number',
      expect.stringMatching(/^auth\.kind: expected one of/),
      expect.stringMatching(/^auth\.clientSecret: secrets do not belong in a profile/),
      expect.stringMatching(/^limits\.maxRetries: expected number to be <=10/),
      'basUrl: is not a field of a connection profile',
    ]);
    expect(problems('text')).toHaveLength(1);
    expect(problems({ extends: 'nobody' }, [{ id: 'a' }])).toEqual([
      'extends: there is no profile “nobody” to extend; known are: a, default',
    ]);
    expect(problems({ id: 'a', extends: 'b' }, [{ id: 'b', limits: { maxRetries: -1 } }])[0]).toMatch(
      /^b: limits\.maxRetries/,
    );
  });

  it('notice a circle', () => {
    const known = [
      { id: 'a', extends: 'b' },
      { id: 'b', extends: 'c' },
      { id: 'c', extends: 'a' },
    ];
    expect(problems(known[0], known)).toEqual(['c: extends: goes round in a circle: a → b → c → a']);
    expect(problems({ id: 'me', extends: 'me' }, [{ id: 'me', extends: 'me' }])[0]).toMatch(/me → me/);
  });

  it.each([
    [{}, /^baseUrl: needs the tenant’s name/],
    [{ ...acme, baseUrl: 'http://acme.example' }, /^baseUrl: must begin with https/],
    [{ ...acme, baseUrl: 'ftp://acme.example' }, /^baseUrl: must begin with https/],
    [{ ...acme, baseUrl: 'https://u:p@acme.example' }, /^baseUrl: must not hold a user/],
    [{ ...acme, baseUrl: 'acme' }, /^baseUrl: .*is not an address/],
    [{ ...acme, baseUrl: 'https://acme.example?x=1' }, /^baseUrl: must not have a query/],
    [{ ...acme, baseUrl: 'https://{nobody}.example' }, /^baseUrl: uses \{nobody\}/],
    [{ variables: { tenant: 'evil.example/' } }, /^variables\.tenant: is part of an address/],
    [{ ...acme, auth: { tokenUrl: 'http://auth.example/t' } }, /^auth\.tokenUrl: must begin/],
    [{ ...acme, allowedOrigins: ['https://other.example/path'] }, /^allowedOrigins\.0: is an origin/],
    [{ ...acme, timeZone: 'Mars/Olympus' }, /^timeZone: “Mars\/Olympus”/],
    [{ ...acme, timeZone: '+02:00' }, /^timeZone/],
    [{ ...acme, headers: { 'X-A': 'a\r\nb' } }, /^headers\.X-A: holds a character/],
    [{ ...acme, headers: { 'X A': 'a' } }, /^headers\.X A: is not the name/],
    [{ ...acme, query: { path: 'history' } }, /^query\.path: must begin/],
    [{ ...acme, webhook: { url: 'http://hooks.example' } }, /^webhook\.url: must begin/],
  ])('refuse %j', (input, message) => {
    const found = problems(input);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it('allow http for this machine alone', () => {
    for (const host of ['localhost:1', '127.0.0.1:1', '127.9.9.9', '[::1]:1', 'a.localhost']) {
      expect(isLocal(resolved({ baseUrl: `http://${host}` }))).toBe(true);
    }
    for (const host of ['127.0.0.1.example', 'localhost.example', '10.0.0.1', '0.0.0.0']) {
      expect(problems({ baseUrl: `http://${host}` })).toHaveLength(1);
    }
  });

  it('of a file need no tenant', () => {
    expect(resolved({ query: { adapter: 'file', path: 'history.ndjson' } }).query.path).toBe(
      'history.ndjson',
    );
  });

  it('are safe from keys of a prototype', () => {
    const evil: unknown = JSON.parse(
      '{"variables":{"tenant":"acme","__proto__":"x"},"__proto__":{"baseUrl":"https://evil.example"}}',
    );
    const result = resolveProfile(evil);
    expect(result.ok ? result.profile.baseUrl : result.problems[0]?.path).not.toContain('evil.example');
    expect(Object.prototype).not.toHaveProperty('baseUrl');
  });
});

describe('the command line’s connection', () => {
  const env = {
    CXONE_TENANT: 'acme',
    CXONE_CLIENT_ID: 'id',
    CXONE_CLIENT_SECRET: 'secret',
    PROCESS_MINING_WEBHOOK: 'https://mining.example/h',
  };
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cxq-profile-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };

  it('comes from the environment', () => {
    expect(profileFromEnvironment(env)).toMatchObject({
      ok: true,
      profile: { baseUrl: 'https://acme.my.cxone.com', webhook: { url: 'https://mining.example/h' } },
      credentials: { clientId: 'id', clientSecret: 'secret' },
    });
    expect(profileFromEnvironment({})).toMatchObject({ ok: false, problems: [{ path: 'baseUrl' }] });
    expect(profileFromEnvironment(env, { tenant: 'other' })).toMatchObject({
      profile: { baseUrl: 'https://other.my.cxone.com' },
    });
  });

  it('moves with --base-url, token URL included', async () => {
    expect(profileFromEnvironment({}, { baseUrl: 'http://127.0.0.1:8080/' })).toMatchObject({
      profile: {
        baseUrl: 'http://127.0.0.1:8080',
        auth: { tokenUrl: 'http://127.0.0.1:8080/oauth/token' },
        allowedOrigins: ['http://127.0.0.1:8080'],
      },
    });
    const path = await file(
      'p.json',
      JSON.stringify({
        ...acme,
        auth: { tokenUrl: 'https://auth.example/v1/token' },
        allowedOrigins: ['https://cdn.example'],
      }),
    );
    expect(await loadProfileFile(path, env)).toMatchObject({
      profile: {
        auth: { tokenUrl: 'https://auth.example/v1/token' },
        allowedOrigins: ['https://acme.my.cxone.com', 'https://cdn.example'],
      },
      credentials: { clientId: 'id' },
    });
    expect(await loadProfileFile(path, env, { baseUrl: 'http://localhost:9' })).toMatchObject({
      profile: {
        baseUrl: 'http://localhost:9',
        auth: { tokenUrl: 'http://localhost:9/v1/token' },
        allowedOrigins: ['http://localhost:9'],
      },
    });
  });

  it('prefers the file’s own tenant and webhook to the environment’s', async () => {
    const path = await file(
      'own.json',
      JSON.stringify({ variables: { tenant: 'own' }, webhook: { url: 'https://own.example/' } }),
    );
    expect(await loadProfileFile(path, env)).toMatchObject({
      profile: { baseUrl: 'https://own.my.cxone.com', webhook: { url: 'https://own.example/' } },
    });
    expect(await loadProfileFile(path, env, { tenant: 'flag' })).toMatchObject({
      profile: { baseUrl: 'https://flag.my.cxone.com' },
    });
  });

  it('says what is wrong with a file', async () => {
    const message = async (path: string): Promise<string> => {
      const result = await loadProfileFile(path, env);
      return result.ok ? '' : (result.problems[0]?.message ?? '');
    };
    expect(await message(join(folder, 'none.json'))).toMatch(/no such file/);
    expect(await message(folder)).toMatch(/is a folder/);
    expect(await message(await file('bad.json', '{'))).toMatch(/is not JSON/);
    expect(await message(await file('list.json', '[]'))).toMatch(/must be a JSON object/);
  });
});
