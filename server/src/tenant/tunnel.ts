/** A way through an HTTP proxy: CONNECT, with Basic authorization where the proxy asks for it. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecure, type SecureContext } from 'node:tls';
import { type TenantError, visible } from './errors.ts';
import { type HttpProxy, PROXY_CREDENTIALS } from './network.ts';
import { faultOf, WayError } from './network-errors.ts';

export interface Target {
  readonly hostname: string;
  readonly port: number;
}

/** Whatever can be given up while a connection is made. */
export interface Attempt {
  destroy(): unknown;
}

/**
 * Asks the proxy for a connection. Calls back once, with a socket on which the target itself answers, or with why there
 * is none; until then what it returns can be destroyed.
 */
export function openTunnel(
  proxy: HttpProxy,
  target: Target,
  secureContext: SecureContext | undefined,
  callback: (error: Error | null, socket: Socket | null) => void,
): Attempt {
  const host = `${target.hostname.includes(':') ? `[${target.hostname}]` : target.hostname}:${target.port}`;
  let over = false;
  const end = (error: Error | null, socket: Socket | null): void => {
    if (over) return;
    over = true;
    callback(error, socket);
  };
  const request: ClientRequest = httpRequest({
    method: 'CONNECT',
    path: host,
    headers: {
      host,
      connection: 'keep-alive',
      'proxy-connection': 'keep-alive',
      'user-agent': 'cxq',
      ...(proxy.authorization === null ? {} : { 'proxy-authorization': proxy.authorization }),
    },
    // A socket of its own, which no agent keeps or takes back.
    createConnection: () => connectTo(proxy, secureContext),
  });
  request.once('connect', (answer: IncomingMessage, socket: Socket, head: Buffer) => {
    // Whoever takes the socket over listens for itself; what ends it before that is told by its end.
    socket.on('error', () => undefined);
    const status = answer.statusCode ?? 0;
    if (status < 200 || status > 299) {
      socket.destroy();
      end(new WayError(refused(proxy, host, answer)), null);
      return;
    }
    if (head.length > 0) socket.unshift(head);
    end(null, socket);
  });
  request.once('response', (answer) => {
    answer.destroy();
    end(new WayError(noProxy(proxy)), null);
  });
  request.on('error', (error) => end(new WayError(unreachable(proxy, error)), null));
  request.end();
  return request;
}

function connectTo(
  { hostname, port, protocol }: HttpProxy,
  secureContext: SecureContext | undefined,
): Socket {
  if (protocol === 'http:') return connectPlain({ host: hostname, port });
  return connectSecure({
    host: hostname,
    port,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    ...(secureContext === undefined ? {} : { secureContext }),
  });
}

/** The proxy answered, and not with a connection. */
function refused(proxy: HttpProxy, host: string, answer: IncomingMessage): TenantError {
  const status = answer.statusCode ?? 0;
  const said = visible(answer.statusMessage ?? '').slice(0, 80);
  const words = said === '' ? `${status}` : `${status} ${said}`;
  const who = `The proxy ${proxy.label} (${proxy.source})`;
  if (status === 407) return unauthorised(proxy, who, answer);
  if (status >= 500) {
    return {
      code: 'proxy',
      message: `${who} could not reach ${host} (${words}). Try again later, or ask who runs the proxy.`,
      status,
      retriable: true,
    };
  }
  return {
    code: 'proxy',
    message:
      `${who} refuses a connection to ${host} (${words}). ` +
      'Ask who runs it to allow that host, or name the host in http.noProxy (NO_PROXY on the command line) if it can be reached directly.',
    status,
    retriable: false,
  };
}

function unauthorised(proxy: HttpProxy, who: string, answer: IncomingMessage): TenantError {
  const offered = String(answer.headers['proxy-authenticate'] ?? '');
  const methods = [...new Set(offered.split(/,\s*/).flatMap((one) => /^[A-Za-z]+(?=\s|$)/.exec(one) ?? []))];
  const basic = methods.length === 0 || methods.some((one) => one.toLowerCase() === 'basic');
  const message = !basic
    ? `${who} asks for a kind of sign-in that is not supported (${visible(methods.join(', ')).slice(0, 80)}); Basic is. ` +
      'Ask who runs it for a way with user and password, or run a local proxy that signs in for you.'
    : proxy.authorization === null
      ? `${who} asks for a user name and a password (407). Give them with the proxy’s address (${PROXY_CREDENTIALS}).`
      : `${who} does not accept the user name and password that it was given (407). Correct them in ${PROXY_CREDENTIALS}.`;
  return { code: 'proxy', message, status: 407, retriable: false };
}

function noProxy(proxy: HttpProxy): TenantError {
  return {
    code: 'proxy',
    message: `What answers at ${proxy.label} (${proxy.source}) is not a proxy. Check the proxy’s address.`,
    retriable: false,
  };
}

/** The proxy itself was not reached, or did not speak HTTP. */
function unreachable(proxy: HttpProxy, error: Error): TenantError {
  if ('code' in error && typeof error.code === 'string' && error.code.startsWith('HPE_'))
    return noProxy(proxy);
  const { tls, reason, retriable } = faultOf(error);
  const who = `${proxy.label} (${proxy.source})`;
  return tls
    ? {
        code: 'tls',
        message: `No secure connection to the proxy ${who}: ${reason}. Check the proxy’s address. This is never retried.`,
        retriable,
      }
    : {
        code: 'proxy',
        message: `The proxy ${who} cannot be reached: ${reason}. Check the proxy settings, and whether the proxy runs.`,
        retriable,
      };
}
