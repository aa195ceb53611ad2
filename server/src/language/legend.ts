/** What highlights are of: the names that the editor colours. */
/** All of the protocol's own names. */
export const HIGHLIGHT_TYPES = [
  'keyword',
  'property',
  'variable',
  'parameter',
  'function',
  'enumMember',
  'class',
  'namespace',
  'type',
  'string',
  'regexp',
  'number',
  'operator',
  'comment',
] as const;
export type HighlightType = (typeof HIGHLIGHT_TYPES)[number];

/** `readonly` is on parameters and on the words that are values, `defaultLibrary` on what the language brings. */
export const HIGHLIGHT_MODIFIERS = ['declaration', 'readonly', 'defaultLibrary'] as const;
export type HighlightModifier = (typeof HIGHLIGHT_MODIFIERS)[number];
