/** Blocks of the reference that the tables of the language fill: `<!-- generated:NAME -->` … `<!-- end -->`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ebnf, grammarModel } from './generate-model.mjs';
import { root } from './paths.mjs';

const { ANALYSES } = await import('../../server/src/language/analyses.ts');
const { CLAUSES } = await import('../../server/src/language/clauses.ts');
const { profileFacts } = await import('../../server/src/language/context.ts');
const { CODES } = await import('../../server/src/language/diagnostics.ts');
const { explain } = await import('../../server/src/language/explain.ts');
const { FIELDS } = await import('../../server/src/language/fields.ts');
const { FORMATS } = await import('../../server/src/language/formats.ts');
const { FUNCTIONS } = await import('../../server/src/language/functions.ts');
const { formatDuration, UNITS } = await import('../../server/src/language/literals.ts');
const { METRIC_FIELDS, METRICS } = await import('../../server/src/language/metrics.ts');
const { COUNT_BOUNDS, OPTIONS } = await import('../../server/src/language/options.ts');
const { TEMPLATES } = await import('../../server/src/language/templates.ts');
const { RESERVED } = await import('../../server/src/language/tokens.ts');
const { operatorsOf } = await import('../../server/src/language/types.ts');
const { parse } = await import('../../server/src/language/parse.ts');
const { profileSchema } = await import('../../server/src/protocol/profile.ts');
const { publishedSchemas } = await import('../../server/src/protocol/schemas.ts');
const { FAULT_GROUPS, FAULTS } = await import('../../server/src/sandbox/fault-table.ts');

/** Any instant will do. */
const NOW = Date.parse('2026-11-22T08:00:00Z') * 1000;
const facts = profileFacts(profileSchema.parse({}));
const code = (text) => `\`${text}\``;
const count = (number) => number.toLocaleString('en-GB');
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Columns as wide as their widest cell, as a formatter of Markdown would have them. */
function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n');
}

function fields() {
  return table(
    ['field', 'type', 'of', 'null', 'meaning'],
    FIELDS.map((field) => [
      code(field.variables ? `${field.name}.NAME` : field.name),
      field.type === 'ANY' ? 'any' : field.type,
      field.of,
      field.nullable ? 'can be' : 'never',
      field.text,
    ]),
  );
}

function functions() {
  return table(
    ['function', 'gives', 'asked of', 'meaning'],
    FUNCTIONS.map(({ signature, result, quantifier, takes, text }) => [
      code(signature),
      result,
      quantifier ? 'all steps' : takes === 'variable' ? 'one step' : 'the run',
      text,
    ]),
  );
}

function operators() {
  const types = ['STRING', 'NUMBER', 'DURATION', 'TIMESTAMP', 'BOOLEAN', 'ANY'];
  const all = [...new Set(['ANY', ...types].flatMap(operatorsOf))].filter((one) => !/\bNOT\b/.test(one));
  return table(
    ['type', ...all.map(code), 'alone'],
    types.map((type) => [
      type === 'ANY' ? 'any (a variable)' : type,
      ...all.map((one) => (operatorsOf(type).includes(one) ? 'yes' : '—')),
      type === 'BOOLEAN' ? 'yes' : type === 'ANY' ? 'when a boolean' : '—',
    ]),
  );
}

/** Defaults and upper bounds that a connection profile sets; here those of the default one. */
function fromProfile() {
  const [usual] = explain(parse('LAST 1h'), {
    now: NOW,
    profile: facts,
  });
  return {
    pageSize: {
      value: count(usual.pageSize),
      max: `the connection’s \`maxPageSize\` (${count(facts.maxPageSize)})`,
    },
    concurrency: {
      value: `the connection’s quota (${facts.maxConcurrentRequests})`,
      max: `that quota`,
    },
    retries: { value: `the connection’s (${facts.maxRetries})` },
    timeout: { value: `the connection’s (${formatDuration(facts.timeoutMs * 1000)})` },
    mode: { value: facts.canStream ? "'stream' where the connection can" : "'page'" },
  };
}

function options() {
  const usual = fromProfile();
  const shown = (option, bound) => (option.type === 'DURATION' ? formatDuration(bound) : count(bound));
  return table(
    ['option', 'type', 'default', 'values', 'meaning'],
    OPTIONS.map((option) => [
      code(option.name),
      option.type,
      usual[option.name].value,
      option.values?.map((value) => `'${value}'`).join(', ') ??
        `${shown(option, option.min)} to ${usual[option.name].max ?? shown(option, option.max)}`,
      option.text,
    ]),
  );
}

const counts = () =>
  table(
    ['word', 'from', 'to'],
    Object.entries(COUNT_BOUNDS).map(([word, { min, max }]) => [code(word), count(min), count(max)]),
  );

const clauses = () =>
  table(
    ['written', 'meaning'],
    CLAUSES.map(({ signature, text }) => [code(signature), text]),
  );

const analyses = () =>
  table(
    ['analysis', 'shows'],
    ANALYSES.map((one) => [code(one.signature), one.text]),
  );

const metrics = () =>
  table(
    ['metric', 'value', 'meaning'],
    METRICS.map((one) => [
      code(one.ofField ? `${one.name}(${METRIC_FIELDS.join('|')})` : one.name),
      one.ofField ? 'DURATION' : 'NUMBER',
      one.text,
    ]),
  );

const formats = () =>
  table(
    ['format', 'endings'],
    FORMATS.map((one) => [one.name, one.endings.map((ending) => code(`.${ending}`)).join(' ')]),
  );

const units = () =>
  table(
    ['unit', 'is'],
    UNITS.map(([unit, , words]) => [code(unit), words.find((word) => word.endsWith('s')) ?? unit]),
  );

const templates = () =>
  table(
    ['type', 'to get', 'meaning'],
    TEMPLATES.map(({ prefix, name, text }) => [code(prefix), name, text]),
  );

const reserved = () => RESERVED.map(code).join(' ');

const grammar = () =>
  ['```ebnf', ...[...grammarModel()].map(([name, part]) => `${name} = ${ebnf(part)} ;`), '```'].join('\n');

const AREAS = [
  ['1', 'Words and grammar'],
  ['2', 'Names, types and logic'],
  ['3', 'Time'],
  ['4', 'Amounts and cost'],
  ['5', 'Where data goes'],
  ['6', 'Planning'],
];

function diagnostics() {
  const known = Object.entries(CODES);
  return AREAS.map(([digit, title]) => {
    const rows = known
      .filter(([name]) => name.startsWith(`CXQ${digit}`))
      .map(([name, spec]) => [`[${name}](${name}.md)`, capital(spec.severity), spec.title]);
    return `## ${title}\n\n${table(['code', 'severity', 'title'], rows)}`;
  }).join('\n\n');
}

const MEANT = {
  error: 'The query does not run until it is put right. The severity of an error cannot be changed.',
  warning: 'The query runs; look at it first.',
  information: 'The query runs; this is worth knowing.',
  hint: 'The query runs; there may be a better way.',
};

const head = (name) =>
  `# ${name}: ${CODES[name].title}\n\n**${capital(CODES[name].severity)}.** ${MEANT[CODES[name].severity]}`;

const SETTING = 'cxq.diagnostics.severity';

/** How to change the severity, in the editor's own words. */
function severity(name) {
  const { severity: usual } = CODES[name];
  const index = 'All codes: [diagnostics](README.md). The language: [reference](../language.md).';
  if (usual === 'error') return index;
  const other = usual === 'warning' ? 'error' : 'warning';
  return `## Severity

In the settings of the editor, for example to be told nothing or to be told more loudly:

\`\`\`json
"${SETTING}": { "${name}": "off" }
\`\`\`

\`\`\`json
"${SETTING}": { "${name}": "${other}" }
\`\`\`

${index}`;
}

function faults() {
  return FAULT_GROUPS.map(([group, title]) => {
    const rows = FAULTS.filter((fault) => fault.group === group).map(({ name, text }) => [code(name), text]);
    return `## ${title}\n\n${table(['fault', 'what a client sees'], rows)}`;
  }).join('\n\n');
}

/** Every field of a connection profile: path, default, meaning. */
function profile() {
  const { properties } = publishedSchemas().profile;
  const rows = Object.entries(properties).flatMap(([name, schema]) => fieldRows(name, schema));
  return table(['field', 'default', 'meaning'], rows);
}

function fieldRows(path, { properties, description, enum: values, default: fallback, items }) {
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([name, schema]) => fieldRows(`${path}.${name}`, schema));
  }
  const choices = values ?? items?.enum;
  const words = choices === undefined ? '' : ` One of ${choices.map(code).join(', ')}.`;
  const shown = fallback === undefined ? '' : code(JSON.stringify(fallback));
  return [[code(path), shown, `${description}${words}`]];
}

const BLOCKS = {
  profile,
  fields,
  functions,
  operators,
  options,
  counts,
  clauses,
  analyses,
  metrics,
  formats,
  units,
  templates,
  reserved,
  grammar,
  diagnostics,
  head,
  severity,
  faults,
};

/** A text with its blocks filled anew. */
function filled(name, text) {
  return text.replaceAll(
    /(<!-- generated:(\w+)(?: (\w+))? -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, open, block, argument, close) => {
      const make = BLOCKS[block];
      if (make === undefined) throw new Error(`${name} asks for a block ${block}, which nothing generates.`);
      return `${open}\n${make(argument)}\n\n${close}`;
    },
  );
}

/** Every document with blocks, by its path from the root. */
export function documents() {
  const files = readdirSync(join(root, 'docs'), { recursive: true })
    .map((file) => String(file).replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`);
  const found = files.map((file) => [file, readFileSync(join(root, file), 'utf8')]);
  return new Map(
    found
      .filter(([, text]) => text.includes('<!-- generated:'))
      .map(([file, text]) => [file, filled(file, text)]),
  );
}
