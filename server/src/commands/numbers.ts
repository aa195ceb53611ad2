import { CommandError, EXIT } from './io.ts';

/** A whole number from the command line, within bounds. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new CommandError(EXIT.usage, `${option} is a whole number from ${min} to ${max}; ${text} is not.`);
  }
  return value;
}

const number = new Intl.NumberFormat('en-GB');

/** `1,200`. */
export function grouped(count: number): string {
  return number.format(count);
}

/** `1 error`, `2 errors`, `1,200 retries`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${number.format(count)} ${count === 1 ? noun : many}`;
}
