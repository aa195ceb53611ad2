/** A way to a tenant on which requests can be kept waiting. */
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** The base URL of a tenant before which each request waits, given the number of those before it. Ends with the test. */
export async function gateTo(
  baseUrl: string,
  pass: (before: number) => Promise<void> | undefined,
): Promise<string> {
  let count = 0;
  const server = createServer(async (request, response) => {
    const before = count;
    count += 1;
    try {
      await pass(before);
      const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
      const body = await buffer(request);
      const answer = await fetch(`${baseUrl}${request.url ?? ''}`, {
        method: request.method ?? 'GET',
        headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
        ...(body.length === 0 ? {} : { body }),
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}
