/** Sentences of the grammar in the specification, made from its EBNF alone, as words. Knows nothing of the parser. */

/** Chooses by numbers that a seed gives: the same seed makes the same sentence. */
export class Chooser {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 0 to `count - 1`. */
  next(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.next(items.length)] ?? items[0];
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.next(times) === 0;
  }
}

const NAMES = [
  'a',
  'Foo_1',
  'duration',
  'over',
  'TOP',
  'on',
  'previous',
  '`a b`',
  '`where`',
  'nodeId',
] as const;
const RESERVED = ['limit', 'ORDER', 'all', 'where', 'Null', 'in'] as const;
const OPERATORS = ['=', '!=', '<>', '<', '<=', '>', '>='] as const;
const STRINGS = ["'x'", "''", "'it''s'", "'2026-11-20'", '"y"', "'-- no comment'"] as const;
const DURATIONS = ['250ms', '10s', '1h30m', '7D', '1w'] as const;
const NUMBERS = ['12', '-3', '0.5', '0'] as const;

/** Makes sentences; each method gives the words of one rule. */
export class Sentences {
  readonly #choose: Chooser;

  constructor(seed: number) {
    this.#choose = new Chooser(seed);
  }

  document(): string[] {
    const words: string[] = [];
    // Headerless: only first in the file, after ";" or after a PARAM.
    let open = true;
    for (let left = 1 + this.#choose.next(4); left > 0; left--) {
      const kind = this.#choose.next(open ? 4 : 3);
      if (kind === 0) {
        words.push(';');
        open = true;
      } else if (kind === 1) {
        words.push(...this.parameter());
        open = true;
      } else {
        words.push(...(kind === 2 ? this.query() : this.headerless()));
        open = false;
      }
    }
    return words;
  }

  parameter(): string[] {
    const words = ['PARAM', this.#name()];
    if (this.#choose.once(2)) words.push(':', this.#choose.pick(['STRING', 'list', 'Foo']));
    // A literal after a bare name would look like a default without its sign.
    words.push('=', ...(this.#choose.once(2) ? [this.#scalar()] : this.#list()));
    return words;
  }

  query(): string[] {
    const words = ['QUERY', this.#name()];
    const title = this.#choose.once(2);
    if (title) words.push(this.#choose.pick(STRINGS));
    if (this.#choose.once(2)) words.push(...this.#predicate(2));
    return [...words, ...this.#clauses(this.#choose.next(4))];
  }

  headerless(): string[] {
    return this.#choose.once(2)
      ? [...this.#predicate(2), ...this.#clauses(this.#choose.next(3))]
      : this.#clauses(1 + this.#choose.next(3));
  }

  #clauses(count: number): string[] {
    return Array.from({ length: count }, () => this.clause()).flat();
  }

  clause(): string[] {
    const { once, pick } = this.#bound();
    switch (this.#choose.next(14)) {
      case 0:
        return ['USING', once(2) ? this.#name() : pick(STRINGS)];
      case 1:
        return ['WHERE', ...this.#predicate(2)];
      case 2:
        return ['last', this.#amount()];
      case 3:
        return ['SINCE', ...this.#operand(1), ...(once(2) ? ['UNTIL', ...this.#operand(1)] : [])];
      case 4:
        return [pick(['ORDER', 'SORT']), 'BY', this.#name(), ...(once(2) ? [pick(['ASC', 'desc'])] : [])];
      case 5:
        return ['LIMIT', pick(['5', 'ALL', '$p'])];
      case 6:
        return ['OFFSET', pick(['0', '$p'])];
      case 7:
        return ['WITH', ...this.#several(() => [this.#name(), '=', this.#scalar()])];
      case 8:
        return ['MASK', '(', ...this.#several(() => [this.#pattern()]), ')'];
      case 9:
        return ['ANALYZE', ...this.#several(() => this.#analysis())];
      case 10:
        return ['COMPARE', 'TO', this.#name()];
      case 11:
        return [
          'EXPECT',
          ...this.#several(() => [
            this.#name(),
            ...(once(2) ? ['(', this.#name(), ')'] : []),
            pick(OPERATORS),
            this.#scalar(),
          ]),
        ];
      case 12:
        return ['EXPORT', 'TO', pick(STRINGS), ...(once(2) ? ['AS', this.#name()] : [])];
      default:
        return ['NOTIFY', pick(STRINGS)];
    }
  }

  #bound() {
    const choose = this.#choose;
    return {
      once: (times: number) => choose.once(times),
      pick: <T>(items: readonly [T, ...T[]]) => choose.pick(items),
    };
  }

  #several(one: () => string[]): string[] {
    const words = one();
    while (this.#choose.once(3)) words.push(',', ...one());
    return words;
  }

  #analysis(): string[] {
    // OVER, ON and TOP begin a part after the name of an analysis.
    const words = [this.#choose.pick(['PATHS', 'bottlenecks', 'foo', '`a b`'])];
    while (this.#choose.once(2)) words.push(...this.#part());
    return words;
  }

  #part(): string[] {
    switch (this.#choose.next(5)) {
      case 0:
        return ['OVER', this.#amount()];
      case 1:
        return ['ON', '(', ...this.#several(() => this.#item()), ')'];
      case 2:
        return ['TOP', '5'];
      case 3:
        return ['BY', this.#name()];
      default:
        return ['(', ...this.#several(() => [this.#pattern()]), ')'];
    }
  }

  #item(): string[] {
    if (this.#choose.once(4)) return [this.#choose.pick(STRINGS)];
    const words = [this.#word()];
    while (this.#choose.once(3)) words.push('.', this.#word());
    return words;
  }

  #predicate(depth: number): string[] {
    const words = this.#conjunction(depth);
    while (this.#choose.once(3)) words.push('OR', ...this.#conjunction(depth));
    return words;
  }

  #conjunction(depth: number): string[] {
    const words = this.#negation(depth);
    while (this.#choose.once(3)) words.push('and', ...this.#negation(depth));
    return words;
  }

  #negation(depth: number): string[] {
    const kind = depth === 0 ? 5 : this.#choose.next(6);
    if (kind === 0) return ['NOT', ...this.#negation(depth - 1)];
    return kind === 1 ? ['(', ...this.#predicate(depth - 1), ')'] : this.#condition(depth);
  }

  #condition(depth: number): string[] {
    const { once, pick } = this.#bound();
    const left = this.#operand(depth);
    const not = once(2) ? ['NOT'] : [];
    switch (this.#choose.next(6)) {
      case 0:
        return [...left, ...not, 'IN', ...(once(2) ? this.#list() : [once(2) ? '$p' : this.#name()])];
      case 1:
        return [...left, ...not, 'BETWEEN', ...this.#operand(depth), 'AND', ...this.#operand(depth)];
      case 2:
        return [...left, ...not, pick(['LIKE', 'matches']), once(2) ? '$p' : pick(STRINGS)];
      case 3:
        return [...left, 'IS', ...not, 'NULL'];
      case 4:
        // Alone: a boolean field, function or quantifier.
        return depth > 0 && once(2) ? this.#call(depth) : this.#field();
      default:
        return [...left, pick(OPERATORS), ...this.#operand(depth)];
    }
  }

  #operand(depth: number): string[] {
    const kind = this.#choose.next(depth > 0 ? 3 : 2);
    const words = kind === 0 ? [this.#scalar()] : kind === 1 ? this.#field() : this.#call(depth);
    while (this.#choose.once(5)) words.push(this.#choose.pick(['+', '-']), this.#amount());
    return words;
  }

  #field(): string[] {
    const words = [this.#name()];
    while (this.#choose.once(4))
      words.push(...(this.#choose.once(2) ? ['.', this.#word()] : ['[', this.#choose.pick(STRINGS), ']']));
    return words;
  }

  #call(depth: number): string[] {
    const kind = this.#choose.next(4);
    if (kind === 0) return [this.#choose.pick(['now', 'today', 'a']), '(', ')'];
    if (kind === 1) return [this.#choose.pick(['changed', 'Added', 'removed']), '(', ...this.#item(), ')'];
    const name = this.#choose.pick(['ANY', 'COUNT', 'ago', 'SEQUENCE', 'foo', 'changed']);
    return [name, '(', ...this.#several(() => this.#predicate(depth - 1)), ')'];
  }

  #list(): string[] {
    const [open, close] = this.#choose.pick([
      ['[', ']'],
      ['(', ')'],
    ]);
    return [open ?? '', ...this.#several(() => [this.#scalar()]), close ?? ''];
  }

  #scalar(): string {
    const kinds = [STRINGS, NUMBERS, DURATIONS, ['TRUE', 'false', 'Null', '$p', '$limit']] as const;
    const words: readonly [string, ...string[]] = this.#choose.pick<readonly [string, ...string[]]>(kinds);
    return this.#choose.pick(words);
  }

  #amount(): string {
    return this.#choose.once(2) ? '$p' : this.#choose.pick(DURATIONS);
  }

  #pattern(): string {
    return this.#choose.once(2) ? this.#choose.pick(['card*', '*Id', '*', "'a b'"]) : this.#word();
  }

  #name(): string {
    return this.#choose.pick(NAMES);
  }

  /** A name where reserved words are names too. */
  #word(): string {
    return this.#choose.once(3) ? this.#choose.pick(RESERVED) : this.#name();
  }
}
