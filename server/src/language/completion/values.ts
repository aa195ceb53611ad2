/** Values: known ones in quotes, durations, numbers, truth values, lists, dates, and the file's parameters. */

import { type ParameterFacts, typeOfParameter } from '../declared.ts';
import { fieldNamed } from '../fields.ts';
import { FORMATS } from '../formats.ts';
import { quote, readInstant } from '../literals.ts';
import type { Place } from '../place.ts';
import { instantOf } from '../resolve.ts';
import * as t from '../tokens.ts';
import type { Operand } from '../tree.ts';
import type { Asking, Seen } from './asking.ts';
import { dateSamples } from './dates.ts';
import { isLike, MOST_VALUES, type Offer, type Tier } from './offer.ts';
import {
  COUNTS,
  DISTANCES,
  DWELLS,
  metricSamples,
  NUMBERS,
  optionSamples,
  THRESHOLDS,
  windowSamples,
} from './samples.ts';
import { fits, typeOf, type Wanted, wantedAt } from './wanted.ts';

/** A text in quotes, as the string at the cursor goes on. */
export function textOffer(text: string, asking: Asking, detail: string, tier: Tier): Offer | undefined {
  // Strings end on their line.
  if (/[\r\n]/.test(text)) return undefined;
  const { mode, quote: mark, closed } = asking.cursor;
  const label = quote(text);
  if (mode !== 'string') return { label, kind: 'value', tier, detail, text: label, filter: text };
  const body = mark + text.replaceAll(mark, mark + mark);
  return { label, kind: 'value', tier, detail, text: closed ? body : body + mark, filter: body };
}

const NOTHING_LISTED: ReadonlySet<string> = new Set();

/** Texts that are known to be meant where a string can stand. */
export function texts(asking: Asking): Offer[] {
  const place = asking.grammar.sample('string');
  return place === undefined ? [] : textsAt(place, asking);
}

function textsAt(place: Place, asking: Asking): Offer[] {
  const seenOffers = (values: readonly Seen[]) =>
    likely(values, asking).flatMap(({ value, detail }) => textOffer(value, asking, detail, 'value') ?? []);
  const offers = (values: readonly string[], detail: string) =>
    seenOffers(values.map((value) => ({ value, detail })));
  switch (place.kind) {
    case 'value': {
      const wanted = wantedAt(place, asking.parameters);
      if (wanted === 'TIMESTAMP') return dates(asking, place.from);
      const known = knownTexts(place.beside, asking);
      const listed = place.role === 'element' ? asking.listed() : NOTHING_LISTED;
      return seenOffers(listed.size === 0 ? known : known.filter(({ value }) => !listed.has(value)));
    }
    case 'amount':
      return place.role === 'since' || place.role === 'until' ? dates(asking, place.from) : [];
    case 'default':
      return wantedAt(place, asking.parameters) === 'TIMESTAMP' ? dates(asking) : [];
    case 'optionValue':
      return offers(
        optionSamples(place.option, asking.context.profile).flatMap((one) => /^'(.*)'$/.exec(one)?.[1] ?? []),
        '',
      );
    case 'variable':
      // Without a quote it is a name, but after a bracket: `before[`.
      return asking.cursor.mode === 'string' || asking.cursor.before.at(-1)?.tokenType === t.LeftBracket
        ? offers(variableNames(asking, place.path), 'variable')
        : [];
    case 'item': {
      if (asking.cursor.mode !== 'string') return [];
      return place.analysis === 'DECISIONS'
        ? offers(variableNames(asking, []), 'variable')
        : offers(
            asking.valuesOf('nodeType').map(({ value }) => value),
            'node type',
          );
    }
    case 'profile':
      return asking.cursor.mode === 'string'
        ? asking.profiles.flatMap(({ id, detail }) => offers([id], detail))
        : [];
    case 'pattern':
      return patterns(place.operator, asking);
    case 'path':
      return paths(asking);
    case 'address':
      return asking.cursor.mode === 'string' ? [] : [ADDRESS];
    default:
      return [];
  }
}

/** Of long lists those that go on from what was typed: one more than are sent, so that it is seen that there are more. */
function likely(values: readonly Seen[], { cursor }: Asking): readonly Seen[] {
  if (values.length <= MOST_VALUES) return values;
  const { typed, mode, quote: mark } = cursor;
  const wanted = mode === 'string' ? typed.slice(1).replaceAll(mark + mark, mark) : typed;
  const found: Seen[] = [];
  for (const one of values) {
    if (found.length > MOST_VALUES) break;
    if (isLike(one.value, wanted)) found.push(one);
  }
  return found;
}

/** `before['customer tier']`, `changed('customer tier')`. */
function variableNames(asking: Asking, path: readonly string[]): string[] {
  const names = asking.known.flatMap(({ variables }) =>
    variables.flatMap((known) =>
      path.every((part, index) => known.path[index] === part) ? (known.path[path.length] ?? []) : [],
    ),
  );
  return [...new Set(names)];
}

function knownTexts(beside: Operand, asking: Asking): readonly Seen[] {
  return knownValues(beside, asking).filter((one): one is Seen => typeof one.value === 'string');
}

function knownValues(beside: Operand, asking: Asking): readonly Seen<string | number | boolean>[] {
  if (beside.kind !== 'field') return [];
  const spec = fieldNamed(beside.name.text);
  if (spec === undefined) return [];
  if (spec.variables) return asking.valuesOfVariable(beside.path.map((part) => part.text));
  return asking.valuesOf(spec.name);
}

const ADDRESS: Offer = {
  label: "'https://…'",
  kind: 'value',
  tier: 'value',
  detail: 'who is told how the run ended',
  text: "'https://'",
  template: "'https://‹mining.example.com/hooks/cxq›'",
  filter: 'https',
};

/** Dates that do not come before what they are to come after. */
function dates(asking: Asking, from?: Operand): Offer[] {
  const { now, profile } = asking.context;
  if (now === undefined) return [];
  const timeZone = profile?.timeZone ?? 'UTC';
  const parameter = (name: string) => asking.parameters().get(name)?.value ?? undefined;
  const least = from === undefined ? undefined : instantOf(from, { now, timeZone, parameter }, 'start');
  return dateSamples(now, timeZone).flatMap(({ text, detail }) => {
    const read = readInstant(text, timeZone, 'end');
    if (least !== undefined && read.ok && read.micros < least) return [];
    return textOffer(text, asking, detail, 'value') ?? [];
  });
}

function patterns(operator: 'like' | 'matches', asking: Asking): Offer[] {
  if (asking.cursor.mode === 'string') return [];
  const shapes = operator === 'like' ? ["'%‹text›%'", "'‹text›%'"] : ["'^‹text›'", "'‹text›$'"];
  return shapes.map((template): Offer => {
    const label = template.replaceAll(/[‹›]/g, '');
    return { label, kind: 'value', tier: 'value', text: label, template, filter: label };
  });
}

/** File names with the endings that mean a format. */
function paths(asking: Asking): Offer[] {
  const { cursor } = asking;
  const typed = cursor.mode === 'string' ? cursor.typed.slice(1).replaceAll("''", "'") : '';
  const folder = /^.*[/\\]/.exec(typed)?.[0] ?? '';
  const name = typed.slice(folder.length);
  const stem = /^(.+?)(?:\.[^.]*)?$/.exec(name)?.[1] ?? cursor.query?.name?.text ?? 'report';
  return FORMATS.flatMap(({ name: format, endings: [ending = ''] }) => {
    const offer = textOffer(`${folder}${stem}.${ending}`, asking, format, 'value');
    return offer === undefined ? [] : [{ ...offer, about: format }];
  });
}

/** Values that are no strings. */
export function literals(asking: Asking): Offer[] {
  const { grammar } = asking;
  const place =
    grammar.sample('string') ??
    grammar.sample('duration') ??
    grammar.sample('number') ??
    grammar.sample('list');
  if (place === undefined) return [];
  const wanted = wantedAt(place, asking.parameters);
  const plain = (values: readonly string[], detail = ''): Offer[] =>
    values.map((text) => ({ label: text, kind: 'value', tier: 'value', detail, text }));
  switch (place.kind) {
    case 'set':
      return listOffer(place.operand, asking);
    case 'value': {
      if (wanted === 'BOOLEAN') return truth(true);
      if (wanted === 'DURATION') return plain(DWELLS);
      if (wanted === 'NUMBER') return plain(NUMBERS);
      if (wanted !== undefined && wanted !== 'ANY') return [];
      const seen = knownValues(place.beside, asking);
      const others = seen.filter(({ value }) => typeof value === 'number');
      return [...others.flatMap(({ value, detail }) => plain([String(value)], detail)), ...truth(false)];
    }
    case 'amount':
      return plain(amounts(place.role, asking));
    case 'optionValue':
      return plain(optionSamples(place.option, asking.context.profile).filter((one) => !one.startsWith("'")));
    case 'metricValue':
      return plain(metricSamples(place.metric.name.text));
    case 'default':
      return defaults(wanted);
    default:
      return [];
  }
}

function truth(preselect: boolean): Offer[] {
  return [
    {
      label: 'true',
      kind: 'value',
      tier: preselect ? 'best' : 'operator',
      text: 'true',
      preselect,
      about: 'TRUE',
    },
    { label: 'false', kind: 'value', tier: preselect ? 'best' : 'operator', text: 'false', about: 'FALSE' },
  ];
}

function amounts(role: Extract<Place, { kind: 'amount' }>['role'], asking: Asking): readonly string[] {
  switch (role) {
    case 'last':
      return windowSamples(asking.context.profile);
    case 'over':
      return THRESHOLDS;
    case 'argument':
    case 'term':
      return DISTANCES;
    case 'limit':
    case 'offset':
    case 'top':
      return COUNTS[role];
    default:
      return [];
  }
}

function defaults(wanted: Wanted | undefined): Offer[] {
  const plain = (text: string): Offer => ({ label: text, kind: 'value', tier: 'value', text });
  switch (wanted) {
    case 'BOOLEAN':
      return truth(false);
    case 'DURATION':
      return DISTANCES.map(plain);
    case 'LIST':
      return [{ ...plain('[…]'), text: '[', template: "['‹value›']", filter: '[' }];
    case undefined:
      return [...DISTANCES.slice(0, 2).map(plain), ...truth(false)];
    default:
      return [];
  }
}

/** `['…']` of what the operand is compared with. */
function listOffer(operand: Operand, asking: Asking): Offer[] {
  const element = LITERALS[typeOf(operand, asking.parameters) ?? 'STRING'] ?? "'value'";
  const [known] = knownTexts(operand, asking);
  const sample = known === undefined || /[‹›\r\n]/.test(known.value) ? element : quote(known.value);
  const inner = sample.startsWith("'") ? `'‹${sample.slice(1, -1)}›'` : `‹${sample}›`;
  return [
    {
      label: '[…]',
      kind: 'value',
      tier: 'best',
      detail: 'a list',
      text: '[',
      template: `[${inner}]`,
      filter: '[',
    },
  ];
}

export const LITERALS: Readonly<Partial<Record<Wanted, string>>> = {
  NUMBER: '1',
  DURATION: '10s',
  TIMESTAMP: "'2026-11-20'",
  STRING: "'value'",
  ANY: "'value'",
  TEXT: "'value'",
};

/** `$name` of the parameters that fit. */
export function parameters(asking: Asking): Offer[] {
  const { grammar, cursor } = asking;
  if (!grammar.takes(t.ParameterToken, '$x')) return [];
  const place = grammar.sample('parameter');
  // A parameter's default refers to no other.
  if (place === undefined || place.kind === 'default' || place.kind === 'nothing') return [];
  const wanted = wantedAt(place, asking.parameters);
  const fitting = (facts: ParameterFacts) =>
    place.kind === 'condition' ? facts.type !== 'LIST' : fits(typeOfParameter(facts), wanted);
  const ticked = cursor.typed.startsWith('$`');
  return [...asking.parameters().values()].filter(fitting).flatMap((facts): Offer[] => {
    if (/[`\r\n]/.test(facts.name)) return [];
    const bare = !ticked && /^[A-Za-z_]\w*$/.test(facts.name);
    const label = bare ? `$${facts.name}` : `$\`${facts.name}\``;
    // One of the very type that is wanted is likelier than a made-up value.
    const tier = place.kind === 'condition' ? 'other' : facts.type === wanted ? 'best' : 'joint';
    return [{ label, kind: 'parameter', tier, detail: facts.type ?? '', text: label, about: facts.name }];
  });
}
