/** The report as GitHub flavoured Markdown: nothing from outside becomes markup of it. */
import { visibleText } from '../../text.ts';
import type { Block, Inline, Section } from './blocks.ts';
import { contentOf } from './content.ts';
import type { ReportDocument } from './document.ts';
import type { FlowPicture } from './flow.ts';
import { histogramTable } from './tables.ts';

/**
 * Text that stays text wherever it stands: what marks up is behind a backslash, and so is what a line must not begin
 * with, and what makes a link of an address.
 */
export function escapeMarkdown(text: string): string {
  return visibleText(text)
    .replace(/[\\`*_[\]<>|~&#@$^{}!]/g, '\\$&')
    .replace(/:(?=\/)/g, '\\:')
    .replace(/\b(www)\./gi, '$1\\.')
    .replace(/^(\s*)([-+=])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, '$1\\$2');
}

function inline(value: Inline): string {
  if (typeof value === 'string') return escapeMarkdown(value);
  if ('few' in value) return `_≈ ${escapeMarkdown(value.few)}_`;
  if ('code' in value) return escapeMarkdown(value.code);
  if ('strong' in value) return `**${escapeMarkdown(value.strong)}**`;
  if ('state' in value) return `**${escapeMarkdown(value.text)}**`;
  if ('path' in value) return value.path.map(escapeMarkdown).join(' → ');
  return value.map(inline).join('');
}

/** A block of code that nothing in it can end. */
function fenced(language: string, text: string): string {
  const shown = visibleText(text, { lines: true });
  const longest = Math.max(2, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${shown.trimEnd()}\n${fence}\n`;
}

/** Text inside a quoted label: what Mermaid could read as its own is spelt as a number. */
function label(text: string): string {
  return visibleText(text).replace(/[^\p{L}\p{N} .,_-]/gu, (found) => `#${found.codePointAt(0) ?? 0};`);
}

function mermaid({ nodes, edges }: FlowPicture): string {
  const lines = ['flowchart TD'];
  for (const [i, { kind, name, figures }] of nodes.entries()) {
    lines.push(
      kind === 'node' ? `  n${i}["${label(name)}<br/>${label(figures)}"]` : `  n${i}(["${label(name)}"])`,
    );
  }
  for (const { from, to, count } of edges) {
    lines.push(`  n${from} -->|"${label(count.toLocaleString('en-GB'))}"| n${to}`);
  }
  return fenced('mermaid', lines.join('\n'));
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

function block(one: Block): string {
  switch (one.kind) {
    case 'paragraph':
      return `${inline(one.text)}\n`;
    case 'heading':
      return `### ${escapeMarkdown(one.text)}\n`;
    case 'list':
      return one.items.map((item, i) => `${one.ordered ? `${i + 1}.` : '-'} ${inline(item)}\n`).join('');
    case 'facts':
      return `${row(['', ''])}${row(['---', '---'])}${one.facts.map(([name, value]) => row([escapeMarkdown(name), inline(value)])).join('')}`;
    case 'table': {
      const head = row(one.columns.map(({ name }) => escapeMarkdown(name)));
      const rule = row(one.columns.map(({ numeric }) => (numeric === true ? '---:' : '---')));
      return `**${escapeMarkdown(one.caption)}**\n\n${head}${rule}${one.rows.map((cells) => row(cells.map(inline))).join('')}`;
    }
    case 'code':
      return `${escapeMarkdown(one.label)}:\n\n${fenced('text', one.text)}`;
    case 'flow': {
      const { nodes, edges, left } = one.picture;
      const ways = edges.map(
        ({ from, to, count }) =>
          `- ${escapeMarkdown(nodes[from]?.name ?? '')} → ${escapeMarkdown(nodes[to]?.name ?? '')}: ${count.toLocaleString('en-GB')}\n`,
      );
      return `${mermaid(one.picture)}\n${escapeMarkdown(left)} In a node: visits × median time.\n\nThe same as a list:\n\n${ways.join('')}`;
    }
    case 'histogram':
      return block(histogramTable(one.picture));
    case 'shares':
    case 'trend':
      // The tables have the numbers.
      return `${escapeMarkdown(`${one.picture.title}. ${one.picture.description}`)}\n`;
  }
}

function section({ title, blocks }: Section): string {
  return `## ${escapeMarkdown(title)}\n\n${blocks.map(block).join('\n')}`;
}

/** The whole text. The same document gives the same bytes. */
export function reportMarkdown(document: ReportDocument): string {
  const { title, headline, sections } = contentOf(document);
  return [`# ${escapeMarkdown(title)}\n`, `${escapeMarkdown(headline)}\n`, ...sections.map(section)].join(
    '\n',
  );
}
