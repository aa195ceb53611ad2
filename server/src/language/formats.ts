/** The formats of EXPORT: one table for the language, those who write them, and those who ask for a file. */
export { FORMATS, type Format, type FormatSpec, formatNamed, formatOfPath } from '../protocol/formats.ts';
