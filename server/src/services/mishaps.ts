/** What goes wrong inside the server: told in the editor's log, and the server goes on. */
import { type Connection, ResponseError } from 'vscode-languageserver/node';

function told(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

/**
 * A connection whose handlers' mistakes are logged, with where they happened. The request is answered with an error that
 * names its method all the same. A refusal is no mistake.
 */
export function logged(connection: Connection): Connection {
  const mishap = (name: string, error: unknown): never => {
    if (!(error instanceof ResponseError)) connection.console.error(`${name}: ${told(error)}`);
    throw error;
  };
  const handler =
    (name: string, handle: (...parameters: unknown[]) => unknown) =>
    (...parameters: unknown[]): unknown => {
      try {
        const result = handle(...parameters);
        return isPromise(result) ? result.catch((error: unknown) => mishap(name, error)) : result;
      } catch (error) {
        return mishap(name, error);
      }
    };
  return watched(connection, (name, parameters) =>
    parameters.map((one) => (isFunction(one) ? handler(name, one) : one)),
  );
}

function isFunction(value: unknown): value is (...parameters: unknown[]) => unknown {
  return typeof value === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** An object that hands on what it is asked; what is registered through it, at any depth, is exchanged on the way. */
function watched<T extends object>(
  target: T,
  exchange: (name: string, parameters: unknown[]) => unknown[],
): T {
  return new Proxy(target, {
    get: (_, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (isObject(value)) return watched(value, exchange);
      if (!isFunction(value)) return value;
      const registers = typeof key === 'string' && /^on(?:$|[A-Z])/.test(key);
      return (...parameters: unknown[]): unknown => {
        const [method] = parameters;
        const name = typeof method === 'string' ? method : String(key);
        return Reflect.apply(value, target, registers ? exchange(name, parameters) : parameters);
      };
    },
  });
}

/** Nobody waits for what failed here: without this the process would end. */
export function surviveMishaps(connection: Connection): void {
  process.on('unhandledRejection', (error) => connection.console.error(`Nobody took: ${told(error)}`));
  process.on('uncaughtException', (error) => connection.console.error(`Nobody took: ${told(error)}`));
}
