/** The language room's door: text in, values out; no I/O and no clock. */
export type { Diagnostic, DiagnosticCode, QuickFix, TextChange } from './diagnostics.ts';
export { type DateEdge, formatDuration, parseDuration, readInstant, startOfToday } from './literals.ts';
export { type ParsedDocument, parse } from './parse.ts';
export * from './tree.ts';
