/** Requests beyond the protocol: checked on the way in, so that a handler sees only what its schema says. */
import { CancellationToken, type Connection, ErrorCodes, ResponseError } from 'vscode-languageserver/node';
import type * as z from 'zod';

/** Answers a request whose parameters have a schema; anything else is refused with what is wrong. */
export function answer<S extends z.ZodType, R>(
  connection: Connection,
  method: string,
  schema: S,
  handle: (params: z.output<S>, token: CancellationToken) => Promise<R>,
): void {
  connection.onRequest(method, async (params: unknown, ...more: unknown[]): Promise<unknown> => {
    // Who sends parameters by their places may send more of them; the token comes last.
    const token = more.find((one) => CancellationToken.is(one)) ?? CancellationToken.None;
    const read = schema.safeParse(params);
    if (!read.success) {
      const issue = read.error.issues[0];
      const where = issue === undefined ? '' : ` ${issue.path.join('.')}: ${issue.message}`;
      return new ResponseError(ErrorCodes.InvalidParams, `${method}:${where}`);
    }
    return handle(read.data, token);
  });
}

/** A signal that fires when the request is cancelled. */
export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
