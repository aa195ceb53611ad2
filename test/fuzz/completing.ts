/** Completion as an editor uses it, with everything that it may know of earlier runs. */
import type { Completion, CompletionContext, KnownValues } from '../../server/src/language/index.ts';
import { readTokens } from '../../server/src/language/parser.ts';
import { tokenise, UnclosedComment, UnclosedString } from '../../server/src/language/tokens.ts';
import { context, NOW } from '../language/markers.ts';

/** Values that could break the text they are put into. */
export const HOSTILE_VALUES: readonly string[] = [
  "it's",
  'a"b',
  'a`b',
  '-- x',
  '/*',
  '$p',
  '‹x›',
  '😀',
  '$'.concat('{1:x}'),
  '}',
  '\\',
  'limit',
  ' ',
  '1h',
];

const KNOWN: KnownValues = {
  origin: 'earlier runs',
  fields: new Map(
    ['interactionId', 'nodeId', 'nodeName', 'nodeType', 'outcome', 'workflowId', 'workflowName'].map(
      (field) => [field, ['6f1f64a2-9f0e', 'a.b:c/d@e', ...HOSTILE_VALUES]],
    ),
  ),
  variables: [
    ...['queue', 'priority', 'limit', ...HOSTILE_VALUES].map((name) => ({
      path: [name],
      values: ['x', 5, true, -0.5, "it's"],
    })),
    { path: ['order', 'id'], values: [1] },
    { path: ['order', 'customer tier'], values: ['gold'] },
  ],
};

export const COMPLETION_CONTEXT: CompletionContext = {
  now: NOW,
  profile: context().profile,
  profiles: ['default', 'eu-west', "o'brien", 'a`b', 'limit'].map((id) => ({ id, detail: 'host' })),
  known: [KNOWN],
};

/** A snippet with its places filled by what stands in them. */
function filled(snippet: string): string {
  return snippet
    .replace(/\$\{\d+(?::((?:\\.|[^\\}])*))?\}|\$\d+/g, (_, text: string | undefined) => text ?? '')
    .replace(/\\([\\$}])/g, '$1');
}

/** Whether the words up to an offset have an error in them, the end apart. */
export function hasError(text: string): boolean {
  const { tokens, comments, bad } = tokenise(text);
  return (
    bad.length > 0 ||
    comments.some((comment) => comment.tokenType === UnclosedComment) ||
    tokens.some((token) => token.tokenType === UnclosedString) ||
    readTokens([...tokens], text.length).failures.some((failure) => failure.offending !== undefined)
  );
}

interface Applied {
  readonly item: Completion;
  readonly variant: string;
  readonly text: string;
}

/** The text as it is up to the end of what was put in, in each way that an editor may. */
export function applications(text: string, item: Completion, insertEnd: number): Applied[] {
  const inserted = item.snippet ? filled(item.newText) : item.newText;
  const apply = (variant: string, newText: string, end: number): Applied => {
    // The closing quote that was there is part of what was completed.
    const quote = newText.startsWith("'") || newText.startsWith('"') ? newText.charAt(0) : '';
    const open = quote !== '' && (newText.split(quote).length - 1) % 2 === 1;
    const close = open ? text.slice(end).indexOf(quote) + 1 : 0;
    return { item, variant, text: text.slice(0, item.start) + newText + text.slice(end, end + close) };
  };
  return [
    apply('replaced', inserted, item.end),
    apply('plain', item.plainText, item.end),
    ...(item.newText.startsWith("'") ? [apply('inserted', inserted, insertEnd)] : []),
  ];
}
