/** Faults on demand: which exist, how they are asked for, when they fire, and what fired. */
import { createRandom, hash32 } from './random.ts';

const FAULT_NAMES = [
  'latency',
  '429',
  '429-date',
  '5xx',
  '401',
  'html',
  'reset',
  'reset-body',
  'short-body',
  'slow',
  'stall',
  'duplicate',
  'missing',
  'wrong-range',
  'etag-change',
  'repeat-token',
  'token-5xx',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

const DESCRIPTIONS: Readonly<Record<FaultName, string>> = {
  latency: 'the answer comes late',
  '429': 'too many requests, with Retry-After in seconds',
  '429-date': 'too many requests, with Retry-After as a date',
  '5xx': 'status 500, 502 or 503',
  '401': 'the token is dropped (again only after some requests)',
  html: 'a log-in page with status 200',
  reset: 'the connection is reset before the answer',
  'reset-body': 'the connection is reset in the middle of the body',
  'short-body': 'the connection ends before Content-Length is reached',
  slow: 'the body trickles',
  stall: 'the body stops half-way and the connection stays open',
  duplicate: 'a page has one record twice',
  missing: 'a page leaves one record out',
  'wrong-range': 'Content-Range does not fit what was asked',
  'etag-change': 'the ETag changes between two ranges of a page',
  'repeat-token': 'nextPageToken leads back to the same page (needs tokens)',
  'token-5xx': 'status 503 from the token endpoint',
};

const DEFAULT_FAULT_RATE = 0.1;

export interface FaultSpec {
  readonly name: FaultName;
  /** Share of the requests that it could hit, 0 to 1. */
  readonly rate: number;
  /** It fires at most this often; without a limit when missing. */
  readonly times?: number;
}

/** One fault that fired. */
export interface FiredFault {
  readonly name: FaultName;
  /** Number of the request, 1 for the first that the sandbox received. */
  readonly request: number;
  readonly method: string;
  readonly path: string;
  /** What exactly: a status, a record's id, a number of bytes. */
  readonly detail: string;
}

/** Every fault with what it does, one a line. */
export function faultList(): string {
  return FAULT_NAMES.map((name) => `  ${name.padEnd(12)}  ${DESCRIPTIONS[name]}`).join('\n');
}

/** Reads `NAME` or `NAME:RATE`; the problem is a sentence. */
export function parseFault(text: string): { readonly fault: FaultSpec } | { readonly problem: string } {
  const [nameText = '', rateText, ...rest] = text.split(':');
  const name = FAULT_NAMES.find((known) => known === nameText.trim());
  if (name === undefined) {
    return { problem: `There is no fault "${nameText}". The faults are:\n${faultList()}` };
  }
  if (rateText === undefined) return { fault: { name, rate: DEFAULT_FAULT_RATE } };
  const rate = Number(rateText);
  if (rest.length > 0 || rateText.trim() === '' || !(rate >= 0 && rate <= 1)) {
    return { problem: `The rate of a fault is a number from 0 to 1, such as ${name}:0.2; "${text}" is not.` };
  }
  return { fault: { name, rate } };
}

/** A request as faults see it. */
export interface FaultTarget {
  readonly request: number;
  readonly method: string;
  readonly path: string;
  /** What is asked for, however often and in whatever order: attempts at the same thing are told apart by count. */
  readonly key: string;
}

export interface Faults {
  readonly log: readonly FiredFault[];
  /** A number in [0, 1) that belongs to this attempt when the fault should fire, else null. */
  draw(name: FaultName, target: FaultTarget): number | null;
  /** Notes that it fired. */
  fired(name: FaultName, target: FaultTarget, detail: string): void;
}

/**
 * The decision depends on the seed, the fault, what is asked for, and how often that was asked before, and not
 * on the order in which requests arrive: a run with five requests at once meets the same faults each time.
 */
export function createFaults(specs: readonly FaultSpec[], seed: number): Faults {
  const log: FiredFault[] = [];
  const attempts = new Map<string, number>();
  const byName = new Map(
    specs.map((spec) => [spec.name, { spec, left: spec.times ?? Number.POSITIVE_INFINITY }]),
  );
  return {
    log,
    draw: (name, target) => {
      const entry = byName.get(name);
      if (entry === undefined) return null;
      const key = `${name} ${target.key}`;
      const attempt = attempts.get(key) ?? 0;
      attempts.set(key, attempt + 1);
      if (entry.left <= 0) return null;
      const random = createRandom(seed, hash32(`${key} ${attempt}`));
      if (!random.chance(entry.spec.rate)) return null;
      entry.left -= 1;
      return random.next();
    },
    fired: (name, { request, method, path }, detail) => {
      log.push({ name, request, method, path, detail });
    },
  };
}
