/** A part of the product under fuzzing: what is put into it, and what has to hold. */
import type fc from 'fast-check';

export interface Target<C> {
  readonly name: string;
  /** Inputs of a common size: a million of them have to be possible. */
  readonly small: fc.Arbitrary<C>;
  /** The largest there are; few of them are tried. */
  readonly large?: fc.Arbitrary<C>;
  /** Throws where something does not hold. */
  readonly holds: (input: C) => void | Promise<void>;
  /** Smaller inputs that may fail as well, the smallest first; beside what the generator knows of. */
  readonly smaller?: (input: C) => Iterable<C>;
  /** How many inputs one counts as: 1, or the messages of a conversation. */
  readonly count: (input: C) => number;
  /** Puts away what is kept between inputs. */
  readonly finish?: () => void;
  /** How much slower than others: the short run tries so many fewer. */
  readonly slowness: number;
}
