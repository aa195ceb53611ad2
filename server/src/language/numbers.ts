/** Numbers as sentences have them. */

/** `1,204`. */
export function grouped(count: number): string {
  return count.toLocaleString('en-GB');
}
