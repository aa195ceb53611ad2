import { describe, expect, it } from 'vitest';
import {
  freeId,
  idProblem,
  listProfiles,
  parseAddress,
  withProfile,
} from '../../../client/src/connections/profiles.ts';
import { handedOver } from '../../../client/src/connections/sandbox.ts';

describe('parseAddress', () => {
  it('reads a tenant’s name', () => {
    expect(parseAddress(' Acme ')).toEqual({ baseUrl: 'https://acme.my.cxone.com', id: 'acme' });
  });
  it('reads a base URL, without a slash at its end', () => {
    expect(parseAddress('https://api.example.com:8443/v1/')).toEqual({
      baseUrl: 'https://api.example.com:8443/v1',
      id: 'api-example-com',
    });
  });
  it('takes http for this machine alone', () => {
    expect(parseAddress('http://127.0.0.1:4010')).toHaveProperty('baseUrl', 'http://127.0.0.1:4010');
    expect(parseAddress('http://localhost:4010')).toHaveProperty('baseUrl');
    for (const elsewhere of [
      'http://example.com',
      'http://127.0.0.1.example.com',
      'http://localhost.example.com',
    ]) {
      expect(parseAddress(elsewhere)).toHaveProperty('problem', expect.stringContaining('https'));
    }
  });
  it.each(['', '  ', 'acme corp', 'ftp://acme', 'acme.my.cxone.com', 'https://', '-acme'])(
    'refuses “%s”',
    (text) => {
      expect(parseAddress(text)).toHaveProperty('problem');
    },
  );
  it('refuses credentials and queries in the URL', () => {
    expect(parseAddress('https://id:secret@example.com')).toHaveProperty(
      'problem',
      expect.stringContaining('password'),
    );
    expect(parseAddress('https://example.com/?a=1')).toHaveProperty('problem');
  });
});

describe('names of connections', () => {
  it('finds a free one', () => {
    expect(freeId('acme', [])).toBe('acme');
    expect(freeId('acme', ['acme', 'acme-2'])).toBe('acme-3');
  });
  it('keeps the sandbox’s for the sandbox', () => {
    expect(freeId('sandbox', [])).toBe('sandbox-tenant');
    expect(idProblem('sandbox')).toContain('sandbox');
  });
  it('says what is wrong with one', () => {
    expect(idProblem('acme-2')).toBeUndefined();
    expect(idProblem(' ')).toBeDefined();
    expect(idProblem('a b')).toBeDefined();
  });
});

describe('profiles of the settings', () => {
  it('lists those that have an id, whatever else is in them', () => {
    expect(listProfiles([{ id: 'a', label: 'A', baseUrl: 7 }, { label: 'none' }, 3, null])).toEqual([
      { id: 'a', label: 'A' },
    ]);
  });
  it('puts a profile in its namesake’s place, else at the end', () => {
    const before = [{ id: 'a', baseUrl: 'x' }, 'broken'];
    expect(withProfile(before, { id: 'a', baseUrl: 'y' })).toEqual([{ id: 'a', baseUrl: 'y' }, 'broken']);
    expect(withProfile(before, { id: 'b' })).toEqual([...before, { id: 'b' }]);
  });
});

describe('a sandbox handed over by the environment', () => {
  const env = {
    CXQ_SANDBOX_URL: 'http://127.0.0.1:4010',
    CXQ_SANDBOX_CLIENT_ID: 'i',
    CXQ_SANDBOX_CLIENT_SECRET: 's',
  };
  it('is taken whole', () => {
    expect(handedOver(env)).toEqual({ baseUrl: 'http://127.0.0.1:4010', clientId: 'i', clientSecret: 's' });
  });
  it('is none where a part is missing or no address', () => {
    expect(handedOver({})).toBeUndefined();
    expect(handedOver({ ...env, CXQ_SANDBOX_CLIENT_SECRET: undefined })).toBeUndefined();
    expect(handedOver({ ...env, CXQ_SANDBOX_URL: 'here' })).toBeUndefined();
  });
});
