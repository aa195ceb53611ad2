/**
 * Imported before any schema is made: zod probes for `eval` when the first one is, which the page's policy forbids
 * and the browser would report as a violation.
 */
import * as z from 'zod';

z.config({ jitless: true });
