/** Sorting by numbers, in time that grows with their count alone. */

/** Fewer are compared with each other. */
const FEW = 2_048;
const DIGITS = 4;
const BASE = 65_536;
/** Where the sign and the exponent of a double lie. */
const HIGH = new Uint8Array(new Float64Array([-0]).buffer)[7] === 0x80 ? 1 : 0;

/**
 * Indexes of the first `count` values in ascending order, equal ones in theirs; NaN is left out. By radix: the bits of
 * doubles sort as their values do, once those of negative ones are turned.
 */
export function ascending(values: Float64Array, count = values.length): Int32Array {
  let known = 0;
  const order = new Int32Array(count);
  for (let i = 0; i < count; i += 1) {
    if (Number.isNaN(values[i])) continue;
    order[known] = i;
    known += 1;
  }
  const indexes = order.subarray(0, known);
  if (known < FEW) return indexes.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  return byRadix(new Uint32Array(values.buffer, values.byteOffset, values.length * 2), indexes);
}

function byRadix(words: Uint32Array, indexes: Int32Array): Int32Array {
  const digitOf = (index: number, digit: number): number => {
    const high = words[2 * index + HIGH] ?? 0;
    const word = digit < 2 ? (words[2 * index + 1 - HIGH] ?? 0) : high;
    const bits = digit % 2 === 0 ? word & 0xffff : word >>> 16;
    if (high >= 0x8000_0000) return bits ^ 0xffff;
    return digit === 3 ? bits ^ 0x8000 : bits;
  };
  let [from, to]: [Int32Array, Int32Array] = [indexes, new Int32Array(indexes.length)];
  for (let digit = 0; digit < DIGITS; digit += 1) {
    const places = new Uint32Array(BASE);
    for (let i = 0; i < from.length; i += 1) {
      const bits = digitOf(from[i] ?? 0, digit);
      places[bits] = (places[bits] ?? 0) + 1;
    }
    // All alike: as in the last bits of whole numbers.
    if (places[digitOf(from[0] ?? 0, digit)] === from.length) continue;
    let sum = 0;
    for (let bits = 0; bits < BASE; bits += 1) {
      const held = places[bits] ?? 0;
      places[bits] = sum;
      sum += held;
    }
    for (let i = 0; i < from.length; i += 1) {
      const index = from[i] ?? 0;
      const bits = digitOf(index, digit);
      const place = places[bits] ?? 0;
      to[place] = index;
      places[bits] = place + 1;
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Known values in ascending order. */
export function sortedValues(values: Float64Array, order: Int32Array = ascending(values)): Float64Array {
  const sorted = new Float64Array(order.length);
  for (let i = 0; i < order.length; i += 1) sorted[i] = values[order[i] ?? 0] ?? 0;
  return sorted;
}
