/**
 * Word for word: all that the checker says of the texts in `said`, with places and what each fix makes of the text. A
 * text stands after `> `, and before it, after `@ `, what it is checked with; what is said of it follows.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { context } from '../markers.ts';
import { CONTEXTS, saidOf } from './said.ts';

const folder = new URL('said/', import.meta.url);

describe.each(readdirSync(folder))('%s', (file) => {
  const blocks = readFileSync(new URL(file, folder), 'utf8').trimEnd().split('\n\n');

  it.each(blocks.map((block) => [block]))('%s', (block) => {
    const lines = block.split('\n');
    const name = lines.find((line) => line.startsWith('@ '))?.slice(2);
    const text = lines.filter((line) => line.startsWith('> ')).map((line) => line.slice(2));
    const using = name === undefined ? context() : CONTEXTS[name];
    if (using === undefined) throw new Error(`No context is named ${name}.`);
    expect(saidOf(text.join('\n'), using)).toEqual(lines.filter((line) => !/^[@>] /.test(line)));
  });
});
