/** The language room's door: text in, values out; no I/O and no clock. */
export { check, checkSteps } from './check/index.ts';
export { complete, completeIn } from './complete.ts';
export { completionDocumentation } from './completion/documentation.ts';
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
  type QuickFix,
  type TextChange,
} from './diagnostics.ts';
export { explain, explainText } from './explain.ts';
export { fixAll } from './fix-all.ts';
export { type FoldingRange, foldingRanges, foldingSteps } from './folding.ts';
export { applied, format, formatOnType, formatSteps } from './format/index.ts';
export {
  HIGHLIGHT_MODIFIERS,
  HIGHLIGHT_TYPES,
  type Highlights,
  highlightSteps,
  highlights,
} from './highlighting.ts';
export { hover } from './hover.ts';
export { HINT_KINDS, type HintKind, inlayHints, inlaySteps } from './inlay.ts';
export { type Link, links } from './links.ts';
export { type DateEdge, formatDuration, parseDuration, readInstant, startOfToday } from './literals.ts';
export { type ParameterValue, parametersOf, parseParameterValue } from './parameters.ts';
export { type ParsedDocument, parse, parseSteps, readSteps, reparse } from './parse.ts';
export {
  executionOrder,
  type Plan,
  planQuery,
} from './plan.ts';
export { predicateText } from './print.ts';
export {
  declarationsOf,
  type Occurrence,
  occurrenceSteps,
  type Subject,
  subjectAt,
} from './references.ts';
export { prepareRename, rename } from './rename.ts';
export type { Environment } from './resolve.ts';
export { type Block, toMarkdown, toPlain } from './rich.ts';
export { selectionRanges } from './selection.ts';
export { type Signature, signature } from './signature.ts';
export {
  type DocumentSymbol,
  declarationsIn,
  documentSymbols,
  queryLenses,
  symbolsIn,
} from './symbols.ts';
export * from './tree.ts';
export { unserved } from './unserved.ts';
