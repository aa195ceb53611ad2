/** Integers that a double cannot hold, made into text before the parser would round them. */
import { COLON, isNumberByte, isSpace } from './json-bytes.ts';

const INTEGER = /^-?(?:0|[1-9]\d*)$/;

/**
 * The text of a JSON value, with quotation marks around such integers. `places` are behind the 16th digit of each
 * number that has so many in a row. What was not JSON still is none: a number may stand wherever a text may, save where
 * it would become a name, and there it is left as it is.
 */
export function withExactIntegers(raw: Buffer, places: readonly number[]): string {
  let text = '';
  let done = 0;
  for (const place of places) {
    let start = place;
    while (start > done && isNumberByte(raw[start - 1])) start -= 1;
    let end = place;
    while (isNumberByte(raw[end])) end += 1;
    const number = raw.toString('latin1', start, end);
    if (!INTEGER.test(number) || Number.isSafeInteger(Number(number)) || isName(raw, end)) continue;
    text += `${raw.toString('utf8', done, start)}"${number}"`;
    done = end;
  }
  return text + raw.toString('utf8', done);
}

function isName(raw: Buffer, end: number): boolean {
  let at = end;
  while (isSpace(raw[at])) at += 1;
  return raw[at] === COLON;
}
