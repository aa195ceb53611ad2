/**
 * Word for word: all that the checker says of the texts in `said`, with places and what each fix makes of the text. A
 * text stands after `> `, and before it, after `@ `, what it is checked with; what is said of it follows.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type CheckContext, parse } from '../../../server/src/language/index.ts';
import { context } from '../markers.ts';
import { CONTEXTS, saidOf } from './said.ts';

const folder = new URL('said/', import.meta.url);

const blocksOf = (file: string) => readFileSync(new URL(file, folder), 'utf8').trimEnd().split('\n\n');

/** Reads a block: the lines before what is said, the text, and what it is checked with. */
function read(block: string): { head: readonly string[]; text: string; using: CheckContext } {
  const head = block.split('\n').filter((line) => /^[@>] /.test(line));
  const name = head.find((line) => line.startsWith('@ '))?.slice(2);
  const using = name === undefined ? context() : CONTEXTS[name];
  if (using === undefined) throw new Error(`No context is named ${name}.`);
  const text = head.filter((line) => line.startsWith('> ')).map((line) => line.slice(2));
  return { head, text: text.join('\n'), using };
}

/** A block with what is said of its text now. */
function again(block: string): string {
  const { head, text, using } = read(block);
  return [...head, ...saidOf(text, using)].join('\n');
}

// A test a file, not one a text: so many tests take longer to be run than to be checked.
it.each(readdirSync(folder))('%s', (file) => {
  const blocks = blocksOf(file);
  expect(blocks.length).toBeGreaterThan(20);
  expect(blocks.map(again)).toEqual(blocks);
});

it('is the same where what a text declares stands on lines of its own', () => {
  const flat = (text: string, using: CheckContext) =>
    saidOf(text, using).map((line) => line.replaceAll('⏎', ' ').trimEnd());
  let cut = 0;
  for (const { text, using } of readdirSync(folder).flatMap(blocksOf).map(read)) {
    // Such pieces are read and checked one by one.
    const lines = text.replace(/ (?=(?:QUERY|PARAM) [\w`]+)/g, '\n');
    if (lines === text || parse(lines).sections.length === 1) continue;
    cut++;
    expect(flat(lines, using)).toEqual(flat(text, using));
  }
  expect(cut).toBeGreaterThan(100);
});
