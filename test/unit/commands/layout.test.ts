import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colours } from '../../../server/src/commands/io.ts';
import { shorten, shortFilter, wrap } from '../../../server/src/commands/layout.ts';
import { plural } from '../../../server/src/commands/numbers.ts';

describe('wrap', () => {
  it('loses nothing, and keeps to the width but for longer words', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z']{0,60}$/)),
        fc.integer({ min: 40, max: 120 }),
        (words, width) => {
          const text = words.join(' ');
          const lines = wrap(text, width);
          expect(lines.join(' ').replace(/ +/g, ' ').trim()).toBe(text.replace(/ +/g, ' ').trim());
          for (const line of lines) expect(line.length <= width || !line.trim().includes(' ')).toBe(true);
        },
      ),
    );
  });
});

describe('a shortened filter', () => {
  const list = (count: number) => Array.from({ length: count }, (_, index) => `'id-${index}'`).join(', ');

  it('stays as it is where there is room', () => {
    const filter = `interactionId IN [${list(5)}] AND errorState = true`;
    expect(shortFilter(filter, 200)).toBe(filter);
  });

  it('names two ids of a long list and how many more, and keeps the rest', () => {
    const filter = `interactionId IN [${list(100)}] AND errorState = true`;
    expect(shortFilter(filter, 100)).toBe(
      "interactionId IN ['id-0', 'id-1', … 98 more] AND errorState = true",
    );
  });

  it('reads escaped quotes, and cuts what is still too long', () => {
    const filter = `interactionId IN ['it''s, so', 'b\\'c', 'c', 'd', 'e'] AND x = 1`;
    expect(shortFilter(filter, 45)).toBe(`interactionId IN ['it''s, so', 'b\\'c', … 3 m…`);
    expect(shortFilter(`nodeTimestamp >= '${'9'.repeat(200)}'`, 60)).toHaveLength(60);
  });

  it('is done in linear time for a list that never closes', () => {
    const filter = `interactionId IN [${list(20_000)}`;
    expect(shortFilter(filter, 60)).toHaveLength(60);
  });
});

describe('text for a terminal', () => {
  it('is cut by characters, and shows what a terminal would obey', () => {
    expect(shorten('🙂🙂🙂', 3)).toBe('🙂🙂🙂');
    expect(shorten('🙂🙂🙂🙂', 3)).toBe('🙂🙂…');
    expect(shorten('a\u001b[31m', 20)).toBe('a\\u001b[31m');
  });

  it('counts in words', () => {
    expect([plural(1, 'file'), plural(0, 'file'), plural(1200, 'retry', 'retries')]).toEqual([
      '1 file',
      '0 files',
      '1,200 retries',
    ]);
  });

  it('is coloured on a terminal that can show it, unless somebody wants none', () => {
    expect([colours({}, true), colours({}, false), colours({ FORCE_COLOR: '1' }, false)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([colours({ NO_COLOR: '1' }, true), colours({ NO_COLOR: '' }, true)]).toEqual([false, true]);
    expect(colours({ TERM: 'dumb' }, true)).toBe(false);
  });
});
