/** However a server answers, a download in ranges gives the bytes of one version, or says why it does not. */
import fc from 'fast-check';
import { parseContentRange, parseLength, strongEtag } from '../../../server/src/tenant/content-range.ts';
import { createDownloadShare } from '../../../server/src/tenant/downloads.ts';
import { failure, success } from '../../../server/src/tenant/errors.ts';
import { createGovernor } from '../../../server/src/tenant/governor.ts';
import { createMeter } from '../../../server/src/tenant/meter.ts';
import { resolveProfile } from '../../../server/src/tenant/profile.ts';
import { download } from '../../../server/src/tenant/ranges.ts';
import type { Receiver } from '../../../server/src/tenant/receiver.ts';
import { createRequester } from '../../../server/src/tenant/requests.ts';
import { createTokenSource } from '../../../server/src/tenant/tokens.ts';
import type { Transport } from '../../../server/src/tenant/transport.ts';
import { type VirtualClock, virtualClock } from '../../unit/tenant/virtual-clock.ts';
import { ensure, readable, same } from '../ensure.ts';
import type { Target } from '../target.ts';
import { answerOf, CUT, type Pace } from '../wire/answers.ts';
import { FINAL, LEGAL, MISFITS, PASSING, type Resource, truthful } from '../wire/blows.ts';
import { questionOf } from '../wire/question.ts';

interface Blown {
  readonly kind: string;
  readonly place: number;
  readonly text: string;
}

interface Case {
  /** Bytes of the resource. */
  readonly size: number;
  readonly chunkBytes: number;
  /** Requests of the run at once, and of the tenant. */
  readonly concurrency: number;
  readonly quota: number;
  /** Whether its versions have strong ETags. */
  readonly strong: boolean;
  /** What comes instead of the truth, by the number of the request. */
  readonly storm: readonly (Blown | null)[];
  /** Requests at which the resource becomes another one. */
  readonly changes: readonly number[];
  /** By the number of the request. */
  readonly paces: readonly Pace[];
  /** Milliseconds that the receiver takes for each piece. */
  readonly slow: number;
  /** Milliseconds after which the run is cancelled. */
  readonly cancelled: number | null;
}

const RETRIES = 5;
const URL = 'https://tenant.example/history';
const [FIRST, LAST] = [254, 255];

const resolved = resolveProfile({ baseUrl: 'https://tenant.example', auth: { kind: 'none' } });
if (!resolved.ok) throw new Error('The profile of the test is wrong.');
const { profile } = resolved;

/** Bytes of which each shows where it is and of which version; a beginning and an end that prove the whole. */
function versionOf(size: number, version: number): Uint8Array {
  const bytes = new Uint8Array(size + version);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 31 + (at >> 8) * 7 + version * 101) % 250;
  bytes[0] = FIRST;
  bytes[bytes.length - 1] = LAST;
  return bytes;
}

interface Taking extends Receiver<Uint8Array> {
  readonly is: { begun: boolean; busy: boolean; discarded: boolean };
}

/** Takes what begins and ends well, as JSON does: the bytes between are not its own to judge. */
function taking(clock: VirtualClock, slow: number): Taking {
  const is = { begun: false, busy: false, discarded: false };
  let pieces: Uint8Array[] = [];
  const wrong = (message: string) => ({ code: 'not-json' as const, message, retriable: true });
  const alone = (what: string): void => {
    ensure(!is.busy, `${what} while a piece is taken`);
    ensure(!is.discarded, `${what} after the receiver was discarded`);
  };
  return {
    is,
    async begin() {
      alone('begin');
      is.begun = true;
      pieces = [];
    },
    async write(bytes) {
      alone('write');
      ensure(is.begun, 'a piece comes before the beginning');
      is.busy = true;
      if (slow > 0) await clock.sleep(slow);
      is.busy = false;
      const last = pieces.at(-1);
      const begins = last === undefined ? bytes[0] === FIRST : last.at(-1) !== LAST;
      if (!begins) return wrong('It begins in the middle, or goes on behind its end.');
      // What is handed on may be used again by who hands it on.
      pieces.push(Uint8Array.from(bytes));
      return undefined;
    },
    async end() {
      alone('end');
      const whole = Buffer.concat(pieces);
      return whole.indexOf(LAST) === whole.length - 1 && whole.length > 1
        ? success(whole)
        : failure(wrong('It is not whole.'));
    },
    async discard() {
      alone('discard');
      is.discarded = true;
    },
  };
}

interface Server extends Transport {
  /** Each version that was ever there. */
  readonly versions: readonly Uint8Array[];
  readonly counts: { active: number; most: number; requests: number };
}

const BLOWS = { ...PASSING, ...MISFITS, ...LEGAL, ...FINAL };

function serverOf({ size, strong, storm, changes, paces }: Case, clock: VirtualClock): Server {
  const counts = { active: 0, most: 0, requests: 0 };
  const versions = [versionOf(size, 0)];
  let resource: Resource = { bytes: versionOf(size, 0), etag: strong ? '"v0"' : null };
  return {
    versions,
    counts,
    async send(request, signal) {
      const number = counts.requests;
      counts.requests += 1;
      counts.active += 1;
      counts.most = Math.max(counts.most, counts.active);
      const close = (): void => {
        counts.active -= 1;
      };
      if (changes.includes(number)) {
        const version = versions.length;
        versions.push(versionOf(size, version));
        resource = { bytes: versionOf(size, version), etag: strong ? `"v${version}"` : `W/"v${version}"` };
      }
      const { kind = '', place = 0, text = '' } = storm[number] ?? {};
      const blow = { question: questionOf(request), resource, place, text };
      const sent = (BLOWS[kind] ?? truthful)(blow);
      if (sent === 'reset') {
        close();
        return failure(CUT);
      }
      const pace = paces[number % paces.length] ?? { piece: size, delay: 0 };
      return success(answerOf(sent, pace, clock, signal, close));
    },
  };
}

/** What the header fields say is said by their own rules, and by no others. */
function headersHold(text: string): void {
  const range = parseContentRange(text);
  if (range !== undefined) {
    const { first, last, total } = range;
    ensure(first <= last && (total === null || last < total), () => `${text} is no range`);
    const again = `bytes ${first}-${last}/${total ?? '*'}`;
    same(
      text
        .trim()
        .replace(/\b0+(?=\d)/g, '')
        .toLowerCase(),
      again,
      'the range',
    );
    same(parseContentRange(again), range, 'the range again');
  }
  const tag = strongEtag(text);
  ensure(tag === null || (tag === text.trim() && /^"[^"\s]*"$/.test(tag)), () => `${text} is no strong ETag`);
  const length = parseLength(text);
  ensure(length === undefined || BigInt(text.trim()) === BigInt(length), () => `${text} is no length`);
}

/** What a piece of work gives as time passes, until nothing is due any more. */
async function ended<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  work.then(end, end);
  await clock.run();
  ensure(over, 'it hangs: nothing is due any more');
  return work;
}

async function holds(input: Case): Promise<void> {
  const { concurrency, quota, chunkBytes, storm } = input;
  for (const blow of storm) if (blow !== null) headersHold(blow.text);
  const clock = virtualClock();
  const meter = createMeter(clock.now);
  const governor = createGovernor(quota, clock);
  const share = createDownloadShare(concurrency);
  const server = serverOf(input, clock);
  const receiver = taking(clock, input.slow);
  const stop = new AbortController();
  if (input.cancelled !== null) clock.after(input.cancelled, () => stop.abort());
  const requester = createRequester({
    ...{ profile, transport: server, meter, clock, concurrency, retries: RETRIES, timeoutMs: 60_000 },
    tokens: createTokenSource(profile.auth, {}, clock),
    governor: () => governor,
  });
  const ending = await ended(
    clock,
    download({
      ...{ requester, meter, share, receiver, url: URL, signal: stop.signal, chunkBytes },
      rank: 0,
      wholeMs: 600_000,
    }),
  );
  const kinds = storm.slice(0, server.counts.requests).flatMap((blow) => (blow === null ? [] : [blow.kind]));
  if (ending.kind === 'done') {
    const found = Buffer.from(ending.value);
    ensure(
      server.versions.some((version) => found.equals(version)),
      () => `bytes of no version: ${found.toString('hex')}`,
    );
  } else {
    ensure(receiver.is.discarded, 'what did not come is not put away');
    const excused =
      ending.kind === 'unserved'
        ? kinds.some((kind) => kind === '404' || kind === '405')
        : stop.signal.aborted ||
          // Said of the whole, these two are refusals as well.
          kinds.some((kind) => kind in FINAL || kind === '412' || kind === '416') ||
          kinds.filter((kind) => kind in PASSING || kind in MISFITS).length > RETRIES;
    ensure(excused, () => `${JSON.stringify(ending)} after ${kinds.join(', ')}`);
    if (ending.kind === 'failed') {
      readable(ending.error.message, 'the message');
      ensure(ending.error.code !== 'cancelled' || stop.signal.aborted, 'cancelled by nobody');
    }
  }
  const { requests, most } = server.counts;
  ensure(most <= Math.min(quota, concurrency), () => `${most} requests at once`);
  same(meter.counts.requests, requests, 'the requests that are counted');
  ensure(meter.counts.retries <= 100 + 0.2 * requests, 'more retries than the budget has');
  same(server.counts.active, 0, 'answers that are neither read nor discarded');
  same(governor.active(), 0, 'slots that are not given back');
  for (let place = 0; place < concurrency; place += 1) ensure(share.take(), 'a place is not given back');
  ensure(!share.take(), 'a place is given back twice');
}

const headerText = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('bytes ', 'Bytes ', 'bytes  ', 'bytes=', 'bytes', 'items ', ''),
      fc.oneof(
        fc.nat(600).map(String),
        fc.constantFrom('', '-1', '00', '1e1', '9'.repeat(15), '9'.repeat(16)),
      ),
      fc.constantFrom('-', '-', '–', ' - ', '/'),
      fc.oneof(fc.nat(600).map(String), fc.constantFrom('', '9'.repeat(15))),
      fc.oneof(
        fc.nat(600).map((total) => `/${total}`),
        fc.constantFrom('/*', '/', '', '/ 7', '/7,bytes 0-1/7', '/007', '/9007199254740993'),
      ),
      fc.constantFrom('', ' ', '\t', '\n'),
    )
    .map((parts) => parts.join('')),
  fc.nat(900).map(String),
  fc.constantFrom(
    '',
    ' 7 ',
    '+7',
    '0x7',
    '"',
    '""',
    '"a"',
    ' "a" ',
    'W/"a"',
    '"a""b"',
    '"a b"',
    '"ä"',
    '"a","b"',
  ),
  fc.string({ maxLength: 12 }),
);

const blown: fc.Arbitrary<Blown> = fc.record({
  kind: fc.oneof(
    { arbitrary: fc.constantFrom(...Object.keys(PASSING), ...Object.keys(LEGAL)), weight: 3 },
    { arbitrary: fc.constantFrom(...Object.keys(MISFITS)), weight: 3 },
    { arbitrary: fc.constantFrom(...Object.keys(FINAL)), weight: 1 },
  ),
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  text: headerText,
});

const pace: fc.Arbitrary<Pace> = fc.record({
  piece: fc.constantFrom(1_000_000, 40, 17, 5),
  delay: fc.constantFrom(0, 0, 1, 3, 9),
});

const caseOf = (
  size: fc.Arbitrary<number>,
  chunkBytes: fc.Arbitrary<number>,
  paces: fc.Arbitrary<Pace>,
): fc.Arbitrary<Case> =>
  fc.record({
    ...{ size, chunkBytes },
    concurrency: fc.integer({ min: 1, max: 5 }),
    quota: fc.integer({ min: 1, max: 5 }),
    strong: fc.oneof({ arbitrary: fc.constant(true), weight: 5 }, fc.boolean()),
    storm: fc.array(fc.oneof({ arbitrary: fc.constant(null), weight: 2 }, blown), {
      maxLength: 20,
      size: '+1',
    }),
    changes: fc.array(fc.nat(8), { maxLength: 2 }),
    paces: fc.array(paces, { minLength: 1, maxLength: 4 }),
    slow: fc.constantFrom(0, 0, 0, 2),
    cancelled: fc.oneof({ arbitrary: fc.constant(null), weight: 6 }, fc.nat(40)),
  });

export const ranges: Target<Case> = {
  name: 'ranges',
  small: caseOf(fc.integer({ min: 2, max: 240 }), fc.integer({ min: 4, max: 90 }), pace),
  large: caseOf(
    fc.integer({ min: 65_536, max: 400_000 }),
    fc.integer({ min: 20_000, max: 150_000 }),
    fc.record({ piece: fc.constantFrom(16_384, 65_536), delay: fc.nat(5) }),
  ),
  holds,
  count: () => 1,
  slowness: 2,
};
