/** Numbers as a person reads them. */
export { counted, formatSeconds, percent } from '../protocol/figures.ts';
