/** Order of texts in reports. */

/** Compares by Unicode code point; JavaScript's `<` compares UTF-16 units, which puts U+FF5E after U+1F600. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return rank(unitA) - rank(unitB);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above U+FFFF: they go after the units that are characters themselves. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** For every text its place in code point order. */
export function textRanks(texts: readonly string[]): Int32Array {
  const order = texts.map((_, i) => i).sort((a, b) => compareText(texts[a] ?? '', texts[b] ?? ''));
  const ranks = new Int32Array(texts.length);
  for (const [place, id] of order.entries()) ranks[id] = place;
  return ranks;
}
