/** Where a webhook may go: what the checker says while typing and the sender enforces at connect time. */
import ipaddr from 'ipaddr.js';

/** In an allow-list: every public host. */
export const PUBLIC = 'public';

export type WebhookVerdict =
  | {
      readonly ok: true;
      readonly url: URL;
      /** Decides for each address that the host's name resolves to. */
      readonly acceptsAddress: (address: string) => boolean;
    }
  | { readonly ok: false; readonly code: 'CXQ5001' | 'CXQ5002'; readonly message: string };

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Decides on a webhook's URL without asking the network: https, or http on loopback (CXQ5001), and a host that the
 * allow-list does not exclude (CXQ5002). A public host is allowed, a private, loopback or link-local one is not.
 *
 * `allow` opens and narrows that. An entry is an origin (`https://mining.example.com`), a host or host and port
 * (`localhost:8080`), `*.example.com`, an address or a range (`10.1.0.0/16`), or `public`. An entry for a private
 * address opens it. Once the list names a host that may be public, other public hosts are excluded, unless the
 * list has `public` too.
 */
export function webhookPolicy(text: string, allow: readonly string[] = []): WebhookVerdict {
  if (!URL.canParse(text))
    return refused('CXQ5001', `"${text}" is no URL; a webhook needs an https address.`);
  const url = new URL(text);
  const host = bareHost(url.hostname);
  const literal = literalAddress(host);
  const loopback = isLoopbackName(host) || (literal !== undefined && isLoopback(literal));
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
    return refused('CXQ5001', `${shown(url)} is not https (http is allowed on loopback only).`);
  }
  if (url.username !== '' || url.password !== '') {
    return refused(
      'CXQ5001',
      `${shown(url)}: a webhook's address carries no user and password; use a signing secret.`,
    );
  }
  const entries = allow.map(readEntry).filter((entry) => entry !== undefined);
  const acceptsRange = (address: Address): boolean =>
    entries.some((entry) => entry.range?.(address) === true);
  if (entries.some((entry) => entry.host?.(url) === true))
    return { ok: true, url, acceptsAddress: () => true };
  if (literal !== undefined && acceptsRange(literal)) return { ok: true, url, acceptsAddress: () => true };
  if (loopback || (literal !== undefined && !isPublic(literal))) {
    const why = `${shown(url)} is a private address; add it to the webhook's allow-list to send there.`;
    return refused('CXQ5002', why);
  }
  if (entries.some((entry) => entry.narrows) && !entries.some((entry) => entry.public)) {
    const why = `${shown(url)} is not in the webhook's allow-list; add it, or "${PUBLIC}" for every public host.`;
    return refused('CXQ5002', why);
  }
  const acceptsAddress = (address: string): boolean => {
    const read = literalAddress(address);
    return read !== undefined && (isPublic(read) || acceptsRange(read));
  };
  return { ok: true, url, acceptsAddress };
}

function refused(code: 'CXQ5001' | 'CXQ5002', message: string): WebhookVerdict {
  return { ok: false, code, message };
}

/** Path and query of a hook are often its secret: only the origin is shown. */
function shown(url: URL): string {
  return url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin;
}

/** Without the brackets of an IPv6 literal and the dot of a fully qualified name. */
function bareHost(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}

/** An address; of an IPv4 one in an IPv6 form (mapped, or behind the well-known NAT64 prefix) the IPv4 one. */
function literalAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  const [bare = ''] = text.split('%');
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return undefined;
  const address = ipaddr.IPv6.parse(bare);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const nat64 = address.match(ipaddr.IPv6.parse('64:ff9b::'), 96);
  return nat64 ? new ipaddr.IPv4(address.toByteArray().slice(12)) : address;
}

function isLoopback(address: Address): boolean {
  return address.range() === 'loopback';
}

/**
 * Globally routable unicast. Of IPv6 only 2000::/3 without its special blocks: this leaves out 6to4, Teredo, ISATAP
 * and compatible forms, each of which can carry a private IPv4 address.
 */
function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  if (!isIPv6(address)) return true;
  const [first = 0, , , , fifth = 0, sixth = 0] = address.parts;
  const isatap = (fifth & 0xfdff) === 0 && sixth === 0x5efe;
  return (first & 0xe000) === 0x2000 && !isatap;
}

function isIPv6(address: Address): address is ipaddr.IPv6 {
  return address.kind() === 'ipv6';
}

interface Entry {
  readonly host?: (url: URL) => boolean;
  readonly range?: (address: Address) => boolean;
  readonly public?: boolean;
  /** Names a host that may be public. */
  readonly narrows?: boolean;
}

/** Reads an entry of an allow-list; undefined where it says nothing. */
function readEntry(text: string): Entry | undefined {
  const entry = text.trim();
  if (entry === '') return undefined;
  if (entry === PUBLIC) return { public: true };
  if (ipaddr.isValidCIDR(entry)) {
    const [network, bits] = ipaddr.parseCIDR(entry);
    return { range: (address) => address.kind() === network.kind() && address.match(network, bits) };
  }
  const literal = literalAddress(entry);
  if (literal !== undefined) {
    const range = (address: Address): boolean => address.toString() === literal.toString();
    return { range, narrows: isPublic(literal) };
  }
  if (entry.startsWith('*.')) {
    const suffix = entry.slice(1).toLowerCase();
    return { host: (url) => bareHost(url.hostname).endsWith(suffix), narrows: true };
  }
  const withScheme = entry.includes('://');
  const full = withScheme ? entry : `https://${entry}`;
  if (!URL.canParse(full)) return undefined;
  const named = new URL(full);
  const host = bareHost(named.hostname);
  const address = literalAddress(host);
  const closed = isLoopbackName(host) || (address !== undefined && !isPublic(address));
  const anyPort = !withScheme && !/:\d+$/.test(entry);
  return {
    narrows: !closed,
    host: (url) => {
      if (withScheme) return url.origin === named.origin;
      const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
      return (
        bareHost(url.hostname) === host && (anyPort || port === (named.port === '' ? '443' : named.port))
      );
    },
  };
}
