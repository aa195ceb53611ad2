/** What small charts share. Pure. */

/** The scale that holds `most`: the next of `digits` times a power of ten. */
export function niceTop(most: number, digits: readonly number[] = [1, 2, 5]): number {
  if (most <= 0) return 1;
  const decade = 10 ** Math.floor(Math.log10(most));
  return (digits.find((digit) => digit * decade >= most * 0.999) ?? 10) * decade;
}
