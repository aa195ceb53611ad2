/** Whether what a server answers lies in the text that it was asked about. */
import { ensure } from '../ensure.ts';

/** Lengths of a text's lines in UTF-16 units, as the protocol counts them. */
function lineLengths(text: string): readonly number[] {
  return text.split(/\r\n|\r|\n/).map((line) => line.length);
}

function inside(line: unknown, character: unknown, lengths: readonly number[], method: string): void {
  const length = typeof line === 'number' ? lengths[line] : undefined;
  const fits = length !== undefined && Number.isInteger(character) && Number(character) >= 0;
  ensure(fits && Number(character) <= length, () => `${method} answers with the place ${line}:${character}`);
}

function everyPlace(value: unknown, lengths: readonly number[], method: string): void {
  if (typeof value !== 'object' || value === null) return;
  if ('line' in value && 'character' in value) inside(value.line, value.character, lengths, method);
  if ('startLine' in value && 'startCharacter' in value)
    inside(value.startLine, value.startCharacter, lengths, method);
  if ('endLine' in value && 'endCharacter' in value)
    inside(value.endLine, value.endCharacter, lengths, method);
  for (const held of Object.values(value)) everyPlace(held, lengths, method);
}

/** Semantic tokens are numbers, each place counted from the one before. */
function everyToken(data: readonly unknown[], lengths: readonly number[], method: string): void {
  let [line, character] = [0, 0];
  for (let at = 0; at < data.length; at += 5) {
    const [down, across, length] = [Number(data[at]), Number(data[at + 1]), Number(data[at + 2])];
    character = down === 0 ? character + across : across;
    line += down;
    ensure(length > 0, () => `${method} answers with a token of the length ${length}`);
    inside(line, character + length, lengths, method);
  }
}

/** Every place of an answer is in the text. */
export function insideText(answer: unknown, text: string, method: string): void {
  const lengths = lineLengths(text);
  everyPlace(answer, lengths, method);
  if (typeof answer === 'object' && answer !== null && 'data' in answer && Array.isArray(answer.data)) {
    everyToken(answer.data, lengths, method);
  }
}
