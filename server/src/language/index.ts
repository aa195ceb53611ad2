/** The language room's door: text in, values out; no I/O and no clock. */
export { check, checkSteps } from './check/index.ts';
export {
  COMPLETION_KINDS,
  type Completion,
  type CompletionContext,
  type CompletionKind,
  type KnownProfile,
  type KnownValues,
  type KnownVariable,
} from './completion/offer.ts';
export { type CheckContext, type Patterns, type ProfileFacts, profileFacts } from './context.ts';
export {
  CODES,
  type Diagnostic,
  type DiagnosticCode,
  documentationOf,
  isCode,
  type QuickFix,
  type TextChange,
  withLineEnds,
} from './diagnostics.ts';
export type {
  DocumentSymbol,
  FoldingRange,
  Highlights,
  HintKind,
  Link,
  Occurrence,
  Signature,
  Subject,
} from './editing.ts';
export { fixAllSteps } from './fix-all.ts';
export { HIGHLIGHT_MODIFIERS, HIGHLIGHT_TYPES } from './legend.ts';
export { type DateEdge, formatDuration, parseDuration, readInstant, startOfToday } from './literals.ts';
export { grouped } from './numbers.ts';
export { type ParameterValue, parametersOf, parseParameterValue } from './parameters.ts';
export { type ParsedDocument, parse, parseSteps, readSteps, reparse } from './parse.ts';
export {
  executionOrder,
  type Plan,
  planQuery,
} from './plan.ts';
export { previousPeriod, previousText } from './previous.ts';
export { predicateText } from './print.ts';
export type { Environment } from './resolve.ts';
export { type Block, toMarkdown, toPlain } from './rich.ts';
export * from './tree.ts';
