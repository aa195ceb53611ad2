/**
 * The word lists of the TextMate grammar, from the tables of the language. The grammar's structure (rules, scopes,
 * order) is written by hand in `syntaxes/cxq.tmLanguage.json`; here are the patterns that list words.
 */
import { jsonText } from './generate-json.mjs';

const { ANALYSES } = await import('../../server/src/language/analyses.ts');
const { FIELDS } = await import('../../server/src/language/fields.ts');
const { FORMATS } = await import('../../server/src/language/formats.ts');
const { FUNCTIONS } = await import('../../server/src/language/functions.ts');
const { UNITS } = await import('../../server/src/language/literals.ts');
const { METRICS } = await import('../../server/src/language/metrics.ts');
const { OPTIONS } = await import('../../server/src/language/options.ts');
const { CLAUSE_WORDS, RESERVED } = await import('../../server/src/language/tokens.ts');
const { PARAMETER_TYPES } = await import('../../server/src/language/types.ts');

const NAME = '[A-Za-z_]\\w*|`[^`\\r\\n]+`';
/** A word of its own: no part of a longer one, of a path or of a parameter. */
const BEFORE = '(?<![\\w.$])';
const AFTER = '(?!\\w)';

const names = (table) => table.map(({ name }) => name);
/** A longer word comes before one that it begins with. */
const either = (words) =>
  [...new Set(words)].sort((a, b) => b.length - a.length || (a < b ? -1 : 1)).join('|');
const word = (words) => `(?i)${BEFORE}(?:${either(words)})${AFTER}`;

const RESERVED_NAME = `(?!(?:${either(RESERVED)})${AFTER})(?:${NAME})`;

/** Reserved words that are no clause words, by the scope that they bear. */
const LOGICAL = ['AND', 'OR', 'NOT'];
const WORDLIKE = ['IN', 'BETWEEN', 'LIKE', 'MATCHES', 'IS'];
const BOOLEANS = ['TRUE', 'FALSE'];
const DECLARATIONS = ['QUERY', 'PARAM'];
const DIRECTIONS = ['ASC', 'DESC'];
const others = new Set([...LOGICAL, ...WORDLIKE, ...BOOLEANS, ...DECLARATIONS, ...DIRECTIONS, 'NULL', 'ALL']);

/** Rule to the patterns that it gets. */
function patterns() {
  const side = either(FIELDS.filter(({ variables }) => variables).map(({ name }) => name));
  const variableFunctions = names(FUNCTIONS.filter(({ takes }) => takes === 'variable'));
  const counts = names(METRICS.filter(({ ofField }) => !ofField));
  const statistics = names(METRICS.filter(({ ofField }) => ofField));
  const buckets = ANALYSES.flatMap((analysis) => analysis.buckets);
  const units = either(UNITS.map(([unit]) => unit));
  return {
    query: { match: `(?i)${BEFORE}(QUERY)${AFTER}(?:\\s+(${RESERVED_NAME}))?` },
    parameter: {
      match: `(?i)${BEFORE}(PARAM)${AFTER}(?:\\s+(${RESERVED_NAME}))?(?:\\s*(:)\\s*(${either(PARAMETER_TYPES)})${AFTER})?`,
    },
    setReference: { match: `(?i)${BEFORE}(IN)\\s+(${RESERVED_NAME})` },
    connection: { match: `(?i)${BEFORE}(USING)\\s+(${RESERVED_NAME})` },
    comparison: { match: `(?i)${BEFORE}(COMPARE)\\s+(TO)\\s+(?!PREVIOUS${AFTER})(${RESERVED_NAME})` },
    path: { match: `(?i)${BEFORE}(${side})(\\.)(${NAME})((?:\\.(?:${NAME}))*)` },
    pathOfStrings: { match: `(?i)${BEFORE}(${side})(?=\\s*\\[)` },
    names: {
      begin: `(?i)${BEFORE}(?:(MASK)|(ON)|(VARIABLES)|(${either(variableFunctions)}))\\s*(\\()`,
      // What is not closed ends where a line begins with a clause, unless the list goes on after that word.
      end: `(?i)(\\))|(?=;)|(?=^\\s*(?:${either([...DECLARATIONS, ...CLAUSE_WORDS])})${AFTER}(?!\\s*[,)]))`,
    },
    durations: { match: `(?i)(?<![\\w.])(?:\\d+(?:${units}))+${AFTER}` },
    parts: { match: word(['OVER', 'ON', 'TOP', 'PREVIOUS', ...buckets, ...DIRECTIONS]) },
    clauses: { match: word(RESERVED.filter((one) => !others.has(one))) },
    calls: { match: `(?i)${BEFORE}(${either(names(FUNCTIONS))})\\s*(?=\\()` },
    logical: { match: word(LOGICAL) },
    wordlike: { match: word(WORDLIKE) },
    booleans: { match: word(BOOLEANS) },
    metrics: {
      match: `(?i)${BEFORE}(?:(?:${either(counts)})(?=\\s*[<>=!])|(?:${either(statistics)})(?=\\s*\\()|(?:${either(counts.filter((name) => !names(ANALYSES).includes(name)))})${AFTER})`,
    },
    analyses: { match: word(names(ANALYSES)) },
    formats: { match: word(names(FORMATS)) },
    options: { match: `(?i)${BEFORE}(${either(names(OPTIONS))})\\s*(?==)` },
    fields: { match: word(FIELDS.filter(({ variables }) => !variables).map(({ name }) => name)) },
  };
}

/** The grammar's text with fresh patterns. A rule that is not there is a mistake of one of the two. */
export function grammarText(current) {
  const grammar = JSON.parse(current);
  for (const [name, fresh] of Object.entries(patterns())) {
    const rule = grammar.repository[name];
    if (rule === undefined) throw new Error(`The grammar has no rule ${name}.`);
    for (const [key, pattern] of Object.entries(fresh)) {
      if (rule[key] === undefined) throw new Error(`The grammar’s rule ${name} has no ${key}.`);
      rule[key] = pattern;
    }
  }
  return jsonText(grammar);
}

/** The language configuration's text: a line that begins with a clause goes back to the margin. */
export function configurationText(current) {
  const configuration = JSON.parse(current);
  const words = either([...DECLARATIONS, ...CLAUSE_WORDS]);
  configuration.indentationRules.decreaseIndentPattern.pattern = `^\\s*(?:[\\])]|(?:${words})\\b)`;
  return jsonText(configuration);
}
