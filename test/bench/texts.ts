/** Texts to measure with: the same for the same arguments, of about 30 bytes a line. */

/** Numbers from a seed (mulberry32): each call gives the next one, from 0 up to but not including `below`. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const PARAMETERS: readonly string[] = [
  'PARAM lookback: DURATION = 6h',
  "PARAM queues: LIST = ['billing', 'sales', 'support']",
  "PARAM begin = '2026-11-20T08:00:00Z'",
  'PARAM slow = 30s',
];

const CONDITIONS: readonly string[] = [
  "nodeType = 'menu'",
  'dwell > $slow',
  'dwell BETWEEN 5s AND 10m',
  "nodeName LIKE 'Queue %'",
  "nodeId MATCHES '^queue-[0-9]+$'",
  'after.queue IN $queues',
  "before['customer tier'] = 'gold'",
  'errorState = true',
  'nodeTimestamp > ago($lookback)',
  'COUNT(errorState = true) >= 2',
  'NOT (elapsed < 10s OR dwell >= 1m30s)',
  'changed(order.status)',
  'before.attempts IS NOT NULL',
  "interactionId IN ['i-100', 'i-200', 'i-300']",
];

const CLAUSES: readonly string[] = [
  'ORDER BY nodeTimestamp DESC',
  'LIMIT 500',
  'WITH pageSize = 100, concurrency = 2',
  'MASK (card*, pin, limit)',
  'ANALYZE PATHS TOP 10, BOTTLENECKS',
  'EXPECT P95(dwell) <= 45s',
  "EXPORT TO 'reports/slow-steps.csv' AS CSV",
];

const BREAKAGES: readonly ((line: string) => string)[] = [
  (line) => line.replace(/[)\]']/, ''),
  (line) => `${line} =`,
  (line) => line.replace(/\b([A-Za-z])([A-Za-z])([A-Za-z]+)/, '$1$3'),
  (line) => `${line} #`,
  (line) => line.replace(/ (?:=|>|<|IN|LIKE|BETWEEN) /, ' '),
];

function linesOf(count: number, seed: number): string[] {
  const next = numbersFrom(seed);
  const pick = (list: readonly string[]) => list[next(list.length)] ?? '';
  const lines = ['-- Slow steps of the night shift, for the morning round.', ...PARAMETERS];
  for (let query = 1; lines.length < count; query++) {
    lines.push('', `-- What is slow, part ${query}.`);
    lines.push(`QUERY slow_${query} 'Slow steps ${query}'`, `WHERE ${pick(CONDITIONS)}`);
    for (let more = next(5); more >= 0; more--)
      lines.push(`  ${next(4) === 0 ? 'OR' : 'AND'} ${pick(CONDITIONS)}`);
    lines.push(`LAST ${1 + next(36)}h`);
    const first = next(CLAUSES.length);
    for (let more = next(4); more > 0; more--) lines.push(CLAUSES[(first + more) % CLAUSES.length] ?? '');
    if (next(3) === 0) lines.push(';');
  }
  return lines.slice(0, count);
}

/** A file of many queries without an error. */
export function validText(lines: number, seed = 1): string {
  return `${linesOf(lines, seed).join('\n')}\n`;
}

/** The same with about as many lines broken as are asked for, spread evenly. */
export function brokenText(lines: number, errors: number, seed = 1): string {
  const next = numbersFrom(seed + 1);
  const all = linesOf(lines, seed);
  const every = Math.max(1, Math.floor(lines / Math.max(1, errors)));
  const broken = all.map((line, index) => {
    if (index % every !== every - 1) return line;
    const breakage = BREAKAGES[next(BREAKAGES.length)];
    const changed = breakage?.(line) ?? line;
    return changed === line || line.startsWith('--') ? `${line}\n  AND dwell >` : changed;
  });
  return `${broken.join('\n')}\n`;
}
