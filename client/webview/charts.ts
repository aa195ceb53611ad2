/** What small charts share. Pure. */

/** The scale that holds `most`: the next of `digits` times a power of ten. */
export function niceTop(most: number, digits: readonly number[] = [1, 2, 5]): number {
  if (most <= 0) return 1;
  const decade = 10 ** Math.floor(Math.log10(most));
  return (digits.find((digit) => digit * decade >= most * 0.999) ?? 10) * decade;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Whole minutes and hours, which people read at once. */
const CLOCK = [1, 2, 5, 10, 15, 20, 30, 40].map((minutes) => minutes * MINUTE);
const HOURS = [1, 2, 3, 4, 6, 8, 12, 18, 24].map((hours) => hours * HOUR);

/** The same in seconds: of a length that can be said in one unit. */
export function niceSeconds(most: number, digits?: readonly number[]): number {
  if (most <= MINUTE / 2) return niceTop(most, digits);
  const whole = [40, ...CLOCK, ...HOURS].find((seconds) => seconds >= most * 0.999);
  return whole ?? niceTop(most / DAY, digits) * DAY;
}
