/** What hovers say of the words that the tables know, with the bounds and defaults of the profile in force. */
import { type AnalysisSpec, analysisNamed } from './analyses.ts';
import { type ClauseSpec, clauseNamed } from './clauses.ts';
import type { ProfileFacts } from './context.ts';
import { type Field, fieldNamed, ORDER_FIELDS } from './fields.ts';
import { FORMATS, type FormatSpec, formatNamed, formatOfPath } from './formats.ts';
import { type FunctionSpec, functionNamed } from './functions.ts';
import { formatDuration } from './literals.ts';
import { METRIC_FIELDS, metricNamed } from './metrics.ts';
import { grouped } from './numbers.ts';
import { type OptionSpec, optionNamed } from './options.ts';
import { type Block, code, type Fact, facts, joined, source, text } from './rich.ts';
import type { FieldReference, Metric } from './tree.ts';
import { operatorsOf, PARAMETER_TYPES, TYPE_TEXTS } from './types.ts';
import { wordNamed } from './words.ts';

/** A clause by its word. */
export function clauseBlocks(word: string): Block[] | undefined {
  const spec = clauseNamed(word);
  return spec === undefined ? undefined : specBlocks(spec);
}

function specBlocks(spec: Pick<ClauseSpec | FunctionSpec | AnalysisSpec, 'signature' | 'text'>): Block[] {
  return [source(spec.signature), text(spec.text)];
}

/** A word or sign that is no clause. */
export function wordBlocks(word: string): Block[] | undefined {
  const spec = wordNamed(word);
  if (spec === undefined) return undefined;
  return [...specBlocks(spec), ...(spec.example === undefined ? [] : [example(spec.example)])];
}

function example(of: string): Block {
  return text('Example: ', code(of));
}

/** A function or quantifier by its name. */
export function functionBlocks(name: string): Block[] | undefined {
  const spec = functionNamed(name);
  if (spec === undefined) return undefined;
  const of = spec.quantifier
    ? 'Asked of all steps of the interaction.'
    : spec.takes === 'variable'
      ? 'Asked of one step.'
      : 'The same for every step, and in all queries of a run.';
  return [source(`${spec.signature}: ${spec.result}`), text(spec.text, ' ', of), example(spec.example)];
}

/** A field by its name; the operators that fit its type. */
export function fieldBlocks(name: string): Block[] | undefined {
  const field = fieldNamed(name);
  if (field === undefined) return undefined;
  return [
    source(`${field.name}: ${field.type}`),
    text(`${field.text} Of the ${field.of}.`),
    ...fieldFacts(field),
  ];
}

function fieldFacts(field: Field): Block[] {
  const rows: Fact[] = [['Operators', joined(operatorsOf(field.type).map(code), ' ')]];
  if (field.type === 'BOOLEAN') rows.push(['Alone', ['a condition of its own: ', code(field.name)]]);
  if (field.nullable) rows.push(['Null', ['possible; a comparison with null keeps nothing']]);
  return facts(rows);
}

/** A workflow variable before or after a step, `before.order.id`. */
export function variableFieldBlocks(field: FieldReference): Block[] | undefined {
  const spec = fieldNamed(field.name.text);
  if (spec?.variables !== true || field.path.length === 0) return undefined;
  const path = field.path.map((part) => part.text);
  const when = spec.name === 'before' ? 'before' : 'after';
  return [
    source(`${spec.name} → ${path.join(' → ')}: ${spec.type}`),
    text(
      `The workflow variable `,
      ...pathParts(path),
      ` as it was ${when} the step. Its type is known only when a query runs: compared with a value of another type it is false.`,
    ),
    ...fieldFacts(spec),
  ];
}

function pathParts(path: readonly string[]) {
  return joined(path.map(code), ' → ');
}

/** A workflow variable named inside `changed(…)` or DECISIONS ON. */
export function variableBlocks(path: readonly string[]): Block[] {
  return [text('The workflow variable ', ...pathParts(path), '.')];
}

/** A pattern of MASK or VARIABLES. */
export function patternBlocks(pattern: string): Block[] {
  if (!pattern.includes('*')) return variableBlocks([pattern]);
  return [
    text('Workflow variables whose name fits ', code(pattern), '; ', code('*'), ' stands for any text.'),
  ];
}

/** What ORDER BY takes, and who sorts. */
export function orderFieldBlocks(name: string): Block[] | undefined {
  const field = fieldNamed(name);
  if (field === undefined || !ORDER_FIELDS.includes(field.name)) return fieldBlocks(name);
  const who =
    field.name === ORDER_FIELDS[0]
      ? 'The tenant sorts by it.'
      : 'Sorted here: everything in the window is read before LIMIT applies.';
  return [source(`${field.name}: ${field.type}`), text(`${field.text} ${who}`)];
}

/** An option of WITH with the default and the bounds that the profile gives it. */
export function optionBlocks(name: string, profile: ProfileFacts): Block[] | undefined {
  const spec = optionNamed(name);
  if (spec === undefined) return undefined;
  return [source(`${spec.name} = ${spec.type}`), text(spec.text), ...facts(optionFacts(spec, profile))];
}

function optionFacts(spec: OptionSpec, profile: ProfileFacts): Fact[] {
  const numbers = (usual: number, min: number, max: number): Fact[] => [
    ['Default', [grouped(usual)]],
    ['Allowed', [`${grouped(min)} to ${grouped(max)}`]],
  ];
  switch (spec.name) {
    case 'pageSize':
      return numbers(Math.min(100, profile.maxPageSize), spec.min ?? 1, profile.maxPageSize);
    case 'concurrency':
      return numbers(profile.maxConcurrentRequests, spec.min ?? 1, profile.maxConcurrentRequests);
    case 'retries':
      return numbers(profile.maxRetries, spec.min ?? 0, spec.max ?? 0);
    case 'timeout':
      return [
        ['Default', [formatDuration(profile.timeoutMs * 1_000)]],
        ['Allowed', [`${formatDuration(spec.min ?? 0)} to ${formatDuration(spec.max ?? 0)}`]],
      ];
    case 'mode':
      return [
        ['Default', [profile.canStream ? "'stream'" : "'page': the connection cannot stream"]],
        ['Allowed', [(spec.values ?? []).map((value) => `'${value}'`).join(' or ')]],
      ];
  }
}

/** An analysis by its name. */
export function analysisBlocks(name: string): Block[] | undefined {
  const spec = analysisNamed(name);
  if (spec === undefined) return undefined;
  return specBlocks(spec);
}

/** A metric of EXPECT. */
export function metricBlocks(metric: Metric): Block[] | undefined {
  const spec = metricNamed(metric.name.text);
  if (spec === undefined) return undefined;
  const signature = spec.ofField
    ? `${spec.name}(${METRIC_FIELDS.join(' | ')}): DURATION`
    : `${spec.name}: NUMBER`;
  return [source(signature), text(spec.text)];
}

/** A format of EXPORT by its name. */
export function formatBlocks(name: string): Block[] | undefined {
  const spec = formatNamed(name);
  return spec === undefined ? undefined : describeFormat(spec);
}

function describeFormat(spec: FormatSpec): Block[] {
  const endings = joined(
    spec.endings.map((ending) => code(`.${ending}`)),
    ', ',
  );
  return [
    source(`AS ${spec.name}`),
    text('Without AS, what a file ending in ', ...endings, ' is written as.'),
  ];
}

/** What a file is written as. */
export function pathBlocks(path: string, format: string | undefined): Block[] | undefined {
  const spec = format === undefined ? formatOfPath(path) : formatNamed(format);
  if (spec === undefined) {
    const known = joined(
      FORMATS.flatMap(({ endings }) => endings.slice(0, 1)).map((ending) => code(`.${ending}`)),
      ', ',
    );
    return [text('The ending of the file decides on its format: ', ...known, '.')];
  }
  return [text('Written as ', code(spec.name), '.')];
}

/** A type of PARAM by its name. */
export function typeBlocks(name: string): Block[] | undefined {
  const type = PARAMETER_TYPES.find((one) => one === name.toUpperCase());
  if (type === undefined) return undefined;
  const known = TYPE_TEXTS[type];
  return [source(type), text(known.text), example(known.example)];
}
