/** A small decision tree that says in words when a decision goes which way, and how far it can be believed. */
import { entropy, ThresholdSearch } from './drivers.ts';
import { ascending } from './sorting.ts';
import { randomNumbers } from './statistics/samples.ts';
import { gTest } from './statistics/shares.ts';
import type { DecisionTable, VariableColumn } from './visits.ts';

const MAX_DEPTH = 4;
const MIN_LEAF = 10;
const MIN_LEAF_SHARE = 0.02;
/** A split whose p, times the splits tried, is not below this is none. */
const MAX_P = 0.01;
const FOLDS = 5;
const SEED = 7;

type Condition =
  | { readonly column: number; readonly kind: 'atMost'; readonly threshold: number }
  | { readonly column: number; readonly kind: 'is'; readonly category: number };

interface Leaf {
  readonly outcome: number;
  /** Rows that came here, and those of them with this outcome. */
  readonly n: number;
  readonly right: number;
}

interface Split {
  readonly condition: Condition;
  readonly yes: Tree;
  readonly no: Tree;
}

type Tree = Leaf | Split;

export interface Rule {
  /** One condition a line, as CXQ writes it: `if before.queue = 'vip': Agent (97 % of 212)`. */
  readonly text: string;
  /** Share of visits that a rule, made without their interactions, gets right: of five folds. */
  readonly accuracy: number;
  /** Share of the commonest outcome: what guessing it always would get right. */
  readonly baseline: number;
  /** Rows of the table that do not go as the printed rule says, those of the surest leaves first. */
  readonly exceptions: readonly { readonly row: number; readonly expected: number }[];
}

/** null where no split holds. A number that is absent does not satisfy its condition. */
export function findRule(table: DecisionTable, outcomes: readonly string[]): Rule | null {
  const all = Int32Array.from(table.outcome.keys());
  const tree = grow(table, all);
  if (!('condition' in tree)) return null;
  const exceptions: { row: number; expected: number; sureness: number }[] = [];
  for (const row of all) {
    const leaf = leafOf(tree, table, row);
    if (leaf.outcome !== table.outcome[row]) {
      exceptions.push({ row, expected: leaf.outcome, sureness: leaf.right / leaf.n });
    }
  }
  const counts = countOutcomes(table, all);
  return {
    text: print(tree, table, outcomes, '').join('\n'),
    accuracy: crossValidate(table),
    baseline: Math.max(...counts) / all.length,
    exceptions: exceptions.sort((a, b) => b.sureness - a.sureness || a.row - b.row),
  };
}

function crossValidate(table: DecisionTable): number {
  const random = randomNumbers(SEED);
  const folds = new Map<number, number>();
  for (const i of table.interaction) if (!folds.has(i)) folds.set(i, Math.floor(random() * FOLDS));
  const foldOf = (row: number): number => folds.get(table.interaction[row] ?? 0) ?? 0;
  const all = Int32Array.from(table.outcome.keys());
  let right = 0;
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const learned = all.filter((row) => foldOf(row) !== fold);
    if (learned.length === 0) continue;
    const tree = grow(table, learned);
    for (const row of all) {
      if (foldOf(row) === fold && leafOf(tree, table, row).outcome === table.outcome[row]) right += 1;
    }
  }
  return right / all.length;
}

function leafOf(tree: Tree, table: DecisionTable, row: number): Leaf {
  let node = tree;
  while ('condition' in node) node = satisfies(node.condition, table, row) ? node.yes : node.no;
  return node;
}

function satisfies(condition: Condition, { columns }: DecisionTable, row: number): boolean {
  const value = columns[condition.column]?.values[row] ?? Number.NaN;
  return condition.kind === 'atMost' ? value <= condition.threshold : value === condition.category;
}

/** Sorts each number once: what goes into a branch keeps its order. */
function grow(table: DecisionTable, rows: Int32Array): Tree {
  const least = Math.max(MIN_LEAF, Math.ceil(rows.length * MIN_LEAF_SHARE));
  const orders = table.columns.map(({ kind, values }) => {
    if (kind !== 'numeric') return undefined;
    const order = ascending(Float64Array.from(rows, (row) => values[row] ?? Number.NaN));
    return order.map((place) => rows[place] ?? 0);
  });
  return branch(table, rows, orders, least, 0);
}

type Orders = readonly (Int32Array | undefined)[];

function branch(table: DecisionTable, rows: Int32Array, orders: Orders, least: number, depth: number): Tree {
  const counts = countOutcomes(table, rows);
  const commonest = counts.indexOf(Math.max(...counts));
  const leaf: Leaf = { outcome: commonest, n: rows.length, right: counts[commonest] ?? 0 };
  if (depth === MAX_DEPTH || rows.length < 2 * least || leaf.right === leaf.n) return leaf;
  const condition = bestSplit(table, rows, orders, least, counts);
  if (condition === undefined) return leaf;
  const goesYes = (row: number): boolean => satisfies(condition, table, row);
  const side = (wanted: boolean): Tree => {
    const isOf = (row: number): boolean => goesYes(row) === wanted;
    const rest = orders.map((order) => order?.filter(isOf));
    return branch(table, rows.filter(isOf), rest, least, depth + 1);
  };
  const [yes, no] = [side(true), side(false)];
  // Two leaves that say the same are one.
  if (!('condition' in yes) && !('condition' in no) && yes.outcome === no.outcome) return leaf;
  return { condition, yes, no };
}

function countOutcomes({ outcome, outcomeCount }: DecisionTable, rows: Int32Array): number[] {
  const counts = new Array<number>(outcomeCount).fill(0);
  for (const row of rows) counts[outcome[row] ?? 0] = (counts[outcome[row] ?? 0] ?? 0) + 1;
  return counts;
}

function bestSplit(
  table: DecisionTable,
  rows: Int32Array,
  orders: Orders,
  least: number,
  counts: readonly number[],
): Condition | undefined {
  let best: { gain: number; condition: Condition } | undefined;
  let tried = 0;
  const offer = (gain: number, condition: Condition): void => {
    if (gain > (best?.gain ?? 0) + 1e-12) best = { gain, condition };
  };
  for (const [c, column] of table.columns.entries()) {
    const order = orders[c];
    tried += order === undefined ? column.categories.length : Math.max(0, order.length - 1);
    if (order === undefined) offerCategories(table, rows, c, column, least, counts, offer);
    else offerThreshold(table, rows, c, column, order, least, offer);
  }
  if (best === undefined) return undefined;
  const { condition } = best;
  const yes = countOutcomes(
    table,
    rows.filter((row) => satisfies(condition, table, row)),
  );
  const no = counts.map((count, y) => count - (yes[y] ?? 0));
  return gTest([yes, no]) * tried < MAX_P ? condition : undefined;
}

type Offer = (gain: number, condition: Condition) => void;

function offerThreshold(
  table: DecisionTable,
  rows: Int32Array,
  c: number,
  { values }: VariableColumn,
  order: Int32Array,
  least: number,
  offer: Offer,
): void {
  const search = new ThresholdSearch(
    Float64Array.from(order, (row) => values[row] ?? 0),
    table.outcomeCount,
  );
  const { gain, threshold } = search.best(
    order.map((row) => table.outcome[row] ?? 0),
    least,
  );
  if (threshold === null) return;
  offer(gain * (order.length / rows.length), { column: c, kind: 'atMost', threshold });
}

function offerCategories(
  { outcome, outcomeCount }: DecisionTable,
  rows: Int32Array,
  c: number,
  { values, categories }: VariableColumn,
  least: number,
  counts: readonly number[],
  offer: Offer,
): void {
  const table = new Int32Array(categories.length * outcomeCount);
  for (const row of rows) {
    const cell = (values[row] ?? 0) * outcomeCount + (outcome[row] ?? 0);
    table[cell] = (table[cell] ?? 0) + 1;
  }
  const whole = entropy(counts);
  const n = rows.length;
  for (let category = 0; category < categories.length; category += 1) {
    const yes = table.subarray(category * outcomeCount, (category + 1) * outcomeCount);
    const size = yes.reduce((sum, count) => sum + count, 0);
    if (size < least || n - size < least) continue;
    const no = counts.map((count, y) => count - (yes[y] ?? 0));
    const rest = (size / n) * entropy(yes) + ((n - size) / n) * entropy(no);
    offer(whole - rest, { column: c, kind: 'is', category });
  }
}

function print(tree: Tree, table: DecisionTable, outcomes: readonly string[], indent: string): string[] {
  if (!('condition' in tree)) return [`${indent}${leafText(tree, outcomes)}`];
  const { yes, no } = tree;
  const arm = (head: string, inner: Tree): string[] =>
    'condition' in inner
      ? [`${indent}${head}`, ...print(inner, table, outcomes, `${indent}  `)]
      : [`${indent}${head} ${leafText(inner, outcomes)}`];
  const first = arm(`if ${conditionText(tree.condition, table)}:`, yes);
  if (!('condition' in no)) return [...first, ...arm('else:', no)];
  const [head = '', ...rest] = print(no, table, outcomes, indent);
  return [...first, `${indent}else ${head.trimStart()}`, ...rest];
}

function leafText({ outcome, n, right }: Leaf, outcomes: readonly string[]): string {
  return `${outcomes[outcome] ?? ''} (${Math.round((100 * right) / n)} % of ${n.toLocaleString('en-GB')})`;
}

function conditionText(condition: Condition, { columns }: DecisionTable): string {
  const column = columns[condition.column];
  if (column === undefined) return '';
  return condition.kind === 'atMost'
    ? `${variableField(column.name)} <= ${thresholdText(condition.threshold)}`
    : categoryText(column, condition.category);
}

/** Without what binary fractions add to a midpoint of decimal ones. */
export function thresholdText(threshold: number): string {
  return String(Number(threshold.toPrecision(12)));
}

/** A category as a condition of CXQ. */
export function categoryText({ name, categories }: VariableColumn, category: number): string {
  if (category === 0) return `${variableField(name)} IS NULL`;
  return `${variableField(name)} = ${literal(categories[category] ?? '')}`;
}

/** A variable by its path, as CXQ names its value before a step. */
export function variableField(path: string): string {
  const parts = path.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return `before${parts.map((part) => (/^[A-Za-z_]\w*$/.test(part) ? `.${part}` : `['${part.replaceAll("'", "''")}']`)).join('')}`;
}

/** A JSON text as CXQ writes the value. */
function literal(json: string): string {
  if (!json.startsWith('"')) return json;
  return json.endsWith('"') ? `'${String(JSON.parse(json)).replaceAll("'", "''")}'` : `'${json.slice(1)}'`;
}
