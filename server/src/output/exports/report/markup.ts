/** HTML by which nothing from outside becomes markup: what a template is filled with is escaped, but other markup. */
import { visibleText } from '../../text.ts';

export interface Markup {
  readonly html: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
  '=': '&#61;',
};

/** Text for content and for quoted attributes; what cannot be seen is spelt. */
export function escapeHtml(text: string, options: { readonly lines?: boolean } = {}): string {
  return visibleText(text, options).replace(/[&<>"'`=]/g, (found) => ENTITIES[found] ?? '');
}

type Filling = string | number | Markup | readonly Markup[];

function spelt(value: Filling): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeHtml(value);
  return 'html' in value ? value.html : value.map(({ html }) => html).join('');
}

/** A piece of a page. Attributes are to be quoted. */
export function html(parts: TemplateStringsArray, ...values: readonly Filling[]): Markup {
  return { html: parts.map((part, i) => `${i === 0 ? '' : spelt(values[i - 1] ?? '')}${part}`).join('') };
}

/** Text of several lines, which stay. */
export function linesOf(text: string): Markup {
  return { html: escapeHtml(text, { lines: true }) };
}

export const NOTHING: Markup = { html: '' };
