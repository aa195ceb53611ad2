/** Answers that are an error, or look like none. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { FaultCase } from '../case.ts';
import type { RawFault } from '../raw-server.ts';

/** Seconds of Retry-After. */
const FLOOR = 7;
const SOON = { sandbox: { retryAfterSeconds: FLOOR } };

/** Every 429 was waited for, at least as long as it asked. */
function waited(seconds: number): Pick<FaultCase, 'check'> {
  return {
    check: ({ waits, run }) => {
      expect(run.output.retrieval.throttled).toBeGreaterThan(0);
      expect(Math.max(...waits)).toBeGreaterThanOrEqual(seconds * 1000 - 1000);
    },
  };
}

/** Holds requests until there are five, and refuses these together; one that stays alone is served. */
function refuseFiveAtOnce(): RawFault {
  let held: { readonly serve: () => void; readonly refuse: () => void }[] = [];
  return async (socket, { head, body }) => {
    const serve = (): void => void socket.write(Buffer.concat([head, body]));
    const refuse = (): void => void socket.write('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n');
    const mine = { serve, refuse };
    held.push(mine);
    if (held.length === 5) for (const one of held.splice(0)) one.refuse();
    await sleep(400);
    if (!held.includes(mine)) return;
    held = held.filter((one) => one !== mine);
    serve();
  };
}

const counted: Pick<FaultCase, 'check'> = {
  check: ({ run, ended }) => {
    expect(run.output.retrieval.throttled).toBeGreaterThan(0);
    expect(ended.throttled).toBe(run.output.retrieval.throttled);
  },
};

export const STATUS: readonly FaultCase[] = [
  { name: '429, Retry-After in seconds', faults: ['429'], ...SOON, ...waited(FLOOR), expected: 'whole' },
  {
    name: '429, Retry-After as IMF-fixdate',
    faults: ['429-date'],
    ...SOON,
    ...waited(FLOOR),
    expected: 'whole',
  },
  {
    name: '429, Retry-After as RFC 850 date',
    faults: ['429-rfc850'],
    ...SOON,
    ...waited(FLOOR),
    expected: 'whole',
  },
  {
    name: '429, Retry-After as asctime date',
    faults: ['429-asctime'],
    ...SOON,
    ...waited(FLOOR),
    expected: 'whole',
  },
  { name: '429, two Retry-After', faults: ['429-two'], ...SOON, ...waited(2 * FLOOR), expected: 'whole' },
  { name: '429, Retry-After past', faults: ['429-past'], ...counted, expected: 'whole' },
  { name: '429, Retry-After negative', faults: ['429-negative'], ...counted, expected: 'whole' },
  { name: '429, Retry-After empty', faults: ['429-empty'], ...counted, expected: 'whole' },
  { name: '429, Retry-After a word', faults: ['429-text'], ...counted, expected: 'whole' },
  { name: '429, no Retry-After', faults: ['429-none'], ...counted, expected: 'whole' },
  {
    name: '429, Retry-After of millennia',
    faults: ['429-huge'],
    times: 1,
    expected: 'said',
    error: ['throttled', /accepts no request until .*Run the query again after that time/],
  },
  {
    name: '429, Retry-After above 2^31 ms, waited for',
    faults: ['429'],
    times: 1,
    sandbox: { retryAfterSeconds: 2_200_000 },
    profile: { limits: { maxRetryAfterSeconds: 3_000_000 } },
    ...waited(2_200_000),
    expected: 'whole',
  },
  { name: 'storm of 429', faults: ['429', '429-none'], rate: 0.6, times: 12, ...counted, expected: 'whole' },
  {
    name: '429 without end',
    faults: ['429-none'],
    ...{ rate: 1, times: null },
    expected: 'said',
    error: ['throttled', /./],
  },
  { name: '500, 502, 503', faults: ['5xx'], expected: 'whole' },
  {
    name: '500, 502, 503 without end',
    faults: ['5xx'],
    ...{ rate: 1, times: null },
    expected: 'said',
    error: ['server-error', /failed \(status 50\d\).*Given up after 5 retries/],
  },
  {
    name: '503 with Retry-After',
    faults: ['503-wait'],
    ...SOON,
    expected: 'whole',
    check: ({ waits }) => expect(Math.max(...waits)).toBeGreaterThanOrEqual(FLOOR * 1000),
  },
  { name: '502 and 504 of a proxy, as HTML', faults: ['gateway'], expected: 'whole' },
  {
    name: '407 of a proxy',
    raw: (socket) =>
      socket.write(
        'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n',
      ),
    times: 1,
    expected: 'said',
    error: [
      'proxy',
      /^A proxy on the way to .* \(407\)\. Name that proxy with them \(http\.proxy, or HTTPS_PROXY/,
    ],
  },
  { name: '408', faults: ['408'], expected: 'whole' },
  { name: '401 once', faults: ['401'], rate: 1, times: 1, expected: 'whole' },
  {
    name: '401 to five lanes at once',
    makeRaw: refuseFiveAtOnce,
    rate: 1,
    times: 6,
    modes: ['page'],
    pageSize: 12,
    expected: 'whole',
    check: (_, fired, { stats }) => {
      expect(fired.length).toBe(6);
      expect(stats.tokenRequests).toBe(2);
    },
  },
  {
    name: '401 twice',
    faults: ['401-twice'],
    times: 1,
    expected: 'said',
    error: ['auth', /does not accept the access token \(401\).*Connect again/],
  },
  {
    name: '403',
    faults: ['403'],
    times: 1,
    expected: 'said',
    error: ['forbidden', /not on the allow-list.*lack a scope/],
  },
  {
    name: '400',
    faults: ['400'],
    times: 1,
    expected: 'said',
    error: ['bad-request', /Filter, character 1.*Check the query’s conditions/],
  },
  {
    name: 'redirect to another origin',
    faults: ['redirect'],
    times: 1,
    expected: 'said',
    error: ['redirect', /redirects to http:\/\/localhost:\d+\/elsewhere.*never followed/],
  },
  { name: 'log-in page with 200', faults: ['html'], expected: 'whole' },
  {
    name: 'log-in page with 200, without end',
    faults: ['html'],
    ...{ rate: 1, times: null },
    expected: 'said',
    error: ['not-json', /Sign in.*Given up after 5 retries/],
  },
  { name: '503 from the token endpoint', faults: ['token-5xx'], rate: 1, times: 3, expected: 'whole' },
];
