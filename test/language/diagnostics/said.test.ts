/**
 * Word for word: all that the checker says of the texts in `said`, with places and what each fix makes of the text. A
 * text stands after `> `, and before it, after `@ `, what it is checked with; what is said of it follows.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { context } from '../markers.ts';
import { CONTEXTS, saidOf } from './said.ts';

const folder = new URL('said/', import.meta.url);

/** A block with what is said of its text now. */
function again(block: string): string {
  const lines = block.split('\n');
  const name = lines.find((line) => line.startsWith('@ '))?.slice(2);
  const using = name === undefined ? context() : CONTEXTS[name];
  if (using === undefined) throw new Error(`No context is named ${name}.`);
  const head = lines.filter((line) => /^[@>] /.test(line));
  const text = head.filter((line) => line.startsWith('> ')).map((line) => line.slice(2));
  return [...head, ...saidOf(text.join('\n'), using)].join('\n');
}

// A test a file, not one a text: so many tests take longer to be run than to be checked.
it.each(readdirSync(folder))('%s', (file) => {
  const blocks = readFileSync(new URL(file, folder), 'utf8').trimEnd().split('\n\n');
  expect(blocks.length).toBeGreaterThan(20);
  expect(blocks.map(again)).toEqual(blocks);
});
