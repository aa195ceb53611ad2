import { describe, expect, it } from 'vitest';
import { networkSettingsSchema } from '../../../server/src/protocol/network.ts';
import { networkOf, wayTo } from '../../../server/src/tenant/network.ts';

const proxy = 'http://proxy.example:3128';
const to = (url: string, noProxy: string) => wayTo(new URL(url), { proxy, noProxy, environment: {} }).kind;

describe('the way to a host', () => {
  it.each([
    ['https://tenant.example', '', 'proxy'],
    ['https://tenant.example', '*', 'direct'],
    ['https://tenant.example', 'tenant.example', 'direct'],
    ['https://TENANT.example.', ' Tenant.Example ', 'direct'],
    ['https://a.tenant.example', 'tenant.example', 'direct'],
    ['https://a.tenant.example', '.tenant.example', 'direct'],
    ['https://tenant.example', '.tenant.example', 'direct'],
    ['https://a.tenant.example', '*.tenant.example', 'direct'],
    ['https://tenant.example', '*.tenant.example', 'proxy'],
    ['https://eviltenant.example', 'tenant.example', 'proxy'],
    ['https://tenant.example.evil', 'tenant.example', 'proxy'],
    ['https://tenant.example', 'other.example,tenant.example:443', 'direct'],
    ['https://tenant.example:8443', 'tenant.example:443', 'proxy'],
    ['https://tenant.example:8443', 'tenant.example', 'direct'],
    ['https://10.1.2.3', '10.0.0.0/8', 'direct'],
    ['https://11.1.2.3', '10.0.0.0/8', 'proxy'],
    ['https://110.1.2.3', '10.1.2.3', 'proxy'],
    ['https://x.10.1.2.3.example', '10.1.2.3', 'proxy'],
    ['https://[2001:db8::7]', '2001:db8::/32', 'direct'],
    ['https://[2001:db8::7]', '2001:db8::7', 'direct'],
    ['https://[2001:db8::7]:8443', '[2001:db8::7]:443', 'proxy'],
    ['https://10.1.2.3', '10.0.0.0/99, 10.0.0.0/x, /, 2001:db8::/32, .', 'proxy'],
    ['https://localhost', '', 'direct'],
    ['https://127.0.0.1:8443', '', 'direct'],
    ['https://[::1]:8443', '', 'direct'],
  ])('%s, without proxy for “%s”: %s', (url, noProxy, kind) => {
    expect(to(url, noProxy)).toBe(kind);
  });

  it('is that of the environment, small letters and https first, where nothing else is said', () => {
    const environment = {
      HTTP_PROXY: 'a:1',
      HTTPS_PROXY: 'b:2',
      https_proxy: ' ',
      no_proxy: 'quiet.example',
    };
    const url = new URL('https://tenant.example');
    expect(wayTo(url, { environment })).toMatchObject({
      kind: 'proxy',
      proxy: { label: 'http://b:2', source: 'HTTPS_PROXY of the environment', authorization: null },
    });
    expect(wayTo(url, { environment: { ...environment, HTTPS_PROXY: '' } })).toMatchObject({
      proxy: { hostname: 'a', port: 1 },
    });
    expect(wayTo(new URL('https://a.quiet.example'), { environment })).toEqual({
      kind: 'direct',
      because: '“quiet.example” in NO_PROXY of the environment',
    });
    expect(wayTo(url, { environment: {} })).toMatchObject({ kind: 'direct' });
  });

  it('is that of the editor before the environment’s; off is none at all', () => {
    const environment = { HTTPS_PROXY: 'b:2', NO_PROXY: 'tenant.example' };
    const url = new URL('https://tenant.example');
    const settings = networkSettingsSchema.parse({
      proxy: 'https://ana:se%20cret%@proxy.example',
      noProxy: ['quiet.example'],
      systemCertificates: false,
    });
    const options = networkOf(settings);
    expect(options.systemCertificates).toBe(false);
    expect(wayTo(url, { ...options, environment })).toEqual({
      kind: 'proxy',
      because: 'http.proxy',
      proxy: {
        protocol: 'https:',
        hostname: 'proxy.example',
        port: 443,
        label: 'https://proxy.example',
        authorization: `Basic ${Buffer.from('ana:se%20cret%').toString('base64')}`,
        source: 'http.proxy',
      },
    });
    expect(wayTo(new URL('https://quiet.example'), { ...options, environment }).kind).toBe('direct');
    const off = networkOf({ ...settings, proxySupport: 'off' });
    expect(wayTo(url, { ...off, environment })).toEqual({
      kind: 'direct',
      because: 'http.proxySupport is off',
    });
    const silent = networkOf(networkSettingsSchema.parse({}));
    expect(wayTo(new URL('https://x.example'), { ...silent, environment })).toMatchObject({
      proxy: { label: 'http://b:2' },
    });
  });

  it('is refused, not gone round, where the proxy or its authorization cannot be used', () => {
    const url = new URL('https://tenant.example');
    const options = { proxy, proxyAuthorization: 'Basic a\r\nx: y', environment: {} };
    expect(wayTo(url, options)).toMatchObject({ kind: 'unusable' });
    expect(wayTo(url, { proxy: 'socks5://ana:hidden@proxy.example', environment: {} })).toEqual({
      kind: 'unusable',
      message: expect.not.stringContaining('hidden'),
    });
  });
});
