/** What lies between this machine and a tenant, step by step, for a person to read or send on. Holds no secret. */
import { lookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Credentials, Profile } from '../protocol/profile.ts';
import { readTrust } from './certificates.ts';
import { connectorOf } from './connections.ts';
import { scrubber, visible } from './errors.ts';
import { type NetworkOptions, proxyLabel, type Way, wayTo } from './network.ts';
import { describe } from './network-errors.ts';
import { createTenant } from './tenant.ts';
import type { Attempt } from './tunnel.ts';

export interface DiagnoseOptions {
  readonly network?: NetworkOptions;
  /** Credentials to try, or why there are none. */
  readonly credentials: () => Promise<Credentials | string>;
  readonly signal?: AbortSignal;
  /** Limit on each step, in milliseconds; default 10,000. */
  readonly stepMs?: number;
}

/** Headings, and lines indented below them. Never rejects: what fails is a line. */
export async function diagnoseNetwork(profile: Profile, options: DiagnoseOptions): Promise<string[]> {
  const { network = {} } = options;
  const lines = ['Environment', ...environmentLines(network.environment ?? process.env), '', 'Certificates'];
  const withFiles = { ...network, certificateFiles: profile.certificates };
  lines.push(...(await trustLines(withFiles)), '');
  if (profile.query.adapter === 'file')
    lines.push('Address', `  The file ${profile.query.path}; no network is needed.`);
  for (const [origin, roles] of originsOf(profile)) {
    lines.push(`${origin} (${roles.join(', ')})`);
    lines.push(...(await wayLines(new URL(origin), withFiles, options)), '');
  }
  lines.push(
    profile.query.adapter === 'file' ? 'File' : 'Token and history',
    `  ${await tried(profile, options)}`,
  );
  return lines.map((line) => scrubber.clean(visible(line)));
}

function originsOf(profile: Profile): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (url: string | null, role: string): void => {
    if (url === null || !URL.canParse(url)) return;
    const { origin } = new URL(url);
    found.set(origin, [...(found.get(origin) ?? []), role]);
  };
  if (profile.query.adapter !== 'file') {
    add(profile.baseUrl, 'history');
    if (profile.auth.kind !== 'none' && profile.auth.kind !== 'static-bearer')
      add(profile.auth.tokenUrl, 'token');
  }
  // Where a webhook goes is told by its host alone; it goes through the same proxy.
  add(profile.webhook.url, 'webhook');
  return found;
}

const PROXIES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const;

function environmentLines(environment: Readonly<Record<string, string | undefined>>): string[] {
  const lines = [`  Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${process.platform}`];
  for (const name of PROXIES) {
    const text = environment[name] ?? '';
    if (text !== '') lines.push(`  ${name}: ${proxyLabel(text)}`);
  }
  for (const name of ['no_proxy', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS'] as const) {
    const text = environment[name] ?? '';
    if (text !== '') lines.push(`  ${name}: ${text}`);
  }
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    lines.push('  NODE_TLS_REJECT_UNAUTHORIZED is 0. It is not followed: certificates are always checked.');
  }
  return lines;
}

async function trustLines(options: NetworkOptions): Promise<string[]> {
  try {
    const { bundled, system, extra, files } = await readTrust(options);
    return [
      `  ${bundled} authorities that come with Node`,
      system === null
        ? '  those of the system are left out (http.systemCertificates is off)'
        : `  ${system} of the system`,
      `  ${extra} of NODE_EXTRA_CA_CERTS`,
      ...files.map(({ path, count }) => `  ${count} of ${path} (certificates of the connection profile)`),
    ];
  } catch (error) {
    return [`  ${messageOf(error)}`];
  }
}

async function wayLines(
  url: URL,
  network: NetworkOptions,
  { stepMs = 10_000, signal }: DiagnoseOptions,
): Promise<string[]> {
  const way = wayTo(url, network);
  if (way.kind === 'unusable') return [`  Way: ${way.message}`];
  const lines = [
    way.kind === 'direct'
      ? `  Way: direct, because ${way.because}`
      : `  Way: through the proxy ${way.proxy.label}, because of ${way.because}${way.proxy.authorization === null ? '' : ', signed in'}`,
  ];
  const host = way.kind === 'proxy' ? way.proxy.hostname : url.hostname.replace(/^\[(.*)\]$/, '$1');
  lines.push(`  ${way.kind === 'proxy' ? 'Name of the proxy' : 'Name'}: ${await named(host, network)}`);
  const attempts = new Set<Attempt>();
  const limit = AbortSignal.timeout(stepMs * 2);
  const over = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  const give = (): void => {
    for (const attempt of attempts) attempt.destroy();
  };
  over.addEventListener('abort', give);
  let socket: Socket | undefined;
  try {
    const began = performance.now();
    socket = await connected(url, way, network, attempts);
    const what =
      way.kind === 'proxy' ? `made by the proxy to ${url.hostname}` : `made to ${socket.remoteAddress}`;
    lines.push(`  Connection: ${what} in ${since(began)}`);
    if (url.protocol === 'https:') {
      const secureBegan = performance.now();
      socket = await secured(url, socket, network, attempts);
      lines.push(`  TLS: ${tlsLine(socket)}, in ${since(secureBegan)}`);
    }
  } catch (error) {
    const reason = over.aborted
      ? `nothing came of it in ${(stepMs * 2) / 1000} s`
      : describe(error, url).message;
    lines.push(`  ${socket === undefined ? 'Connection' : 'TLS'}: ${reason}`);
  } finally {
    over.removeEventListener('abort', give);
    give();
    socket?.destroy();
  }
  return lines;
}

function since(began: number): string {
  return `${Math.max(1, Math.round(performance.now() - began))} ms`;
}

async function named(host: string, network: NetworkOptions): Promise<string> {
  if (isIP(host) !== 0) return `${host} is an address itself`;
  if (network.lookup !== undefined) return 'looked up by a function of its own';
  const began = performance.now();
  try {
    const found = await lookup(host, { all: true });
    return `${found.map(({ address }) => address).join(', ')}, in ${since(began)}`;
  } catch (error) {
    return `${host} is not known here (${codeOf(error)})`;
  }
}

/** A connection to the host's port, through the proxy where one is in the way, without TLS. */
async function connected(
  url: URL,
  way: Way,
  network: NetworkOptions,
  attempts: Set<Attempt>,
): Promise<Socket> {
  const connect = await connectorOf(url.protocol, way, network, () => attempts);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return pending((done) =>
    connect({ hostname: bareHost(url), host: url.host, protocol: 'http:', port }, done),
  );
}

async function secured(
  url: URL,
  httpSocket: Socket,
  network: NetworkOptions,
  attempts: Set<Attempt>,
): Promise<Socket> {
  const straight: Way = { kind: 'direct', because: '' };
  const connect = await connectorOf(url.protocol, straight, network, () => attempts);
  const target = {
    hostname: bareHost(url),
    host: url.host,
    protocol: url.protocol,
    port: url.port,
    httpSocket,
  };
  return pending((done) => connect(target, done));
}

const bareHost = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

type Done = (...made: [Error, null] | [null, Socket]) => void;

function pending(begin: (done: Done) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    begin((error, socket) => {
      // With an error there may be no second argument at all.
      if (error !== null) return reject(error);
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

function tlsLine(socket: Socket): string {
  if (!(socket instanceof TLSSocket)) return 'none';
  const { subject, issuer, valid_to: until } = socket.getPeerCertificate();
  const name = subject?.CN ?? 'a certificate without a name';
  const from = issuer?.O ?? issuer?.CN ?? 'an authority without a name';
  return `${socket.getProtocol() ?? 'unknown'}, certificate of ${name} by ${from}, valid until ${until}`;
}

async function tried(profile: Profile, options: DiagnoseOptions): Promise<string> {
  try {
    const credentials = await options.credentials();
    if (typeof credentials === 'string') return credentials;
    const { network } = options;
    const tenant = createTenant(profile, credentials, network === undefined ? {} : { network });
    return (await tenant.test(options.signal)).message;
  } catch (error) {
    return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
}
