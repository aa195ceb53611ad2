import { describe, expect, it } from 'vitest';
import { rankOf } from '../../../server/src/services/workspace-symbols.ts';

describe('names that are looked for', () => {
  it('fit by their letters in order, in any case', () => {
    const found = (query: string) =>
      ['slowRouting', 'failing', 'route_slow', '$lookback'].filter(
        (name) => rankOf(query, name) !== undefined,
      );
    expect(found('')).toHaveLength(4);
    expect(found('SLOW')).toEqual(['slowRouting', 'route_slow']);
    expect(found('srt')).toEqual(['slowRouting']);
    expect(found('lb')).toEqual(['$lookback']);
    expect(found('gnif')).toEqual([]);
    expect(found('failings')).toEqual([]);
  });

  it('come in the order of how well they fit', () => {
    const names = ['xroute', 'r_o_u_t_e', 'slowRoute', 'slow_route', 'routes', 'Route'];
    const ranked = names.toSorted((a, b) => (rankOf('route', a) ?? 9) - (rankOf('route', b) ?? 9));
    expect(ranked).toEqual(['Route', 'routes', 'slowRoute', 'slow_route', 'xroute', 'r_o_u_t_e']);
  });
});
