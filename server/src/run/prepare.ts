/** From text to queries that may run: chosen, checked, with their parameters' values. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  type CheckContext,
  checkSteps,
  type Diagnostic,
  type ParameterValue,
  type ParsedDocument,
  parametersOf,
  parseParameterValue,
  parseSteps,
  planQuery,
  profileFacts,
  type Query,
  readSteps,
  type Span,
} from '../language/index.ts';
import { webhookPolicy } from '../output/index.ts';
import type { Micros } from '../protocol/instant.ts';
import { fail, type Outcome, type RunHost } from './host.ts';
import { patterns } from './patterns.ts';
import { comparedQuery, usedParameters, withNeeded } from './source-text.ts';
import { Stretch } from './stretch.ts';

/** Which queries of a text to run. */
export type Choice =
  | { readonly kind: 'only' }
  | { readonly kind: 'all' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number };

export interface RunRequest {
  readonly text: string;
  /** The file or address that the text is of; null for none. */
  readonly source: string | null;
  readonly choice: Choice;
  /** Values for parameters: CXQ literals, or plain text for a STRING. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The estimate above the budget (CXQ4005) was accepted. */
  readonly confirmed: boolean;
  /** What a run of a query without a title is called. */
  readonly title?: string;
  /** Where no node is of a type that the threshold looks at by itself, it looks at every type. */
  readonly widens?: boolean;
}

export interface Prepared {
  readonly document: ParsedDocument;
  readonly context: CheckContext;
  /** In the order in which they run. */
  readonly queries: readonly Query[];
}

/** A parameter that has no value yet, for a door that can ask for it. */
export interface MissingParameter {
  readonly name: string;
  readonly type: string | null;
}

export type Preparation =
  | { readonly ok: true; readonly value: Prepared }
  | {
      readonly ok: false;
      readonly error: { readonly code: string; readonly message: string };
      readonly parameters?: readonly MissingParameter[];
    };

function nameOf(query: Query): string {
  return query.name?.text ?? `query ${query.index + 1}`;
}

function choose(document: ParsedDocument, choice: Choice): Outcome<readonly Query[]> {
  const { queries } = document;
  const names = queries.map(nameOf).join(', ');
  if (queries.length === 0) return fail('usage', 'The text holds no query: write one, such as LAST 24h.');
  switch (choice.kind) {
    case 'all':
      return { ok: true, value: queries };
    case 'only':
      if (queries.length === 1) return { ok: true, value: queries };
      return fail('usage', `The file has ${queries.length} queries: choose one of ${names}, or run all.`);
    case 'name': {
      const found = queries.find((query) => query.name?.text === choice.name);
      if (found !== undefined) return { ok: true, value: [found] };
      return fail('usage', `There is no query ${choice.name} in the file; it has ${names}.`);
    }
    case 'index': {
      const found = queries[choice.index];
      if (found !== undefined) return { ok: true, value: [found] };
      return fail('usage', 'The query is no longer in the text. Run it again from where it stands now.');
    }
  }
}

/** Values given from outside for the parameters that a text declares. */
export function parameterValues(
  document: ParsedDocument,
  given: Readonly<Record<string, string>>,
): Outcome<ReadonlyMap<string, ParameterValue>> {
  const declared = parametersOf(document);
  const values = new Map<string, ParameterValue>();
  for (const [name, text] of Object.entries(given)) {
    const parameter = declared.get(name);
    if (parameter === undefined) {
      const known = [...declared.keys()].join(', ');
      const has = known === '' ? 'it declares none' : `it declares ${known}`;
      return fail('usage', `The file declares no parameter ${name}; ${has}.`);
    }
    const read = parseParameterValue(parameter, text);
    if (!read.ok) return fail('usage', read.message);
    values.set(name, read.value);
  }
  return { ok: true, value: values };
}

/** Parameters that the queries use and that have no value. */
function missingParameters(
  document: ParsedDocument,
  queries: readonly Query[],
  given: ReadonlyMap<string, ParameterValue>,
): MissingParameter[] {
  const used = usedParameters(document, queries);
  return [...parametersOf(document).values()]
    .filter(({ name, value }) => used.has(name) && value === null && !given.has(name))
    .map(({ name, type }) => ({ name, type: type ?? null }));
}

function within(found: Span, spans: readonly Span[]): boolean {
  return spans.some((span) => found.start >= span.start && found.start <= span.end);
}

function describeErrors(request: RunRequest, errors: readonly Diagnostic[]): string {
  const document = TextDocument.create('', 'cxq', 0, request.text);
  const [first] = errors;
  if (first === undefined) return '';
  const { line, character } = document.positionAt(first.start);
  const more = errors.length === 1 ? '' : ` ${errors.length - 1} more in the same queries.`;
  return `The query does not run: line ${line + 1}, column ${character + 1}: ${first.code} ${first.message}${more}`;
}

/** What a run that is taken up again has of before. */
export interface Earlier {
  /** The run's one instant. */
  readonly now: Micros;
  readonly defaultLimit: number;
}

/** Prepares a run, or says why nothing can run. Sends nothing. Others have their turn between its steps. */
export async function prepare(host: RunHost, request: RunRequest, earlier?: Earlier): Promise<Preparation> {
  const steps = prepareSteps(host, request, earlier);
  const stretch = new Stretch();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (stretch.isOver) await stretch.end();
  }
}

function* prepareSteps(
  host: RunHost,
  request: RunRequest,
  earlier: Earlier | undefined,
): Generator<void, Preparation> {
  const document = yield* parseSteps(request.text);
  yield* readSteps(document);
  const chosen = choose(document, request.choice);
  if (!chosen.ok) return chosen;
  const values = parameterValues(document, request.parameters);
  if (!values.ok) return values;
  const inForce = host.inForce;
  if (inForce === null && chosen.value.some((query) => !query.clauses.some((one) => one.kind === 'using'))) {
    return fail('connection', 'No tenant is connected: start the sandbox, or connect to a tenant.');
  }
  const fallback = inForce ?? [...host.profiles.values()][0];
  if (fallback === undefined) {
    return fail('connection', 'No tenant is connected: start the sandbox, or connect to a tenant.');
  }
  const present = host.now();
  const context: CheckContext = {
    now: earlier?.now ?? present,
    present,
    profile: profileFacts(fallback),
    profiles: new Map([...host.profiles].map(([id, profile]) => [id, profileFacts(profile)])),
    parameters: values.value,
    defaultLimit: earlier?.defaultLimit ?? host.defaultLimit,
    webhookAllow: host.webhookAllow,
    webhookVerdict: webhookPolicy,
    patterns,
  };
  yield;
  const compared = chosen.value.flatMap((query) => comparedQuery(document, query) ?? []);
  const needed = new Set([...chosen.value, ...compared].flatMap((query) => withNeeded(document, query)));
  yield;
  const missing = missingParameters(document, [...needed], values.value);
  yield;
  const diagnostics = yield* checkSteps(document, context);
  yield;
  const spans: Span[] = [...needed, ...document.parameters];
  const errors = diagnostics.filter((found) => found.severity === 'error' && within(found, spans));
  if (errors.length > 0) return fail('diagnostics', describeErrors(request, errors));
  if (missing.length > 0) {
    const names = missing.map(({ name }) => `$${name}`).join(', ');
    return { ...fail('parameters', `Values are missing for ${names}.`), parameters: missing };
  }
  for (const query of needed) {
    const planned = planQuery(document, query, context);
    if (!planned.ok) return fail('diagnostics', planned.problems.join(' '));
    yield;
  }
  const costly = diagnostics.find((found) => found.code === 'CXQ4005' && within(found, [...needed]));
  if (costly !== undefined && !request.confirmed) return fail('budget', costly.message);
  return { ok: true, value: { document, context, queries: chosen.value } };
}
