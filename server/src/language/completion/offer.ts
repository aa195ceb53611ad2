/** What completion offers. */
import type { Micros } from '../../protocol/instant.ts';
import type { ProfileFacts } from '../context.ts';
import type { Span } from '../tree.ts';

export const COMPLETION_KINDS = [
  'keyword',
  'clause',
  'operator',
  'field',
  'function',
  'variable',
  'value',
  'parameter',
  'query',
  'profile',
  'analysis',
  'metric',
  'option',
  'format',
  'type',
  'template',
] as const;
export type CompletionKind = (typeof COMPLETION_KINDS)[number];

/** A workflow variable that was seen, with its values, the commonest first. */
export interface KnownVariable {
  readonly path: readonly string[];
  readonly values: readonly (string | number | boolean)[];
}

/** What was seen in one place: of each, the commonest first. */
export interface KnownValues {
  /** The place, as a sentence goes on with it: `earlier runs`, a file's name. */
  readonly origin: string;
  /** Texts by the field's name. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly variables: readonly KnownVariable[];
}

export interface KnownProfile {
  readonly id: string;
  /** A few words, such as the tenant's host. */
  readonly detail: string;
}

export interface CompletionContext {
  /** Without it no dates are offered. */
  readonly now?: Micros;
  /** The profile in force: bounds of options, the time zone, masked variables. */
  readonly profile?: ProfileFacts;
  /** What USING may name. */
  readonly profiles?: readonly KnownProfile[];
  /** By where it was seen, the likeliest first: a value is of the first that has it. */
  readonly known?: readonly KnownValues[];
  /** The editor brings the whole queries to begin with as snippets of its own: they are not offered twice. */
  readonly ownTemplates?: boolean;
  /** Nobody asked, a blank was typed: only where there are names or values of the very place. */
  readonly unasked?: boolean;
}

/** How likely an offer is what is wanted: the first is shown first. */
export const TIERS = [
  'best',
  'value',
  'name',
  'operator',
  'joint',
  'part',
  'clause',
  'item',
  'other',
] as const;
export type Tier = (typeof TIERS)[number];

/** What is put into the text in place of the word at the cursor, as one of the makers below has it. */
export interface Offer {
  readonly label: string;
  readonly kind: CompletionKind;
  readonly tier: Tier;
  /** A few words beside the label. */
  readonly detail?: string;
  /** CXQ with the places to fill in as ‹text›; else `text` as it is. */
  readonly template?: string;
  /** What is put in where `template` is none, or cannot be. */
  readonly text: string;
  /** What typed letters are compared with, where that is not the label. */
  readonly filter?: string;
  /** The one that is plainly meant. */
  readonly preselect?: boolean;
  /** Characters that take it as well as they are typed. */
  readonly commit?: readonly string[];
  /** Where what follows it has to be known: what it is documented by. */
  readonly about?: string;
}

export interface Completion extends Span {
  readonly label: string;
  readonly kind: CompletionKind;
  /** A few words beside the label. */
  readonly detail: string;
  /** Replaces `[start, end)`: the word at the cursor, or nothing. */
  readonly newText: string;
  /** `newText` has snippet places (`$1`, `${1:name}`). */
  readonly snippet: boolean;
  /** For an editor without snippets. */
  readonly plainText: string;
  /** What the editor compares the text from `start` to the cursor with. */
  readonly filterText: string;
  /** Sorts before those with a greater one. */
  readonly rank: number;
  readonly preselect: boolean;
  readonly commitCharacters: readonly string[];
  /** What it is documented by. */
  readonly about: string;
}

export interface Completions {
  readonly items: readonly Completion[];
  /** Where the range ends when the rest of the word at the cursor is to stay. */
  readonly insertEnd: number;
  /** Others may fit when more is typed. */
  readonly isIncomplete: boolean;
}

const PLACE = /‹([^›]*)›/g;

/** A template as a snippet of the protocol, its places numbered from 1. */
export function snippetText(template: string): string {
  let place = 0;
  const escaped = template.replace(/[\\$}]/g, '\\$&');
  return escaped.replace(PLACE, (_, text: string) => `\${${++place}${text === '' ? '' : `:${text}`}}`);
}

/** A template with its places filled by what stands in them. */
export function filledText(template: string): string {
  return template.replace(PLACE, '$1');
}

/** Of long lists of values so many are sent; others follow as letters are typed. */
export const MOST_VALUES = 200;

/** Whether the letters typed stand in a text in their order, in any case, as editors compare them. */
export function isLike(text: string, typed: string): boolean {
  const letters = typed.toLowerCase();
  if (letters === '') return true;
  const whole = text.toLowerCase();
  let at = -1;
  for (const letter of letters) {
    at = whole.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}
