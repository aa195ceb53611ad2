/** Words and signs that are neither clauses nor names: what each means where it stands. */

export interface WordSpec {
  readonly word: string;
  readonly signature: string;
  /** One or two sentences. */
  readonly text: string;
  readonly example?: string;
}

export const WORDS: readonly WordSpec[] = [
  { word: 'AND', signature: 'condition AND condition', text: 'Both have to hold. It binds tighter than OR.' },
  { word: 'OR', signature: 'condition OR condition', text: 'One of them has to hold.' },
  {
    word: 'NOT',
    signature: 'NOT condition',
    text: 'The condition must not hold. Of a step’s field it keeps every interaction with another such step; NONE(…) asks all steps.',
    example: "NONE(nodeType = 'AGENT')",
  },
  {
    word: 'IN',
    signature: 'operand [NOT] IN [value, …] | $list | query',
    text: 'Is one of the values. With the name of a query: one of the ids of its interactions, for interactionId alone.',
    example: "nodeType IN ['DECISION', 'ROUTING']",
  },
  {
    word: 'BETWEEN',
    signature: 'operand [NOT] BETWEEN low AND high',
    text: 'From one value to the other, both included. A date alone as the second means the end of its day.',
    example: "nodeTimestamp BETWEEN '2026-11-20' AND '2026-11-21'",
  },
  {
    word: 'LIKE',
    signature: "operand [NOT] LIKE 'pattern'",
    text: 'Matches the whole text, with attention to case: % stands for any text, _ for one character, and \\ before %, _ or \\ means the character itself.',
    example: "nodeName LIKE 'Priority%'",
  },
  {
    word: 'MATCHES',
    signature: "operand [NOT] MATCHES 'expression'",
    text: 'An RE2 regular expression that matches anywhere in the text; ^ and $ tie it to its beginning and end. It has no lookaround and no back references.',
    example: "nodeId MATCHES '^(menu|auth)-\\d+$'",
  },
  {
    word: 'IS',
    signature: 'operand IS [NOT] NULL',
    text: 'The value is not known. Every other comparison with null is neither true nor false, and keeps nothing.',
    example: 'endTime IS NULL',
  },
  { word: '=', signature: 'operand = value', text: 'Is the same. Text compares with attention to case.' },
  {
    word: '!=',
    signature: 'operand != value',
    text: 'Is another value. Null is neither the same nor another.',
  },
  { word: '<', signature: 'operand < value', text: 'Is less, shorter or earlier.' },
  { word: '<=', signature: 'operand <= value', text: 'Is at most as much, as long or as late.' },
  { word: '>', signature: 'operand > value', text: 'Is more, longer or later.' },
  { word: '>=', signature: 'operand >= value', text: 'Is at least as much, as long or as late.' },
  { word: '+', signature: 'instant + duration', text: 'So much later, or longer.' },
  { word: '-', signature: 'instant - duration', text: 'So much earlier, or shorter.' },
  { word: 'TRUE', signature: 'TRUE', text: 'A boolean.' },
  { word: 'FALSE', signature: 'FALSE', text: 'A boolean.' },
  {
    word: 'NULL',
    signature: 'NULL',
    text: 'No value: what the tenant did not give. Asked for with IS NULL.',
  },
  {
    word: 'ALL',
    signature: 'LIMIT ALL',
    text: 'Every interaction is kept: the default limit does not hold.',
  },
  { word: 'ASC', signature: 'ORDER BY field ASC', text: 'The least, shortest or earliest first.' },
  { word: 'DESC', signature: 'ORDER BY field DESC', text: 'The greatest, longest or latest first.' },
  {
    word: 'UNTIL',
    signature: 'SINCE instant UNTIL instant',
    text: 'The end of the window; without it, the run.',
  },
  {
    word: 'AS',
    signature: "EXPORT TO 'path' AS format",
    text: 'The format, whatever the ending of the file.',
  },
  {
    word: 'OVER',
    signature: 'BOTTLENECKS OVER duration',
    text: 'The time above which a step is a bottleneck.',
  },
  {
    word: 'ON',
    signature: 'analysis ON (name, …)',
    text: 'The node types, or the variables, that are looked at.',
  },
  { word: 'TOP', signature: 'PATHS TOP count', text: 'How many are shown, the commonest first.' },
  {
    word: 'BY',
    signature: 'analysis BY bucket | field',
    text: 'One result for each hour, day or value of a field.',
  },
  { word: 'HOUR', signature: 'BY HOUR', text: 'One result for each hour of the window.' },
  {
    word: 'DAY',
    signature: 'BY DAY',
    text: 'One result for each day of the window, in the profile’s time zone.',
  },
  { word: 'WEEKDAY', signature: 'BY WEEKDAY', text: 'One result for each day of the week.' },
  {
    word: 'PREVIOUS',
    signature: 'COMPARE TO PREVIOUS',
    text: 'The same query over the period of equal length that ends where this one begins.',
  },
];

const byWord = new Map<string, WordSpec>([
  ...WORDS.map((known) => [known.word, known] as const),
  ...WORDS.filter((known) => known.word === '!=').map((known) => ['<>', known] as const),
]);

/** A word or sign in any case. */
export function wordNamed(word: string): WordSpec | undefined {
  return byWord.get(word.toUpperCase());
}
