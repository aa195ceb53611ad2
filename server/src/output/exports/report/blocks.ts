/** The parts of a report, of which HTML and Markdown are spelt. All text is plain and not yet escaped. */
import type { FlowPicture } from './flow.ts';
import type { HistogramPicture, SharePicture, TrendPicture } from './pictures.ts';

/** Text, or text with a meaning: of too few to rely on, exactly as it is spelt, stressed, a way through nodes. */
export type Inline =
  | string
  | { readonly few: string }
  | { readonly code: string }
  | { readonly strong: string }
  | { readonly state: 'good' | 'bad' | 'warn'; readonly text: string }
  | { readonly path: readonly string[] }
  | readonly Inline[];

export interface Column {
  readonly name: string;
  /** Numbers stand at the right. */
  readonly numeric?: boolean;
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: Inline }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly Inline[] }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [label: string, value: Inline])[] }
  | {
      readonly kind: 'table';
      readonly caption: string;
      /** The first one names the row. */
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly Inline[])[];
    }
  | { readonly kind: 'code'; readonly label: string; readonly text: string }
  | { readonly kind: 'flow'; readonly picture: FlowPicture }
  | { readonly kind: 'shares'; readonly picture: SharePicture }
  | { readonly kind: 'histogram'; readonly picture: HistogramPicture }
  | { readonly kind: 'trend'; readonly picture: TrendPicture };

export interface Section {
  /** An anchor of the page. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export function paragraph(text: Inline): Block {
  return { kind: 'paragraph', text };
}

/** A table, with a sentence behind it that says what it leaves out. */
export function cutTable<T>(
  caption: string,
  columns: readonly Column[],
  items: readonly T[],
  most: number,
  row: (item: T) => readonly Inline[],
  rest: (count: number) => string,
): Block[] {
  const left = items.length - most;
  const table: Block = { kind: 'table', caption, columns, rows: items.slice(0, most).map(row) };
  return left > 0 ? [table, paragraph(rest(left))] : [table];
}
