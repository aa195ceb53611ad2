/**
 * The side door to what a person asks for while writing. The language server reads it with the first such request:
 * its start needs the tree and the diagnostics alone.
 */

export { complete, completeIn } from './complete.ts';
export { completionDocumentation } from './completion/documentation.ts';
export { explain, explainText } from './explain.ts';
export { type FoldingRange, foldingRanges, foldingSteps } from './folding.ts';
export { gatherSteps } from './format/edits.ts';
export { applied, format, formatOnType, formatSteps } from './format/index.ts';
export { type Highlights, highlightSteps } from './highlighting.ts';
export { hover } from './hover.ts';
export { HINT_KINDS, type HintKind, inlayHints, inlaySteps } from './inlay.ts';
export { type Link, linkSteps } from './links.ts';
export { type Narrowed, type NarrowFacts, narrowed } from './narrow.ts';
export {
  declarationsOf,
  type Occurrence,
  occurrenceSteps,
  type Subject,
  subjectAt,
} from './references.ts';
export { prepareSteps, renameSteps } from './rename.ts';
export { requestsText } from './requests-words.ts';
export { selectionRanges } from './selection.ts';
export { type Signature, signature } from './signature.ts';
export {
  type DocumentSymbol,
  declarationsIn,
  documentSymbols,
  queryLenses,
  symbolsIn,
} from './symbols.ts';
