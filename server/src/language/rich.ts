/**
 * Text with a little structure, and its two spellings: Markdown and plain. What comes from a file or a profile is
 * `code` or `data`, never a bare string; either way none of it can become markup, a link or a command.
 */

/** A bare string is the product's own words. */
export type Inline = string | { readonly code: string } | { readonly data: string };

export type Block =
  | { readonly kind: 'text'; readonly parts: readonly Inline[] }
  /** CXQ, or what is nearly so, on lines of its own. */
  | { readonly kind: 'source'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly (readonly Inline[])[] };

export type Fact = readonly [label: string, value: readonly Inline[]];

export function text(...parts: Inline[]): Block {
  return { kind: 'text', parts };
}

export function source(code: string): Block {
  return { kind: 'source', text: code };
}

export function facts(rows: readonly Fact[]): Block[] {
  return list(rows.map(([label, value]) => [`${label}: `, ...value]));
}

export function list(items: readonly (readonly Inline[])[]): Block[] {
  return items.length === 0 ? [] : [{ kind: 'list', items }];
}

export function code(value: string): Inline {
  return { code: value };
}

/** Inline parts with something between them. */
export function joined(parts: readonly Inline[], between: string): Inline[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [between, part]));
}

const LONGEST_LINE = 200;
const LONGEST_SOURCE = 1_500;

/** Controls, and characters that turn the direction of text around them or hide, written out. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

function visible(value: string, keep: RegExp): string {
  return value.replace(UNSEEN, (found) =>
    keep.test(found) ? found : `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function cut(value: string, length: number): string {
  if (value.length <= length) return value;
  // A pair of surrogates stays whole.
  const end = /[\uD800-\uDBFF]/.test(value.charAt(length - 1)) ? length - 1 : length;
  return `${value.slice(0, end)}…`;
}

/** Something of the file's on one line. */
function line(value: string): string {
  // Of a list of a thousand ids only the beginning is looked at.
  const beginning = value
    .slice(0, 4 * LONGEST_LINE)
    .replace(/\s+/g, ' ')
    .trim();
  return visible(cut(beginning, LONGEST_LINE), /(?!)/);
}

function lines(value: string): string {
  return visible(cut(value.replace(/\r\n?/g, '\n'), LONGEST_SOURCE), /[\n\t]/);
}

/** Longer than any run of backticks inside. */
function fence(value: string, least: number): string {
  const runs = value.match(/`+/g) ?? [];
  return '`'.repeat(Math.max(least, ...runs.map((run) => run.length + 1)));
}

function codeSpan(value: string): string {
  const inner = line(value);
  if (inner === '') return '(empty)';
  const ticks = fence(inner, 1);
  const pad = inner.startsWith('`') || inner.endsWith('`') ? ' ' : '';
  return ticks + pad + inner + pad + ticks;
}

/** Every sign that Markdown, or what reads links and icons into it, knows. */
function escaped(value: string): string {
  return line(value).replace(/[\\`*_{}[\]<>()#+\-.!|~&:/@$=^]/g, '\\$&');
}

/** Our own words: they hold no links, but brackets and signs. */
function words(value: string): string {
  return value.replace(/[\\`*_[\]<>|~$#&]/g, '\\$&');
}

function markdownInline(part: Inline): string {
  if (typeof part === 'string') return words(part);
  return 'code' in part ? codeSpan(part.code) : escaped(part.data);
}

/** Markdown as editors render it. */
export function toMarkdown(blocks: readonly Block[]): string {
  return blocks.map(markdownBlock).join('\n\n');
}

function markdownBlock(block: Block): string {
  const inline = (parts: readonly Inline[]) => parts.map(markdownInline).join('');
  switch (block.kind) {
    case 'text':
      return inline(block.parts);
    case 'source': {
      const inner = lines(block.text);
      const ticks = fence(inner, 3);
      return `${ticks}cxq\n${inner}\n${ticks}`;
    }
    case 'list':
      return block.items.map((item) => `- ${inline(item)}`).join('\n');
  }
}

/** The same for an editor that shows text as it is. */
export function toPlain(blocks: readonly Block[]): string {
  return blocks.map(plainBlock).join('\n\n');
}

function plainInline(part: Inline): string {
  return typeof part === 'string' ? part : line('code' in part ? part.code : part.data);
}

function plainBlock(block: Block): string {
  const inline = (parts: readonly Inline[]) => parts.map(plainInline).join('');
  switch (block.kind) {
    case 'text':
      return inline(block.parts);
    case 'source':
      return lines(block.text)
        .split('\n')
        .map((one) => `  ${one}`)
        .join('\n');
    case 'list':
      return block.items.map((item) => `- ${inline(item)}`).join('\n');
  }
}
