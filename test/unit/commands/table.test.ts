import { describe, expect, it } from 'vitest';
import { percent } from '../../../server/src/commands/table.ts';

describe('a share in per cent', () => {
  it.each([
    [0, '0.0 %'],
    [0.004, '0.4 %'],
    [0.61, '61 %'],
    [0.99, '99 %'],
    [0.9951, '99.5 %'],
    [0.9997, '>99.9 %'],
    [1, '100 %'],
    [1.5, '150 %'],
  ])('%d is %s', (share, text) => {
    expect(percent(share)).toBe(text);
  });
});
