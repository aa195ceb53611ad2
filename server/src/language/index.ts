/** The language room's door: text in, values out; no I/O and no clock. */
export { check } from './check/index.ts';
export {
  type Completion,
  type CompletionContext,
  type CompletionKind,
  complete,
  completeIn,
} from './complete.ts';
export { type CheckContext, type ProfileFacts, profileFacts } from './context.ts';
export type { Diagnostic, DiagnosticCode, QuickFix, TextChange } from './diagnostics.ts';
export { explain, explainPlan, explainText } from './explain.ts';
export { type DateEdge, formatDuration, parseDuration, readInstant, startOfToday } from './literals.ts';
export { type ParameterFacts, type ParameterValue, parametersOf, parseParameterValue } from './parameters.ts';
export { type ParsedDocument, parse } from './parse.ts';
export {
  type Batch,
  executionOrder,
  type Plan,
  type PlannedAnalysis,
  type PlannedExpectation,
  planQuery,
} from './plan.ts';
export { predicateText } from './print.ts';
export type { Environment } from './resolve.ts';
export {
  type DocumentSymbol,
  documentSymbols,
  type FoldingRange,
  foldingRanges,
  type QueryLens,
  queryLenses,
} from './symbols.ts';
export * from './tree.ts';
export { type Unserved, unserved } from './unserved.ts';
