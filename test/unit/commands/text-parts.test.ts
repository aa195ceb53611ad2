import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sentence } from '../../../server/src/commands/text-parts.ts';
import { plainIo } from './support.ts';

const narrow = { ...plainIo, columns: 44 };

describe('sentence', () => {
  it('stands under its first line, and keeps numbers with their units', () => {
    expect(
      sentence(narrow, 'It took longer than usual, which was 12 min 5 s or 61 % of the time', '  • '),
    ).toBe('  • It took longer than usual, which was\n    12 min 5 s or 61 % of the time\n');
    expect(sentence(narrow, 'It took longer than was ordinary for 42 s in all', '  • ')).toBe(
      '  • It took longer than was ordinary for\n    42 s in all\n',
    );
  });

  it('loses nothing that can be seen', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('12', 's', '%', 'min', 'long', '3', '\u00a0', 'x\u0000'), { minLength: 1 }),
        (words) => {
          const text = sentence(narrow, words.join(' '), '    ');
          const shown = text
            .split('\n')
            .map((line) => line.slice(4))
            .join(' ')
            .trim();
          expect(shown).toBe(words.join(' ').replaceAll('\u0000', '\\u0000').trim());
        },
      ),
    );
  });
});
