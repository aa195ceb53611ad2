/** One page behind a range server, as the tests of ranges ask for it. */
import { onTestFinished } from 'vitest';
import { type RangeServer, type RangeServerOptions, startRangeServer } from './range-server.ts';
import { contentIn, pageBody } from './wire.ts';

export const body = pageBody(10_000);
/** What the page holds. */
export const whole = contentIn(body);
export const etag = '"one"';
export const resource = () => ({ body, etag });
export const chunkBytes = 1_000;
export const CHUNKS = Math.ceil(body.length / chunkBytes);

/** A server for the test that runs. */
export async function start(options: RangeServerOptions): Promise<RangeServer> {
  const server = await startRangeServer(options);
  onTestFinished(() => server.close());
  return server;
}

/** The headers of a part of the page; `to` is exclusive. */
export function headers(
  from: number,
  to: number,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    'content-type': 'application/json',
    etag,
    'accept-ranges': 'bytes',
    'content-range': `bytes ${from}-${to - 1}/${body.length}`,
    'content-length': String(to - from),
    ...more,
  };
}

/** The Range header of each request. */
export function ranges(server: RangeServer): (string | undefined)[] {
  return server.asked.map((asked) => asked.headers.range);
}
