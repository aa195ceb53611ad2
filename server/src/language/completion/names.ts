/** Names: fields, functions, variables, queries, options and whatever else a place takes one of. */

import { ANALYSES, analysisNamed } from '../analyses.ts';
import { FIELDS, type Field, fieldNamed, ORDER_FIELDS } from '../fields.ts';
import { FORMATS, formatOfPath } from '../formats.ts';
import { FUNCTIONS, type FunctionSpec } from '../functions.ts';
import { quote } from '../literals.ts';
import { METRIC_FIELDS, METRICS } from '../metrics.ts';
import { OPTIONS, optionNamed } from '../options.ts';
import type { Place } from '../place.ts';
import * as t from '../tokens.ts';
import type { Operand } from '../tree.ts';
import { clauseOf } from '../tree.ts';
import { PARAMETER_TYPES } from '../types.ts';
import type { Asking } from './asking.ts';
import type { Offer, Tier } from './offer.ts';
import { optionSamples } from './samples.ts';
import { fits, wantedAt } from './wanted.ts';

/** The names that a place takes. */
export function names(place: Place, asking: Asking): Offer[] {
  switch (place.kind) {
    case 'condition':
      return conditionStart(asking);
    case 'value':
      return operands(place, asking, place.beside);
    case 'amount':
      return place.role === 'since' || place.role === 'until' ? operands(place, asking, undefined) : [];
    case 'orderField':
      return ORDER_FIELDS.map((name) => field(name, 'name'));
    case 'option':
      return options(asking);
    case 'analysis':
      return analyses(asking);
    case 'by':
      return [...buckets(place.analysis), ...variables(asking, [], false)];
    case 'metric':
      return METRICS.map(({ name, text, ofField }): Offer => {
        const called = ofField && !asking.isFollowedBy(t.LeftParenthesis);
        const template = called ? { template: `${name}(‹dwell›)` } : {};
        return { label: name, kind: 'metric', tier: 'name', detail: text, text: name, ...template };
      });
    case 'metricField':
      return METRIC_FIELDS.map((name) => field(name, 'name'));
    case 'format':
      return formats(place.path);
    case 'compareTarget':
      return [
        {
          label: 'PREVIOUS',
          kind: 'keyword',
          tier: 'best',
          detail: 'the period before',
          text: 'PREVIOUS',
          preselect: true,
        },
        ...queries(asking, ''),
      ];
    case 'set':
      return isInteractionId(place.operand) ? queries(asking, 'its interaction ids') : [];
    case 'profile':
      return profiles(asking);
    case 'type':
      return PARAMETER_TYPES.map((name) => ({ label: name, kind: 'type', tier: 'name', text: name }));
    case 'variable':
      return variables(asking, place.path);
    case 'item':
      if (place.analysis === 'DECISIONS') return variables(asking, []);
      return asking
        .valuesOf('nodeType')
        .flatMap(({ value }) =>
          asking.named(value, true, { kind: 'value', tier: 'value', detail: 'node type' }),
        );
    default:
      return [];
  }
}

function isInteractionId(operand: Operand): boolean {
  return operand.kind === 'field' && fieldNamed(operand.name.text)?.name === 'interactionId';
}

function field(name: string, tier: Tier, detail?: string): Offer {
  return { label: name, kind: 'field', tier, detail: detail ?? fieldNamed(name)?.type ?? '', text: name };
}

/** `before.` goes on with a variable. */
function fieldOffer(name: string, tier: Tier, asking: Asking): Offer {
  const spec = fieldNamed(name);
  if (spec?.variables !== true) return field(name, tier);
  const dotted = asking.isFollowedBy(t.Dot) || asking.isFollowedBy(t.LeftBracket);
  const label = `${name}.`;
  return {
    label,
    kind: 'field',
    tier,
    detail: 'a variable',
    text: dotted ? name : label,
    // Without a variable after it, it says nothing.
    ...(dotted ? {} : { template: `${name}.‹name›` }),
    about: name,
  };
}

function functionOffer(spec: FunctionSpec, tier: Tier, asking: Asking): Offer {
  const offer = { label: spec.name, kind: 'function', tier, detail: spec.signature } as const;
  if (asking.isFollowedBy(t.LeftParenthesis)) return { ...offer, text: spec.name };
  if (spec.takes === 'nothing') return { ...offer, text: `${spec.name}()` };
  const argument = ARGUMENTS[spec.takes];
  return { ...offer, text: spec.name, template: `${spec.name}(${argument})` };
}

const ARGUMENTS = {
  duration: '‹2h›',
  variable: '‹name›',
  predicate: '‹errorState›',
  predicates: '‹errorState›, ‹NOT errorState›',
} as const;

/** What people ask of most; the others follow as the table has them. */
const USUAL = [
  'errorState',
  'nodeId',
  'nodeType',
  'nodeName',
  'dwell',
  'outcome',
  'nodeTimestamp',
  'interactionId',
  'open',
  'elapsed',
  'duration',
  'after',
  'before',
];

function byUse(fields: readonly Field[]): readonly Field[] {
  const usual = USUAL.flatMap((name) => fields.find((one) => one.name === name) ?? []);
  return [...usual, ...fields.filter((one) => !usual.includes(one))];
}

function conditionStart(asking: Asking): Offer[] {
  return [
    ...byUse(FIELDS).map(({ name }) => fieldOffer(name, 'name', asking)),
    ...FUNCTIONS.map((spec) =>
      // An instant begins no condition that people write.
      functionOffer(spec, spec.result === 'TIMESTAMP' ? 'other' : 'operator', asking),
    ),
  ];
}

function operands(place: Place, asking: Asking, beside: Operand | undefined): Offer[] {
  const wanted = wantedAt(place, asking.parameters);
  const own =
    beside?.kind === 'field' && beside.path.length === 0 ? fieldNamed(beside.name.text)?.name : undefined;
  // The window's edges are constants.
  const fields =
    place.kind === 'amount'
      ? []
      : FIELDS.filter(({ name, type }) => fits(type, wanted) && (name !== own || type === 'ANY'));
  const functions = FUNCTIONS.filter(({ result }) => fits(result, wanted));
  return [
    ...functions.map((spec) =>
      functionOffer(spec, spec.result === 'TIMESTAMP' && wanted === 'TIMESTAMP' ? 'value' : 'joint', asking),
    ),
    ...fields.map(({ name, type }) => fieldOffer(name, type === wanted ? 'name' : 'operator', asking)),
  ];
}

function options(asking: Asking): Offer[] {
  const clause = asking.cursor.query === undefined ? undefined : clauseOf(asking.cursor.query, 'with');
  const taken = new Set(
    clause?.options.flatMap(({ name }) =>
      name.start === asking.cursor.start ? [] : [optionNamed(name.text)?.name],
    ),
  );
  return OPTIONS.filter(({ name }) => !taken.has(name)).map((option): Offer => {
    const [sample = ''] = optionSamples(option.name, asking.context.profile);
    const assigned = asking.isFollowedBy(t.Equal);
    return {
      label: option.name,
      kind: 'option',
      tier: 'name',
      detail: option.text,
      text: assigned ? option.name : `${option.name} = `,
      ...(assigned ? {} : { template: `${option.name} = ‹${sample}›` }),
    };
  });
}

function analyses(asking: Asking): Offer[] {
  const clause = asking.cursor.query === undefined ? undefined : clauseOf(asking.cursor.query, 'analyze');
  const taken = new Set(
    clause?.analyses.flatMap(({ name }) =>
      name.start === asking.cursor.start ? [] : [name.text.toUpperCase()],
    ),
  );
  return ANALYSES.map(({ name, text, needsBy, buckets: [bucket = ''] }): Offer => {
    const template =
      needsBy && !asking.isFollowedBy(t.keywords.BY) ? { template: `${name} BY ‹${bucket}›` } : {};
    // One that is there already may stand again with other parts, but is seldom meant.
    const tier = taken.has(name) ? 'other' : 'name';
    return { label: name, kind: 'analysis', tier, detail: text, text: name, commit: [','], ...template };
  });
}

function buckets(analysis: string): Offer[] {
  const spec = analysisNamed(analysis);
  return [
    ...(spec?.buckets ?? []).map(
      (name): Offer => ({ label: name, kind: 'keyword', tier: 'value', detail: 'of time', text: name }),
    ),
    ...FIELDS.filter(({ variables: has }) => !has).map(({ name }) => field(name, 'name')),
  ];
}

function formats(path: string | null): Offer[] {
  const meant = path === null ? undefined : formatOfPath(path);
  return FORMATS.map(
    ({ name, endings }): Offer => ({
      label: name,
      kind: 'format',
      tier: name === meant?.name ? 'best' : 'name',
      detail: endings.map((ending) => `.${ending}`).join(' '),
      text: name,
      preselect: name === meant?.name,
    }),
  );
}

function queries(asking: Asking, detail: string): Offer[] {
  return asking
    .queries()
    .flatMap(({ name, title }) =>
      asking.named(name, false, { kind: 'query', tier: 'name', detail: title ?? detail }),
    );
}

/** Connections; one whose id is no word is written as a string, as people write it. */
function profiles(asking: Asking): Offer[] {
  return asking.profiles.flatMap(({ id, detail }): Offer[] => {
    const tier = id === asking.context.profile?.id ? 'value' : 'name';
    const offers = asking.named(id, false, { kind: 'profile', tier, detail });
    if (asking.cursor.mode === 'ticked' || /^[A-Za-z_]\w*$/.test(id)) return offers;
    return offers.map((offer) => ({ ...offer, text: quote(id) }));
  });
}

/** Variables that were seen; after `order.` those inside it. */
function variables(asking: Asking, path: readonly string[], reservedToo = true): Offer[] {
  const names = new Map<string, { nested: boolean }>();
  for (const known of asking.known.flatMap((one) => one.variables)) {
    if (!path.every((part, index) => known.path[index] === part)) continue;
    const name = known.path[path.length];
    if (name === undefined) continue;
    const nested = known.path.length > path.length + 1;
    names.set(name, { nested: nested || names.get(name)?.nested === true });
  }
  return [...names].flatMap(([name, { nested }]) =>
    asking.named(name, reservedToo, {
      kind: 'variable',
      tier: 'value',
      detail: nested ? 'variable with parts' : 'variable',
      ...(nested ? { commit: ['.'] } : {}),
    }),
  );
}
