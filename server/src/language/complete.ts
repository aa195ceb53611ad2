/** Completion: what can be written at an offset, the likeliest first. Stays right after errors before it. */

import { Asking } from './completion/asking.ts';
import { type Cursor, cursorAt, looseCursorAt } from './completion/cursor.ts';
import { names } from './completion/names.ts';
import {
  type Completion,
  type CompletionContext,
  type Completions,
  filledText,
  MOST_VALUES,
  type Offer,
  snippetText,
  TIERS,
} from './completion/offer.ts';
import { literals, parameters, texts } from './completion/values.ts';
import { words } from './completion/words.ts';
import { type ParsedDocument, parse } from './parse.ts';
import type { Place } from './place.ts';

const NOTHING: Completions = { items: [], insertEnd: 0, isIncomplete: false };

/** What can be written at an offset of a text. */
export function complete(
  text: string,
  offset: number,
  context: CompletionContext = {},
): readonly Completion[] {
  return completeIn(parse(text), offset, context).items;
}

/** As `complete`, for a document that is parsed already. */
export function completeIn(
  document: ParsedDocument,
  offset: number,
  context: CompletionContext,
): Completions {
  const loose = looseCursorAt(document, offset);
  if (loose !== undefined) {
    const offers = looseOffers(new Asking(loose, context));
    if (offers.length > 0) return finished(offers, loose);
  }
  const cursor = cursorAt(document, offset);
  if (cursor === undefined) return NOTHING;
  const asking = new Asking(cursor, context);
  if (context.unasked === true && !isTelling(asking)) return NOTHING;
  return finished(offersAt(asking), cursor);
}

function offersAt(asking: Asking): Offer[] {
  const { grammar, cursor } = asking;
  if (cursor.mode === 'string') return texts(asking);
  if (cursor.mode === 'parameter') return parameters(asking);
  const place = grammar.sample('name');
  const named = place === undefined ? [] : names(place, asking);
  if (cursor.mode === 'ticked') return named.filter(({ kind }) => TICKED.has(kind));
  return [...literals(asking), ...texts(asking), ...parameters(asking), ...named, ...words(asking)];
}

/** Known texts that begin as what was typed without a quote does: ids with dashes, dots and colons. */
function looseOffers(asking: Asking): Offer[] {
  const typed = asking.cursor.typed.toLowerCase();
  const place = asking.grammar.sample('name');
  const profiles = place?.kind === 'profile' ? names(place, asking) : [];
  return [...texts(asking), ...profiles].filter(({ filter, label }) =>
    (filter ?? label).toLowerCase().startsWith(typed),
  );
}

/** Places with names of their own: a list of them is of use whenever one is reached. */
const NAMED: ReadonlySet<Place['kind']> = new Set([
  'analysis',
  'by',
  'compareTarget',
  'format',
  'metric',
  'metricField',
  'option',
  'orderField',
  'profile',
  'set',
  'type',
]);

/** Whether a list is of use that nobody asked for: there are few things to choose from, and no number is being typed. */
function isTelling(asking: Asking): boolean {
  const { grammar, cursor } = asking;
  if (cursor.mode !== 'word' || cursor.typed !== '') return false;
  const name = grammar.sample('name');
  if (name !== undefined && NAMED.has(name.kind) && names(name, asking).length > 0) return true;
  const values = [...literals(asking), ...texts(asking)];
  return values.length > 0 && !values.some(({ label }) => /^\d/.test(label));
}

/** What may stand in backticks. */
const TICKED: ReadonlySet<string> = new Set(['variable', 'query', 'profile', 'value']);

/** Ordered, without doubles, as edits of the text. */
function finished(offers: readonly Offer[], cursor: Cursor): Completions {
  const seen = new Set<string>();
  const single = offers.filter(({ label }) => !seen.has(label) && seen.add(label));
  const tiers = TIERS.flatMap((tier) => single.filter((offer) => offer.tier === tier));
  // Who begins a line rarely goes on with the operand of the one before.
  const late = beginsLine(cursor) ? tiers.filter(({ kind }) => kind === 'operator') : [];
  const ordered = [...tiers.filter((offer) => !late.includes(offer)), ...late];
  let values = 0;
  const kept = ordered.filter(({ kind }) => kind !== 'value' || ++values <= MOST_VALUES);
  const items = kept.map((offer, rank) => completion(offer, rank, kept.length, cursor));
  // Digits end the list: what is typed then is a number, and no letter of a value.
  const counted = items.some(({ kind, label }) => kind === 'value' && /^\d/.test(label));
  return { items, insertEnd: cursor.insertEnd, isIncomplete: values > MOST_VALUES || counted };
}

function beginsLine({ document, start }: Cursor): boolean {
  const line =
    Math.max(document.text.lastIndexOf('\n', start - 1), document.text.lastIndexOf('\r', start - 1)) + 1;
  return line > 0 && document.text.slice(line, start).trim() === '';
}

function filterOf({ filter, label }: Offer, { mode, typed }: Cursor): string {
  const text = filter ?? label;
  return mode === 'ticked' && typed.startsWith('`') ? `\`${text}\`` : text;
}

function completion(offer: Offer, rank: number, count: number, cursor: Cursor): Completion {
  const { label, kind, detail = '', template, text } = offer;
  const filled = template === undefined ? text : filledText(template);
  const lead = runsOn(filled, cursor) ? ' ' : '';
  const space = needsSpace(filled, cursor) ? ' ' : '';
  return {
    label,
    kind,
    detail,
    start: cursor.start,
    end: cursor.end,
    newText: lead + (template === undefined ? text : snippetText(template)) + space,
    snippet: template !== undefined,
    plainText: lead + (template === undefined || kind === 'clause' ? text : filled) + space,
    filterText: filterOf(offer, cursor),
    rank,
    preselect: offer.preselect === true || (count === 1 && kind !== 'value'),
    commitCharacters: offer.commit ?? [],
    about: offer.about ?? label,
  };
}

/** Whether what is put in would run on from a word that stands right before it: in place of `b` in backticks, or of `*`. */
function runsOn(text: string, { document, start }: Cursor): boolean {
  return start > 0 && /\w/.test(document.text.charAt(start - 1)) && /^\w/.test(text);
}

/** Whether what is put in would run into what stands after it. */
function needsSpace(text: string, { document, end, insertEnd }: Cursor): boolean {
  const last = text.charAt(text.length - 1);
  return [end, insertEnd].some((at) => {
    // The rest of a word that an editor leaves there is what its user asked for.
    if (at < end) return false;
    const next = document.text.charAt(at);
    return (/\w/.test(last) && /[\w*$`]/.test(next)) || (last !== '' && last === next && /['"`-]/.test(last));
  });
}
