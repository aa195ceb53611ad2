/** A small seeded generator (sfc32): the same seed gives the same numbers on every machine. */

export interface Random {
  /** A 32-bit unsigned integer. */
  bits(): number;
  /** In [0, 1). */
  next(): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** An integer from `low` to `high`, both possible. */
  integer(low: number, high: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** One of the choices, each as likely as its weight among all weights. */
  weighted<T>(choices: readonly [Weighted<T>, ...Weighted<T>[]]): T;
  /** Log-normal: `median` and the spread of the logarithm. Durations of people and systems look like this. */
  logNormal(median: number, sigma: number): number;
}

export type Weighted<T> = readonly [item: T, weight: number];

/** Mixes a text or number into 32 bits (xmur3), so that near seeds give unrelated streams. */
export function hash32(text: string): number {
  let hash = 1_779_033_703 ^ text.length;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 3_432_918_353);
    hash = (hash << 13) | (hash >>> 19);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
  hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) | 0;
}

/** Independent numbers for each (seed, stream): interaction 7 is the same whether or not 0 to 6 were made. */
export function createRandom(seed: number, stream: number): Random {
  let a = mix(seed + 0x9e37_79b9);
  let b = mix(stream + 0x243f_6a88);
  let c = mix(Math.floor(seed / 0x1_0000_0000) ^ mix(stream ^ 0xb7e1_5162));
  let counter = 1;

  const bits = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round += 1) bits();
  const next = (): number => bits() / 0x1_0000_0000;

  return {
    bits,
    next,
    chance: (probability) => next() < probability,
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    weighted: (choices) => {
      let total = 0;
      for (const [, weight] of choices) total += weight;
      let rest = next() * total;
      for (const [item, weight] of choices) {
        rest -= weight;
        if (rest < 0) return item;
      }
      return choices[0][0];
    },
    logNormal: (median, sigma) => {
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * next()));
    },
  };
}
