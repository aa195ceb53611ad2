/** Which way leads to a host: straight, or through a proxy, and why. Decides alone; nothing is asked of the network. */
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { NetworkSettings } from '../protocol/network.ts';
import { scrubber } from './errors.ts';
import { isLoopback } from './url.ts';

export interface NetworkOptions {
  /**
   * The proxy to other hosts, with user and password where it asks for them; null for none at all. Default: what the
   * environment says (HTTPS_PROXY, HTTP_PROXY, in small letters first). This machine is never reached through one.
   */
  readonly proxy?: string | null;
  /** Hosts that are reached directly, separated by commas; default: NO_PROXY of the environment. */
  readonly noProxy?: string;
  /** A whole Proxy-Authorization header, in place of the user and password of the proxy's address. */
  readonly proxyAuthorization?: string;
  /** Where the proxy comes from, for messages; default: the environment's variable. */
  readonly proxySource?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Whether certificate authorities of the system are trusted; default true. */
  readonly systemCertificates?: boolean;
  /** PEM certificates that are trusted in addition. */
  readonly certificates?: readonly string[];
  /** Files of PEM certificates that are trusted in addition. */
  readonly certificateFiles?: readonly string[];
  /** Name resolution of direct ways, for tests. */
  readonly lookup?: LookupFunction;
}

/** Where a proxy's user and password are given. */
export const PROXY_CREDENTIALS = 'http.proxy, or HTTPS_PROXY on the command line: http://user:password@…';

export interface HttpProxy {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: number;
  /** Its address without user and password. */
  readonly label: string;
  /** The Proxy-Authorization header; null where there is none to send. */
  readonly authorization: string | null;
  /** The setting or variable that names it. */
  readonly source: string;
}

export type Way =
  | { readonly kind: 'direct'; readonly because: string }
  | { readonly kind: 'proxy'; readonly proxy: HttpProxy; readonly because: string }
  /** A proxy is named that cannot be used: going round it would be against who named it. */
  | { readonly kind: 'unusable'; readonly message: string };

/** What an environment says of the network, and nothing else of it. */
export function networkFrom(environment: Readonly<Record<string, string | undefined>>): NetworkOptions {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
  return { environment: Object.fromEntries(names.map((name) => [name, environment[name]])) };
}

/** The options that the editor's settings come to. */
export function networkOf(settings: NetworkSettings): NetworkOptions {
  const { proxy, noProxy, proxyAuthorization, systemCertificates } = settings;
  const common = { systemCertificates };
  if (settings.proxySupport === 'off') {
    return { ...common, proxy: null, proxySource: 'http.proxySupport is off' };
  }
  return {
    ...common,
    ...(proxy.trim() === '' ? {} : { proxy: proxy.trim(), proxySource: 'http.proxy' }),
    ...(noProxy.length === 0 ? {} : { noProxy: noProxy.join(',') }),
    ...(proxyAuthorization === null || proxyAuthorization === '' ? {} : { proxyAuthorization }),
  };
}

/** The way to the host of an address. */
export function wayTo(url: URL, options: NetworkOptions = {}): Way {
  if (isLoopback(url.hostname)) return { kind: 'direct', because: 'it is this machine' };
  if (options.proxy === null)
    return { kind: 'direct', because: options.proxySource ?? 'no proxy is to be used' };
  const environment = options.environment ?? process.env;
  const named =
    options.proxy === undefined
      ? fromEnvironment(environment, url.protocol)
      : { text: options.proxy, source: options.proxySource ?? 'the proxy of the options' };
  if (named === undefined) {
    return { kind: 'direct', because: 'neither the settings nor the environment (HTTPS_PROXY) name a proxy' };
  }
  const bypass =
    options.noProxy === undefined
      ? {
          list: environment['no_proxy'] ?? environment['NO_PROXY'] ?? '',
          source: 'NO_PROXY of the environment',
        }
      : { list: options.noProxy, source: 'the list of hosts without proxy (http.noProxy)' };
  const entry = matchOf(url, bypass.list);
  if (entry !== undefined) return { kind: 'direct', because: `“${entry}” in ${bypass.source}` };
  const proxy = readProxy(named.text, named.source, options.proxyAuthorization);
  return typeof proxy === 'string'
    ? { kind: 'unusable', message: proxy }
    : { kind: 'proxy', proxy, because: named.source };
}

function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  protocol: string,
): { text: string; source: string } | undefined {
  const names = protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : [];
  for (const name of [...names, 'http_proxy', 'HTTP_PROXY']) {
    const text = environment[name]?.trim() ?? '';
    if (text !== '') return { text, source: `${name} of the environment` };
  }
  return undefined;
}

/** A proxy's address as it may be shown: whether there is a password, and not which. */
export function proxyLabel(text: string): string {
  const full = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(full)) return 'not an address';
  const { protocol, host, username, password } = new URL(full);
  return `${protocol}//${host}${username === '' && password === '' ? '' : ' (with user and password)'}`;
}

/** What a Proxy-Authorization header can hold. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]+$/;

/** A proxy by its address, or in words what is wrong with it; the address itself may hold a password, so it is not shown. */
function readProxy(text: string, source: string, header: string | undefined): HttpProxy | string {
  const full = text.includes('://') ? text : `http://${text}`;
  const wrong = (what: string): string =>
    `The proxy of ${source} ${what}. Write for example http://proxy.example.com:8080.`;
  if (!URL.canParse(full)) return wrong('is not an address');
  const url = new URL(full);
  const { protocol } = url;
  if (/^socks/.test(protocol)) {
    return wrong(`is a SOCKS proxy (${protocol}//); only proxies that speak HTTP are supported`);
  }
  if ((protocol !== 'http:' && protocol !== 'https:') || url.hostname === '') {
    return wrong('must begin with http:// or https://');
  }
  const authorization = header ?? basic(url);
  if (authorization !== null && !HEADER_VALUE.test(authorization)) {
    return `The proxy authorization (http.proxyAuthorization) holds a character that no header can.`;
  }
  // The word before the blank names the method; what follows is the secret.
  if (authorization !== null) scrubber.add(authorization.replace(/^\S+\s+/, ''));
  return {
    protocol,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port),
    label: `${protocol}//${url.host}`,
    authorization,
    source,
  };
}

function basic(url: URL): string | null {
  if (url.username === '' && url.password === '') return null;
  const [user, password] = [decoded(url.username), decoded(url.password)];
  scrubber.add(password);
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A per cent sign that stands for itself.
    return text;
  }
}

/** The entry of a NO_PROXY list that the address falls under. */
function matchOf(url: URL, list: string): string | undefined {
  const host = bare(url.hostname);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return list.split(/[,\s]+/).find((entry) => entry !== '' && covers(entry, host, port));
}

const bare = (host: string): string =>
  host
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();

/** `*`, `host`, `.suffix`, `*.suffix`, an address or a range of them; each but the last with `:port` where that counts. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry.includes('/')) return inRange(entry, host);
  const parts = isIP(entry) === 6 ? undefined : /^(.*?)(?::(\d+))?$/.exec(entry);
  if (parts?.[2] !== undefined && parts[2] !== port) return false;
  const name = bare(parts?.[1] ?? entry);
  if (name === '*') return true;
  if (name.startsWith('*.')) return host.endsWith(name.slice(1));
  const suffix = name.replace(/^\./, '');
  return suffix !== '' && (host === suffix || (isIP(suffix) === 0 && host.endsWith(`.${suffix}`)));
}

function inRange(entry: string, host: string): boolean {
  const family = isIP(host);
  const [network = '', bits = ''] = entry.split('/');
  if (family === 0 || isIP(network) !== family || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const range = new BlockList();
  range.addSubnet(network, Number(bits), type);
  return range.check(host, type);
}
