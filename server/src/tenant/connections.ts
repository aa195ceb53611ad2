/** Connections by origin: straight or through the proxy, with the certificates that are trusted. */
import { Socket } from 'node:net';
import { getCACertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { isLoopback } from './url.ts';

export interface NetworkOptions {
  /** Proxy for https (and http) addresses; default: `HTTPS_PROXY`, `HTTP_PROXY`. Loopback never goes through it. */
  readonly proxy?: string;
  /** Hosts that are reached directly; default: `NO_PROXY`. */
  readonly noProxy?: string;
  /** PEM certificates that are trusted in addition to the system's. */
  readonly certificates?: readonly string[];
}

/** The way to one origin. */
export interface Route {
  readonly dispatcher: Dispatcher;
  /** A request waits for a connection; the function that this gives says that it waits no longer. */
  waits(): () => void;
}

export interface Connections {
  to(url: URL): Promise<Route>;
}

/** Connections under way to one origin, and how many requests wait for one. */
interface Pending {
  waiting: number;
  readonly sockets: Set<Socket>;
}

export function createConnections(options: NetworkOptions): Connections {
  const dispatchers = new Map<string, Promise<Dispatcher>>();
  const pending = new Map<string, Pending>();
  const pendingTo = (origin: string): Pending => {
    let found = pending.get(origin);
    if (found === undefined) {
      found = { waiting: 0, sockets: new Set() };
      pending.set(origin, found);
    }
    return found;
  };
  return {
    async to(url) {
      const key = `${url.protocol}${isLoopback(url.hostname) ? 'direct' : 'proxied'}`;
      let dispatcher = dispatchers.get(key);
      if (dispatcher === undefined) {
        dispatcher = connect(url, options, pendingTo);
        dispatchers.set(key, dispatcher);
      }
      const mine = pendingTo(url.origin);
      return {
        dispatcher: await dispatcher,
        waits() {
          mine.waiting += 1;
          let over = false;
          return () => {
            if (over) return;
            over = true;
            mine.waiting -= 1;
            // A connection that nobody waits for any more is not made.
            if (mine.waiting === 0) for (const socket of mine.sockets) socket.destroy();
          };
        },
      };
    },
  };
}

async function connect(
  url: URL,
  options: NetworkOptions,
  pendingTo: (origin: string) => Pending,
): Promise<Dispatcher> {
  // On first use only: a language server that runs no query never loads it.
  const { Agent, buildConnector, EnvHttpProxyAgent } = await import('./undici.ts');
  const ca =
    url.protocol === 'https:'
      ? [...getCACertificates('default'), ...getCACertificates('system'), ...(options.certificates ?? [])]
      : null;
  // Each exchange counts its own time to connect.
  const connector = buildConnector({ allowH2: false, timeout: 0, ...(ca === null ? {} : { ca }) });
  const tracked: typeof connector = (target, callback) => {
    const { sockets } = pendingTo(`${target.protocol}//${target.host ?? target.hostname}`);
    const socket: unknown = connector(target, (...made) => {
      if (socket instanceof Socket) sockets.delete(socket);
      callback(...made);
    });
    if (!(socket instanceof Socket)) return;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const common = { allowH2: false, pipelining: 1, connect: tracked };
  if (isLoopback(url.hostname)) return new Agent(common);
  return new EnvHttpProxyAgent({
    ...common,
    ...(ca === null ? {} : { requestTls: { ca }, proxyTls: { ca } }),
    ...(options.proxy === undefined ? {} : { httpProxy: options.proxy, httpsProxy: options.proxy }),
    ...(options.noProxy === undefined ? {} : { noProxy: options.noProxy }),
  });
}
