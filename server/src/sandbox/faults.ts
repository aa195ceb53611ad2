/** Faults on demand: how they are asked for, when they fire, and what fired. */
import { FAULTS, type FaultName, faultList } from './fault-table.ts';
import { createRandom, hash32 } from './random.ts';

export { type FaultName, faultList } from './fault-table.ts';

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

/** Reads `NAME` or `NAME:RATE`; the problem is a sentence. */
export function parseFault(text: string): { readonly fault: FaultSpec } | { readonly problem: string } {
  const [nameText = '', rateText, ...rest] = text.split(':');
  const name = FAULTS.find((known) => known.name === nameText.trim())?.name;
  if (name === undefined) {
    return { problem: `There is no fault "${nameText}". The faults are:\n\n${faultList()}` };
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
  /** Whether it was asked for. */
  has(name: FaultName): boolean;
  /** A number in [0, 1) that belongs to this attempt when the fault should fire, else null. */
  draw(name: FaultName, target: FaultTarget): number | null;
  /** Notes that it fired. */
  fired(name: FaultName, target: FaultTarget, detail: string): void;
}

/**
 * The decision depends on the seed, the fault, what is asked for, and how often that was asked before, and not
 * on the order in which requests arrive: a run with five requests at once meets the same faults each time.
 */
export function createFaults(
  specs: readonly FaultSpec[],
  seed: number,
  onFault?: (fault: FiredFault) => void,
): Faults {
  const log: FiredFault[] = [];
  const attempts = new Map<string, number>();
  const byName = new Map(
    specs.map((spec) => [spec.name, { spec, left: spec.times ?? Number.POSITIVE_INFINITY }]),
  );
  return {
    log,
    has: (name) => byName.has(name),
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
      const fault: FiredFault = { name, request, method, path, detail };
      log.push(fault);
      onFault?.(fault);
    },
  };
}
