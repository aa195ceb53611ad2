import { CommandError, EXIT } from './io.ts';

/** A whole number from the command line, within bounds. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new CommandError(EXIT.usage, `${option} is a whole number from ${min} to ${max}; ${text} is not.`);
  }
  return value;
}
