/** Connections by origin: straight or through the proxy, with the certificates that are trusted. */
import { Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { buildConnector, Dispatcher } from 'undici';
import { readTrust, stampOf } from './certificates.ts';
import { type NetworkOptions, type Way, wayTo } from './network.ts';
import { WayError } from './network-errors.ts';
import { type Attempt, openTunnel } from './tunnel.ts';

/** The way to one origin. */
export interface Route {
  readonly dispatcher: Dispatcher;
  /** The proxy that it leads through, without its password; null for a straight way. */
  readonly via: string | null;
  /** A request waits for a connection; the function that this gives says that it waits no longer. */
  waits(): () => void;
}

export interface Connections {
  to(url: URL): Promise<Route>;
}

/** Connections under way to one origin, and how many requests wait for one. */
interface Pending {
  waiting: number;
  readonly attempts: Set<Attempt>;
}

export function createConnections(options: NetworkOptions): Connections {
  const dispatchers = new Map<string, Promise<Dispatcher>>();
  const pending = new Map<string, Pending>();
  const pendingTo = (origin: string): Pending => {
    let found = pending.get(origin);
    if (found === undefined) {
      found = { waiting: 0, attempts: new Set() };
      pending.set(origin, found);
    }
    return found;
  };
  return {
    async to(url) {
      const way = wayTo(url, options);
      if (way.kind === 'unusable') {
        throw new WayError({ code: 'proxy', message: way.message, retriable: false });
      }
      const via = way.kind === 'proxy' ? way.proxy.label : null;
      const key = `${url.protocol} ${via ?? ''} ${await stampOf(options.certificateFiles ?? [])}`;
      let dispatcher = dispatchers.get(key);
      if (dispatcher === undefined) {
        dispatcher = open(url.protocol, way, options, pendingTo);
        dispatchers.set(key, dispatcher);
        // A file that could not be read may be there the next time.
        dispatcher.catch(() => dispatchers.delete(key));
      }
      const mine = pendingTo(url.origin);
      return {
        dispatcher: await dispatcher,
        via,
        waits() {
          mine.waiting += 1;
          let over = false;
          return () => {
            if (over) return;
            over = true;
            mine.waiting -= 1;
            // A connection that nobody waits for any more is not made.
            if (mine.waiting === 0) for (const attempt of mine.attempts) attempt.destroy();
          };
        },
      };
    },
  };
}

type Connector = ReturnType<typeof buildConnector>;

async function open(
  protocol: string,
  way: Way,
  options: NetworkOptions,
  pendingTo: (origin: string) => Pending,
): Promise<Dispatcher> {
  // On first use only: a language server that runs no query never loads it.
  const { Agent } = await import('./undici.ts');
  const connector = await connectorOf(
    protocol,
    way,
    options,
    (target) => pendingTo(originOf(target)).attempts,
  );
  return new Agent({ allowH2: false, pipelining: 1, connect: connector });
}

function originOf(target: Parameters<Connector>[0]): string {
  return `${target.protocol}//${target.host ?? target.hostname}`;
}

/**
 * Makes connections of one protocol and one way. What is under way stands in `attemptsOf` the target. Throws WayError
 * where the certificates cannot be read.
 */
export async function connectorOf(
  protocol: string,
  way: Way,
  options: NetworkOptions,
  attemptsOf: (target: Parameters<Connector>[0]) => Set<Attempt>,
): Promise<Connector> {
  const { buildConnector } = await import('./undici.ts');
  const proxy = way.kind === 'proxy' ? way.proxy : null;
  const secure = protocol === 'https:' || proxy?.protocol === 'https:';
  // Made once: reading some hundred certificates takes longer than to connect.
  const secureContext: SecureContext | undefined = secure
    ? createSecureContext({ ca: [...(await readTrust(options)).certificates] })
    : undefined;
  const connect = buildConnector({
    allowH2: false,
    // Each exchange counts its own time to connect.
    timeout: 0,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says: who listens in between would get the credentials.
    rejectUnauthorized: true,
    ...(secureContext === undefined ? {} : { secureContext }),
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
  });
  const straight: Connector = (target, callback) => {
    const attempts = attemptsOf(target);
    const socket: unknown = connect(target, (...made) => {
      if (socket instanceof Socket) attempts.delete(socket);
      callback(...made);
    });
    if (!(socket instanceof Socket)) return;
    attempts.add(socket);
    socket.once('close', () => attempts.delete(socket));
  };
  if (proxy === null) return straight;
  return (target, callback) => {
    const attempts = attemptsOf(target);
    const encrypted = target.protocol === 'https:';
    const port = Number(target.port === '' ? (encrypted ? 443 : 80) : target.port);
    const attempt = openTunnel(proxy, { hostname: target.hostname, port }, secureContext, (error, socket) => {
      attempts.delete(attempt);
      if (socket === null) callback(error ?? new Error('the proxy gave no connection'), null);
      else if (encrypted) straight({ ...target, httpSocket: socket }, callback);
      else callback(null, socket);
    });
    attempts.add(attempt);
  };
}

/**
 * A dispatcher of its own through the proxy that leads to this address; null where the way is straight. The one who
 * asked destroys it; what is still being connected ends with the signal. Throws WayError.
 */
export async function throughProxy(
  url: URL,
  options: NetworkOptions,
  signal: AbortSignal,
): Promise<Dispatcher | null> {
  const way = wayTo(url, options);
  if (way.kind === 'direct') return null;
  if (way.kind === 'unusable') throw new WayError({ code: 'proxy', message: way.message, retriable: false });
  const attempts = new Set<Attempt>();
  const connect = await connectorOf(url.protocol, way, options, () => attempts);
  const give = (): void => {
    for (const attempt of attempts) attempt.destroy();
  };
  if (signal.aborted) give();
  else signal.addEventListener('abort', give, { once: true });
  const { Agent } = await import('./undici.ts');
  return new Agent({ allowH2: false, connect });
}
